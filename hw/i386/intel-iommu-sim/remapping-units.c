/*
 * Units of the platform: a model each, and its registers in system memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/dmar-quirk.h"
#include "hw/i386/vtdm/inspect.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "device.h"
#include "host-ops.h"
#include "remapping-units.h"

/* PCI Express gives an invalidation completion a minute. */
#define COMPLETION_TIME         (60LL * NANOSECONDS_PER_SECOND)

static uint64_t registers_read(void *opaque, hwaddr offset, unsigned size)
{
    VTDMDeviceUnit *unit = opaque;

    return vtdm_unit_read(unit->model, offset, size);
}

static void registers_write(void *opaque, hwaddr offset, uint64_t value,
                            unsigned size)
{
    VTDMDeviceUnit *unit = opaque;

    vtdm_unit_write(unit->model, offset, size, value);
}

/* The model itself says what a strange access gives. */
static const MemoryRegionOps registers_ops = {
    .read = registers_read,
    .write = registers_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8,
               .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8,
              .unaligned = true },
};

void vtdm_unit_go_on(VTDMDeviceUnit *unit)
{
    if (!unit->device->stands_still) {
        vtdm_unit_work(unit->model);
    }
}

static void work(void *opaque)
{
    vtdm_unit_go_on(opaque);
}

static void wake(void *opaque)
{
    VTDMDeviceUnit *unit = opaque;

    vtdm_unit_wake(unit->model);
}

/* What this finds on its way twice has had that time, and no answer. */
static void expire(void *opaque)
{
    VTDMDeviceUnit *unit = opaque;

    if (vtdm_unit_device_tlb_expire(unit->model)) {
        vtdm_unit_await_completions(unit);
    }
}

void vtdm_unit_await_completions(VTDMDeviceUnit *unit)
{
    if (!timer_pending(unit->completions)) {
        timer_mod(unit->completions, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) +
                                     COMPLETION_TIME);
    }
}

/* What is read where nothing answers. */
static uint64_t ones_read(void *opaque, hwaddr offset, unsigned size)
{
    return UINT64_MAX;
}

static void ones_write(void *opaque, hwaddr offset, uint64_t value,
                       unsigned size)
{
}

/* Registers of a unit that firmware describes and has switched off. */
static const MemoryRegionOps ones_ops = {
    .read = ones_read,
    .write = ones_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8,
               .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8,
              .unaligned = true },
};

bool vtdm_unit_is_absent(const VTDMDeviceUnit *unit)
{
    return !unit->index &&
           unit->device->quirks & VTDM_QUIRK_BIT(ONES_REGISTERS);
}

static void create_unit(VTDMDevice *device, unsigned index)
{
    VTDMDmarUnit *described = g_ptr_array_index(device->dmar->units, index);
    VTDMDeviceUnit *unit = &device->units[index];
    g_autofree char *name = g_strdup_printf("vtdm-unit-%u", index);

    unit->device = device;
    unit->index = index;
    unit->work = qemu_bh_new(work, unit);
    unit->completions = timer_new_ns(QEMU_CLOCK_VIRTUAL, expire, unit);
    unit->clock = timer_new_ns(QEMU_CLOCK_VIRTUAL, wake, unit);
    unit->model = vtdm_unit_new(
        vtdm_capabilities_of(device->capabilities, described->base),
        &vtdm_host_ops, unit);
    vtdm_unit_keep_copies(unit->model, false);
    memory_region_init_io(&unit->registers, OBJECT(device),
                          vtdm_unit_is_absent(unit) ? &ones_ops
                                                    : &registers_ops,
                          unit, name, described->size);
    memory_region_add_subregion_overlap(get_system_memory(), described->base,
                                        &unit->registers, 1);
}

void vtdm_units_create(VTDMDevice *device)
{
    device->units = g_new0(VTDMDeviceUnit, device->dmar->units->len);
    for (guint i = 0; i < device->dmar->units->len; i++) {
        create_unit(device, i);
    }
}

void vtdm_units_keep_copies(VTDMDevice *device)
{
    for (guint i = 0; i < device->dmar->units->len; i++) {
        vtdm_unit_keep_copies(device->units[i].model, true);
    }
}

void vtdm_units_work(VTDMDevice *device)
{
    for (guint i = 0; i < device->dmar->units->len; i++) {
        vtdm_unit_go_on(&device->units[i]);
    }
}

void vtdm_units_work_later(VTDMDevice *device)
{
    for (guint i = 0; i < device->dmar->units->len; i++) {
        qemu_bh_schedule(device->units[i].work);
    }
}

void vtdm_units_reset(VTDMDevice *device)
{
    for (guint i = 0; i < device->dmar->units->len; i++) {
        vtdm_unit_reset(device->units[i].model, true);
    }
}

void vtdm_units_forget_statistics(VTDMDevice *device)
{
    for (guint i = 0; i < device->dmar->units->len; i++) {
        vtdm_unit_forget_statistics(device->units[i].model);
    }
}
