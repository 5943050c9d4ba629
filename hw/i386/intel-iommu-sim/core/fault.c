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
static uint64_t info_field(const VTDMFault *fault, unsigned width)
{
    switch (fault->condition) {
    case VTDM_IR_20: case VTDM_IR_25: case VTDM_IR_29:
        return 0;
    case VTDM_IR_21: case VTDM_IR_22: case VTDM_IR_23:
    case VTDM_IR_24: case VTDM_IR_26: case VTDM_IR_27: case VTDM_IR_28:
        return vtdm_field(VTDM_FRCD_LO_INDEX, fault->index);
    default:
        return fault->address & VTDM_FRCD_LO_FI & vtdm_mask_below(width);
    }
}

static uint64_t type_fields(const VTDMFault *fault)
{
    static const uint64_t types[] = {
        [VTDM_READ] = VTDM_FRCD_HI_T1,
        [VTDM_WRITE] = 0,
        [VTDM_ATOMIC] = VTDM_FRCD_HI_T1 | VTDM_FRCD_HI_T2,
        [VTDM_PAGE_REQUEST] = VTDM_FRCD_HI_T2,
    };

    return types[fault->access];
}

/* Execute counts for reads only, and like the others with a PASID only. */
static uint64_t pasid_fields(const VTDMFault *fault)
{
    if (fault->pasid == VTDM_NO_PASID) {
        return 0;
    }
    return VTDM_FRCD_HI_PP | vtdm_field(VTDM_FRCD_HI_PV, fault->pasid) |
           (fault->privileged ? VTDM_FRCD_HI_PRIV : 0) |
           (fault->execute && fault->access == VTDM_READ ? VTDM_FRCD_HI_EXE
                                                         : 0);
}

VTDMEntry128 vtdm_fault_record(const VTDMFault *fault, uint64_t ecap,
                               unsigned width)
{
    uint8_t reason = vtdm_condition_info(fault->condition)->reason;

    return (VTDMEntry128) {
        .lo = info_field(fault, width),
        .hi = VTDM_FRCD_HI_F | type_fields(fault) |
              vtdm_field(VTDM_FRCD_HI_FR, reason) |
              vtdm_field(VTDM_FRCD_HI_SID, fault->source_id) |
              (ecap & VTDM_ECAP_DT
                   ? vtdm_field(VTDM_FRCD_HI_AT, fault->type) : 0) |
              (ecap & VTDM_ECAP_PASID ? pasid_fields(fault) : 0),
    };
}

/* F is in the high half, which is written last. */
static void write_record(VTDMUnit *unit, unsigned index,
                         const VTDMFault *fault)
{
    VTDMEntry128 record = vtdm_fault_record(
        fault, vtdm_reg64(unit, VTDM_REG_ECAP),
        vtdm_config_widest_input(&unit->config));

    vtdm_set_reg64(unit, record_offset(unit, index), record.lo);
    vtdm_set_reg64(unit, record_offset(unit, index) + 8, record.hi);
}

/* Whether the fault found a free record. */
static bool record(VTDMUnit *unit, const VTDMFault *fault)
{
    unsigned index = unit->latched.next_record;
    uint32_t fsts = vtdm_reg32(unit, VTDM_REG_FSTS);

    if (fsts & VTDM_FSTS_PFO) {
        return false;
    }
    if (record_is_set(unit, index)) {
        vtdm_change_reg32(unit, VTDM_REG_FSTS, VTDM_FSTS_PFO, 0);
        return false;
    }
    write_record(unit, index, fault);
    unit->latched.next_record = (index + 1) % unit->config.fault_records;
    if (!(fsts & VTDM_FSTS_PPF)) {
        vtdm_change_reg32(unit, VTDM_REG_FSTS,
                          vtdm_field(VTDM_FSTS_FRI, index), VTDM_FSTS_FRI);
        vtdm_fault_status(unit, VTDM_FSTS_PPF);
    }
    return true;
}

void vtdm_fault_begin(VTDMFault *fault, const VTDMRequest *request)
{
    *fault = (VTDMFault) {
        .address = request->address,
        .pasid = request->pasid,
        .source_id = request->source_id,
        .access = request->access,
        .type = request->type,
        .execute = request->execute,
        .privileged = request->privileged,
    };
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
