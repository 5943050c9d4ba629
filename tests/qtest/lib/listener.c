/*
 * vtdm-listener: a PCI device that keeps a copy of its translations, as VFIO
 * and vhost do, and shows what it was told. A test loads it into QEMU with
 * LD_PRELOAD; what it is told wrongly ends QEMU.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/x86-iommu.h"
#include "hw/pci/pci_device.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "qapi/error.h"
#include "qemu/rcu.h"
#include "system/runstate.h"
#include "qemu/module.h"
#include "qemu/queue.h"
#include "../../../hw/i386/intel-iommu-sim/compat.h"
#include "listener.h"

#define TYPE_HOST "vtdm-listener-host"

OBJECT_DECLARE_SIMPLE_TYPE(Listener, VTDM_LISTENER)

/* One part of an IOMMU region that is listened to. */
typedef struct Section {
    IOMMUNotifier notifier;
    Listener *listener;
    IOMMUMemoryRegion *region;
    QLIST_ENTRY(Section) next;
} Section;

struct Listener {
    PCIDevice parent_obj;

    bool map;                   /* mirror everything */
    bool device_tlb;            /* a cache that the guest knows of */
    uint8_t host_width;         /* of the host's IOMMU, 0: none */
    uint64_t at_stop;           /* it writes 4 bytes there; 0: nothing */

    MemoryListener memory;
    QLIST_HEAD(, Section) sections;
    GTree *pages;               /* mirrored: IOMMUTLBEntry by iova */
    GString *log;               /* events since it was read */
    uint64_t ram;               /* bytes of memory that it sees as it is */
    Error *error;
    VMChangeStateEntry *stops;
};

static gint by_address(gconstpointer a, gconstpointer b, gpointer opaque)
{
    uint64_t left = *(uint64_t *)a, right = *(uint64_t *)b;

    return (left > right) - (left < right);
}

static gboolean overlaps(gpointer key, gpointer value, gpointer opaque)
{
    const IOMMUTLBEntry *old = value, *new = opaque;

    g_assert(old->iova > new->iova + new->addr_mask ||
             new->iova > old->iova + old->addr_mask);
    return false;
}

typedef struct Covered {
    const IOMMUTLBEntry *range;
    GQueue pages;
} Covered;

/* VFIO takes pages back as it got them, never a part of one. */
static gboolean collect_covered(gpointer key, gpointer value, gpointer opaque)
{
    const IOMMUTLBEntry *page = value;
    Covered *covered = opaque;
    uint64_t mask = covered->range->addr_mask;

    if (!((page->iova ^ covered->range->iova) & ~(mask | page->addr_mask))) {
        g_assert((page->addr_mask & ~mask) == 0);
        g_queue_push_tail(&covered->pages, (gpointer)&page->iova);
    }
    return false;
}

static void mirror(Listener *listener, const IOMMUTLBEntry *entry)
{
    Covered covered = { .range = entry, .pages = G_QUEUE_INIT };
    IOMMUTLBEntry *page;
    gpointer key;

    if (entry->perm != IOMMU_NONE) {
        g_tree_foreach(listener->pages, overlaps, (gpointer)entry);
        page = g_memdup2(entry, sizeof(*entry));
        g_tree_insert(listener->pages, &page->iova, page);
        return;
    }
    g_tree_foreach(listener->pages, collect_covered, &covered);
    while ((key = g_queue_pop_head(&covered.pages))) {
        g_tree_remove(listener->pages, key);
    }
}

static void hear(IOMMUNotifier *notifier, IOMMUTLBEntry *entry)
{
    Section *section = container_of(notifier, Section, notifier);
    Listener *listener = section->listener;

    g_assert(entry->target_as == &address_space_memory);
    g_assert(listener->device_tlb || !(entry->iova & entry->addr_mask));
    g_string_append_printf(listener->log, "%s %" PRIx64 " %" PRIx64 ";",
                           entry->perm ? "map" : "unmap", entry->iova,
                           entry->addr_mask);
    if (listener->map) {
        mirror(listener, entry);
    }
}

static void region_add(MemoryListener *memory, MemoryRegionSection *where)
{
    Listener *listener = container_of(memory, Listener, memory);
    Section *section;
    uint64_t first = where->offset_within_region;

    if (memory_region_is_ram(where->mr) && !where->readonly) {
        listener->ram += int128_get64(where->size);
    }
    if (!memory_region_is_iommu(where->mr)) {
        return;
    }
    section = g_new0(Section, 1);
    section->listener = listener;
    section->region = IOMMU_MEMORY_REGION(where->mr);
    iommu_notifier_init(&section->notifier, hear,
                        listener->map ? IOMMU_NOTIFIER_IOTLB_EVENTS :
                        listener->device_tlb ? IOMMU_NOTIFIER_DEVIOTLB_UNMAP
                                             : IOMMU_NOTIFIER_UNMAP,
                        first, first + (int128_get64(where->size) - 1), 0);
    if (memory_region_register_iommu_notifier(
            where->mr, &section->notifier,
            listener->error ? NULL : &listener->error)) {
        g_free(section);
        return;
    }
    QLIST_INSERT_HEAD(&listener->sections, section, next);
    if (listener->map) {
        memory_region_iommu_replay(section->region, &section->notifier);
    }
}

static gboolean drop_page(gpointer key, gpointer value, gpointer opaque)
{
    g_queue_push_tail(opaque, key);
    return false;
}

/* What was mirrored through a region goes with the region. */
static void drop_pages(Listener *listener)
{
    GQueue all = G_QUEUE_INIT;
    gpointer key;

    g_tree_foreach(listener->pages, drop_page, &all);
    while ((key = g_queue_pop_head(&all))) {
        g_tree_remove(listener->pages, key);
    }
}

static void region_del(MemoryListener *memory, MemoryRegionSection *where)
{
    Listener *listener = container_of(memory, Listener, memory);
    Section *section, *next;

    if (memory_region_is_ram(where->mr) && !where->readonly) {
        listener->ram -= int128_get64(where->size);
    }
    QLIST_FOREACH_SAFE(section, &listener->sections, next, next) {
        if (MEMORY_REGION(section->region) == where->mr &&
            section->notifier.start == where->offset_within_region) {
            memory_region_unregister_iommu_notifier(where->mr,
                                                    &section->notifier);
            QLIST_REMOVE(section, next);
            g_free(section);
            drop_pages(listener);
        }
    }
}

/* Once, as KVM does: nobody is ever taken off that list. */
static uint64_t routes;

static void count_routes(void *opaque, bool global, uint32_t index,
                         uint32_t mask)
{
    routes++;
}

static void hear_of_routes(void)
{
    static bool heard;

    if (!heard) {
        heard = true;
        x86_iommu_iec_register_notifier(x86_iommu_get_default(),
                                        count_routes, NULL);
    }
}

static void set_ask(Object *obj, const char *text, Error **errp)
{
    Listener *listener = VTDM_LISTENER(obj);
    AddressSpace *as = pci_device_iommu_address_space(PCI_DEVICE(obj));
    hwaddr address = g_ascii_strtoull(text, NULL, 16);
    IOMMUTLBEntry entry;

    RCU_READ_LOCK_GUARD();
    entry = address_space_get_iotlb_entry(as, address, false,
                                          MEMTXATTRS_UNSPECIFIED);
    g_string_append_printf(listener->log, "ask %" PRIx64 " %" PRIx64 " %x;",
                           entry.iova, entry.translated_addr, entry.perm);
}

static void set_route(Object *obj, const char *text, Error **errp)
{
    X86IOMMUState *iommu = x86_iommu_get_default();
    MSIMessage source = { 0 }, target = { 0 };
    char *rest;

    source.address = g_ascii_strtoull(text, &rest, 16);
    source.data = g_ascii_strtoull(rest, NULL, 16);
    if (X86_IOMMU_DEVICE_GET_CLASS(iommu)->int_remap(
            iommu, &source, &target, pci_requester_id(PCI_DEVICE(obj)))) {
        error_setg(errp, "no route");
        return;
    }
    g_string_append_printf(VTDM_LISTENER(obj)->log, "route %" PRIx64 " %x;",
                           target.address, target.data);
}

static int host_get_cap(HostIOMMUDevice *host, int cap, Error **errp)
{
    Listener *listener = host->agent;

    return cap == HOST_IOMMU_DEVICE_CAP_AW_BITS ? listener->host_width : 0;
}

static void host_class_init(ObjectClass *oc, VTDM_CLASS_DATA *data)
{
    HOST_IOMMU_DEVICE_CLASS(oc)->get_cap = host_get_cap;
}

/* A request that a device completes as the last one. */
static void machine_changed(void *opaque, bool running, RunState state)
{
    Listener *listener = opaque;
    AddressSpace *as = pci_device_iommu_address_space(PCI_DEVICE(listener));
    uint32_t data = 0;

    if (!running && listener->at_stop) {
        address_space_write(as, listener->at_stop, MEMTXATTRS_UNSPECIFIED,
                            &data, sizeof(data));
    }
}

static void realize(PCIDevice *pci, Error **errp)
{
    Listener *listener = VTDM_LISTENER(pci);
    HostIOMMUDevice *host;

    listener->pages = g_tree_new_full(by_address, NULL, NULL, g_free);
    listener->log = g_string_new(NULL);
    listener->memory = (MemoryListener) {
        .name = TYPE_VTDM_LISTENER,
        .region_add = region_add,
        .region_del = region_del,
    };
    memory_listener_register(&listener->memory,
                             pci_device_iommu_address_space(pci));
    hear_of_routes();
    if (!listener->error && listener->host_width) {
        host = HOST_IOMMU_DEVICE(object_new(TYPE_HOST));
        host->agent = listener;
        pci_device_set_iommu_device(pci, host, &listener->error);
    }
    if (listener->error) {
        memory_listener_unregister(&listener->memory);
        error_propagate(errp, g_steal_pointer(&listener->error));
        return;
    }
    listener->stops = qemu_add_vm_change_state_handler(machine_changed,
                                                       listener);
}

/* In VFIO's order. */
static void finish(PCIDevice *pci)
{
    Listener *listener = VTDM_LISTENER(pci);

    qemu_del_vm_change_state_handler(listener->stops);
    if (listener->host_width) {
        pci_device_unset_iommu_device(pci);
    }
    memory_listener_unregister(&listener->memory);
}

static gboolean print_page(gpointer key, gpointer value, gpointer opaque)
{
    const IOMMUTLBEntry *page = value;

    g_string_append_printf(opaque, "%" PRIx64 " %" PRIx64 " %" PRIx64 " %x;",
                           page->iova, page->addr_mask,
                           page->translated_addr, page->perm);
    return false;
}

static char *get_pages(Object *obj, Error **errp)
{
    GString *text = g_string_new(NULL);

    g_tree_foreach(VTDM_LISTENER(obj)->pages, print_page, text);
    return g_string_free(text, false);
}

/* Reading it empties it. */
static char *get_log(Object *obj, Error **errp)
{
    Listener *listener = VTDM_LISTENER(obj);
    char *text = g_strdup(listener->log->str);

    g_string_truncate(listener->log, 0);
    return text;
}

static void instance_init(Object *obj)
{
    object_property_add_uint64_ptr(obj, "ram", &VTDM_LISTENER(obj)->ram,
                                   OBJ_PROP_FLAG_READ);
    object_property_add_uint64_ptr(obj, "routes", &routes,
                                   OBJ_PROP_FLAG_READ);
}

static const Property properties[] = {
    DEFINE_PROP_BOOL("map", Listener, map, false),
    DEFINE_PROP_BOOL("device-tlb", Listener, device_tlb, false),
    DEFINE_PROP_UINT8("host-width", Listener, host_width, 0),
    DEFINE_PROP_UINT64("at-stop", Listener, at_stop, 0),
};

static void class_init(ObjectClass *oc, VTDM_CLASS_DATA *data)
{
    PCIDeviceClass *pdc = PCI_DEVICE_CLASS(oc);

    pdc->realize = realize;
    pdc->exit = finish;
    pdc->vendor_id = PCI_VENDOR_ID_QEMU;
    pdc->device_id = 0x11e9;
    pdc->class_id = PCI_CLASS_OTHERS;
    device_class_set_props(DEVICE_CLASS(oc), properties);
    object_class_property_add_str(oc, "pages", get_pages, NULL);
    object_class_property_add_str(oc, "log", get_log, NULL);
    object_class_property_add_str(oc, "ask", NULL, set_ask);
    object_class_property_add_str(oc, "route", NULL, set_route);
}

static const InterfaceInfo interfaces[] = {
    { INTERFACE_CONVENTIONAL_PCI_DEVICE },
    { },
};

static const TypeInfo types[] = {
    {
        .name = TYPE_VTDM_LISTENER,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(Listener),
        .instance_init = instance_init,
        .class_init = class_init,
        .interfaces = (InterfaceInfo *)interfaces,
    },
    {
        .name = TYPE_HOST,
        .parent = TYPE_HOST_IOMMU_DEVICE,
        .class_init = host_class_init,
    },
};

DEFINE_TYPES(types)

/* Processes that QEMU starts are not to be given this. */
__attribute__((constructor))
static void hide(void)
{
    unsetenv("LD_PRELOAD");
}
