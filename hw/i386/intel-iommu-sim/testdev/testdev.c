/*
 * vtd-testdev: a PCI Express endpoint that does any DMA that it is told to.
 * Class, properties, realize, reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/msix.h"
#include "hw/pci/pci_bus.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "../problems.h"
#include "command.h"
#include "config-space.h"
#include "invalidations.h"
#include "migration.h"
#include "monitor.h"
#include "pages.h"
#include "registers.h"
#include "reset.h"
#include "ring.h"
#include "testdev.h"

#define PASID_BITS_MAX          20
#define PCI_VENDOR_NONE         0xffff

/* What `-device vtd-testdev,help` says. */
static const struct {
    const char *name;
    const char *text;
} descriptions[] = {
    { "ats", "address translation services, and a device TLB" },
    { "pri", "page requests; needs ats=on" },
    { "pasid", "requests with PASIDs" },
    { "pasid-bits", "Max PASID Width, 1 to 20" },
    { "malicious", "may claim another requester-id, or that an address is "
      "translated" },
    { "iothread", "id of an iothread that works on the ring of commands" },
    { "vendor-id", "PCI vendor id, to be taken for another device" },
    { "device-id", "PCI device id, likewise" },
    { "class-id", "PCI class and subclass, likewise" },
};

static const Property properties[] = {
    DEFINE_PROP_BOOL("ats", VTDTDevice, kind.ats, true),
    DEFINE_PROP_BOOL("pri", VTDTDevice, kind.pri, true),
    DEFINE_PROP_BOOL("pasid", VTDTDevice, kind.has_pasid, true),
    DEFINE_PROP_UINT8("pasid-bits", VTDTDevice, kind.pasid_bits,
                      PASID_BITS_MAX),
    DEFINE_PROP_BOOL("malicious", VTDTDevice, kind.malicious, false),
    DEFINE_PROP_LINK("iothread", VTDTDevice, iothread, TYPE_IOTHREAD,
                     IOThread *),
    DEFINE_PROP_UINT16("vendor-id", VTDTDevice, vendor_id, VTD_TESTDEV_VENDOR),
    DEFINE_PROP_UINT16("device-id", VTDTDevice, device_id, VTD_TESTDEV_DEVICE),
    DEFINE_PROP_UINT16("class-id", VTDTDevice, class_id, VTD_TESTDEV_CLASS),
};

static const VTDMEndpointOps endpoint_ops = {
    .invalidate = vtdt_invalidate,
    .page_response = vtdt_page_response,
};

static bool check_properties(VTDTDevice *device, Error **errp)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

    if (device->kind.pri && !device->kind.ats) {
        vtdm_problem_add(problems, "pri=on needs ats=on: set ats=on or "
                         "pri=off");
    }
    if (device->kind.pasid_bits < 1 ||
        device->kind.pasid_bits > PASID_BITS_MAX) {
        vtdm_problem_add(problems, "pasid-bits must be 1 to %u, not %u",
                         PASID_BITS_MAX, device->kind.pasid_bits);
    }
    if (device->vendor_id == PCI_VENDOR_NONE) {
        vtdm_problem_add(problems, "vendor-id must not be 0xffff, by which a "
                         "guest knows that no device is there: leave it out");
    }
    if (!pci_bus_is_express(pci_get_bus(PCI_DEVICE(device)))) {
        vtdm_problem_add(problems, "vtd-testdev is a PCI Express device: put "
                         "it on a bus of PCI Express, as -machine q35 has");
    }
    if (problems->len) {
        vtdm_problems_report(problems, errp);
    }
    return !problems->len;
}

/*
 * The buffer of a device that was taken out may be in use for a while yet: it
 * must not have the name that the buffer of the next one in its slot gets.
 */
static bool init_bars(VTDTDevice *device, Error **errp)
{
    PCIDevice *dev = PCI_DEVICE(device);

    memory_region_init_io(&device->registers, OBJECT(device),
                          &vtdt_registers_ops, device, "vtd-testdev-registers",
                          VTD_TESTDEV_REGISTERS_SIZE);
    if (!memory_region_init_ram_nomigrate(&device->buffer, OBJECT(device),
                                          "vtd-testdev-buffer",
                                          VTD_TESTDEV_BUFFER_SIZE, errp)) {
        return false;
    }
    device->bytes = memory_region_get_ram_ptr(&device->buffer);
    pci_register_bar(dev, VTD_TESTDEV_BAR_REGISTERS,
                     PCI_BASE_ADDRESS_SPACE_MEMORY, &device->registers);
    pci_register_bar(dev, VTD_TESTDEV_BAR_BUFFER,
                     PCI_BASE_ADDRESS_SPACE_MEMORY, &device->buffer);
    return true;
}

static void init_identity(VTDTDevice *device)
{
    uint8_t *config = PCI_DEVICE(device)->config;

    pci_config_set_vendor_id(config, device->vendor_id);
    pci_config_set_device_id(config, device->device_id);
    pci_config_set_class(config, device->class_id);
}

static void realize(PCIDevice *dev, Error **errp)
{
    VTDTDevice *device = VTD_TESTDEV(dev);

    if (!check_properties(device, errp) || !init_bars(device, errp) ||
        !vtdt_config_init(device, errp)) {
        return;
    }
    init_identity(device);
    device->endpoint.dev = dev;
    device->endpoint.ops = &endpoint_ops;
    vtdm_endpoint_add(&device->endpoint);
    vtdt_ring_init(device);
    vtdt_monitor_init();
}

static void exit_device(PCIDevice *dev)
{
    VTDTDevice *device = VTD_TESTDEV(dev);

    vtdt_reset(device);
    vtdt_ring_exit(device);
    vtdm_endpoint_remove(&device->endpoint);
    msix_uninit_exclusive_bar(dev);
    pcie_cap_exit(dev);
}

void vtdt_reset(VTDTDevice *device)
{
    vtdt_command_cancel(&device->slot);
    vtdt_command_cancel(&device->outside);
    vtdt_ring_reset(device);
    vtdt_tlb_clear(&device->tlb);
    vtdt_pages_forget(device);
    device->pages.mode = 0;
    device->pages.response = 0;
    vtdt_invalidations_reset(device);
    memset(device->counters, 0, sizeof(device->counters));
    memset(&device->slot.words, 0, sizeof(device->slot.words));
}

/* An FLR, a reset of the bus or of the machine. */
static void reset_hold(Object *obj, ResetType type)
{
    VTDTDevice *device = VTD_TESTDEV(obj);

    vtdt_reset(device);
    vtdt_config_reset(device);
}

static void nothing(VTDTCommand *command)
{
}

static void instance_init(Object *obj)
{
    VTDTDevice *device = VTD_TESTDEV(obj);

    device->slot.device = device;
    device->slot.ended = nothing;
    device->slot.responded = vtdt_command_resume;
    device->outside.device = device;
    device->outside.ended = nothing;
    device->outside.responded = vtdt_command_resume;
}

static void instance_finalize(Object *obj)
{
    vtdt_ring_finalize(VTD_TESTDEV(obj));
    g_free(VTD_TESTDEV(obj)->travels);
}

static void class_init(ObjectClass *oc, VTDM_CLASS_DATA *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(oc);

    dc->desc = "PCI Express endpoint that does any DMA it is told to";
    dc->vmsd = &vtdt_vmstate;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props_n(dc, properties, ARRAY_SIZE(properties));
    RESETTABLE_CLASS(oc)->phases.hold = reset_hold;
    pc->realize = realize;
    pc->exit = exit_device;
    pc->config_write = vtdt_config_write;
    vtdt_monitor_class_init(oc);
    for (size_t i = 0; i < ARRAY_SIZE(descriptions); i++) {
        object_class_property_set_description(oc, descriptions[i].name,
                                              descriptions[i].text);
    }
}

static const TypeInfo type_info = {
    .name = TYPE_VTD_TESTDEV,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(VTDTDevice),
    .instance_init = instance_init,
    .instance_finalize = instance_finalize,
    .class_init = class_init,
    .interfaces = (InterfaceInfo[]) {
        { INTERFACE_PCIE_DEVICE },
        { },
    },
};

static void register_types(void)
{
    type_register_static(&type_info);
}

type_init(register_types)
