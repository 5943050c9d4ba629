/*
 * The requesters that there are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_SPACES_H
#define INTEL_IOMMU_SIM_SPACES_H

#include "device.h"

void vtdm_spaces_init(VTDMDevice *device);

/* What requesters did is forgotten. */
void vtdm_spaces_reset(VTDMDevice *device);

/* PCIIOMMUOps; @opaque is the device. */
AddressSpace *vtdm_space_get(PCIBus *bus, void *opaque, int devfn);
bool vtdm_space_set_host(PCIBus *bus, void *opaque, int devfn,
                         HostIOMMUDevice *host, Error **errp);
void vtdm_space_unset_host(PCIBus *bus, void *opaque, int devfn);

/* The PCI requester with @source_id; NULL: none has been seen. */
VTDMSpace *vtdm_space_find(VTDMDevice *device, uint16_t source_id);

/* The requester that sends for @dev. */
VTDMSpace *vtdm_space_of(VTDMDevice *device, PCIDevice *dev);

/* A requester that is no PCI function; @unit is an index, -1: no unit. */
VTDMSpace *vtdm_space_new_fixed(VTDMDevice *device, const char *name,
                                uint16_t source_id, int unit);

/* All requesters seen, in order of source-id. The caller unrefs the array. */
GPtrArray *vtdm_spaces_list(VTDMDevice *device);

#endif
