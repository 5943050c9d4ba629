/*
 * One descriptor of the invalidation queue.
 * Spec: "Queued Invalidation Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_DESCRIPTOR_H
#define VTDM_CORE_DESCRIPTOR_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * Whether @descriptor has to wait until those who keep copies have been told
 * of what came before it.
 */
bool vtdm_descriptor_has_to_wait(const VTDMUnit *unit,
                                 const VTDMDescriptor *descriptor);

/* Whether @descriptor has to wait until a device answers: no ITag is free. */
bool vtdm_descriptor_needs_itag(const VTDMUnit *unit,
                                const VTDMDescriptor *descriptor);

/*
 * Carries out @descriptor, of @size bytes (16 or 32). VTDM_IQEI_NONE: it
 * was valid.
 */
VTDMQueueError vtdm_descriptor_run(VTDMUnit *unit,
                                   const VTDMDescriptor *descriptor,
                                   size_t size);

/* Whether it is a wait descriptor that this unit runs. */
bool vtdm_descriptor_is_wait(const VTDMUnit *unit,
                             const VTDMDescriptor *descriptor);

#endif
