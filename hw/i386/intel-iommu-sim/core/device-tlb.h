/*
 * Device-TLB invalidations, and what becomes of devices that are late.
 * Spec: "Handling of Device-TLB Invalidations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_DEVICE_TLB_H
#define VTDM_CORE_DEVICE_TLB_H

#include "unit.h"

/* Whether all ITags are in use; whether any is. */
static inline bool vtdm_device_tlb_is_full(const VTDMUnit *unit)
{
    return unit->latched.device_tlb.count == VTDM_ITAGS;
}

static inline bool vtdm_device_tlb_is_pending(const VTDMUnit *unit)
{
    return unit->latched.device_tlb.count;
}

/* The device is to be asked to drop what @what covers. An ITag is free. */
void vtdm_device_tlb_ask(VTDMUnit *unit, const VTDMInvalidation *what);

/*
 * The device has been asked, and answered so; without meaning after a reset
 * that came between.
 */
void vtdm_device_tlb_sent(VTDMUnit *unit, unsigned itag,
                          VTDMDeviceTlbAnswer answer);

/* See vtdm_unit_device_tlb_answer, _complete and _expire. */
void vtdm_device_tlb_answer(VTDMUnit *unit, uint16_t source_id, unsigned itag,
                            VTDMDeviceTlbAnswer answer);
void vtdm_device_tlb_complete(VTDMUnit *unit, uint16_t source_id,
                              uint32_t itags, unsigned count);
bool vtdm_device_tlb_expire(VTDMUnit *unit);

/* The queue goes no further: reports devices that said they never answer. */
void vtdm_device_tlb_stopped(VTDMUnit *unit);

#endif
