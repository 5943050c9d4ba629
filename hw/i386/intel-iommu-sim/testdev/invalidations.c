/*
 * vtd-testdev: invalidation requests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "invalidations.h"

/* The mode of this request; COUNT of them have it. */
static unsigned take_mode(VTDTDevice *device)
{
    unsigned mode = device->invalidations.mode;

    if (device->invalidations.count && !--device->invalidations.count) {
        device->invalidations.mode = VTD_TESTDEV_INVALIDATE_ANSWER;
    }
    return mode;
}

/* More than there are tags cannot be on their way. */
static VTDMDeviceTlbAnswer put_off(VTDTTags *tags,
                                   const VTDMInvalidation *what)
{
    if (tags->count == VTDT_TAGS) {
        return VTDM_DEVICE_TLB_TIMEOUT;
    }
    tags->tag[tags->count].source_id = what->source_id;
    tags->tag[tags->count].itag = what->itag;
    tags->count++;
    return VTDM_DEVICE_TLB_LATER;
}

VTDMDeviceTlbAnswer vtdt_invalidate(VTDMEndpoint *endpoint,
                                    const VTDMInvalidation *what)
{
    VTDTDevice *device = container_of(endpoint, VTDTDevice, endpoint);
    unsigned mode = take_mode(device);

    vtdt_count(device, VTDT_INVALIDATIONS);
    device->invalidations.last = *what;
    device->counters[VTDT_DROPPED] += vtdt_tlb_invalidate(&device->tlb, what);
    if (mode == VTD_TESTDEV_INVALIDATE_HOLD) {
        return put_off(&device->invalidations.held, what);
    }
    if (mode == VTD_TESTDEV_INVALIDATE_LOSE) {
        return VTDM_DEVICE_TLB_TIMEOUT;
    }
    if (mode == VTD_TESTDEV_INVALIDATE_ANSWER && device->in_flight) {
        return put_off(&device->invalidations.late, what);
    }
    vtdt_count(device, VTDT_COMPLETIONS);
    return mode == VTD_TESTDEV_INVALIDATE_SPOIL
               ? VTDM_DEVICE_TLB_BAD_COMPLETION : VTDM_DEVICE_TLB_DONE;
}

/* An answer lets the queue go on, which may bring the next request. */
static void complete(VTDTDevice *device, VTDTTags *tags)
{
    VTDTTags now = *tags;

    tags->count = 0;
    for (unsigned i = 0; i < now.count; i++) {
        vtdt_count(device, VTDT_COMPLETIONS);
        vtdm_endpoint_answer(&device->endpoint, now.tag[i].source_id,
                             now.tag[i].itag);
    }
}

void vtdt_invalidations_release(VTDTDevice *device)
{
    complete(device, &device->invalidations.held);
}

void vtdt_request_begins(VTDTDevice *device)
{
    device->in_flight++;
}

void vtdt_request_ends(VTDTDevice *device)
{
    if (!--device->in_flight) {
        complete(device, &device->invalidations.late);
    }
}

void vtdt_invalidations_reset(VTDTDevice *device)
{
    memset(&device->invalidations, 0, sizeof(device->invalidations));
}
