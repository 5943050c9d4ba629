/*
 * Device-TLB invalidations, and what becomes of silent devices.
 * Spec: "Handling of Device-TLB Invalidations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_DEVICE_TLB_H
#define VTDM_CORE_DEVICE_TLB_H

#include "hw/i386/vtdm/vtdm.h"

/* The device is to be asked to drop what @what covers. */
void vtdm_device_tlb_ask(VTDMUnit *unit, const VTDMInvalidation *what);

/* What came of it, unless a reset has come between. */
void vtdm_device_tlb_answered(VTDMUnit *unit, VTDMDeviceTlbAnswer answer);

/* Reports a device that has not answered; whether there was one. */
bool vtdm_device_tlb_expire(VTDMUnit *unit);

#endif
