/*
 * Where a requester is, at this moment.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_TOPOLOGY_H
#define INTEL_IOMMU_SIM_TOPOLOGY_H

#include "device.h"

/* An IOAPIC that no unit lists has none that anybody knows. */
bool vtdm_space_has_source_id(const VTDMSpace *space);
uint16_t vtdm_space_source_id(const VTDMSpace *space);

/*
 * NULL: it has no unit, or is unused. What was found is kept until bus numbers
 * change.
 */
VTDMDeviceUnit *vtdm_space_unit(VTDMSpace *space);

/*
 * Both at once, and quickly: the unit, and *@source_id. @space has a bus or a
 * source-id of its own. The caller holds the big lock or the RCU read lock.
 */
VTDMDeviceUnit *vtdm_space_place(VTDMSpace *space, uint16_t *source_id);

/* The requester is somewhere else now. */
void vtdm_space_forget_unit(VTDMSpace *space);

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
