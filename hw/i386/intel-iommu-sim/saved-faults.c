/*
 * The fault log as it travels: numbers, and the names of conditions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "problems.h"
#include "saved-faults.h"

static void fill_one(void *opaque, const VTDMLoggedFault *logged)
{
    VTDMSavedFaults *saved = opaque;
    const VTDMFault *fault = &logged->fault;
    VTDMSavedFault *one = &saved->faults[saved->kept++];

    *one = (VTDMSavedFault) {
        .unit = logged->unit,
        .address = fault->address,
        .pasid = fault->pasid,
        .source_id = fault->source_id,
        .index = fault->index,
        .access = fault->access,
        .type = fault->type,
        .stage = fault->stage,
        .execute = fault->execute,
        .privileged = fault->privileged,
        .fpd = fault->fpd,
        .recorded = fault->recorded,
        .entry_address = fault->entry_address,
        .entry_low = fault->entry.lo,
        .entry_high = fault->entry.hi,
    };
    g_strlcpy((char *)one->condition,
              vtdm_condition_info(fault->condition)->name,
              sizeof(one->condition));
}

void vtdm_saved_faults_fill(VTDMSavedFaults *saved, VTDMFaultLog *log)
{
    saved->kept = 0;
    vtdm_fault_log_for_each(log, fill_one, saved);
    saved->count = vtdm_fault_log_count(log);
}

/* VTDM_CONDITION_COUNT: there is none of that name. */
static VTDMCondition condition_of(const VTDMSavedFault *one)
{
    VTDMCondition condition = VTDM_NO_FAULT + 1;

    while (condition < VTDM_CONDITION_COUNT &&
           strncmp((const char *)one->condition,
                   vtdm_condition_info(condition)->name,
                   sizeof(one->condition))) {
        condition++;
    }
    return condition;
}

static bool is_possible(const VTDMSavedFault *one, unsigned units)
{
    return one->unit < units && one->access <= VTDM_PAGE_REQUEST &&
           one->type <= VTDM_AT_RESERVED && one->stage <= VTDM_SECOND_STAGE &&
           condition_of(one) < VTDM_CONDITION_COUNT;
}

bool vtdm_saved_faults_check(const VTDMSavedFaults *saved, unsigned units,
                             GPtrArray *problems)
{
    bool good = saved->kept == MIN(saved->count, VTDM_FAULT_LOG_SIZE);

    for (uint32_t i = 0; good && i < saved->kept; i++) {
        good = is_possible(&saved->faults[i], units);
    }
    if (!good) {
        vtdm_problem_add(problems, "the fault log has what no unit reports: "
                         "the stream is damaged, or of a later version of "
                         "intel-iommu-sim; migrate again, to that version");
    }
    return good;
}

static VTDMLoggedFault fault_of(const VTDMSavedFault *one)
{
    return (VTDMLoggedFault) {
        .unit = one->unit,
        .fault = {
            .condition = condition_of(one),
            .address = one->address,
            .pasid = one->pasid,
            .source_id = one->source_id,
            .index = one->index,
            .access = one->access,
            .type = one->type,
            .stage = one->stage,
            .execute = one->execute,
            .privileged = one->privileged,
            .fpd = one->fpd,
            .recorded = one->recorded,
            .entry_address = one->entry_address,
            .entry = { .lo = one->entry_low, .hi = one->entry_high },
        },
    };
}

void vtdm_saved_faults_take(const VTDMSavedFaults *saved, VTDMFaultLog *log)
{
    vtdm_fault_log_restart(log, saved->count - saved->kept);
    for (uint32_t i = 0; i < saved->kept; i++) {
        VTDMLoggedFault logged = fault_of(&saved->faults[i]);

        vtdm_fault_log_add(log, logged.unit, &logged.fault);
    }
}

static const VMStateDescription vmstate_fault = {
    .name = "intel-iommu-sim/fault",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(unit, VTDMSavedFault),
        VMSTATE_BUFFER(condition, VTDMSavedFault),
        VMSTATE_UINT64(address, VTDMSavedFault),
        VMSTATE_UINT32(pasid, VTDMSavedFault),
        VMSTATE_UINT16(source_id, VTDMSavedFault),
        VMSTATE_UINT16(index, VTDMSavedFault),
        VMSTATE_UINT8(access, VTDMSavedFault),
        VMSTATE_UINT8(type, VTDMSavedFault),
        VMSTATE_UINT8(stage, VTDMSavedFault),
        VMSTATE_BOOL(execute, VTDMSavedFault),
        VMSTATE_BOOL(privileged, VTDMSavedFault),
        VMSTATE_BOOL(fpd, VTDMSavedFault),
        VMSTATE_BOOL(recorded, VTDMSavedFault),
        VMSTATE_UINT64(entry_address, VTDMSavedFault),
        VMSTATE_UINT64(entry_low, VTDMSavedFault),
        VMSTATE_UINT64(entry_high, VTDMSavedFault),
        VMSTATE_END_OF_LIST()
    },
};

static bool fits(void *opaque, int version_id)
{
    return ((VTDMSavedFaults *)opaque)->kept <= VTDM_FAULT_LOG_SIZE;
}

const VMStateDescription vtdm_saved_faults_vmstate = {
    .name = "intel-iommu-sim/faults",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(count, VTDMSavedFaults),
        VMSTATE_UINT32(kept, VTDMSavedFaults),
        VMSTATE_VALIDATE("as many faults as the log holds", fits),
        VMSTATE_STRUCT_VARRAY_UINT32(faults, VTDMSavedFaults, kept, 1,
                                     vmstate_fault, VTDMSavedFault),
        VMSTATE_END_OF_LIST()
    },
};
