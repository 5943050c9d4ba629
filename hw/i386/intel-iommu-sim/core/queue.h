/*
 * The invalidation queue.
 * Spec: "Queued Invalidation Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_QUEUE_H
#define VTDM_CORE_QUEUE_H

#include "hw/i386/vtdm/vtdm.h"

/* QIE was switched on or off. */
void vtdm_queue_enable(VTDMUnit *unit, bool enable);

/*
 * Fetches and runs descriptors up to one that leaves something to others, which
 * comes before the next. Returns whether to call again: not where the queue is
 * empty or stopped, nor at a wait before which copies have to be told.
 */
bool vtdm_queue_step(VTDMUnit *unit);

/* IQT and IQA were written; FSTS, whose errors stop the queue. */
void vtdm_iqt_written(VTDMUnit *unit, unsigned bytes);
void vtdm_iqa_written(VTDMUnit *unit, unsigned bytes);
void vtdm_fsts_written(VTDMUnit *unit, unsigned bytes);

#endif
