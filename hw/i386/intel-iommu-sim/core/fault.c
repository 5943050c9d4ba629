/*
 * Recording of faults, in the fault recording registers and in FSTS: the
 * one place that every fault of the unit comes to.
 * Spec: "Primary Fault Logging", "Non-Recoverable Fault Event"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "fault.h"
#include "host.h"
#include "message.h"
#include "registers.h"
#include "unit.h"

#define STATUS_BITS (VTDM_FSTS_PPF | VTDM_FSTS_PFO | VTDM_FSTS_IQE | \
                     VTDM_FSTS_ICE | VTDM_FSTS_ITE)

static uint32_t record_offset(VTDMUnit *unit, unsigned index)
{
    return vtdm_frcd_offset(&unit->config) + index * VTDM_FRCD_SIZE;
}

static bool record_is_set(VTDMUnit *unit, unsigned index)
{
    return vtdm_reg64(unit, record_offset(unit, index) + 8) & VTDM_FRCD_HI_F;
}

void vtdm_fault_status(VTDMUnit *unit, uint32_t fsts_bit)
{
    bool first = !(vtdm_reg32(unit, VTDM_REG_FSTS) & STATUS_BITS);

    vtdm_change_reg32(unit, VTDM_REG_FSTS, fsts_bit, 0);
    if (first) {
        vtdm_message_raise(unit, VTDM_MESSAGE_FAULT);
    }
}

/* What FRCD[63:0] says: a page address or an interrupt index. */
static uint64_t fault_info(VTDMUnit *unit, const VTDMFault *fault)
{
    uint64_t known = vtdm_mask_below(vtdm_config_widest(&unit->config));

    switch (fault->condition) {
    case VTDM_IR_20: case VTDM_IR_25: case VTDM_IR_29:
        return 0;
    case VTDM_IR_21: case VTDM_IR_22: case VTDM_IR_23:
    case VTDM_IR_24: case VTDM_IR_26:
        return vtdm_field(VTDM_FRCD_LO_INDEX, fault->index);
    default:
        return fault->address & VTDM_FRCD_LO_FI & known;
    }
}

static uint64_t fault_details(VTDMUnit *unit, const VTDMFault *fault)
{
    const VTDMConditionInfo *info = vtdm_condition_info(fault->condition);
    uint64_t type = fault->access == VTDM_READ ? VTDM_FRCD_HI_T1 :
                    fault->access == VTDM_ATOMIC
                        ? VTDM_FRCD_HI_T1 | VTDM_FRCD_HI_T2 : 0;

    return VTDM_FRCD_HI_F | type |
           vtdm_field(VTDM_FRCD_HI_AT, unit->config.dt ? fault->type : 0) |
           vtdm_field(VTDM_FRCD_HI_FR, info->reason) |
           vtdm_field(VTDM_FRCD_HI_SID, fault->source_id);
}

/* Whether the fault found a free record. */
static bool record(VTDMUnit *unit, const VTDMFault *fault)
{
    unsigned index = unit->next_record;
    uint32_t fsts = vtdm_reg32(unit, VTDM_REG_FSTS);

    if (fsts & VTDM_FSTS_PFO) {
        return false;
    }
    if (record_is_set(unit, index)) {
        vtdm_change_reg32(unit, VTDM_REG_FSTS, VTDM_FSTS_PFO, 0);
        return false;
    }
    vtdm_set_reg64(unit, record_offset(unit, index),
                   fault_info(unit, fault));
    vtdm_set_reg64(unit, record_offset(unit, index) + 8,
                   fault_details(unit, fault));
    unit->next_record = (index + 1) % unit->config.fault_records;
    if (!(fsts & VTDM_FSTS_PPF)) {
        vtdm_change_reg32(unit, VTDM_REG_FSTS,
                          vtdm_field(VTDM_FSTS_FRI, index), VTDM_FSTS_FRI);
        vtdm_fault_status(unit, VTDM_FSTS_PPF);
    }
    return true;
}

void vtdm_fault_report(VTDMUnit *unit, VTDMFault *fault)
{
    const VTDMConditionInfo *info = vtdm_condition_info(fault->condition);

    if (!(info->qualified && fault->fpd)) {
        fault->recorded = record(unit, fault);
    }
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_FAULT, .fault = *fault,
    });
}

void vtdm_fault_serviced(VTDMUnit *unit)
{
    if (!(vtdm_reg32(unit, VTDM_REG_FSTS) & STATUS_BITS)) {
        vtdm_message_withdraw(unit, VTDM_MESSAGE_FAULT);
    }
}

void vtdm_frcd_written(VTDMUnit *unit, unsigned bytes)
{
    bool any = false;

    for (unsigned i = 0; i < unit->config.fault_records; i++) {
        any |= record_is_set(unit, i);
    }
    vtdm_change_reg32(unit, VTDM_REG_FSTS, any ? VTDM_FSTS_PPF : 0,
                      VTDM_FSTS_PPF);
    vtdm_fault_serviced(unit);
}
