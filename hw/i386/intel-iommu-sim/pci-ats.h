/*
 * Devices of QEMU that translate, keep translations and ask for pages by
 * QEMU's own interface, where it has one. All but requests are made under the
 * big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_PCI_ATS_H
#define INTEL_IOMMU_SIM_PCI_ATS_H

#include "device.h"

/* Hands what the guest sends on to those that listen. */
void vtdm_pci_ats_invalidate(VTDMDeviceUnit *unit,
                             const VTDMInvalidation *what);
void vtdm_pci_ats_page_response(VTDMDeviceUnit *unit,
                                const VTDMPageResponse *response);

#if VTDM_HAS_PCI_ATS
/* PCIIOMMUOps; @opaque is the device. */
void vtdm_pci_ats_get_iotlb_info(void *opaque, uint8_t *addr_width,
                                 uint32_t *min_page_size);
void vtdm_pci_ats_init_notifier(PCIBus *bus, void *opaque, int devfn,
                                IOMMUNotifier *n, IOMMUNotify fn,
                                void *user_opaque);
void vtdm_pci_ats_register(PCIBus *bus, void *opaque, int devfn,
                           uint32_t pasid, IOMMUNotifier *n);
void vtdm_pci_ats_unregister(PCIBus *bus, void *opaque, int devfn,
                             uint32_t pasid, IOMMUNotifier *n);
ssize_t vtdm_pci_ats_translate(PCIBus *bus, void *opaque, int devfn,
                               uint32_t pasid, bool priv_req, bool exec_req,
                               hwaddr addr, size_t length, bool no_write,
                               IOMMUTLBEntry *result, size_t result_length,
                               uint32_t *err_count);
void vtdm_pci_pri_register(PCIBus *bus, void *opaque, int devfn,
                           uint32_t pasid, IOMMUPRINotifier *notifier);
void vtdm_pci_pri_unregister(PCIBus *bus, void *opaque, int devfn,
                             uint32_t pasid);
int vtdm_pci_pri_request(PCIBus *bus, void *opaque, int devfn,
                         uint32_t pasid, bool priv_req, bool exec_req,
                         hwaddr addr, bool lpig, uint16_t prgi, bool is_read,
                         bool is_write);
#endif

#endif
