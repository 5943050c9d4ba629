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
static VTDMDeviceTlbAnswer hold(VTDTDevice *device,
                                const VTDMInvalidation *what)
{
    if (device->invalidations.held == VTDT_TAGS) {
        return VTDM_DEVICE_TLB_TIMEOUT;
    }
    device->invalidations.tags[device->invalidations.held].source_id =
        what->source_id;
    device->invalidations.tags[device->invalidations.held].itag = what->itag;
    device->invalidations.held++;
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
        return hold(device, what);
    }
    if (mode == VTD_TESTDEV_INVALIDATE_LOSE) {
        return VTDM_DEVICE_TLB_TIMEOUT;
    }
    vtdt_count(device, VTDT_COMPLETIONS);
    return mode == VTD_TESTDEV_INVALIDATE_SPOIL
               ? VTDM_DEVICE_TLB_BAD_COMPLETION : VTDM_DEVICE_TLB_DONE;
}

/* An answer lets the queue go on, which may bring the next request. */
void vtdt_invalidations_release(VTDTDevice *device)
{
    unsigned held = device->invalidations.held;
    typeof(device->invalidations.tags[0]) tags[VTDT_TAGS];

    memcpy(tags, device->invalidations.tags, sizeof(tags));
    device->invalidations.held = 0;
    for (unsigned i = 0; i < held; i++) {
        vtdt_count(device, VTDT_COMPLETIONS);
        vtdm_endpoint_answer(&device->endpoint, tags[i].source_id,
                             tags[i].itag);
    }
}

void vtdt_invalidations_reset(VTDTDevice *device)
{
    memset(&device->invalidations, 0, sizeof(device->invalidations));
}
