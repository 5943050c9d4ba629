/*
 * The HPET as a requester.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/timer/hpet.h"
#include "device.h"
#include "hpet.h"
#include "interrupts.h"
#include "spaces.h"

/* Above the APICs' own region. */
#define WINDOW_PRIORITY     0x2000

/*
 * The HPET writes its MSIs to system memory, where the APICs answer. Its
 * writes alone carry no attributes; those of CPUs go on to the APIC.
 */
static MemTxResult window_write(void *opaque, hwaddr offset, uint64_t value,
                                unsigned size, MemTxAttrs attrs)
{
    VTDMDevice *device = opaque;

    if (attrs.unspecified) {
        return vtdm_interrupt_send(device->hpet,
                                   VTDM_INTERRUPT_BASE + offset, value,
                                   size);
    }
    return memory_region_dispatch_write(device->apic, offset, value,
                                        size_memop(size) | MO_LE, attrs);
}

static MemTxResult window_read(void *opaque, hwaddr offset, uint64_t *value,
                               unsigned size, MemTxAttrs attrs)
{
    VTDMDevice *device = opaque;

    return memory_region_dispatch_read(device->apic, offset, value,
                                       size_memop(size) | MO_LE, attrs);
}

static const MemoryRegionOps window_ops = {
    .read_with_attrs = window_read,
    .write_with_attrs = window_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

void vtdm_hpet_hook(VTDMDevice *device)
{
    Object *hpet = object_resolve_path_type("", TYPE_HPET, NULL);
    int unit = -1;
    int source_id = vtdm_dmar_hpet_source_id(device->dmar, 0, &unit);
    MemoryRegionSection apic;

    if (!hpet || !object_property_get_bool(hpet, "msi", NULL) ||
        source_id < 0) {
        return;
    }
    apic = memory_region_find(get_system_memory(), VTDM_INTERRUPT_BASE, 1);
    if (!apic.mr) {
        return;                 /* no CPU has an APIC */
    }
    device->apic = apic.mr;
    device->hpet = vtdm_space_new_fixed(device, "hpet", source_id, unit);
    memory_region_init_io(&device->hpet_window, OBJECT(device), &window_ops,
                          device, "vtdm-hpet", VTDM_INTERRUPT_SIZE);
    /* An EOI may make the IOAPIC send the next interrupt at once. */
    device->hpet_window.disable_reentrancy_guard = true;
    memory_region_add_subregion_overlap(get_system_memory(),
                                        VTDM_INTERRUPT_BASE,
                                        &device->hpet_window,
                                        WINDOW_PRIORITY);
}
