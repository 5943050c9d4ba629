/*
 * Devices that bypass the IOMMU, and virtio's split rings.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/pc.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/virtio/virtio.h"
#include "qemu/error-report.h"
#include "device.h"
#include "guest-devices.h"
#include "problems.h"
#include "topology.h"

/* From here on, the used ring of Linux's split rings spans two pages. */
#define SPLIT_RING_MAX      512

static const char *name_of(PCIDevice *dev)
{
    return DEVICE(dev)->id ?: object_get_typename(OBJECT(dev));
}

/* Beside those that belong to the machine. */
static bool is_of_user(PCIDevice *dev)
{
    g_autofree char *path = object_get_canonical_path(OBJECT(dev));

    return g_str_has_prefix(path, "/machine/peripheral");
}

static VirtIODevice *find_virtio(PCIDevice *dev)
{
    BusState *bus = qdev_get_child_bus(DEVICE(dev), "virtio-bus");
    BusChild *child = bus ? QTAILQ_FIRST(&bus->children) : NULL;

    return child ? VIRTIO_DEVICE(child->child) : NULL;
}

/* vhost's backends read and write rings by themselves, as they should. */
static bool is_vhost(VirtIODevice *virtio)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(virtio);

    return vdc->get_vhost && vdc->get_vhost(virtio);
}

static int longest_ring(VirtIODevice *virtio)
{
    int longest = 0;

    for (int i = 0; i < virtio_get_num_queues(virtio); i++) {
        longest = MAX(longest, virtio_queue_get_num(virtio, i));
    }
    return longest;
}

/*
 * QEMU translates an element of the used ring where it starts, so that the
 * rest of one that crosses a page lands beside what the guest mapped.
 */
static void advise_on_rings(PCIDevice *dev, VirtIODevice *virtio)
{
    int length = longest_ring(virtio);

    if (length >= SPLIT_RING_MAX && !is_vhost(virtio) &&
        !virtio_host_has_feature(virtio, VIRTIO_F_RING_PACKED)) {
        vtdm_warn("%s may hang or corrupt memory: QEMU writes split rings of "
                  "%d entries past a page behind any IOMMU: add packed=on to "
                  "it", name_of(dev), length);
    }
}

static void advise_on_virtio(PCIDevice *dev, VirtIODevice *virtio)
{
    if (virtio_host_has_feature(virtio, VIRTIO_F_IOMMU_PLATFORM)) {
        advise_on_rings(dev, virtio);
    } else {
        vtdm_warn("%s bypasses the IOMMU, as virtio does unless told "
                  "otherwise: add iommu_platform=on,disable-legacy=on,"
                  "packed=on to it", name_of(dev));
    }
}

static void advise_on_bypass(PCIDevice *dev, int unit)
{
    if (unit >= 0) {
        vtdm_warn("%s is on a bus that bypasses the IOMMU, but unit %d has "
                  "it: guests give it addresses that nothing translates: "
                  "plug it in elsewhere", name_of(dev), unit);
    } else if (is_of_user(dev) && !IS_PCI_BRIDGE(dev)) {
        vtdm_warn("%s is on a bus that bypasses the IOMMU: leave out "
                  "bypass_iommu=on or default-bus-bypass-iommu=on to have it "
                  "translated", name_of(dev));
    }
}

void vtdm_devices_plugged(VTDMDevice *device, PCIDevice *dev)
{
    VirtIODevice *virtio = find_virtio(dev);
    int unit = vtdm_topology_unit_of(device, dev);

    if (pci_bus_bypass_iommu(pci_get_bus(dev))) {
        advise_on_bypass(dev, unit);
    } else if (unit >= 0 && virtio) {
        advise_on_virtio(dev, virtio);
    }
}

static void refuse_bypass(VTDMDevice *device, PCIDevice *dev)
{
    int unit = vtdm_topology_unit_of(device, dev);

    if (unit >= 0 && pci_bus_bypass_iommu(pci_get_bus(dev))) {
        error_report("intel-iommu-sim: %s is on a bus that bypasses the "
                     "IOMMU, but unit %d has it: guests would give it "
                     "addresses that nothing translates", name_of(dev), unit);
        error_printf("  leave out bypass_iommu=on or "
                     "default-bus-bypass-iommu=on, or use units= without "
                     "include-all that do not list it\n");
        exit(EXIT_FAILURE);
    }
}

static void check_device(PCIBus *bus, PCIDevice *dev, void *opaque)
{
    refuse_bypass(opaque, dev);
    vtdm_devices_plugged(opaque, dev);
}

static void check_bus(PCIBus *bus, void *opaque)
{
    pci_for_each_device_under_bus(bus, check_device, opaque);
}

void vtdm_devices_check(VTDMDevice *device)
{
    pci_for_each_bus(PC_MACHINE(qdev_get_machine())->pcibus, check_bus,
                     device);
}
