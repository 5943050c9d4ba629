/*
 * Devices of QEMU that translate, keep translations and ask for pages by
 * QEMU's own interface, which it has from 10.2 on. A notifier that returns has
 * done, so that no invalidation is left for later.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/pci_bus.h"
#include "pci-ats.h"
#include "space.h"
#include "spaces.h"
#include "topology.h"

#if VTDM_HAS_PCI_ATS

/* Who listens, for one PASID of a function, or for requests without one. */
struct VTDMAtsListener {
    VTDMSpace *space;
    uint32_t pasid;
    IOMMUNotifier *translations;        /* one of both... */
    IOMMUPRINotifier *pages;            /* ... is NULL */
    QLIST_ENTRY(VTDMAtsListener) next;
};

static_assert(PCI_NO_PASID == VTDM_NO_PASID, "no PASID is no PASID");

static VTDMSpace *space_of(PCIBus *bus, void *opaque, int devfn)
{
    return container_of(vtdm_space_get(bus, opaque, devfn), VTDMSpace, as);
}

static void add_listener(const VTDMAtsListener *listener)
{
    VTDMAtsListener *copy = g_memdup2(listener, sizeof(*listener));

    QLIST_INSERT_HEAD(&copy->space->device->ats, copy, next);
}

static void remove_listener(const VTDMAtsListener *like)
{
    VTDMAtsListener *listener, *next;

    QLIST_FOREACH_SAFE(listener, &like->space->device->ats, next, next) {
        if (listener->space == like->space && listener->pasid == like->pasid &&
            listener->translations == like->translations &&
            !listener->pages == !like->pages) {
            QLIST_REMOVE(listener, next);
            g_free(listener);
        }
    }
}

static bool is_of(const VTDMAtsListener *listener,
                  const VTDMDeviceUnit *unit, uint16_t source_id)
{
    return vtdm_space_unit(listener->space) == unit &&
           vtdm_space_source_id(listener->space) == source_id;
}

/* ---- device-TLBs ---- */

void vtdm_pci_ats_get_iotlb_info(void *opaque, uint8_t *addr_width,
                                 uint32_t *min_page_size)
{
    VTDMDevice *device = opaque;

    *addr_width = device->config.mgaw;
    *min_page_size = VTDM_PAGE_SIZE;
}

void vtdm_pci_ats_init_notifier(PCIBus *bus, void *opaque, int devfn,
                                IOMMUNotifier *n, IOMMUNotify fn,
                                void *user_opaque)
{
    iommu_notifier_init(n, fn, IOMMU_NOTIFIER_DEVIOTLB_EVENTS, 0, HWADDR_MAX,
                        0);
    n->opaque = user_opaque;
}

void vtdm_pci_ats_register(PCIBus *bus, void *opaque, int devfn,
                           uint32_t pasid, IOMMUNotifier *n)
{
    add_listener(&(VTDMAtsListener) {
        .space = space_of(bus, opaque, devfn), .pasid = pasid,
        .translations = n,
    });
}

void vtdm_pci_ats_unregister(PCIBus *bus, void *opaque, int devfn,
                             uint32_t pasid, IOMMUNotifier *n)
{
    remove_listener(&(VTDMAtsListener) {
        .space = space_of(bus, opaque, devfn), .pasid = pasid,
        .translations = n,
    });
}

static bool is_covered(uint32_t pasid, const VTDMInvalidation *what)
{
    bool with = pasid != VTDM_NO_PASID;

    return with == what->with_pasid &&
           (!with || what->all_pasids || pasid == what->pasid);
}

void vtdm_pci_ats_invalidate(VTDMDeviceUnit *unit,
                             const VTDMInvalidation *what)
{
    VTDMAtsListener *listener, *next;

    QLIST_FOREACH_SAFE(listener, &unit->device->ats, next, next) {
        IOMMUTLBEntry entry = {
            .target_as = &address_space_memory,
            .iova = what->address,
            .addr_mask = what->mask,
            .pasid = listener->pasid,
        };

        if (listener->translations &&
            is_of(listener, unit, what->source_id) &&
            is_covered(listener->pasid, what)) {
            listener->translations->notify(listener->translations, &entry);
        }
    }
}

/* What a completion says; one without data is a page without permissions. */
static void complete(const VTDMRequest *request, const VTDMResult *result,
                     IOMMUTLBEntry *entry)
{
    bool data = result->response == VTDM_OK || result->response == VTDM_SEP;
    hwaddr mask = data ? result->mask | (VTDM_PAGE_SIZE - 1)
                       : VTDM_PAGE_SIZE - 1;

    *entry = (IOMMUTLBEntry) {
        .target_as = &address_space_memory,
        .iova = request->address & ~mask,
        .translated_addr = result->address & ~mask,
        .addr_mask = mask,
        .pasid = request->pasid,
    };
    if (data) {
        entry->perm = vtdm_space_flags(result->perm) |
            (result->privileged ? IOMMU_PRIV : 0) |
            (result->untranslated_only ? IOMMU_UNTRANSLATED_ONLY : 0);
    }
}

ssize_t vtdm_pci_ats_translate(PCIBus *bus, void *opaque, int devfn,
                               uint32_t pasid, bool priv_req, bool exec_req,
                               hwaddr addr, size_t length, bool no_write,
                               IOMMUTLBEntry *result, size_t result_length,
                               uint32_t *err_count)
{
    VTDMSpace *space = space_of(bus, opaque, devfn);
    VTDMDeviceUnit *unit = vtdm_space_unit(space);
    VTDMRequest request = {
        .address = addr & ~(VTDM_PAGE_SIZE - 1),
        .pasid = pasid,
        .source_id = vtdm_space_source_id(space),
        .type = VTDM_AT_TRANSLATION,
        .privileged = priv_req,
        .execute = exec_req,
        .no_write = no_write,
    };
    hwaddr last = addr + length - 1;
    ssize_t count = 0;

    *err_count = 0;
    if (!unit || !length || last < addr) {
        return -ENODEV;
    }
    for (;;) {
        VTDMResult answer;

        if ((size_t)count == result_length) {
            return -ENOMEM;
        }
        vtdm_unit_translate(unit->model, &request, &answer);
        complete(&request, &answer, &result[count]);
        *err_count += !(result[count].perm & IOMMU_RW);
        request.address |= result[count++].addr_mask;
        if (request.address >= last) {
            return count;
        }
        request.address++;
    }
}

/* ---- page requests ---- */

void vtdm_pci_pri_register(PCIBus *bus, void *opaque, int devfn,
                           uint32_t pasid, IOMMUPRINotifier *notifier)
{
    vtdm_pci_pri_unregister(bus, opaque, devfn, pasid);
    add_listener(&(VTDMAtsListener) {
        .space = space_of(bus, opaque, devfn), .pasid = pasid,
        .pages = notifier,
    });
}

void vtdm_pci_pri_unregister(PCIBus *bus, void *opaque, int devfn,
                             uint32_t pasid)
{
    static IOMMUPRINotifier any;

    remove_listener(&(VTDMAtsListener) {
        .space = space_of(bus, opaque, devfn), .pasid = pasid, .pages = &any,
    });
}

void vtdm_pci_ats_page_response(VTDMDeviceUnit *unit,
                                const VTDMPageResponse *response)
{
    IOMMUPRIResponse told = {
        .response_code =
            response->code == VTDM_PAGE_SUCCESS ? IOMMU_PRI_RESP_SUCCESS :
            response->code == VTDM_PAGE_INVALID
                ? IOMMU_PRI_RESP_INVALID_REQUEST : IOMMU_PRI_RESP_FAILURE,
        .prgi = response->group,
    };
    VTDMAtsListener *listener, *next;

    QLIST_FOREACH_SAFE(listener, &unit->device->ats, next, next) {
        if (listener->pages && listener->pasid == response->pasid &&
            is_of(listener, unit, response->source_id)) {
            listener->pages->notify(listener->pages, &told);
        }
    }
}

int vtdm_pci_pri_request(PCIBus *bus, void *opaque, int devfn,
                         uint32_t pasid, bool priv_req, bool exec_req,
                         hwaddr addr, bool lpig, uint16_t prgi, bool is_read,
                         bool is_write)
{
    VTDMSpace *space = space_of(bus, opaque, devfn);
    VTDMDeviceUnit *unit = vtdm_space_unit(space);
    VTDMPageRequest request = {
        .address = addr,
        .pasid = pasid,
        .source_id = vtdm_space_source_id(space),
        .group = prgi & PCI_PRI_PRGI_MASK,
        .read = is_read,
        .write = is_write,
        .execute = exec_req,
        .privileged = priv_req,
        .last = lpig,
    };
    VTDMPageResponse response;

    if (!unit) {
        return -ENODEV;
    }
    if (vtdm_unit_page_request(unit->model, &request, &response)) {
        vtdm_pci_ats_page_response(unit, &response);
    }
    return 0;
}

#else

/* Nobody listens. */
void vtdm_pci_ats_invalidate(VTDMDeviceUnit *unit,
                             const VTDMInvalidation *what)
{
}

void vtdm_pci_ats_page_response(VTDMDeviceUnit *unit,
                                const VTDMPageResponse *response)
{
}

#endif
