/*
 * The device in migrations and snapshots: what travels, and what goes on when
 * the machine does.
 *
 * A unit is one piece of bytes of the model's. Around these is QEMU's form: the
 * table, so that only the same platform takes them, timers, the fault log and
 * the counters of requesters. It is loaded before the devices that do DMA, and
 * after the bridges before them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-compare.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "system/runstate.h"
#include "blocked-dma.h"
#include "cpu-messages.h"
#include "interrupt-window.h"
#include "migration.h"
#include "problems.h"
#include "remapping-units.h"
#include "saved-faults.h"
#include "saved-requesters.h"
#include "saved-units.h"
#include "spaces.h"

/* Before all others when the machine goes on, after them when it stops. */
#define BEFORE_ALL              INT_MIN

struct VTDMSaved {
    VTDMDevice *device;
    uint32_t table_size;
    uint8_t *table;
    VTDMSavedUnit *units;
    uint32_t unit_count;        /* here; another table is refused */
    VTDMSavedFaults faults;
    VTDMSavedRequesters requesters;
    bool loaded;                /* and the machine has still to go on */
    VMChangeStateEntry *stops;
};

static void forget(VTDMSaved *saved)
{
    g_clear_pointer(&saved->table, g_free);
    for (uint32_t i = 0; i < saved->unit_count; i++) {
        g_clear_pointer(&saved->units[i].state, g_free);
    }
    vtdm_saved_requesters_forget(&saved->requesters);
}

/* Of what exists: what the guest is told may be spoilt. */
static GByteArray *build_table(const VTDMDevice *device)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    return vtdm_dmar_build(device->dmar, errors);
}

static void fill_table(VTDMSaved *saved)
{
    GByteArray *table = build_table(saved->device);

    saved->table_size = table->len;
    saved->table = g_byte_array_free(table, false);
}

static int pre_save(void *opaque)
{
    VTDMSaved *saved = opaque;
    bool good = true;

    forget(saved);
    fill_table(saved);
    for (uint32_t i = 0; i < saved->unit_count; i++) {
        good &= vtdm_saved_unit_fill(&saved->units[i],
                                     &saved->device->units[i]);
    }
    vtdm_saved_faults_fill(&saved->faults, &saved->device->fault_log);
    vtdm_saved_requesters_fill(&saved->requesters, saved->device);
    return good ? 0 : -EINVAL;
}

static int post_save(void *opaque)
{
    forget(opaque);
    return 0;
}

static int pre_load(void *opaque)
{
    forget(opaque);
    return 0;
}

static bool report(GPtrArray *problems)
{
    bool good = !problems->len;

    if (!good) {
        vtdm_problems_report_load(problems, TYPE_INTEL_IOMMU_SIM);
    }
    return good;
}

static void compare_tables(const VTDMSaved *saved, GPtrArray *problems)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) source = vtdm_dmar_parse(saved->table,
                                                 saved->table_size, errors);

    if (source) {
        vtdm_dmar_compare(saved->device->dmar, source, problems);
    } else {
        vtdm_problem_add(problems, "its DMAR table cannot be read: the stream "
                         "is damaged, migrate again");
    }
}

static bool is_table_size(void *opaque, int version_id)
{
    return ((VTDMSaved *)opaque)->table_size <= UINT16_MAX;
}

/* Units are read after this, as many as there are here. */
static bool is_same_platform(void *opaque, int version_id)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

    compare_tables(opaque, problems);
    return report(problems);
}

static int post_load(void *opaque, int version_id)
{
    VTDMSaved *saved = opaque;
    VTDMDevice *device = saved->device;
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    bool good;

    if (vtdm_saved_faults_check(&saved->faults, saved->unit_count, problems) &
        vtdm_saved_requesters_check(&saved->requesters, problems)) {
        for (uint32_t i = 0; i < saved->unit_count; i++) {
            vtdm_saved_unit_take(&saved->units[i], &device->units[i],
                                 problems);
        }
    }
    good = report(problems);
    if (good) {
        vtdm_saved_faults_take(&saved->faults, &device->fault_log);
        vtdm_saved_requesters_take(&saved->requesters, device);
        vtdm_blocked_forget();
        saved->loaded = true;
    }
    forget(saved);
    return good ? 0 : -EINVAL;
}

static const VMStateDescription vmstate_saved = {
    .name = "intel-iommu-sim/state",
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_save = pre_save,
    .post_save = post_save,
    .pre_load = pre_load,
    .post_load = post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32(table_size, VTDMSaved),
        VMSTATE_VALIDATE("as many bytes as a table can have", is_table_size),
        VMSTATE_VBUFFER_ALLOC_UINT32(table, VTDMSaved, 0, NULL, table_size),
        VMSTATE_VALIDATE("the platform of this side", is_same_platform),
        VMSTATE_STRUCT_VARRAY_POINTER_UINT32(units, VTDMSaved, unit_count,
                                             vtdm_saved_unit_vmstate,
                                             VTDMSavedUnit),
        VMSTATE_STRUCT(faults, VTDMSaved, 1, vtdm_saved_faults_vmstate,
                       VTDMSavedFaults),
        VMSTATE_STRUCT(requesters, VTDMSaved, 1,
                       vtdm_saved_requesters_vmstate, VTDMSavedRequesters),
        VMSTATE_END_OF_LIST()
    },
};

const VMStateDescription vtdm_migration_vmstate = {
    .name = TYPE_INTEL_IOMMU_SIM,
    .version_id = 1,
    .minimum_version_id = 1,
    .priority = MIG_PRI_IOMMU,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT_POINTER(saved, VTDMDevice, vmstate_saved, VTDMSaved),
        VMSTATE_END_OF_LIST()
    },
};

/*
 * What was loaded counts from here on, all devices are there: those who keep
 * copies learn of it, and a DMA to the interrupt range has no more bytes.
 */
static void go_on(VTDMDevice *device)
{
    g_autoptr(GPtrArray) spaces = vtdm_spaces_list(device);

    vtdm_units_work(device);
    for (guint i = 0; i < spaces->len; i++) {
        vtdm_interrupt_release_held(g_ptr_array_index(spaces, i));
    }
}

/* A message on its way to a CPU has to be there before CPUs are saved. */
static void machine_changed(void *opaque, bool running, RunState state)
{
    VTDMDevice *device = opaque;

    device->stands_still = !running;
    if (!running) {
        vtdm_messages_flush();
        return;
    }
    if (device->saved->loaded) {
        device->saved->loaded = false;
        go_on(device);
    }
    vtdm_units_work_later(device);
}

void vtdm_migration_init(VTDMDevice *device)
{
    VTDMSaved *saved = g_new0(VTDMSaved, 1);

    device->saved = saved;
    saved->device = device;
    device->stands_still = true;
    saved->unit_count = device->dmar->units->len;
    saved->units = g_new0(VTDMSavedUnit, saved->unit_count);
    for (uint32_t i = 0; i < saved->unit_count; i++) {
        saved->units[i].completions = device->units[i].completions;
    }
    saved->stops = qemu_add_vm_change_state_handler_prio(machine_changed,
                                                         device, BEFORE_ALL);
}

void vtdm_migration_exit(VTDMDevice *device)
{
    VTDMSaved *saved = g_steal_pointer(&device->saved);

    if (saved) {
        qemu_del_vm_change_state_handler(saved->stops);
        forget(saved);
        g_free(saved->units);
        g_free(saved);
    }
}
