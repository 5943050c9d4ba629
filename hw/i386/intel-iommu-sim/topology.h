/*
 * Where a requester is, at this moment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_TOPOLOGY_H
#define INTEL_IOMMU_SIM_TOPOLOGY_H

#include "hw/i386/vtdm/hit.h"
#include "qemu/atomic.h"
#include "qemu/rcu.h"
#include "device.h"

/* A bus behind a bridge, and where the guest numbers it. */
typedef struct VTDMBusNumber {
    const uint8_t *where;       /* in the configuration space */
    uint8_t number;
} VTDMBusNumber;

/* Where a requester is, while the buses to it have these numbers. */
typedef struct VTDMPlace {
    struct rcu_head rcu;
    VTDMDeviceUnit *unit;       /* NULL: it has none, or is unused */
    VTDMWho who;                /* source_id, without PASID */
    uint16_t source_id;
    size_t buses;               /* without the root bus, which has its own */
    VTDMBusNumber bus[];
} VTDMPlace;

/* An IOAPIC that no unit lists has none that anybody knows. */
bool vtdm_space_has_source_id(const VTDMSpace *space);
uint16_t vtdm_space_source_id(const VTDMSpace *space);

/*
 * NULL: it has no unit, or is unused. What was found is kept until bus numbers
 * change.
 */
VTDMDeviceUnit *vtdm_space_unit(VTDMSpace *space);

/* Where it is, looked for. */
const VTDMPlace *vtdm_space_find_place(VTDMSpace *space);

static inline bool vtdm_place_is_current(const VTDMPlace *place)
{
    for (size_t i = 0; i < place->buses; i++) {
        if (qatomic_read(place->bus[i].where) != place->bus[i].number) {
            return false;
        }
    }
    return true;
}

/*
 * Where it is, quickly: for those who hold the big lock or the RCU read lock,
 * as long as they do.
 */
static inline const VTDMPlace *vtdm_space_place(VTDMSpace *space)
{
    const VTDMPlace *place = qatomic_rcu_read(&space->place);

    return likely(place && vtdm_place_is_current(place))
        ? place : vtdm_space_find_place(space);
}

/* The requester is somewhere else now. */
void vtdm_space_forget_place(VTDMSpace *space);

/* The device whose source-id it is; NULL: nobody is there, or no device. */
PCIDevice *vtdm_space_requester(const VTDMSpace *space);

/*
 * The bus and the devfn that QEMU gives for the requester of a device, as its
 * pci_device_iommu_address_space() does: a bridge to conventional PCI sends
 * for all behind it.
 */
PCIBus *vtdm_topology_alias(PCIBus *bus, int *devfn);

/*
 * The bus and the devfn that send, for those that QEMU gives as a
 * requester's.
 */
PCIBus *vtdm_topology_bus(PCIBus *bus, int *devfn);

/* The index of the unit of whoever sends for @dev; -1: it has none. */
int vtdm_topology_unit_of(VTDMDevice *device, PCIDevice *dev);

#endif
