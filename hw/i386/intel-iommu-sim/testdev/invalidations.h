/*
 * vtd-testdev: invalidation requests, and their completions as told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_INVALIDATIONS_H
#define VTD_TESTDEV_INVALIDATIONS_H

#include "testdev.h"

/* VTDMEndpointOps.invalidate */
VTDMDeviceTlbAnswer vtdt_invalidate(VTDMEndpoint *endpoint,
                                    const VTDMInvalidation *what);

/* Completes those that were held back. */
void vtdt_invalidations_release(VTDTDevice *device);

/*
 * A request is on its way with what the device TLB gave, or has arrived. What
 * is invalidated in between is completed when there is none any more.
 */
void vtdt_request_begins(VTDTDevice *device);
void vtdt_request_ends(VTDTDevice *device);

/* They are never completed. */
void vtdt_invalidations_reset(VTDTDevice *device);

#endif
