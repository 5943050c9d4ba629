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

/* They are never completed. */
void vtdt_invalidations_reset(VTDTDevice *device);

#endif
