/*
 * The work that register writes leave behind, in slices. No other file lets
 * the unit's lock go, and only one thread at a time is here, so that what is
 * told keeps its order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "context-cache.h"
#include "copies.h"
#include "device-tlb.h"
#include "host.h"
#include "iotlb-range.h"
#include "pasid-cache.h"
#include "queue.h"
#include "unit.h"
#include "work.h"

/* A step is some hundred nanoseconds of a fast machine. */
#define SLICE                   4096

/* One notice makes others compute routes, or drop many small ranges. */
#define NOTICE_STEPS            256

static bool ask_device(VTDMUnit *unit)
{
    VTDMInvalidation what;
    VTDMDeviceTlbAnswer answer;

    if (!unit->latched.device_tlb.unsent) {
        return false;
    }
    what = unit->latched.device_tlb.what;
    unit->latched.device_tlb.unsent = false;
    pthread_mutex_unlock(&unit->lock);
    answer = vtdm_host_invalidate_device_tlb(unit, &what);
    pthread_mutex_lock(&unit->lock);
    unit->steps += NOTICE_STEPS;
    vtdm_device_tlb_sent(unit, what.itag, answer);
    return true;
}

static bool respond(VTDMUnit *unit)
{
    VTDMPageResponse response;

    if (!unit->latched.page_response.unsent) {
        return false;
    }
    response = unit->latched.page_response.response;
    unit->latched.page_response.unsent = false;
    pthread_mutex_unlock(&unit->lock);
    vtdm_host_page_response(unit, &response);
    pthread_mutex_lock(&unit->lock);
    unit->steps += NOTICE_STEPS;
    return true;
}

static bool tell(VTDMUnit *unit)
{
    VTDMInvalidation what;

    if (!vtdm_copies_take(unit, &what)) {
        return false;
    }
    pthread_mutex_unlock(&unit->lock);
    if (what.cache == VTDM_CACHE_INTERRUPT) {
        vtdm_host_interrupts_changed(unit, &what);
    } else {
        vtdm_host_translations_changed(unit, &what);
    }
    pthread_mutex_lock(&unit->lock);
    unit->steps += NOTICE_STEPS;
    return true;
}

static bool update_mirrors(VTDMUnit *unit)
{
    unsigned left = unit->slice_end - unit->steps;
    bool done;

    if (!unit->copies.behind) {
        return false;
    }
    unit->copies.behind = false;
    unit->steps += left;
    pthread_mutex_unlock(&unit->lock);
    done = vtdm_host_update_mirrors(unit, &left);
    pthread_mutex_lock(&unit->lock);
    unit->steps -= left;
    unit->copies.behind |= !done;
    return true;
}

static bool reclaim(VTDMUnit *unit)
{
    return (vtdm_iotlb_can_reclaim(unit) && vtdm_iotlb_reclaim(unit)) ||
           vtdm_pasids_reclaim(unit) || vtdm_contexts_reclaim(unit);
}

static bool can_reclaim(const VTDMUnit *unit)
{
    return vtdm_iotlb_can_reclaim(unit) ||
           vtdm_pasids_have_work(unit) ||
           vtdm_contexts_have_work(unit);
}

/*
 * What the queue has for a device leaves before the next descriptor, so that
 * all of it leaves in the queue's order. The queue comes before the rest, so
 * that what is told is joined up to a wait.
 * Spec: "Page Group Response Ordering and Draining"
 */
static bool step(VTDMUnit *unit)
{
    return vtdm_iotlb_drop_rest(unit) || ask_device(unit) || respond(unit) ||
           vtdm_queue_step(unit) || tell(unit) || update_mirrors(unit) ||
           vtdm_copies_settle(unit);
}

static bool is_left(const VTDMUnit *unit)
{
    return unit->latched.device_tlb.unsent ||
           unit->latched.page_response.unsent || unit->latched.fetching ||
           vtdm_copies_are_pending(unit) || vtdm_iotlb_has_rest(unit) ||
           can_reclaim(unit);
}

/*
 * Room is given back only by who is @idle: nobody waits for it. Returns whether
 * anything is left; where no step found anything, nothing is but that.
 */
static bool run_slice(VTDMUnit *unit, bool idle)
{
    unit->slice_end = unit->steps + SLICE;
    while (step(unit) || (idle && reclaim(unit))) {
        if (unit->steps >= unit->slice_end) {
            return is_left(unit);
        }
    }
    return !idle && can_reclaim(unit);
}

static void run(VTDMUnit *unit, bool idle)
{
    bool later = vtdm_host_can_call(unit), left;

    if (unit->working) {
        return;
    }
    unit->working = true;
    do {
        left = run_slice(unit, idle || !later);
    } while (left && !later);
    unit->working = false;
    if (left) {
        vtdm_host_ask_for_call(unit);
    }
}

void vtdm_work_run(VTDMUnit *unit)
{
    run(unit, false);
}

void vtdm_work_go_on(VTDMUnit *unit)
{
    run(unit, true);
}

void vtdm_work_later(VTDMUnit *unit)
{
    if (!vtdm_host_can_call(unit)) {
        vtdm_work_run(unit);
    } else if (is_left(unit) && !unit->working) {
        vtdm_host_ask_for_call(unit);
    }
}
