/*
 * Where a requester is: its source-id and its unit, with the bus numbers
 * that the guest has assigned at this moment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pcie_sriov.h"
#include "qemu/atomic.h"
#include "device.h"

/* A cached match: valid, bus number, unit + 1 (0: no unit). */
#define MATCH_VALID             BIT(31)
#define MATCH_BUS_SHIFT         16
#define MATCH_UNIT              0xffff

/* Deeper than any chain of bridges that bus numbers allow. */
#define MAX_HOPS                PCI_BUS_MAX

uint16_t vtdm_space_source_id(const VTDMSpace *space)
{
    return space->bus ? PCI_BUILD_BDF(pci_bus_num(space->bus), space->devfn)
                      : space->fixed_source_id;
}

/* A virtual function belongs to the unit of its physical function. */
static uint8_t devfn_for_scope(const VTDMSpace *space)
{
    PCIDevice *dev = space->bus->devices[space->devfn];

    return dev && pci_is_vf(dev) ? pcie_sriov_get_pf(dev)->devfn
                                 : space->devfn;
}

/* The chain from the root bus, written from its end. */
static int find_unit(const VTDMSpace *space)
{
    VTDMDmarHop hops[MAX_HOPS];
    size_t first = MAX_HOPS - 1;
    PCIBus *bus = space->bus;
    VTDMDmarDevice dev;

    hops[first] = (VTDMDmarHop) { pci_bus_num(bus), devfn_for_scope(space) };
    while (!pci_bus_is_root(bus) && first > 0) {
        PCIDevice *bridge = pci_bridge_get_device(bus);

        bus = pci_get_bus(bridge);
        first--;
        hops[first] = (VTDMDmarHop) { pci_bus_num(bus), bridge->devfn };
    }
    dev = (VTDMDmarDevice) { .hop = &hops[first], .hops = MAX_HOPS - first };
    return vtdm_dmar_find_unit(space->device->dmar, &dev);
}

static int match_unit(VTDMSpace *space)
{
    uint32_t bus = pci_bus_num(space->bus);
    uint32_t match = qatomic_read(&space->match);

    if (!(match & MATCH_VALID) ||
        ((match >> MATCH_BUS_SHIFT) & 0xff) != bus) {
        match = MATCH_VALID | bus << MATCH_BUS_SHIFT |
                (uint32_t)(find_unit(space) + 1);
        qatomic_set(&space->match, match);
    }
    return (int)(match & MATCH_UNIT) - 1;
}

VTDMDeviceUnit *vtdm_space_unit(VTDMSpace *space)
{
    int unit = space->bus ? match_unit(space) : space->fixed_unit;

    return unit < 0 ? NULL : &space->device->units[unit];
}
