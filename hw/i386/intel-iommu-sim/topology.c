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
#include "qemu/rcu.h"
#include "device.h"
#include "topology.h"

/* Deeper than any chain of bridges that bus numbers allow. */
#define MAX_HOPS                PCI_BUS_MAX

PCIBus *vtdm_topology_alias(PCIBus *bus, int *devfn)
{
    PCIBus *sender = bus;

    for (PCIDevice *bridge; (bridge = bus->parent_dev); ) {
        PCIBus *above = pci_get_bus(bridge);

        if (!pci_bus_is_express(bus)) {
            bool own_bus = pci_is_express(bridge) &&
                pcie_cap_get_type(bridge) == PCI_EXP_TYPE_PCI_BRIDGE;

            sender = own_bus ? bus : above;
            *devfn = own_bus ? 0 : bridge->devfn;
        }
        bus = above;
    }
    return sender;
}

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
    if (!space->bus || qatomic_read(&space->unused)) {
        return space->fixed_source_id;
    }
    return PCI_BUILD_BDF(pci_bus_num(space->bus), space->devfn);
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

/* The way from the root bus to a requester, at the end of @hop. */
typedef struct VTDMChain {
    VTDMDmarHop hop[MAX_HOPS];
    size_t first;
} VTDMChain;

static void find_chain(const VTDMSpace *space, VTDMChain *chain)
{
    PCIBus *bus = space->bus;
    VTDMDmarHop *hop = &chain->hop[MAX_HOPS - 1];

    *hop = (VTDMDmarHop) { pci_bus_num(bus), devfn_for_scope(space) };
    while (!pci_bus_is_root(bus) && hop > chain->hop) {
        PCIDevice *bridge = pci_bridge_get_device(bus);

        bus = pci_get_bus(bridge);
        *--hop = (VTDMDmarHop) { pci_bus_num(bus), bridge->devfn };
    }
    chain->first = hop - chain->hop;
}

static size_t count_bridges(PCIBus *bus)
{
    size_t count = 0;

    while (!pci_bus_is_root(bus)) {
        bus = pci_get_bus(pci_bridge_get_device(bus));
        count++;
    }
    return count;
}

/* The numbers of @chain, so that what is kept goes with what was found. */
static void note_buses(VTDMPlace *place, PCIBus *bus, const VTDMChain *chain)
{
    const VTDMDmarHop *hop = &chain->hop[MAX_HOPS - 1];

    while (!pci_bus_is_root(bus)) {
        PCIDevice *bridge = pci_bridge_get_device(bus);

        place->bus[place->buses++] = (VTDMBusNumber) {
            &bridge->config[PCI_SECONDARY_BUS], hop->bus,
        };
        bus = pci_get_bus(bridge);
        hop--;
    }
}

static void settle(VTDMPlace *place, const VTDMSpace *space, int unit,
                   uint16_t source_id)
{
    place->unit = unit < 0 ? NULL : &space->device->units[unit];
    place->who = vtdm_who(source_id, VTDM_NO_PASID);
    place->source_id = source_id;
}

static int find_unit(const VTDMSpace *space, const VTDMChain *chain)
{
    return vtdm_dmar_find_unit(space->device->dmar, &(VTDMDmarDevice) {
        .hop = &chain->hop[chain->first],
        .hops = MAX_HOPS - chain->first,
    });
}

/* Numbers that change after they are noted are seen to have changed. */
static VTDMPlace *place_new(const VTDMSpace *space)
{
    size_t bridges = space->bus ? count_bridges(space->bus) : 0;
    VTDMPlace *place = g_malloc0(sizeof(*place) +
                                 bridges * sizeof(*place->bus));
    uint16_t source_id = space->fixed_source_id;
    int unit = space->fixed_unit;

    if (space->bus) {
        VTDMChain chain;

        find_chain(space, &chain);
        note_buses(place, space->bus, &chain);
        unit = find_unit(space, &chain);
        source_id = PCI_BUILD_BDF(chain.hop[MAX_HOPS - 1].bus, space->devfn);
    }
    settle(place, space, unit, source_id);
    return place;
}

static void set_place(VTDMSpace *space, VTDMPlace *place)
{
    VTDMPlace *old = qatomic_xchg(&space->place, place);

    if (old) {
        g_free_rcu(old, rcu);
    }
}

void vtdm_space_forget_place(VTDMSpace *space)
{
    set_place(space, NULL);
}

/*
 * Who retires a space forgets its place after he has said so: a place that is
 * kept later than that is forgotten here.
 */
const VTDMPlace *vtdm_space_find_place(VTDMSpace *space)
{
    static const VTDMPlace nowhere;
    VTDMPlace *place;

    if (qatomic_read(&space->unused)) {
        return &nowhere;
    }
    place = place_new(space);
    set_place(space, place);
    smp_mb__after_rmw();        /* of set_place() */
    if (qatomic_read(&space->unused)) {
        vtdm_space_forget_place(space);
        return &nowhere;
    }
    return place;
}

VTDMDeviceUnit *vtdm_space_unit(VTDMSpace *space)
{
    RCU_READ_LOCK_GUARD();
    return vtdm_space_place(space)->unit;
}

int vtdm_topology_unit_of(VTDMDevice *device, PCIDevice *dev)
{
    int devfn = dev->devfn;
    PCIBus *sender = vtdm_topology_alias(pci_get_bus(dev), &devfn);
    VTDMSpace space = {
        .device = device,
        .bus = vtdm_topology_bus(sender, &devfn),
    };
    VTDMChain chain;

    space.devfn = devfn;
    find_chain(&space, &chain);
    return find_unit(&space, &chain);
}
