/*
 * vtd-testdev: configuration space.
 *
 * QEMU 10.0 has a helper for ATS only, so PRI and PASID are laid out here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pcie.h"
#include "qapi/error.h"
#include "qemu/range.h"
#include "config-space.h"
#include "pages.h"

/* Where the extended capabilities are. */
enum {
    ATS = 0x100,
    PRI = 0x110,
    PASID = 0x120,
};

static uint8_t *at(VTDTDevice *device, unsigned offset)
{
    return PCI_DEVICE(device)->config + offset;
}

static void init_pri(VTDTDevice *device)
{
    PCIDevice *dev = PCI_DEVICE(device);

    pcie_add_capability(dev, PCI_EXT_CAP_ID_PRI, 1, PRI,
                        PCI_EXT_CAP_PRI_SIZEOF);
    pci_set_long(dev->config + PRI + PCI_PRI_MAX_REQ, VTDT_PAGE_CAPACITY);
    pci_set_word(dev->wmask + PRI + PCI_PRI_CTRL,
                 PCI_PRI_CTRL_ENABLE | PCI_PRI_CTRL_RESET);
    pci_set_word(dev->w1cmask + PRI + PCI_PRI_STATUS,
                 PCI_PRI_STATUS_RF | PCI_PRI_STATUS_UPRGI);
    pci_set_long(dev->wmask + PRI + PCI_PRI_ALLOC_REQ, UINT32_MAX);
    /* It changes by itself, and may be another where the device is loaded. */
    pci_word_test_and_clear_mask(dev->cmask + PRI + PCI_PRI_STATUS,
                                 PCI_PRI_STATUS_STOPPED);
}

static void init_pasid(VTDTDevice *device)
{
    PCIDevice *dev = PCI_DEVICE(device);

    pcie_add_capability(dev, PCI_EXT_CAP_ID_PASID, 1, PASID,
                        PCI_EXT_CAP_PASID_SIZEOF);
    pci_set_word(dev->config + PASID + PCI_PASID_CAP,
                 device->kind.pasid_bits << 8 | PCI_PASID_CAP_EXEC |
                 PCI_PASID_CAP_PRIV);
    pci_set_word(dev->wmask + PASID + PCI_PASID_CTRL,
                 PCI_PASID_CTRL_ENABLE | PCI_PASID_CTRL_EXEC |
                 PCI_PASID_CTRL_PRIV);
}

static bool init_msix(PCIDevice *dev, Error **errp)
{
    if (msix_init_exclusive_bar(dev, VTD_TESTDEV_VECTORS,
                                VTD_TESTDEV_BAR_MSIX, errp) < 0) {
        return false;
    }
    for (unsigned i = 0; i < VTD_TESTDEV_VECTORS; i++) {
        msix_vector_use(dev, i);
    }
    return true;
}

bool vtdt_config_init(VTDTDevice *device, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(device);

    if (pcie_endpoint_cap_init(dev, 0) < 0) {
        error_setg(errp, "vtd-testdev: no room for the PCI Express "
                   "capability");
        return false;
    }
    pcie_cap_flr_init(dev);
    if (device->kind.ats) {
        pcie_ats_init(dev, ATS, true);
    }
    if (device->kind.pri) {
        init_pri(device);
    }
    if (device->kind.has_pasid) {
        init_pasid(device);
    }
    vtdt_config_reset(device);
    return init_msix(dev, errp);
}

void vtdt_config_show_stopped(VTDTDevice *device)
{
    bool stopped = !vtdt_has_pri(device) && !device->pages.outstanding;

    if (!device->kind.pri) {
        return;
    }
    pci_set_word(at(device, PRI + PCI_PRI_STATUS),
                 (pci_get_word(at(device, PRI + PCI_PRI_STATUS)) &
                  ~PCI_PRI_STATUS_STOPPED) |
                 (stopped ? PCI_PRI_STATUS_STOPPED : 0));
}

void vtdt_config_reset(VTDTDevice *device)
{
    if (device->kind.ats) {
        pci_set_word(at(device, ATS + PCI_ATS_CTRL), 0);
    }
    if (device->kind.pri) {
        pci_set_word(at(device, PRI + PCI_PRI_CTRL), 0);
        pci_set_word(at(device, PRI + PCI_PRI_STATUS), PCI_PRI_STATUS_PASID);
        pci_set_long(at(device, PRI + PCI_PRI_ALLOC_REQ), 0);
        vtdt_config_show_stopped(device);
    }
    if (device->kind.has_pasid) {
        pci_set_word(at(device, PASID + PCI_PASID_CTRL), 0);
    }
}

/* Reset counts while page requests are disabled, and reads 0. */
static void pri_written(VTDTDevice *device)
{
    uint16_t control = pci_get_word(at(device, PRI + PCI_PRI_CTRL));

    if (control & PCI_PRI_CTRL_RESET) {
        pci_set_word(at(device, PRI + PCI_PRI_CTRL),
                     control & ~PCI_PRI_CTRL_RESET);
        if (!(control & PCI_PRI_CTRL_ENABLE)) {
            vtdt_pages_forget(device);
        }
    }
    vtdt_config_show_stopped(device);
}

/* What is cached counts as long as ATS is on. */
static void ats_written(VTDTDevice *device)
{
    if (!vtdt_has_ats(device)) {
        vtdt_tlb_clear(&device->tlb);
    }
}

void vtdt_config_write(PCIDevice *dev, uint32_t address, uint32_t value,
                       int length)
{
    VTDTDevice *device = VTD_TESTDEV(dev);

    pci_default_write_config(dev, address, value, length);
    if (device->kind.ats && ranges_overlap(address, length, ATS, 8)) {
        ats_written(device);
    }
    if (device->kind.pri && ranges_overlap(address, length, PRI, 16)) {
        pri_written(device);
    }
    pcie_cap_flr_write_config(dev, address, value, length);
}

bool vtdt_has_bus_master(VTDTDevice *device)
{
    return pci_get_word(at(device, PCI_COMMAND)) & PCI_COMMAND_MASTER;
}

bool vtdt_has_ats(VTDTDevice *device)
{
    return device->kind.ats && pci_get_word(at(device, ATS + PCI_ATS_CTRL)) &
                          PCI_ATS_CTRL_ENABLE;
}

bool vtdt_has_pri(VTDTDevice *device)
{
    return device->kind.pri && pci_get_word(at(device, PRI + PCI_PRI_CTRL)) &
                          PCI_PRI_CTRL_ENABLE;
}

bool vtdt_has_modes(VTDTDevice *device, uint64_t flags)
{
    uint16_t wanted = (flags & VTD_TESTDEV_WITH_PASID
                           ? PCI_PASID_CTRL_ENABLE : 0) |
                      (flags & VTD_TESTDEV_PRIVILEGED
                           ? PCI_PASID_CTRL_PRIV : 0) |
                      (flags & VTD_TESTDEV_EXECUTE ? PCI_PASID_CTRL_EXEC : 0);
    uint16_t enabled = device->kind.has_pasid
        ? pci_get_word(at(device, PASID + PCI_PASID_CTRL)) : 0;

    return !(wanted & ~enabled);
}

uint32_t vtdt_page_allocation(VTDTDevice *device)
{
    return MIN(pci_get_long(at(device, PRI + PCI_PRI_ALLOC_REQ)),
               VTDT_PAGE_CAPACITY);
}

void vtdt_config_fail_pri(VTDTDevice *device)
{
    pci_word_test_and_clear_mask(at(device, PRI + PCI_PRI_CTRL),
                                 PCI_PRI_CTRL_ENABLE);
    pci_word_test_and_set_mask(at(device, PRI + PCI_PRI_STATUS),
                               PCI_PRI_STATUS_RF);
}

void vtdt_config_unexpected_group(VTDTDevice *device)
{
    if (!device->kind.pri) {
        return;
    }
    pci_word_test_and_set_mask(at(device, PRI + PCI_PRI_STATUS),
                               PCI_PRI_STATUS_UPRGI);
}
