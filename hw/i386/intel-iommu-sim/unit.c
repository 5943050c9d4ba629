/*
 * Units of the platform: a model each, its registers in system memory, and
 * the host operations that it asks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic128.h"
#include "qemu/rcu.h"
#include "device.h"

/*
 * Tables and descriptors lie in RAM. Anything else, a device's RAM too, may
 * take the big lock, which must not be waited for under the unit's lock.
 * NULL: there is no such memory. The caller holds the RCU read lock.
 */
static uint8_t *find_ram(uint64_t address, size_t len, bool is_write)
{
    hwaddr offset, reach = len;
    MemoryRegion *mr = address_space_translate(&address_space_memory, address,
                                               &offset, &reach, is_write,
                                               MEMTXATTRS_UNSPECIFIED);

    if (reach < len || !memory_region_is_ram(mr) ||
        memory_region_is_ram_device(mr) || (is_write && mr->readonly)) {
        return NULL;
    }
    return (uint8_t *)memory_region_get_ram_ptr(mr) + offset;
}

/* An entry is read in one piece: a CPU may be changing it. */
static bool read_memory(void *opaque, uint64_t address, void *buf, size_t len)
{
    const uint8_t *ram;

    RCU_READ_LOCK_GUARD();
    ram = find_ram(address, len, false);
    if (!ram) {
        return false;
    }
    if (len == sizeof(Int128) && HAVE_ATOMIC128_RO) {
        Int128 entry = atomic16_read_ro((const Int128 *)ram);

        memcpy(buf, &entry, len);
    } else {
        memcpy(buf, ram, len);
    }
    return true;
}

static bool write_memory(void *opaque, uint64_t address, const void *buf,
                         size_t len)
{
    RCU_READ_LOCK_GUARD();
    return find_ram(address, len, true) &&
           address_space_write(&address_space_memory, address,
                               MEMTXATTRS_UNSPECIFIED, buf,
                               len) == MEMTX_OK;
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

static void translations_changed(void *opaque, const VTDMInvalidation *what)
{
    vtdm_notifiers_changed(opaque, what);
}

/* What a device of QEMU's keeps is gone when the notifiers return. */
static VTDMDeviceTlbAnswer invalidate_device_tlb(void *opaque,
                                                 const VTDMInvalidation *what)
{
    vtdm_notifiers_device_tlb(opaque, what);
    return VTDM_DEVICE_TLB_DONE;
}

static const VTDMHostOps host_ops = {
    .read_memory = read_memory,
    .write_memory = write_memory,
    .send_message = send_message,
    .invalidate_interrupts = invalidate_interrupts,
    .translations_changed = translations_changed,
    .invalidate_device_tlb = invalidate_device_tlb,
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
    unit->model = vtdm_unit_new(
        vtdm_capabilities_of(device->capabilities, described->base),
        &host_ops, unit);
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
