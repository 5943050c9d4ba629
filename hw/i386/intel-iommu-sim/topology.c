/*
 * Where a requester is: its source-id and its unit, with the bus numbers
 * that the guest has assigned at this moment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/pc.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pcie_sriov.h"
#include "qemu/atomic.h"
#include "qemu/error-report.h"
#include "device.h"
#include "topology.h"

/* A cached match: valid, unit + 1 (0: no unit), the numbers of the buses. */
#define MATCH_VALID             BIT_ULL(63)
#define MATCH_UNIT_SHIFT        47
#define MATCH_UNIT              0xffff
#define MATCH_BUSES             MAKE_64BIT_MASK(0, MATCH_UNIT_SHIFT)

/* Deeper than any chain of bridges that bus numbers allow. */
#define MAX_HOPS                PCI_BUS_MAX

/*
 * What is behind a conventional pxb is given the pxb's own place, where no
 * request comes from: its root bus starts with a bridge, and conventional
 * bridges send under their own source-id.
 *
 * Spec: "Devices Behind Conventional PCI Bridges"
 */
PCIBus *vtdm_topology_bus(PCIBus *bus, int *devfn)
{
    PCIBus *child;

    QLIST_FOREACH(child, &bus->child, sibling) {
        if (pci_bus_is_root(child) && !pci_bus_is_express(child) &&
            child->parent_dev->devfn == *devfn) {
            *devfn = 0;
            return child;
        }
    }
    return bus;
}

/*
 * A bridge to PCI sends as the first function of its bus for all behind it,
 * whoever that function is.
 *
 * Spec: "Devices Behind PCI Express to PCI/PCI-X Bridges"
 */
PCIDevice *vtdm_space_requester(const VTDMSpace *space)
{
    PCIBus *bus = space->bus;

    if (bus && !pci_bus_is_root(bus) && !pci_bus_is_express(bus)) {
        return pci_bridge_get_device(bus);
    }
    return bus ? bus->devices[space->devfn] : NULL;
}

bool vtdm_space_has_source_id(const VTDMSpace *space)
{
    return space->bus || space->fixed_unit >= 0;
}

uint16_t vtdm_space_source_id(const VTDMSpace *space)
{
    return space->bus ? PCI_BUILD_BDF(pci_bus_num(space->bus), space->devfn)
                      : space->fixed_source_id;
}

/*
 * A virtual function belongs to the unit of its physical function, on whose
 * bus QEMU keeps it.
 */
static uint8_t devfn_for_scope(const VTDMSpace *space)
{
    PCIDevice *dev = space->bus->devices[space->devfn];
    PCIDevice *pf = dev && pci_is_vf(dev) ? pcie_sriov_get_pf(dev) : NULL;

    return pf ? pf->devfn : space->devfn;
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

/* The numbers of all buses on the way, exact for up to five. */
static uint64_t number_chain(PCIBus *bus)
{
    uint64_t chain = pci_bus_num(bus);

    while (!pci_bus_is_root(bus)) {
        bus = pci_get_bus(pci_bridge_get_device(bus));
        chain = chain * (PCI_BUS_MAX + 1) + pci_bus_num(bus);
    }
    return chain & MATCH_BUSES;
}

static int match_unit(VTDMSpace *space)
{
    uint64_t chain = number_chain(space->bus);
    uint64_t match = qatomic_read(&space->match);

    if (!(match & MATCH_VALID) || (match & MATCH_BUSES) != chain) {
        match = MATCH_VALID | chain |
                (uint64_t)(find_unit(space) + 1) << MATCH_UNIT_SHIFT;
        qatomic_set(&space->match, match);
    }
    return (int)((match >> MATCH_UNIT_SHIFT) & MATCH_UNIT) - 1;
}

VTDMDeviceUnit *vtdm_space_unit(VTDMSpace *space)
{
    int unit = space->bus ? match_unit(space) : space->fixed_unit;

    return unit < 0 ? NULL : &space->device->units[unit];
}

static void refuse_owned(PCIBus *bus, PCIDevice *dev, void *opaque)
{
    VTDMSpace space = {
        .device = opaque,
        .bus = bus,
        .devfn = dev->devfn,
    };
    int unit = find_unit(&space);

    if (unit >= 0) {
        error_report("intel-iommu-sim: %s is on a bus that bypasses the "
                     "IOMMU, but unit %d has it: guests would give it "
                     "addresses that nothing translates",
                     DEVICE(dev)->id ?: object_get_typename(OBJECT(dev)),
                     unit);
        error_printf("  leave out bypass_iommu=on or "
                     "default-bus-bypass-iommu=on, or use units= without "
                     "include-all that do not list it\n");
        exit(EXIT_FAILURE);
    }
}

static void refuse_on_bus(PCIBus *bus, void *opaque)
{
    if (pci_bus_bypass_iommu(bus)) {
        pci_for_each_device_under_bus(bus, refuse_owned, opaque);
    }
}

void vtdm_topology_refuse_bypass(VTDMDevice *device)
{
    pci_for_each_bus(PC_MACHINE(qdev_get_machine())->pcibus, refuse_on_bus,
                     device);
}
