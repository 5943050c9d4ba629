/*
 * The unit's own messages: that a fault was recorded, that a wait completed,
 * that pages are requested, that a counter overflowed.
 * Spec: "Non-Recoverable Fault Event", "Recoverable Fault Event", "Interrupt
 * Generation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_MESSAGE_H
#define VTDM_CORE_MESSAGE_H

#include "hw/i386/vtdm/vtdm.h"

typedef enum VTDMMessage {
    VTDM_MESSAGE_FAULT,
    VTDM_MESSAGE_COMPLETION,
    VTDM_MESSAGE_PAGE_REQUEST,
    VTDM_MESSAGE_PERFMON,
} VTDMMessage;

/* Makes @message pending, and sends it unless it is masked. */
void vtdm_message_raise(VTDMUnit *unit, VTDMMessage message);

/* Nothing is pending any more. */
void vtdm_message_withdraw(VTDMUnit *unit, VTDMMessage message);

/*
 * FECTL, IECTL, PECTL, PERFINTRCTL; ICS, PRS and PERFINTRSTS, the causes of the
 * latter, were written.
 */
void vtdm_fectl_written(VTDMUnit *unit, unsigned bytes);
void vtdm_iectl_written(VTDMUnit *unit, unsigned bytes);
void vtdm_pectl_written(VTDMUnit *unit, unsigned bytes);
void vtdm_perfintrctl_written(VTDMUnit *unit, unsigned bytes);
void vtdm_ics_written(VTDMUnit *unit, unsigned bytes);
void vtdm_prs_written(VTDMUnit *unit, unsigned bytes);
void vtdm_perfintrsts_written(VTDMUnit *unit, unsigned bytes);

#endif
