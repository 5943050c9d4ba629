/*
 * One descriptor of the invalidation queue.
 * Spec: "Queued Invalidation Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_DESCRIPTOR_H
#define VTDM_CORE_DESCRIPTOR_H

#include "hw/i386/vtdm/vtdm.h"

/* What a descriptor has to wait for, before it is run. */
typedef enum VTDMNeed {
    VTDM_NEEDS_NOTHING,
    VTDM_NEEDS_COPIES,          /* to be told of what came before it */
    VTDM_NEEDS_ITAG,            /* that a device gives back */
} VTDMNeed;

VTDMNeed vtdm_descriptor_needs(const VTDMUnit *unit,
                               const VTDMDescriptor *descriptor);

/*
 * Carries out @descriptor, of which the upper half is 0 if it is a narrow one.
 * VTDM_IQEI_NONE: it was valid.
 */
VTDMQueueError vtdm_descriptor_run(VTDMUnit *unit,
                                   const VTDMDescriptor *descriptor);

/* Whether it is a wait descriptor that this unit runs. */
bool vtdm_descriptor_is_wait(const VTDMUnit *unit,
                             const VTDMDescriptor *descriptor);

#endif
