/*
 * The mirror of a space: VFIO and vDPA are told of all that the guest maps, and
 * see plain memory while their requester passes untranslated.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "mirrors.h"
#include "notify.h"
#include "remapping-units.h"
#include "topology.h"

static const VTDMInvalidation everything = {
    .cache = VTDM_CACHE_CONTEXT, .scope = VTDM_SCOPE_GLOBAL,
};

static void tell_all(void *opaque, const VTDMPage *page, bool exists)
{
    VTDMSpace *space = opaque;
    IOMMUNotifier *notifier;

    IOMMU_NOTIFIER_FOREACH(notifier, &space->iommu) {
        vtdm_notify_page(notifier, page, exists);
    }
}

static void tell_one(void *opaque, const VTDMPage *page, bool exists)
{
    vtdm_notify_page(opaque, page, exists);
}

/* There is no identity until the first round of the main loop. */
static bool has_identity(const VTDMSpace *space)
{
    return memory_region_is_mapped((MemoryRegion *)&space->identity);
}

bool vtdm_mirrors_show_identity(const VTDMSpace *space)
{
    return has_identity(space) && space->identity.enabled;
}

static void outdate(VTDMSpace *space, const VTDMInvalidation *what)
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

void vtdm_mirrors_end(VTDMSpace *space)
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

/* What passes untranslated is memory itself, not an IOMMU's. */
static void choose_region(VTDMSpace *space)
{
    bool identity = vtdm_mirror_is_identity(space->mirror);

    if (identity != vtdm_mirrors_show_identity(space)) {
        memory_region_transaction_begin();
        memory_region_set_enabled(&space->identity, identity);
        memory_region_set_enabled(MEMORY_REGION(&space->iommu), !identity);
        memory_region_transaction_commit();
        vtdm_mirrors_settle(space);
    }
}

static void start(VTDMSpace *space)
{
    VTDMDeviceUnit *unit = vtdm_space_unit(space);

    outdate(space, &everything);
    memory_region_init_alias(&space->identity, OBJECT(space->device),
                             "vtdm-identity", get_system_memory(), 0,
                             UINT64_MAX);
    memory_region_set_enabled(&space->identity, false);
    memory_region_add_subregion(&space->root, 0, &space->identity);
    choose_region(space);
    if (unit) {
        vtdm_unit_go_on(unit);
    }
}

/*
 * Who mirrors has a notifier, but for the time in which memory is shown as it
 * is. A mirror ends when nobody has one.
 */
static void settle(void *opaque)
{
    VTDMSpace *space = opaque;

    if (!space->mirror || vtdm_mirrors_show_identity(space)) {
        return;
    }
    if (!is_mirrored(space)) {
        vtdm_mirrors_end(space);
    } else if (!has_identity(space) && !space->last_host_left &&
               !space->unused) {
        start(space);
    }
}

/* Not at once: listeners come and go while regions are changing. */
void vtdm_mirrors_settle(VTDMSpace *space)
{
    aio_bh_schedule_oneshot(qemu_get_aio_context(), settle, space);
}

static bool is_running(VTDMSpace *space)
{
    return space->mirror && has_identity(space);
}

void vtdm_mirrors_begin(VTDMSpace *space)
{
    if (!space->mirror) {
        space->mirror = vtdm_mirror_new(tell_all, space);
    }
}

/* What the mirror finds later, it tells this one, too. */
void vtdm_mirrors_replay(VTDMSpace *space, IOMMUNotifier *notifier)
{
    if (space->mirror && (notifier->notifier_flags & IOMMU_NOTIFIER_MAP)) {
        vtdm_notify_unmap(notifier, IOMMU_NOTIFIER_UNMAP, notifier->start,
                          notifier->end);
        vtdm_mirror_for_each(space->mirror, notifier->start, notifier->end,
                             tell_one, notifier);
    }
}

void vtdm_mirrors_outdate(VTDMSpace *space, const VTDMInvalidation *what)
{
    if (is_running(space)) {
        outdate(space, what);
        choose_region(space);
    }
}

bool vtdm_mirrors_update(VTDMSpace *space, unsigned *steps)
{
    if (is_running(space)) {
        if (!vtdm_mirror_update(space->mirror, steps)) {
            return false;
        }
        choose_region(space);
    }
    return true;
}
