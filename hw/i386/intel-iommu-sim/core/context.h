/*
 * Context entries, of whichever mode is on.
 * Spec: "Legacy Mode Address Translation", "Scalable Mode Address
 * Translation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_CONTEXT_H
#define VTDM_CORE_CONTEXT_H

#include "context-cache.h"

/*
 * The context entry that a request of @source_id with @view needs: the one in
 * the cache, until the next call, or *@room, with what the tables say. Read its
 * condition first.
 */
const VTDMContext *vtdm_context_find(VTDMUnit *unit, uint16_t source_id,
                                     VTDMView view, VTDMContext *room);

#endif
