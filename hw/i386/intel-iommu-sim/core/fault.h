/*
 * Status and records of faults.
 * Spec: "Primary Fault Logging"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_FAULT_H
#define VTDM_CORE_FAULT_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * Records @fault, unless FPD hides it or no record is free, and tells the
 * host; sets fault->recorded.
 */
void vtdm_fault_report(VTDMUnit *unit, VTDMFault *fault);

/* Sets a bit of FSTS; the first of them all raises the message. */
void vtdm_fault_status(VTDMUnit *unit, uint32_t fsts_bit);

/* Withdraws the message if it announces nothing any more. */
void vtdm_fault_serviced(VTDMUnit *unit);

/* The high half of a fault record was written. */
void vtdm_frcd_written(VTDMUnit *unit, unsigned bytes);

#endif
