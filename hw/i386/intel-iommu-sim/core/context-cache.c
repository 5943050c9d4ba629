/*
 * The context cache. Looked up by source-id, invalidated by domain-id and
 * source-id: there is an index for each. An entry stays until an invalidation
 * covers it, or newer ones need the room.
 * Spec: "Context-Cache", "Context-cache Invalidation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "context-cache.h"
#include "unit.h"

typedef struct Cached {
    VTDMContext context;
    GSequenceIter *place;       /* in VTDMContexts.domains */
    GList order;                /* place in VTDMContexts.order */
} Cached;

void vtdm_contexts_init(VTDMUnit *unit)
{
    unit->contexts.entries = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    unit->contexts.domains = g_sequence_new(NULL);
    g_queue_init(&unit->contexts.order);
}

void vtdm_contexts_destroy(VTDMUnit *unit)
{
    g_sequence_free(unit->contexts.domains);
    g_hash_table_destroy(unit->contexts.entries);
}

static Cached *find(const VTDMUnit *unit, uint16_t source_id)
{
    return g_hash_table_lookup(unit->contexts.entries,
                               GUINT_TO_POINTER(source_id));
}

const VTDMContext *vtdm_context_lookup(const VTDMUnit *unit,
                                       uint16_t source_id)
{
    const Cached *cached = find(unit, source_id);

    return cached ? &cached->context : NULL;
}

static void drop(VTDMUnit *unit, Cached *cached)
{
    g_sequence_remove(cached->place);
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

void vtdm_context_insert(VTDMUnit *unit, const VTDMContext *context)
{
    VTDMContexts *contexts = &unit->contexts;
    Cached *old = find(unit, context->source_id);
    Cached *new = g_new0(Cached, 1);

    if (old) {
        drop(unit, old);
    } else if (contexts->order.length >= VTDM_CONTEXT_CACHE_ENTRIES) {
        drop(unit, g_queue_peek_head(&contexts->order));
    }
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

/* Those that @what covers lie close together, beside a few others at most. */
void vtdm_contexts_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    bool global = what->scope == VTDM_SCOPE_GLOBAL;
    uint16_t mask = what->scope == VTDM_SCOPE_DEVICE ? what->source_mask : 0;
    uint32_t first = place_of(what->domain_id, what->source_id & mask);
    uint32_t last = place_of(what->domain_id, what->source_id | ~mask);
    GSequenceIter *at = search(&unit->contexts, global ? 0 : first);

    while (!g_sequence_iter_is_end(at)) {
        Cached *cached = g_sequence_get(at);

        if (!global && place_of(cached->context.domain_id,
                                cached->context.source_id) > last) {
            return;
        }
        at = g_sequence_iter_next(at);
        if (vtdm_context_is_covered(&cached->context, what)) {
            drop(unit, cached);
        }
    }
}

void vtdm_contexts_for_each(const VTDMUnit *unit, VTDMContextSee *see,
                            void *opaque)
{
    for (const GList *at = unit->contexts.order.head; at; at = at->next) {
        see(opaque, &((const Cached *)at->data)->context);
    }
}
