/*
 * Invalidation wait descriptors.
 * Spec: "Invalidation Wait Descriptor"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_WAIT_H
#define VTDM_CORE_WAIT_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * @descriptor, which is valid, is complete, or pending as long as a device has
 * to answer. The head passes one that is pending.
 */
VTDMQueueError vtdm_wait_run(VTDMUnit *unit,
                             const VTDMDescriptor *descriptor);

/* Completes the wait that is pending; the devices have answered. */
void vtdm_wait_complete(VTDMUnit *unit);

#endif
