/*
 * Those who keep copies of translations. vhost asks for what it needs and
 * drops what the guest invalidates; VFIO and vDPA mirror all that the guest
 * maps, and see plain memory while their requester passes untranslated.
 *
 * A space that somebody listens to stays in the list until its device goes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/pci_bus.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "system/dma.h"
#include "device.h"
#include "notifiers.h"
#include "space.h"
#include "topology.h"

static const VTDMInvalidation everything = {
    .cache = VTDM_CACHE_CONTEXT, .scope = VTDM_SCOPE_GLOBAL,
};

/*
 * Hands a page, with perm 0 a range, to one notifier: what lies in its own
 * range, in naturally aligned powers of two.
 */
static void notify(IOMMUNotifier *notifier, IOMMUNotifierFlag type,
                   const VTDMPage *page, IOMMUAccessFlags perm)
{
    hwaddr at = MAX(page->input, notifier->start);
    hwaddr last = MIN(page->input + page->mask, notifier->end);

    while (at <= last) {
        hwaddr mask = dma_aligned_pow2_mask(at, last, 64);

        memory_region_notify_iommu_one(notifier, &(IOMMUTLBEvent) {
            .type = type,
            .entry = {
                .target_as = &address_space_memory,
                .iova = at,
                .translated_addr = perm ? page->output + (at - page->input)
                                        : 0,
                .addr_mask = mask,
                .perm = perm,
            },
        });
        if (mask >= last - at) {
            break;
        }
        at += mask + 1;
    }
}

static void notify_unmap(IOMMUNotifier *notifier, IOMMUNotifierFlag type,
                         hwaddr first, hwaddr last)
{
    VTDMPage range = { .input = first, .mask = last - first };

    notify(notifier, type, &range, IOMMU_NONE);
}

static void notify_page(IOMMUNotifier *notifier, const VTDMPage *page,
                        bool exists)
{
    if (exists) {
        notify(notifier, IOMMU_NOTIFIER_MAP, page,
               vtdm_space_flags(page->perm));
    } else {
        notify(notifier, IOMMU_NOTIFIER_UNMAP, page, IOMMU_NONE);
    }
}

static void tell_all(void *opaque, const VTDMPage *page, bool exists)
{
    VTDMSpace *space = opaque;
    IOMMUNotifier *notifier;

    IOMMU_NOTIFIER_FOREACH(notifier, &space->iommu) {
        notify_page(notifier, page, exists);
    }
}

static void tell_one(void *opaque, const VTDMPage *page, bool exists)
{
    notify_page(opaque, page, exists);
}

/* There is no identity until the first round of the main loop. */
static bool has_identity(const VTDMSpace *space)
{
    return memory_region_is_mapped((MemoryRegion *)&space->identity);
}

static bool shows_identity(const VTDMSpace *space)
{
    return has_identity(space) && space->identity.enabled;
}

static void outdate_mirror(VTDMSpace *space, const VTDMInvalidation *what)
{
    VTDMDeviceUnit *unit = vtdm_space_unit(space);

    if (unit) {
        vtdm_unit_outdate_mirror(unit->model, space->mirror,
                                 vtdm_space_source_id(space), what);
    } else {
        vtdm_mirror_detach(space->mirror);
    }
}

static bool is_mirrored(VTDMSpace *space)
{
    IOMMUNotifier *notifier;

    IOMMU_NOTIFIER_FOREACH(notifier, &space->iommu) {
        if (notifier->notifier_flags & IOMMU_NOTIFIER_MAP) {
            return true;
        }
    }
    return false;
}

static void end_mirror(VTDMSpace *space)
{
    space->last_host_left = false;
    vtdm_mirror_free(g_steal_pointer(&space->mirror));
    if (has_identity(space)) {
        memory_region_transaction_begin();
        memory_region_set_enabled(MEMORY_REGION(&space->iommu), true);
        memory_region_del_subregion(&space->root, &space->identity);
        memory_region_transaction_commit();
        object_unparent(OBJECT(&space->identity));
    }
}

static void settle_later(VTDMSpace *space);

/* What passes untranslated is memory itself, not an IOMMU's. */
static void choose_region(VTDMSpace *space)
{
    bool identity = vtdm_mirror_is_identity(space->mirror);

    if (identity != shows_identity(space)) {
        memory_region_transaction_begin();
        memory_region_set_enabled(&space->identity, identity);
        memory_region_set_enabled(MEMORY_REGION(&space->iommu), !identity);
        memory_region_transaction_commit();
        settle_later(space);
    }
}

static void begin_mirror(VTDMSpace *space)
{
    VTDMDeviceUnit *unit = vtdm_space_unit(space);

    outdate_mirror(space, &everything);
    memory_region_init_alias(&space->identity, OBJECT(space->device),
                             "vtdm-identity", get_system_memory(), 0,
                             UINT64_MAX);
    memory_region_set_enabled(&space->identity, false);
    memory_region_add_subregion(&space->root, 0, &space->identity);
    choose_region(space);
    if (unit) {
        vtdm_unit_work(unit->model);
    }
}

/*
 * Who mirrors has a notifier, but for the time in which memory is shown as it
 * is. A mirror ends when nobody has one.
 */
static void settle_mirror(void *opaque)
{
    VTDMSpace *space = opaque;

    if (!space->mirror || shows_identity(space)) {
        return;
    }
    if (!is_mirrored(space)) {
        end_mirror(space);
    } else if (!has_identity(space) && !space->last_host_left &&
               !space->unused) {
        begin_mirror(space);
    }
}

/* Not at once: listeners come and go while regions are changing. */
static void settle_later(VTDMSpace *space)
{
    aio_bh_schedule_oneshot(qemu_get_aio_context(), settle_mirror, space);
}

int vtdm_notifiers_flags_changed(VTDMSpace *space, IOMMUNotifierFlag flags,
                                 Error **errp)
{
    VTDMDeviceUnit *unit = vtdm_space_unit(space);

    if ((flags & IOMMU_NOTIFIER_MAP) && unit &&
        !vtdm_unit_config(unit->model)->cm) {
        error_setg(errp, "VFIO and vDPA devices behind intel-iommu-sim learn "
                   "of the guest's mappings in caching mode only: set "
                   "caching-mode=on");
        return -ENOTSUP;
    }
    if (flags != IOMMU_NOTIFIER_NONE && !space->listening) {
        space->listening = true;
        QLIST_INSERT_HEAD(&space->device->listening, space, next_listening);
    }
    if ((flags & IOMMU_NOTIFIER_MAP) && !space->mirror) {
        space->mirror = vtdm_mirror_new(tell_all, space);
    }
    if (space->mirror) {
        settle_later(space);
    }
    return 0;
}

/* What the mirror finds later, it tells this one, too. */
void vtdm_notifiers_replay(VTDMSpace *space, IOMMUNotifier *notifier)
{
    if (space->mirror && (notifier->notifier_flags & IOMMU_NOTIFIER_MAP)) {
        notify_unmap(notifier, IOMMU_NOTIFIER_UNMAP, notifier->start,
                     notifier->end);
        vtdm_mirror_for_each(space->mirror, notifier->start, notifier->end,
                             tell_one, notifier);
    }
}

/* Whether a device-TLB holds what its device may still use. */
static bool may_use_device_tlb(VTDMDeviceUnit *unit, VTDMSpace *space)
{
    VTDMRequest request = {
        .pasid = VTDM_NO_PASID,
        .source_id = vtdm_space_source_id(space),
        .type = VTDM_AT_TRANSLATED,
        .view = VTDM_LOOK,
    };
    VTDMResult result;

    vtdm_unit_translate(unit->model, &request, &result);
    return result.response == VTDM_OK;
}

/*
 * A cache on this side of the device follows the unit's own. One on the
 * device's side has its own descriptors, if the unit knows of them; but when
 * the unit would refuse what it holds, or holds something else for true, nobody
 * stands between that cache and memory, as a unit stands.
 */
static IOMMUNotifierFlag who_drops(VTDMDeviceUnit *unit, VTDMSpace *space,
                                   const VTDMInvalidation *what)
{
    bool device_tlb = !vtdm_unit_config(unit->model)->dt ||
                      what->cache == VTDM_CACHE_EVERY ||
                      (what->cache == VTDM_CACHE_CONTEXT &&
                       !may_use_device_tlb(unit, space));

    return IOMMU_NOTIFIER_UNMAP |
           (device_tlb ? IOMMU_NOTIFIER_DEVIOTLB_UNMAP : IOMMU_NOTIFIER_NONE);
}

/* Whether answers of @space's that others keep are covered, and which. */
static bool is_covered(VTDMSpace *space, const VTDMInvalidation *what,
                       uint64_t *first, uint64_t *last)
{
    int domain = qatomic_read(&space->copied_domain);

    if (domain == VTDM_COPIED_SEVERAL) {
        domain = what->domain_id;
    }
    return vtdm_invalidation_range(what, vtdm_space_source_id(space), domain,
                                   first, last);
}

static void drop_copies(VTDMDeviceUnit *unit, VTDMSpace *space,
                        const VTDMInvalidation *what)
{
    IOMMUNotifierFlag type = who_drops(unit, space, what);
    IOMMUNotifier *notifier;
    uint64_t first, last;

    if (!is_covered(space, what, &first, &last)) {
        return;
    }
    if (first == 0 && last == UINT64_MAX) {
        qatomic_set(&space->copied_domain, VTDM_COPIED_NONE);
    }
    IOMMU_NOTIFIER_FOREACH(notifier, &space->iommu) {
        if (!(notifier->notifier_flags & IOMMU_NOTIFIER_MAP)) {
            notify_unmap(notifier, notifier->notifier_flags & type, first,
                         last);
        }
    }
}

static bool has_running_mirror(VTDMSpace *space)
{
    return space->mirror && has_identity(space);
}

void vtdm_notifiers_changed(VTDMDeviceUnit *unit,
                            const VTDMInvalidation *what)
{
    VTDMSpace *space;

    QLIST_FOREACH(space, &unit->device->listening, next_listening) {
        if (vtdm_space_unit(space) != unit) {
            continue;
        }
        drop_copies(unit, space, what);
        if (has_running_mirror(space)) {
            outdate_mirror(space, what);
            choose_region(space);
        }
    }
}

bool vtdm_notifiers_update_mirrors(VTDMDeviceUnit *unit, unsigned *steps)
{
    VTDMSpace *space;

    QLIST_FOREACH(space, &unit->device->listening, next_listening) {
        if (vtdm_space_unit(space) != unit || !has_running_mirror(space)) {
            continue;
        }
        if (!vtdm_mirror_update(space->mirror, steps)) {
            return false;
        }
        choose_region(space);
    }
    return true;
}

void vtdm_notifiers_device_tlb(VTDMDeviceUnit *unit,
                               const VTDMInvalidation *what)
{
    VTDMSpace *space;
    IOMMUNotifier *notifier;

    QLIST_FOREACH(space, &unit->device->listening, next_listening) {
        if (vtdm_space_unit(space) != unit ||
            vtdm_space_source_id(space) != what->source_id) {
            continue;
        }
        IOMMU_NOTIFIER_FOREACH(notifier, &space->iommu) {
            notify_unmap(notifier, notifier->notifier_flags &
                         IOMMU_NOTIFIER_DEVIOTLB_UNMAP, what->address,
                         what->address | what->mask);
        }
    }
}

void vtdm_notifiers_stop(VTDMSpace *space)
{
    if (space->listening) {
        space->listening = false;
        QLIST_REMOVE(space, next_listening);
    }
    end_mirror(space);
}

static bool check_width(VTDMSpace *space, HostIOMMUDevice *host,
                        Error **errp)
{
    HostIOMMUDeviceClass *hiodc = HOST_IOMMU_DEVICE_GET_CLASS(host);
    VTDMDeviceUnit *unit = vtdm_space_unit(space);
    int width, ours;

    if (!unit || !hiodc->get_cap) {
        return true;
    }
    width = hiodc->get_cap(host, HOST_IOMMU_DEVICE_CAP_AW_BITS, errp);
    ours = vtdm_unit_config(unit->model)->mgaw;
    if (width >= 0 && width < ours) {
        error_setg(errp, "the host's IOMMU translates %d bits, the guest's "
                   "%d: set aw-bits=%d or less", width, ours, width);
    }
    return width >= ours;
}

bool vtdm_notifiers_add_host(VTDMSpace *space, HostIOMMUDevice *host,
                             Error **errp)
{
    if (!check_width(space, host, errp)) {
        return false;
    }
    space->hosts++;
    space->last_host_left = false;
    settle_later(space);
    return true;
}

/*
 * The listener of the last one goes later than this, and unseen while memory
 * is shown as it is.
 */
void vtdm_notifiers_remove_host(VTDMSpace *space)
{
    space->hosts--;
    if (!space->hosts && shows_identity(space)) {
        end_mirror(space);
        space->last_host_left = space->mirror != NULL;
    }
}
