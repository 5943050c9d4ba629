/*
 * A unit as it travels.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/save.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "problems.h"
#include "remapping-units.h"
#include "saved-units.h"

/* More than any unit has to say, and than anybody has to allocate. */
#define UNIT_SIZE_MAX           (256 * MiB)

bool vtdm_saved_unit_fill(VTDMSavedUnit *saved, VTDMDeviceUnit *unit)
{
    GByteArray *state = vtdm_unit_save(unit->model,
                                       unit->device->migrate_caches);

    saved->absent = vtdm_unit_is_absent(unit);
    saved->size = state->len;
    saved->state = g_byte_array_free(state, false);
    if (saved->size > UNIT_SIZE_MAX) {
        error_report("intel-iommu-sim: unit %u has cached too much to be "
                     "saved: start both sides with migrate-caches=off or less "
                     "iotlb-entries=", unit->index);
    }
    return saved->size <= UNIT_SIZE_MAX;
}

static void check_absent(const VTDMDeviceUnit *unit, const VTDMSavedUnit *saved,
                         GPtrArray *problems)
{
    if (saved->absent != vtdm_unit_is_absent(unit)) {
        vtdm_problem_add(problems, "dmar-quirk has ones-registers at %s: give "
                         "both sides the same dmar-quirk=",
                         saved->absent ? "the source and not here"
                                       : "this side and not at the source");
    }
}

void vtdm_saved_unit_take(const VTDMSavedUnit *saved, VTDMDeviceUnit *unit,
                          GPtrArray *problems)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);

    check_absent(unit, saved, found);
    vtdm_unit_load(unit->model, saved->state, saved->size, found);
    for (guint i = 0; i < found->len; i++) {
        vtdm_problem_add(problems, "unit %u: %s", unit->index,
                         (const char *)g_ptr_array_index(found, i));
    }
}

static bool is_unit_size(void *opaque, int version_id)
{
    return ((VTDMSavedUnit *)opaque)->size <= UNIT_SIZE_MAX;
}

const VMStateDescription vtdm_saved_unit_vmstate = {
    .name = "intel-iommu-sim/unit",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_BOOL(absent, VTDMSavedUnit),
        VMSTATE_UINT32(size, VTDMSavedUnit),
        VMSTATE_VALIDATE("as many bytes as a unit can have", is_unit_size),
        VMSTATE_VBUFFER_ALLOC_UINT32(state, VTDMSavedUnit, 0, NULL, size),
        VMSTATE_TIMER_PTR(completions, VTDMSavedUnit),
        VMSTATE_END_OF_LIST()
    },
};
