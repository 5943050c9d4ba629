/*
 * Those who keep copies of translations. vhost asks for what it needs and
 * drops what the guest invalidates; VFIO and vDPA mirror all that the guest
 * maps.
 *
 * A space that somebody listens to stays in the list until its device goes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/pci_bus.h"
#include "qapi/error.h"
#include "device.h"
#include "mirrors.h"
#include "notifiers.h"
#include "notify.h"
#include "remapping-units.h"
#include "topology.h"

/* Those who mirror learn of what the guest tells the unit, no more. */
static bool can_mirror(const VTDMConfig *config, Error **errp)
{
    if (!config->cm) {
        error_setg(errp, "VFIO and vDPA devices behind intel-iommu-sim learn "
                   "of the guest's mappings in caching mode only: set "
                   "caching-mode=on");
        return false;
    }
    if (config->fsts) {
        error_setg(errp, "VFIO and vDPA devices behind intel-iommu-sim do not "
                   "learn of first-stage mappings, as a guest need not tell "
                   "of new ones: set fsts=off");
        return false;
    }
    return true;
}

int vtdm_notifiers_flags_changed(VTDMSpace *space, IOMMUNotifierFlag flags,
                                 Error **errp)
{
    VTDMDeviceUnit *unit = vtdm_space_unit(space);

    if ((flags & IOMMU_NOTIFIER_MAP) && unit &&
        !can_mirror(vtdm_unit_config(unit->model), errp)) {
        return -ENOTSUP;
    }
    if (flags != IOMMU_NOTIFIER_NONE && !space->listening) {
        space->listening = true;
        QLIST_INSERT_HEAD(&space->device->listening, space, next_listening);
        vtdm_units_keep_copies(space->device);
    }
    if (flags & IOMMU_NOTIFIER_MAP) {
        vtdm_mirrors_begin(space);
    }
    if (space->mirror) {
        vtdm_mirrors_settle(space);
    }
    return 0;
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
    int copied = qatomic_read(&space->copied);
    bool none = copied == VTDM_COPIED_NONE;
    int domain = none ? -1 :
                 copied & VTDM_COPIED_SEVERAL ? what->domain_id
                                              : copied & UINT16_MAX;

    return vtdm_invalidation_range(what, vtdm_space_source_id(space), domain,
                                   !none && (copied & VTDM_COPIED_FIRST_STAGE),
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
        qatomic_set(&space->copied, VTDM_COPIED_NONE);
    }
    IOMMU_NOTIFIER_FOREACH(notifier, &space->iommu) {
        if (!(notifier->notifier_flags & IOMMU_NOTIFIER_MAP)) {
            vtdm_notify_unmap(notifier, notifier->notifier_flags & type, first,
                              last);
        }
    }
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
        vtdm_mirrors_outdate(space, what);
    }
}

bool vtdm_notifiers_update_mirrors(VTDMDeviceUnit *unit, unsigned *steps)
{
    VTDMSpace *space;

    QLIST_FOREACH(space, &unit->device->listening, next_listening) {
        if (vtdm_space_unit(space) == unit &&
            !vtdm_mirrors_update(space, steps)) {
            return false;
        }
    }
    return true;
}

/* Copies are of requests without PASID. */
void vtdm_notifiers_device_tlb(VTDMDeviceUnit *unit,
                               const VTDMInvalidation *what)
{
    VTDMSpace *space;
    IOMMUNotifier *notifier;

    if (what->with_pasid && !what->all_pasids) {
        return;
    }
    QLIST_FOREACH(space, &unit->device->listening, next_listening) {
        if (vtdm_space_unit(space) != unit ||
            vtdm_space_source_id(space) != what->source_id) {
            continue;
        }
        IOMMU_NOTIFIER_FOREACH(notifier, &space->iommu) {
            vtdm_notify_unmap(notifier, notifier->notifier_flags &
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
    vtdm_mirrors_end(space);
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
    vtdm_mirrors_settle(space);
    return true;
}

/*
 * The listener of the last one goes later than this, and unseen while memory
 * is shown as it is.
 */
void vtdm_notifiers_remove_host(VTDMSpace *space)
{
    space->hosts--;
    if (!space->hosts && vtdm_mirrors_show_identity(space)) {
        vtdm_mirrors_end(space);
        space->last_host_left = space->mirror != NULL;
    }
}
