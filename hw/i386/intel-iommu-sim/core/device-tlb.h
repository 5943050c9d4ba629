/*
 * Device-TLB invalidations, and what becomes of silent devices.
 * Spec: "Handling of Device-TLB Invalidations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_DEVICE_TLB_H
#define VTDM_CORE_DEVICE_TLB_H

#include "hw/i386/vtdm/vtdm.h"

/* Asks the device to drop what @what covers. */
void vtdm_device_tlb_send(VTDMUnit *unit, const VTDMInvalidation *what);

/* Reports a device that has not answered; whether there was one. */
bool vtdm_device_tlb_expire(VTDMUnit *unit);

#endif
