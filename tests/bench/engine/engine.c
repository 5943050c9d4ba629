/*
 * bench-engine: the device. "run" starts its task; "listening", off and on
 * again, asks for all that is mapped, as VFIO does when it comes: "elapsed" is
 * the time until it has been told of "pages".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/msi.h"
#include "hw/pci/pci_bus.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "task.h"
#include "null-iommu.h"

#define WHERE 0x100000000       /* what is listened to has this address */

static GPtrArray *engines;

/* The memory API has no PASIDs before QEMU 10.2; ours has a way for them. */
static bool dma_with_pasid(Engine *engine, const EngineTask *task,
                           uint64_t address, void *buffer)
{
    VTDMRequest request = {
        .address = address,
        .pasid = task->pasid,
        .source_id = vtdm_endpoint_source_id(&engine->endpoint),
        .access = task->write ? VTDM_WRITE : VTDM_READ,
    };

    return vtdm_endpoint_access(&engine->endpoint, &request, buffer,
                                task->length, NULL) == VTDM_OUTCOME_DONE;
}

bool engine_dma(Engine *engine, const EngineTask *task, uint64_t address,
                void *buffer)
{
    if (task->message) {
        msi_send_message(PCI_DEVICE(engine),
                         (MSIMessage) { address, task->data });
        return true;
    }
    if (task->pasid != VTDM_NO_PASID) {
        return dma_with_pasid(engine, task, address, buffer);
    }
    return pci_dma_rw(PCI_DEVICE(engine), address, buffer, task->length,
                      task->write ? DMA_DIRECTION_FROM_DEVICE
                                 : DMA_DIRECTION_TO_DEVICE,
                      MEMTXATTRS_UNSPECIFIED) == MEMTX_OK;
}

/* ---- as VFIO listens ---- */

static void hear(IOMMUNotifier *notifier, IOMMUTLBEntry *entry)
{
    Engine *engine = container_of(notifier, Engine, notifier);

    if (entry->perm && ++engine->told == engine->task.pages) {
        engine->task.elapsed = get_clock() - engine->asked;
    }
}

static void region_add(MemoryListener *memory, MemoryRegionSection *where)
{
    Engine *engine = container_of(memory, Engine, memory);
    uint64_t first = where->offset_within_region;
    uint64_t last = first + (int128_get64(where->size) - 1);

    if (!memory_region_is_iommu(where->mr) || WHERE < first || WHERE > last) {
        return;
    }
    engine->region = IOMMU_MEMORY_REGION(where->mr);
    iommu_notifier_init(&engine->notifier, hear, IOMMU_NOTIFIER_IOTLB_EVENTS,
                        first, last, 0);
    memory_region_register_iommu_notifier(where->mr, &engine->notifier,
                                          &error_fatal);
}

static void region_del(MemoryListener *memory, MemoryRegionSection *where)
{
    Engine *engine = container_of(memory, Engine, memory);

    if (engine->region && MEMORY_REGION(engine->region) == where->mr &&
        engine->notifier.start == where->offset_within_region) {
        memory_region_unregister_iommu_notifier(where->mr,
                                                &engine->notifier);
        engine->region = NULL;
    }
}

static void start_listening(Engine *engine)
{
    engine->memory = (MemoryListener) {
        .name = TYPE_BENCH_ENGINE,
        .region_add = region_add,
        .region_del = region_del,
    };
    memory_listener_register(
        &engine->memory, pci_device_iommu_address_space(PCI_DEVICE(engine)));
}

/* ---- the device ---- */

static bool never(Object *obj, Error **errp)
{
    return false;
}

static void set_run(Object *obj, bool value, Error **errp)
{
    engine_task_start(&BENCH_ENGINE(obj)->task, engines);
}

/* Whoever comes is told of all that is mapped. */
static void set_listening(Object *obj, bool value, Error **errp)
{
    Engine *engine = BENCH_ENGINE(obj);
    MemoryRegion *region = MEMORY_REGION(engine->region);

    if (!value) {
        memory_region_unregister_iommu_notifier(region, &engine->notifier);
        return;
    }
    engine->told = 0;
    engine->asked = get_clock();
    memory_region_register_iommu_notifier(region, &engine->notifier,
                                          &error_fatal);
    memory_region_iommu_replay(engine->region, &engine->notifier);
}

static VTDMDeviceTlbAnswer invalidate(VTDMEndpoint *endpoint,
                                      const VTDMInvalidation *what)
{
    return VTDM_DEVICE_TLB_DONE;
}

static void page_response(VTDMEndpoint *endpoint,
                          const VTDMPageResponse *response)
{
}

static const VTDMEndpointOps endpoint_ops = { invalidate, page_response };

static void realize(PCIDevice *pci, Error **errp)
{
    Engine *engine = BENCH_ENGINE(pci);

    if (engine->null_iommu) {
        null_iommu_new(pci_device_root_bus(pci), OBJECT(engine));
    }
    engine->endpoint = (VTDMEndpoint) { .dev = pci, .ops = &endpoint_ops };
    vtdm_endpoint_add(&engine->endpoint);
    if (engine->listens) {
        start_listening(engine);
    }
    if (!engines) {
        engines = g_ptr_array_new();
    }
    g_ptr_array_add(engines, engine);
}

static void instance_init(Object *obj)
{
    Engine *engine = BENCH_ENGINE(obj);

    engine_task_add_properties(obj, &engine->task);
    object_property_add_uint64_ptr(obj, "told", &engine->told,
                                   OBJ_PROP_FLAG_READWRITE);
}

static const Property properties[] = {
    DEFINE_PROP_BOOL("null-iommu", Engine, null_iommu, false),
    DEFINE_PROP_BOOL("listens", Engine, listens, false),
};

/* Nobody unplugs one. */
static void class_init(ObjectClass *oc, VTDM_CLASS_DATA *data)
{
    PCIDeviceClass *pdc = PCI_DEVICE_CLASS(oc);

    pdc->realize = realize;
    pdc->vendor_id = PCI_VENDOR_ID_QEMU;
    pdc->device_id = 0x11ea;
    pdc->class_id = PCI_CLASS_OTHERS;
    DEVICE_CLASS(oc)->hotpluggable = false;
    device_class_set_props(DEVICE_CLASS(oc), properties);
    object_class_property_add_bool(oc, "run", never, set_run);
    object_class_property_add_bool(oc, "listening", never, set_listening);
}

static const InterfaceInfo interfaces[] = {
    { INTERFACE_CONVENTIONAL_PCI_DEVICE },
    { },
};

static const TypeInfo types[] = {
    {
        .name = TYPE_BENCH_ENGINE,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(Engine),
        .instance_init = instance_init,
        .class_init = class_init,
        .interfaces = (InterfaceInfo *)interfaces,
    },
};

DEFINE_TYPES(types)

/* Processes that QEMU starts are not to be given this. */
__attribute__((constructor))
static void hide(void)
{
    unsetenv("LD_PRELOAD");
}
