/*
 * The IOTLB. Looked up by source-id, PASID and address, invalidated by
 * domain-id, PASID, kind of table and address: there is an index for each.
 * Spec: "IOTLB", "Tagging of Cached Translations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <limits.h>

#include "format.h"
#include "iotlb.h"
#include "unit.h"

/* The levels of tables whose entries can map a page. */
#define LEAF_LEVELS             3

/* Entries that are dropped at once. */
#define AT_ONCE                 64

static unsigned level_of(uint64_t mask)
{
    unsigned level = 1;

    while (vtdm_level_mask(level) != mask) {
        level++;
    }
    return level;
}

/*
 * Pages in a row, source-ids in a row and PASIDs in a row must not fall into
 * each other.
 */
static guint hash_tag(gconstpointer key)
{
    const VTDMTag *tag = key;
    uint64_t who = (uint64_t)tag->source_id << 32 | tag->pasid;

    return ((tag->input | tag->level) * UINT64_C(0x9e3779b97f4a7c15) ^
            who * UINT64_C(0xc2b2ae3d27d4eb4f)) >> 32;
}

static gboolean equal_tags(gconstpointer a, gconstpointer b)
{
    const VTDMTag *left = a, *right = b;

    return left->input == right->input && left->level == right->level &&
           left->source_id == right->source_id &&
           left->pasid == right->pasid;
}

void vtdm_iotlb_init(VTDMUnit *unit)
{
    VTDMIotlb *iotlb = &unit->iotlb;

    iotlb->entries = g_hash_table_new_full(hash_tag, equal_tags, NULL,
                                           g_free);
    vtdm_iotlb_sets_init(&iotlb->sets);
    g_queue_init(&iotlb->order);
}

void vtdm_iotlb_destroy(VTDMUnit *unit)
{
    vtdm_iotlb_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_GLOBAL,
    });
    while (vtdm_iotlb_reclaim(unit)) {
        /* to the last one */
    }
    g_hash_table_destroy(unit->iotlb.entries);
    vtdm_iotlb_sets_destroy(&unit->iotlb.sets);
}

static VTDMIotlbEntry *find(const VTDMIotlb *iotlb, const VTDMTag *tag)
{
    return g_hash_table_lookup(iotlb->entries, tag);
}

const VTDMIotlbEntry *vtdm_iotlb_lookup(const VTDMUnit *unit,
                                        uint16_t source_id, uint32_t pasid,
                                        uint64_t address)
{
    for (unsigned level = 1; level <= LEAF_LEVELS; level++) {
        VTDMTag tag = {
            .input = address & ~vtdm_level_mask(level),
            .pasid = pasid,
            .source_id = source_id,
            .level = level,
        };
        VTDMIotlbEntry *found = find(&unit->iotlb, &tag);

        if (found && !vtdm_iotlb_set_is_flushed(found->set)) {
            return found;
        }
    }
    return NULL;
}

static gint by_place(gconstpointer a, gconstpointer b, gpointer opaque)
{
    const VTDMTag *left = &((const VTDMIotlbEntry *)a)->tag;
    const VTDMTag *right = &((const VTDMIotlbEntry *)b)->tag;

    if (left->level != right->level) {
        return left->level - right->level;
    }
    return (left->input > right->input) - (left->input < right->input);
}

static void drop(VTDMUnit *unit, VTDMIotlbEntry *entry)
{
    VTDMIotlb *iotlb = &unit->iotlb;

    g_sequence_remove(entry->place);
    vtdm_iotlb_set_leave(&iotlb->sets, entry->set, &entry->fellow);
    g_queue_unlink(&iotlb->order, &entry->order);
    g_hash_table_remove(iotlb->entries, &entry->tag);
    unit->steps++;
}

/* What was flushed goes before what is of use. */
static void make_room(VTDMUnit *unit, const VTDMTag *tag)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    VTDMIotlbEntry *old = find(iotlb, tag);

    if (old) {
        drop(unit, old);
    } else if (iotlb->order.length >= unit->config.iotlb_entries) {
        old = vtdm_iotlb_sets_first_flushed(&iotlb->sets);
        drop(unit, old ? old : g_queue_peek_head(&iotlb->order));
    }
}

/*
 * A range of addresses is one of a PASID's in first-stage tables, and one of a
 * domain's in second-stage tables, whoever used them.
 */
static GSequence *places_for(const VTDMIotlbEntry *entry)
{
    VTDMIotlbSet *set = entry->first_stage ? entry->set : entry->set->parent;

    if (!set->places) {
        set->places = g_sequence_new(NULL);
    }
    return set->places;
}

void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMIotlbEntry *entry)
{
    VTDMIotlbEntry *new = g_memdup2(entry, sizeof(*entry));

    new->tag.level = level_of(entry->translation.mask);
    new->tag.input &= ~entry->translation.mask;
    make_room(unit, &new->tag);
    new->fellow = new->order = (GList) { .data = new };
    new->set = vtdm_iotlb_set_enter(&unit->iotlb.sets, new->domain_id,
                                    new->first_stage, new->own_pasid,
                                    &new->fellow);
    new->place = g_sequence_insert_sorted(places_for(new), new, by_place,
                                          NULL);
    g_queue_push_tail_link(&unit->iotlb.order, &new->order);
    g_hash_table_insert(unit->iotlb.entries, &new->tag, new);
}

/* The first entry of @level that ends at @address or later. */
static VTDMIotlbEntry *search(GSequence *places, unsigned level,
                              uint64_t address)
{
    VTDMIotlbEntry before = { .tag = { .level = level } };
    uint64_t input = address & ~vtdm_level_mask(level);
    GSequenceIter *at;

    if (input) {
        before.tag.input = input - 1;
    } else {
        before.tag.level--;
        before.tag.input = UINT64_MAX;
    }
    at = g_sequence_search(places, &before, by_place, NULL);
    return g_sequence_iter_is_end(at) ? NULL : g_sequence_get(at);
}

/* The next one that the range covers; NULL: there is none of this size. */
static VTDMIotlbEntry *next_in_range(const VTDMIotlb *iotlb)
{
    const VTDMIotlbRange *range = &iotlb->range;
    const VTDMInvalidation *what = &range->what;
    const VTDMIotlbSet *set =
        what->scope == VTDM_SCOPE_PASID_PAGES
            ? vtdm_iotlb_set_of_pasid(&iotlb->sets, what->domain_id, true,
                                      what->pasid)
            : vtdm_iotlb_set_of_domain(&iotlb->sets, what->domain_id, false);
    VTDMIotlbEntry *entry = set && set->places
        ? search(set->places, range->level, range->next) : NULL;

    return entry && entry->tag.level == range->level &&
           entry->tag.input <= (what->address | what->mask) ? entry : NULL;
}

/* An address may have entries of several requesters. */
static void drop_range(VTDMUnit *unit, unsigned most)
{
    VTDMIotlbRange *range = &unit->iotlb.range;

    while (range->level && most) {
        VTDMIotlbEntry *entry = next_in_range(&unit->iotlb);

        if (entry) {
            range->next = MAX(range->next, entry->tag.input);
            drop(unit, entry);
            most--;
        } else {
            range->next = range->what.address;
            range->level = (range->level + 1) % (LEAF_LEVELS + 1);
        }
    }
}

/* One that is not through yet comes first. */
static void begin_range(VTDMUnit *unit, const VTDMInvalidation *what)
{
    drop_range(unit, UINT_MAX);
    unit->iotlb.range = (VTDMIotlbRange) {
        .what = *what, .level = 1, .next = what->address,
    };
    drop_range(unit, AT_ONCE);
}

/* Second-stage tables do not depend on who uses them, first-stage ones do. */
static void flush_kinds(VTDMIotlbSets *sets, const VTDMInvalidation *what)
{
    for (unsigned kind = 0; kind < 2; kind++) {
        vtdm_iotlb_set_flush(
            sets, what->scope == VTDM_SCOPE_PASID
                ? vtdm_iotlb_set_of_pasid(sets, what->domain_id, kind,
                                          what->pasid)
                : vtdm_iotlb_set_of_domain(sets, what->domain_id, kind));
    }
}

/*
 * Spec: "IOTLB Invalidate", "PASID-based IOTLB Invalidate Descriptor
 * (P_IOTLB)"
 */
void vtdm_iotlb_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMIotlbSets *sets = &unit->iotlb.sets;

    switch (what->scope) {
    case VTDM_SCOPE_PAGES:
        vtdm_iotlb_set_flush(sets, vtdm_iotlb_set_of_domain(
                                 sets, what->domain_id, true));
        /* fall through */
    case VTDM_SCOPE_PASID_PAGES:
        begin_range(unit, what);
        break;
    case VTDM_SCOPE_DOMAIN:
    case VTDM_SCOPE_PASID:
        flush_kinds(sets, what);
        break;
    default:
        unit->iotlb.range.level = 0;
        vtdm_iotlb_set_flush(sets, sets->all);
    }
}

bool vtdm_iotlb_drop_rest(VTDMUnit *unit)
{
    bool any = unit->iotlb.range.level;

    drop_range(unit, AT_ONCE);
    return any;
}

bool vtdm_iotlb_reclaim(VTDMUnit *unit)
{
    VTDMIotlbEntry *entry;
    unsigned freed = 0;

    while (freed < AT_ONCE && (entry = vtdm_iotlb_sets_first_flushed(
                                   &unit->iotlb.sets))) {
        drop(unit, entry);
        freed++;
    }
    return freed;
}

bool vtdm_iotlb_has_work(const VTDMUnit *unit)
{
    return unit->iotlb.range.level || unit->iotlb.sets.flushed.length;
}

void vtdm_iotlb_for_each(const VTDMUnit *unit, VTDMIotlbSee *see,
                         void *opaque)
{
    for (const GList *at = unit->iotlb.order.head; at; at = at->next) {
        const VTDMIotlbEntry *entry = at->data;

        if (!vtdm_iotlb_set_is_flushed(entry->set)) {
            see(opaque, entry);
        }
    }
}
