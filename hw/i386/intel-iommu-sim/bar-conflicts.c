/*
 * BARs beneath the registers of units: where the guest has put them, whatever
 * the memory map makes of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/pc.h"
#include "hw/pci/pci_bus.h"
#include "qemu/range.h"
#include "bar-conflicts.h"
#include "device.h"
#include "machine.h"
#include "trace.h"

typedef struct Search {
    uint64_t base;
    uint64_t size;
    PCIDevice *dev;             /* what was found, NULL: nothing */
    int bar;
} Search;

static bool is_hit(const Search *search, const PCIIORegion *region)
{
    return region->size && region->addr != PCI_BAR_UNMAPPED &&
           !(region->type & PCI_BASE_ADDRESS_SPACE_IO) &&
           ranges_overlap(region->addr, region->size, search->base,
                          search->size);
}

static void look_at_device(PCIBus *bus, PCIDevice *dev, void *opaque)
{
    Search *search = opaque;

    for (int i = 0; i < PCI_NUM_REGIONS && !search->dev; i++) {
        if (is_hit(search, &dev->io_regions[i])) {
            search->dev = dev;
            search->bar = i;
        }
    }
}

static void look_at_bus(PCIBus *bus, void *opaque)
{
    pci_for_each_device_under_bus(bus, look_at_device, opaque);
}

static Search find_bar(const VTDMDeviceUnit *unit)
{
    Search search = {
        .base = unit->registers.addr,
        .size = memory_region_size((MemoryRegion *)&unit->registers),
    };

    pci_for_each_bus(PC_MACHINE(qdev_get_machine())->pcibus, look_at_bus,
                     &search);
    return search;
}

char *vtdm_bar_conflict(const VTDMDeviceUnit *unit)
{
    Search found = find_bar(unit);

    return found.dev
        ? g_strdup_printf("%02x:%02x.%x BAR %d", pci_dev_bus_num(found.dev),
                          PCI_SLOT(found.dev->devfn),
                          PCI_FUNC(found.dev->devfn), found.bar)
        : NULL;
}

static void look_at_unit(VTDMDeviceUnit *unit)
{
    Search found = find_bar(unit);

    if (found.dev && found.dev != unit->conflict) {
        trace_vtdm_bar_conflict(unit->index, found.base,
                                pci_dev_bus_num(found.dev),
                                PCI_SLOT(found.dev->devfn),
                                PCI_FUNC(found.dev->devfn), found.bar);
    }
    unit->conflict = found.dev;
}

static void memory_changed(MemoryListener *listener)
{
    VTDMDevice *device = container_of(listener, VTDMDevice, memory_listener);

    for (guint i = 0; i < device->dmar->units->len; i++) {
        look_at_unit(&device->units[i]);
    }
}

static bool is_for_pci(gpointer unit)
{
    const VTDMDmarUnit *described = unit;

    return vtdm_machine_is_for_pci(described->base,
                                   described->base + described->size - 1);
}

void vtdm_bar_conflicts_watch(VTDMDevice *device)
{
    bool some = false;

    for (guint i = 0; i < device->dmar->units->len; i++) {
        some |= is_for_pci(g_ptr_array_index(device->dmar->units, i));
    }
    if (some) {
        device->memory_listener.name = "vtdm-bar-conflicts";
        device->memory_listener.commit = memory_changed;
        memory_listener_register(&device->memory_listener,
                                 &address_space_memory);
    }
}
