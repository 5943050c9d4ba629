/*
 * The requesters that there are: each has its address space for as long as its
 * device is plugged in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "qapi/error.h"
#include "qemu/atomic.h"
#include "qemu/lockable.h"
#include "device.h"
#include "guest-devices.h"
#include "notifiers.h"
#include "space.h"
#include "spaces.h"
#include "topology.h"

VTDMSpace *vtdm_space_new_fixed(VTDMDevice *device, const char *name,
                                uint16_t source_id, int unit)
{
    VTDMSpace *space = vtdm_space_new(device, name);

    space->name = name;
    space->fixed_source_id = source_id;
    space->fixed_unit = unit;
    return space;
}

/* A space of a device that is gone serves again, under its first name. */
static VTDMSpace *take_space(VTDMDevice *device, int devfn)
{
    VTDMSpace *space = g_queue_pop_head(&device->unused);
    g_autofree char *name = NULL;

    if (!space) {
        name = g_strdup_printf("vtdm-%02x.%x", PCI_SLOT(devfn),
                               PCI_FUNC(devfn));
        space = vtdm_space_new(device, name);
    }
    vtdm_space_reset(space);
    return space;
}

static VTDMSpace *find_space(VTDMDevice *device, PCIBus *bus, int devfn)
{
    VTDMSpace key = {
        .bus = vtdm_topology_bus(bus, &devfn),
        .devfn = devfn,
    };
    VTDMSpace *space;

    QEMU_LOCK_GUARD(&device->spaces_lock);
    space = g_hash_table_lookup(device->spaces, &key);
    if (!space) {
        space = take_space(device, devfn);
        space->bus = key.bus;
        space->devfn = key.devfn;
        qatomic_set(&space->unused, false);
        g_hash_table_add(device->spaces, space);
    }
    return space;
}

/*
 * Nobody is there yet when a device asks for the first time: whoever was
 * there before left nothing behind, also if it came in vain.
 */
AddressSpace *vtdm_space_get(PCIBus *bus, void *opaque, int devfn)
{
    VTDMSpace *space = find_space(opaque, bus, devfn);

    if (!vtdm_space_requester(space)) {
        vtdm_notifiers_stop(space);
        vtdm_space_reset(space);
    }
    return &space->as;
}

VTDMSpace *vtdm_space_of(VTDMDevice *device, PCIDevice *dev)
{
    int devfn = dev->devfn;
    PCIBus *bus = vtdm_topology_alias(pci_get_bus(dev), &devfn);

    return find_space(device, bus, devfn);
}

/* QEMU names the device here, and not who sends for it. */
bool vtdm_space_set_host(PCIBus *bus, void *opaque, int devfn,
                         HostIOMMUDevice *host, Error **errp)
{
    bus = vtdm_topology_alias(bus, &devfn);
    return vtdm_notifiers_add_host(find_space(opaque, bus, devfn), host,
                                   errp);
}

void vtdm_space_unset_host(PCIBus *bus, void *opaque, int devfn)
{
    bus = vtdm_topology_alias(bus, &devfn);
    vtdm_notifiers_remove_host(find_space(opaque, bus, devfn));
}

/*
 * A device's own requests, unless a bridge sends them; and those of a bus,
 * which goes with its bridge.
 */
static gboolean retire_with(gpointer key, gpointer value, gpointer opaque)
{
    VTDMSpace *space = value;
    PCIDevice *gone = opaque;
    PCIBus *behind = IS_PCI_BRIDGE(gone)
                     ? pci_bridge_get_sec_bus(PCI_BRIDGE(gone)) : NULL;

    if (space->bus != behind && (space->bus != pci_get_bus(gone) ||
                                 space->devfn != gone->devfn ||
                                 vtdm_space_requester(space))) {
        return false;
    }
    vtdm_notifiers_stop(space);
    space->held.size = 0;
    qatomic_set(&space->unused, true);
    vtdm_space_forget_place(space);
    g_queue_push_tail(&space->device->unused, space);
    return true;
}

/* Those that come with the machine are looked at when it is complete. */
static void device_realized(DeviceListener *listener, DeviceState *dev)
{
    VTDMDevice *device = container_of(listener, VTDMDevice, listener);

    if (phase_check(PHASE_MACHINE_READY) &&
        object_dynamic_cast(OBJECT(dev), TYPE_PCI_DEVICE)) {
        vtdm_devices_plugged(device, PCI_DEVICE(dev));
    }
}

static void device_unrealized(DeviceListener *listener, DeviceState *dev)
{
    VTDMDevice *device = container_of(listener, VTDMDevice, listener);

    if (object_dynamic_cast(OBJECT(dev), TYPE_PCI_DEVICE)) {
        QEMU_LOCK_GUARD(&device->spaces_lock);
        g_hash_table_foreach_remove(device->spaces, retire_with,
                                    PCI_DEVICE(dev));
    }
}

static guint space_hash(gconstpointer key)
{
    const VTDMSpace *space = key;

    return g_direct_hash(space->bus) * 31 + space->devfn;
}

static gboolean space_equal(gconstpointer a, gconstpointer b)
{
    const VTDMSpace *left = a, *right = b;

    return left->bus == right->bus && left->devfn == right->devfn;
}

void vtdm_spaces_init(VTDMDevice *device)
{
    device->spaces = g_hash_table_new(space_hash, space_equal);
    g_queue_init(&device->unused);
    device->listener.realize = device_realized;
    device->listener.unrealize = device_unrealized;
    device_listener_register(&device->listener);
}

VTDMSpace *vtdm_space_find(VTDMDevice *device, uint16_t source_id)
{
    GHashTableIter iter;
    gpointer space;

    QEMU_LOCK_GUARD(&device->spaces_lock);
    g_hash_table_iter_init(&iter, device->spaces);
    while (g_hash_table_iter_next(&iter, &space, NULL)) {
        if (vtdm_space_source_id(space) == source_id) {
            return space;
        }
    }
    return NULL;
}

static gint by_source_id(gconstpointer a, gconstpointer b)
{
    return vtdm_space_source_id(*(VTDMSpace *const *)a) -
           vtdm_space_source_id(*(VTDMSpace *const *)b);
}

GPtrArray *vtdm_spaces_list(VTDMDevice *device)
{
    GPtrArray *list = g_ptr_array_new();
    GHashTableIter iter;
    gpointer space;

    WITH_QEMU_LOCK_GUARD(&device->spaces_lock) {
        g_hash_table_iter_init(&iter, device->spaces);
        while (g_hash_table_iter_next(&iter, &space, NULL)) {
            g_ptr_array_add(list, space);
        }
    }
    if (device->ioapic) {
        g_ptr_array_add(list, device->ioapic);
    }
    if (device->hpet) {
        g_ptr_array_add(list, device->hpet);
    }
    g_ptr_array_sort(list, by_source_id);
    return list;
}

void vtdm_spaces_reset(VTDMDevice *device)
{
    g_autoptr(GPtrArray) list = vtdm_spaces_list(device);

    for (guint i = 0; i < list->len; i++) {
        vtdm_space_reset(g_ptr_array_index(list, i));
    }
}
