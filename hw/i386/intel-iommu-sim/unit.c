/*
 * Units of the platform: a model each, its registers in system memory, and
 * the host operations that it asks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "exec/address-spaces.h"
#include "device.h"

/* Tables and descriptors lie in memory: an access never reaches a device. */
static const MemTxAttrs memory_only = { .memory = 1 };

static bool read_memory(void *opaque, uint64_t address, void *buf, size_t len)
{
    return address_space_read(&address_space_memory, address, memory_only,
                              buf, len) == MEMTX_OK;
}

static bool write_memory(void *opaque, uint64_t address, const void *buf,
                         size_t len)
{
    return address_space_write(&address_space_memory, address, memory_only,
                               buf, len) == MEMTX_OK;
}

static void send_message(void *opaque, uint64_t address, uint32_t data)
{
    vtdm_message_deliver(address, data);
}

/* KVM keeps remapped interrupts in its routes. */
static void invalidate_interrupts(void *opaque, const VTDMInvalidation *what)
{
    VTDMDeviceUnit *unit = opaque;

    x86_iommu_iec_notify_all(X86_IOMMU_DEVICE(unit->device),
                             what->scope == VTDM_SCOPE_GLOBAL, what->index,
                             ctz32(~what->index_mask));
}

static const VTDMHostOps host_ops = {
    .read_memory = read_memory,
    .write_memory = write_memory,
    .send_message = send_message,
    .invalidate_interrupts = invalidate_interrupts,
    .event = vtdm_device_event,
};

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

static void create_unit(VTDMDevice *device, unsigned index)
{
    VTDMDmarUnit *described = g_ptr_array_index(device->dmar->units, index);
    VTDMDeviceUnit *unit = &device->units[index];
    g_autofree char *name = g_strdup_printf("vtdm-unit-%u", index);

    unit->device = device;
    unit->index = index;
    unit->model = vtdm_unit_new(&device->config, &host_ops, unit);
    memory_region_init_io(&unit->registers, OBJECT(device), &registers_ops,
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

void vtdm_units_destroy(VTDMDevice *device)
{
    if (!device->units) {
        return;
    }
    for (guint i = 0; i < device->dmar->units->len; i++) {
        vtdm_unit_free(device->units[i].model);
    }
    g_free(device->units);
}
