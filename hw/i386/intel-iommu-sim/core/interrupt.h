/*
 * Interrupt requests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_INTERRUPT_H
#define VTDM_CORE_INTERRUPT_H

#include "hw/i386/vtdm/vtdm.h"

/* See vtdm_unit_remap. */
void vtdm_interrupt_run(VTDMUnit *unit, const VTDMInterruptRequest *request,
                        VTDMInterrupt *interrupt);

/* Tells of one that was remapped; needs no lock. */
void vtdm_interrupt_tell(VTDMUnit *unit, uint16_t source_id,
                         const VTDMInterrupt *interrupt);

#endif
