/*
 * Status and records of faults.
 * Spec: "Primary Fault Logging"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_FAULT_H
#define VTDM_CORE_FAULT_H

#include "hw/i386/vtdm/vtdm.h"

/* A fault of @request of which no more is known yet. */
void vtdm_fault_begin(VTDMFault *fault, const VTDMRequest *request);

/*
 * Records @fault, unless FPD hides it or no record is free, and tells the
 * host; sets fault->recorded.
 */
void vtdm_fault_report(VTDMUnit *unit, VTDMFault *fault);

/*
 * The fault recording register that says @fault, in a unit with @ecap whose
 * widest input address has @width bits.
 * Spec: "Fault Recording Registers"
 */
VTDMEntry128 vtdm_fault_record(const VTDMFault *fault, uint64_t ecap,
                               unsigned width);

/* Sets a bit of FSTS; the first of them all raises the message. */
void vtdm_fault_status(VTDMUnit *unit, uint32_t fsts_bit);

/* Withdraws the message if it announces nothing any more. */
void vtdm_fault_serviced(VTDMUnit *unit);

/* The high half of a fault record was written. */
void vtdm_frcd_written(VTDMUnit *unit, unsigned bytes);

#endif
