/*
 * The PASID cache. Looked up by source-id and PASID, invalidated by domain-id
 * and PASID: there is an index for each. An entry stays until an invalidation
 * covers it, or newer ones need the room. What is covered leaves the index of
 * domains in one piece, is not found from then on, and is freed bit by bit.
 * Spec: "PASID-Cache", "PASID-cache Invalidate Descriptor"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "pass.h"
#include "pasid-cache.h"
#include "unit.h"

typedef struct Cached {
    VTDMPasidEntry entry;
    GSequenceIter *place;       /* in VTDMPasids.domains or .flushed */
    GList order;                /* place in VTDMPasids.order */
} Cached;

static guint hash_entry(gconstpointer key)
{
    const VTDMPasidEntry *entry = key;

    return entry->source_id * 0x9e3779b1u ^ entry->pasid;
}

static gboolean equal_entries(gconstpointer a, gconstpointer b)
{
    const VTDMPasidEntry *left = a, *right = b;

    return left->source_id == right->source_id && left->pasid == right->pasid;
}

void vtdm_pasids_init(VTDMUnit *unit)
{
    unit->pasids.entries = g_hash_table_new_full(hash_entry, equal_entries,
                                                 NULL, g_free);
    unit->pasids.domains = g_sequence_new(NULL);
    unit->pasids.flushed = g_sequence_new(NULL);
    g_queue_init(&unit->pasids.order);
}

void vtdm_pasids_destroy(VTDMUnit *unit)
{
    g_sequence_free(unit->pasids.domains);
    g_sequence_free(unit->pasids.flushed);
    g_hash_table_destroy(unit->pasids.entries);
}

static Cached *find(const VTDMPasids *pasids, uint16_t source_id,
                    uint32_t pasid)
{
    VTDMPasidEntry key = { .source_id = source_id, .pasid = pasid };

    return g_hash_table_lookup(pasids->entries, &key);
}

static bool is_flushed(const VTDMPasids *pasids, const Cached *cached)
{
    return g_sequence_iter_get_sequence(cached->place) == pasids->flushed;
}

static const VTDMPasidEntry **recent_of(VTDMUnit *unit, uint16_t source_id,
                                        uint32_t pasid)
{
    return &unit->pasids.recent[(source_id ^ source_id >> 8 ^ pasid) %
                                VTDM_PASIDS_RECENT];
}

const VTDMPasidEntry *vtdm_pasid_lookup(VTDMUnit *unit, uint16_t source_id,
                                        uint32_t pasid)
{
    const VTDMPasidEntry **recent = recent_of(unit, source_id, pasid);
    const Cached *cached;

    if (*recent && (*recent)->source_id == source_id &&
        (*recent)->pasid == pasid) {
        return *recent;
    }
    cached = find(&unit->pasids, source_id, pasid);
    if (!cached || is_flushed(&unit->pasids, cached)) {
        return NULL;
    }
    *recent = &cached->entry;
    return *recent;
}

static void look_for_flushed(VTDMPasids *pasids)
{
    pasids->has_flushed = !g_sequence_is_empty(pasids->flushed);
}

static void drop(VTDMUnit *unit, Cached *cached)
{
    const VTDMPasidEntry **recent = recent_of(unit, cached->entry.source_id,
                                              cached->entry.pasid);

    if (*recent == &cached->entry) {
        *recent = NULL;
    }
    vtdm_passes_forget(unit);
    g_sequence_remove(cached->place);
    look_for_flushed(&unit->pasids);
    g_queue_unlink(&unit->pasids.order, &cached->order);
    g_hash_table_remove(unit->pasids.entries, &cached->entry);
    unit->steps++;
}

static uint64_t place_of(const VTDMPasidEntry *entry)
{
    return (uint64_t)entry->domain_id << 36 | (uint64_t)entry->pasid << 16 |
           entry->source_id;
}

static gint by_place(gconstpointer a, gconstpointer b, gpointer opaque)
{
    uint64_t left = place_of(a), right = place_of(b);

    return (left > right) - (left < right);
}

static Cached *first_flushed(const VTDMPasids *pasids)
{
    GSequenceIter *at = g_sequence_get_begin_iter(pasids->flushed);

    return g_sequence_iter_is_end(at) ? NULL : g_sequence_get(at);
}

/* What was flushed goes before what is of use. */
static void make_room(VTDMUnit *unit, const VTDMPasidEntry *entry)
{
    const VTDMPasids *pasids = &unit->pasids;
    Cached *old = find(pasids, entry->source_id, entry->pasid);

    if (!old && pasids->order.length >= VTDM_PASID_CACHE_ENTRIES) {
        old = first_flushed(pasids) ?: pasids->order.head->data;
    }
    if (old) {
        drop(unit, old);
    }
}

void vtdm_pasid_insert(VTDMUnit *unit, const VTDMPasidEntry *entry)
{
    VTDMPasids *pasids = &unit->pasids;
    Cached *new = g_new0(Cached, 1);

    make_room(unit, entry);
    new->entry = *entry;
    new->place = g_sequence_insert_sorted(pasids->domains, new, by_place,
                                          NULL);
    new->order = (GList) { .data = new };
    g_queue_push_tail_link(&pasids->order, &new->order);
    g_hash_table_insert(pasids->entries, &new->entry, new);
}

bool vtdm_pasid_is_covered(const VTDMPasidEntry *entry,
                           const VTDMInvalidation *what)
{
    if (what->scope == VTDM_SCOPE_GLOBAL) {
        return true;
    }
    return entry->domain_id == what->domain_id &&
           (what->scope == VTDM_SCOPE_DOMAIN || entry->pasid == what->pasid);
}

/* The first entry at @place or behind it. */
static GSequenceIter *search(const VTDMPasids *pasids, uint64_t place)
{
    VTDMPasidEntry before = {
        .domain_id = (place - 1) >> 36,
        .pasid = (place - 1) >> 16 & vtdm_mask_below(20),
        .source_id = place - 1,
    };

    return place ? g_sequence_search(pasids->domains, &before, by_place, NULL)
                 : g_sequence_get_begin_iter(pasids->domains);
}

/* What is covered is in a row. */
void vtdm_pasids_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMPasids *pasids = &unit->pasids;
    uint64_t first = 0, count = VTDM_BIT(52);

    memset(pasids->recent, 0, sizeof(pasids->recent));
    vtdm_passes_forget(unit);
    if (what->scope != VTDM_SCOPE_GLOBAL) {
        first = (uint64_t)what->domain_id << 36;
        count = VTDM_BIT(36);
    }
    if (what->scope == VTDM_SCOPE_PASID) {
        first |= (uint64_t)what->pasid << 16;
        count = VTDM_BIT(16);
    }
    g_sequence_move_range(g_sequence_get_end_iter(pasids->flushed),
                          search(pasids, first),
                          search(pasids, first + count));
    look_for_flushed(pasids);
}

bool vtdm_pasids_reclaim(VTDMUnit *unit)
{
    unsigned freed = 0;
    Cached *cached;

    while (freed < VTDM_FREED_AT_ONCE &&
           (cached = first_flushed(&unit->pasids))) {
        drop(unit, cached);
        freed++;
    }
    return freed;
}

bool vtdm_pasids_have_work(const VTDMUnit *unit)
{
    return unit->pasids.has_flushed;
}

void vtdm_pasids_for_each(const VTDMUnit *unit, VTDMPasidSee *see,
                          void *opaque)
{
    for (const GList *at = unit->pasids.order.head; at; at = at->next) {
        const Cached *cached = at->data;

        if (!is_flushed(&unit->pasids, cached)) {
            see(opaque, &cached->entry);
        }
    }
}
