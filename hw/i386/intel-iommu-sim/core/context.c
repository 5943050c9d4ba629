/*
 * Context entries: out of the cache, or read by the mode, then kept.
 * Spec: "Context-Cache"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "context.h"
#include "count.h"
#include "legacy-context.h"
#include "scalable-context.h"
#include "unit.h"

/* Faulting entries are kept only in caching mode, under domain 0. */
static bool may_keep(const VTDMConfig *config, const VTDMContext *context)
{
    return context->condition == VTDM_NO_FAULT || config->cm;
}

static void count_lookup(VTDMUnit *unit, uint16_t source_id, bool hit)
{
    vtdm_count(unit, VTDM_COUNT_CTXT_CACHE_LOOKUP, &(VTDMCountSubject) {
        .source_id = source_id,
    });
    if (hit) {
        vtdm_count(unit, VTDM_COUNT_CTXT_CACHE_HIT, &(VTDMCountSubject) {
            .source_id = source_id,
        });
    }
}

const VTDMContext *vtdm_context_find(VTDMUnit *unit, uint16_t source_id,
                                     VTDMView view, VTDMContext *room)
{
    bool scalable = unit->latched.root.ttm == VTDM_TTM_SCALABLE;
    const VTDMContext *cached = view == VTDM_TABLES
        ? NULL : vtdm_context_lookup(unit, source_id);

    if (cached && cached->scalable != scalable) {
        cached = NULL;
    }
    if (view == VTDM_USE) {
        count_lookup(unit, source_id, cached);
    }
    if (cached) {
        return cached;
    }
    *room = (VTDMContext) {
        .source_id = source_id,
        .scalable = scalable,
    };
    room->condition = scalable
        ? vtdm_scalable_context_read(unit, view, room)
        : vtdm_legacy_context_read(unit, view, room);
    if (view == VTDM_USE && may_keep(&unit->config, room)) {
        vtdm_context_insert(unit, room);
    }
    return room;
}
