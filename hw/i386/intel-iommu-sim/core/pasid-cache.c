/*
 * The PASID cache. Looked up by source-id and PASID, invalidated by domain-id
 * and PASID: there is an index for each. An entry stays until an invalidation
 * covers it, or newer ones need the room.
 * Spec: "PASID-Cache", "PASID-cache Invalidate Descriptor"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pasid-cache.h"
#include "unit.h"

typedef struct Cached {
    VTDMPasidEntry entry;
    GSequenceIter *place;       /* in VTDMPasids.domains */
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
    g_queue_init(&unit->pasids.order);
}

void vtdm_pasids_destroy(VTDMUnit *unit)
{
    g_sequence_free(unit->pasids.domains);
    g_hash_table_destroy(unit->pasids.entries);
}

static Cached *find(const VTDMPasids *pasids, uint16_t source_id,
                    uint32_t pasid)
{
    VTDMPasidEntry key = { .source_id = source_id, .pasid = pasid };

    return g_hash_table_lookup(pasids->entries, &key);
}

const VTDMPasidEntry *vtdm_pasid_lookup(const VTDMUnit *unit,
                                        uint16_t source_id, uint32_t pasid)
{
    const Cached *cached = find(&unit->pasids, source_id, pasid);

    return cached ? &cached->entry : NULL;
}

static void drop(VTDMUnit *unit, Cached *cached)
{
    g_sequence_remove(cached->place);
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

void vtdm_pasid_insert(VTDMUnit *unit, const VTDMPasidEntry *entry)
{
    VTDMPasids *pasids = &unit->pasids;
    Cached *old = find(pasids, entry->source_id, entry->pasid);
    Cached *new = g_new0(Cached, 1);

    if (old) {
        drop(unit, old);
    } else if (pasids->order.length >= VTDM_PASID_CACHE_ENTRIES) {
        drop(unit, g_queue_peek_head(&pasids->order));
    }
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

/* The first entry that @what may cover; those it covers are in a row. */
static GSequenceIter *search(const VTDMPasids *pasids,
                             const VTDMInvalidation *what)
{
    VTDMPasidEntry first = {
        .domain_id = what->domain_id,
        .pasid = what->scope == VTDM_SCOPE_PASID ? what->pasid : 0,
    };
    GSequenceIter *at;

    if (what->scope == VTDM_SCOPE_GLOBAL) {
        return g_sequence_get_begin_iter(pasids->domains);
    }
    at = g_sequence_lookup(pasids->domains, &first, by_place, NULL);
    return at ? at
              : g_sequence_search(pasids->domains, &first, by_place, NULL);
}

void vtdm_pasids_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    GSequenceIter *at = search(&unit->pasids, what);

    while (!g_sequence_iter_is_end(at)) {
        Cached *cached = g_sequence_get(at);

        at = g_sequence_iter_next(at);
        if (!vtdm_pasid_is_covered(&cached->entry, what)) {
            return;
        }
        drop(unit, cached);
    }
}

void vtdm_pasids_for_each(const VTDMUnit *unit, VTDMPasidSee *see,
                          void *opaque)
{
    for (const GList *at = unit->pasids.order.head; at; at = at->next) {
        see(opaque, &((const Cached *)at->data)->entry);
    }
}
