/*
 * Device-TLB invalidations: sent to the device, answered or timed out.
 *
 * A time-out shows when a wait descriptor would complete, or at the end of
 * the queue: until then the unit keeps fetching, as hardware does.
 * Spec: "Handling of Device-TLB Invalidations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "device-tlb.h"
#include "fault.h"
#include "registers.h"
#include "unit.h"

/* The source-id of an error is kept only if the error is new. */
static void raise_error(VTDMUnit *unit, uint32_t fsts_bit, uint64_t field,
                        uint16_t source_id)
{
    uint64_t iqercd = vtdm_reg64(unit, VTDM_REG_IQERCD);

    if (!(vtdm_reg32(unit, VTDM_REG_FSTS) & fsts_bit)) {
        vtdm_set_reg64(unit, VTDM_REG_IQERCD,
                       (iqercd & ~field) | vtdm_field(field, source_id));
    }
    vtdm_fault_status(unit, fsts_bit);
}

void vtdm_device_tlb_ask(VTDMUnit *unit, const VTDMInvalidation *what)
{
    unit->latched.device_tlb.asked = true;
    unit->latched.device_tlb.what = *what;
}

void vtdm_device_tlb_answered(VTDMUnit *unit, VTDMDeviceTlbAnswer answer)
{
    uint16_t source_id = unit->latched.device_tlb.what.source_id;

    if (!unit->latched.device_tlb.asked) {
        return;
    }
    unit->latched.device_tlb.asked = false;
    if (answer == VTDM_DEVICE_TLB_TIMEOUT &&
        !unit->latched.device_tlb.silent) {     /* the first is late first */
        unit->latched.device_tlb.silent = true;
        unit->latched.device_tlb.silent_sid = source_id;
    } else if (answer == VTDM_DEVICE_TLB_BAD_COMPLETION) {
        raise_error(unit, VTDM_FSTS_ICE, VTDM_IQERCD_ICESID, source_id);
    }
}

bool vtdm_device_tlb_expire(VTDMUnit *unit)
{
    if (!unit->latched.device_tlb.silent) {
        return false;
    }
    unit->latched.device_tlb.silent = false;
    raise_error(unit, VTDM_FSTS_ITE, VTDM_IQERCD_ITESID,
                unit->latched.device_tlb.silent_sid);
    return true;
}
