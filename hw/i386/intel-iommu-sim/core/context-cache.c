/*
 * The context cache. Looked up by source-id, invalidated by domain-id and
 * source-id: there is an index for each. An entry stays until an invalidation
 * covers it, or newer ones need the room. What is covered leaves the index of
 * domains in one piece, is not found from then on, and is freed bit by bit.
 * Spec: "Context-Cache", "Context-cache Invalidation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "context-cache.h"
#include "pass.h"
#include "unit.h"

typedef struct Cached {
    VTDMContext context;
    GSequenceIter *place;       /* in VTDMContexts.domains or .flushed */
    GList order;                /* place in VTDMContexts.order */
} Cached;

void vtdm_contexts_init(VTDMUnit *unit)
{
    unit->contexts.entries = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    unit->contexts.domains = g_sequence_new(NULL);
    unit->contexts.flushed = g_sequence_new(NULL);
    g_queue_init(&unit->contexts.order);
}

void vtdm_contexts_destroy(VTDMUnit *unit)
{
    g_sequence_free(unit->contexts.domains);
    g_sequence_free(unit->contexts.flushed);
    g_hash_table_destroy(unit->contexts.entries);
}

static Cached *find(const VTDMUnit *unit, uint16_t source_id)
{
    return g_hash_table_lookup(unit->contexts.entries,
                               GUINT_TO_POINTER(source_id));
}

static bool is_flushed(const VTDMUnit *unit, const Cached *cached)
{
    return g_sequence_iter_get_sequence(cached->place) ==
           unit->contexts.flushed;
}

/* The first functions of devices on buses in a row have different places. */
static const VTDMContext **recent_of(VTDMUnit *unit, uint16_t source_id)
{
    return &unit->contexts.recent[(source_id ^ source_id >> 8) %
                                  VTDM_CONTEXTS_RECENT];
}

const VTDMContext *vtdm_context_lookup(VTDMUnit *unit, uint16_t source_id)
{
    const VTDMContext **recent = recent_of(unit, source_id);
    const Cached *cached;

    if (*recent && (*recent)->source_id == source_id) {
        return *recent;
    }
    cached = find(unit, source_id);
    if (!cached || is_flushed(unit, cached)) {
        return NULL;
    }
    *recent = &cached->context;
    return *recent;
}

static void look_for_flushed(VTDMContexts *contexts)
{
    contexts->has_flushed = !g_sequence_is_empty(contexts->flushed);
}

static void drop(VTDMUnit *unit, Cached *cached)
{
    const VTDMContext **recent = recent_of(unit, cached->context.source_id);

    if (*recent == &cached->context) {
        *recent = NULL;
    }
    vtdm_passes_forget(unit);
    g_sequence_remove(cached->place);
    look_for_flushed(&unit->contexts);
    g_queue_unlink(&unit->contexts.order, &cached->order);
    g_hash_table_remove(unit->contexts.entries,
                        GUINT_TO_POINTER(cached->context.source_id));
    unit->steps++;
}

static uint32_t place_of(uint16_t domain_id, uint16_t source_id)
{
    return (uint32_t)domain_id << 16 | source_id;
}

static gint by_place(gconstpointer a, gconstpointer b, gpointer opaque)
{
    const VTDMContext *left = &((const Cached *)a)->context;
    const VTDMContext *right = &((const Cached *)b)->context;
    uint32_t first = place_of(left->domain_id, left->source_id);
    uint32_t second = place_of(right->domain_id, right->source_id);

    return (first > second) - (first < second);
}

static Cached *first_flushed(const VTDMUnit *unit)
{
    GSequenceIter *at = g_sequence_get_begin_iter(unit->contexts.flushed);

    return g_sequence_iter_is_end(at) ? NULL : g_sequence_get(at);
}

/* What was flushed goes before what is of use. */
static void make_room(VTDMUnit *unit, uint16_t source_id)
{
    const GQueue *order = &unit->contexts.order;
    Cached *old = find(unit, source_id);

    if (!old && order->length >= VTDM_CONTEXT_CACHE_ENTRIES) {
        old = first_flushed(unit) ?: order->head->data;
    }
    if (old) {
        drop(unit, old);
    }
}

void vtdm_context_insert(VTDMUnit *unit, const VTDMContext *context)
{
    VTDMContexts *contexts = &unit->contexts;
    Cached *new = g_new0(Cached, 1);

    make_room(unit, context->source_id);
    new->context = *context;
    new->place = g_sequence_insert_sorted(contexts->domains, new, by_place,
                                          NULL);
    new->order = (GList) { .data = new };
    g_queue_push_tail_link(&contexts->order, &new->order);
    g_hash_table_insert(contexts->entries,
                        GUINT_TO_POINTER(context->source_id), new);
}

bool vtdm_context_is_covered(const VTDMContext *context,
                             const VTDMInvalidation *what)
{
    if (what->scope == VTDM_SCOPE_GLOBAL) {
        return true;
    }
    if (context->domain_id != what->domain_id) {
        return false;
    }
    return what->scope == VTDM_SCOPE_DOMAIN ||
           !((context->source_id ^ what->source_id) & what->source_mask);
}

/* The first entry at @place or behind it. */
static GSequenceIter *search(const VTDMContexts *contexts, uint32_t place)
{
    Cached before = {
        .context.domain_id = (place - 1) >> 16,
        .context.source_id = place - 1,
    };

    return place ? g_sequence_search(contexts->domains, &before, by_place,
                                     NULL)
                 : g_sequence_get_begin_iter(contexts->domains);
}

static void flush(VTDMUnit *unit, GSequenceIter *begin, GSequenceIter *end)
{
    g_sequence_move_range(g_sequence_get_end_iter(unit->contexts.flushed),
                          begin, end);
}

/* The functions of a device that @what covers, which are few. */
static void flush_functions(VTDMUnit *unit, const VTDMInvalidation *what)
{
    uint16_t mask = what->source_mask;
    uint32_t last = place_of(what->domain_id, what->source_id | ~mask);
    GSequenceIter *at = search(&unit->contexts,
                               place_of(what->domain_id,
                                        what->source_id & mask));

    while (!g_sequence_iter_is_end(at)) {
        Cached *cached = g_sequence_get(at);

        if (place_of(cached->context.domain_id,
                     cached->context.source_id) > last) {
            return;
        }
        at = g_sequence_iter_next(at);
        if (vtdm_context_is_covered(&cached->context, what)) {
            flush(unit, cached->place, at);
        }
    }
}

void vtdm_contexts_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMContexts *contexts = &unit->contexts;
    GSequenceIter *end = g_sequence_get_end_iter(contexts->domains);
    uint16_t domain_id = what->domain_id;

    memset(contexts->recent, 0, sizeof(contexts->recent));
    vtdm_passes_forget(unit);
    switch (what->scope) {
    case VTDM_SCOPE_DEVICE:
        flush_functions(unit, what);
        break;
    case VTDM_SCOPE_DOMAIN:
        flush(unit, search(contexts, place_of(domain_id, 0)),
              domain_id == UINT16_MAX
                  ? end : search(contexts, place_of(domain_id + 1, 0)));
        break;
    default:
        flush(unit, search(contexts, 0), end);
    }
    look_for_flushed(contexts);
}

bool vtdm_contexts_reclaim(VTDMUnit *unit)
{
    unsigned freed = 0;
    Cached *cached;

    while (freed < VTDM_FREED_AT_ONCE && (cached = first_flushed(unit))) {
        drop(unit, cached);
        freed++;
    }
    return freed;
}

bool vtdm_contexts_have_work(const VTDMUnit *unit)
{
    return unit->contexts.has_flushed;
}

void vtdm_contexts_for_each(const VTDMUnit *unit, VTDMContextSee *see,
                            void *opaque)
{
    for (const GList *at = unit->contexts.order.head; at; at = at->next) {
        const Cached *cached = at->data;

        if (!is_flushed(unit, cached)) {
            see(opaque, &cached->context);
        }
    }
}
