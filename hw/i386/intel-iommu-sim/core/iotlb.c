/*
 * The IOTLB. Looked up by source-id and address, invalidated by domain-id
 * and address: there is an index for each.
 * Spec: "IOTLB", "Tagging of Cached Translations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "format.h"
#include "iotlb.h"
#include "unit.h"

/* The levels of tables whose entries can map a page. */
#define LEAF_LEVELS             3

/* Entries that one step of reclaiming frees. */
#define RECLAIMED               64

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
    iotlb->domains = g_hash_table_new(NULL, NULL);
    g_queue_init(&iotlb->order);
    g_queue_init(&iotlb->flushed);
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
    g_hash_table_destroy(unit->iotlb.domains);
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

        if (found && !found->domain->flushed) {
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

static VTDMIotlbDomain *find_domain(const VTDMIotlb *iotlb,
                                    uint16_t domain_id)
{
    return g_hash_table_lookup(iotlb->domains, GUINT_TO_POINTER(domain_id));
}

static VTDMIotlbDomain *domain_for(VTDMIotlb *iotlb, uint16_t domain_id)
{
    VTDMIotlbDomain *domain = find_domain(iotlb, domain_id);

    if (!domain) {
        domain = g_new0(VTDMIotlbDomain, 1);
        domain->id = domain_id;
        domain->entries = g_sequence_new(NULL);
        domain->order.data = domain;
        g_hash_table_insert(iotlb->domains, GUINT_TO_POINTER(domain_id),
                            domain);
    }
    return domain;
}

static void drop_domain(VTDMIotlb *iotlb, VTDMIotlbDomain *domain)
{
    if (domain->flushed) {
        g_queue_unlink(&iotlb->flushed, &domain->order);
    } else {
        g_hash_table_remove(iotlb->domains, GUINT_TO_POINTER(domain->id));
    }
    g_sequence_free(domain->entries);
    g_free(domain);
}

/* A domain goes with the last of its entries. */
static void drop(VTDMUnit *unit, VTDMIotlbEntry *entry)
{
    VTDMIotlbDomain *domain = entry->domain;

    g_sequence_remove(entry->place);
    if (g_sequence_is_empty(domain->entries)) {
        drop_domain(&unit->iotlb, domain);
    }
    g_queue_unlink(&unit->iotlb.order, &entry->order);
    g_hash_table_remove(unit->iotlb.entries, &entry->tag);
    unit->steps++;
}

static VTDMIotlbEntry *first_flushed(const VTDMIotlb *iotlb)
{
    const GList *first = iotlb->flushed.head;
    const VTDMIotlbDomain *domain = first ? first->data : NULL;

    return domain
               ? g_sequence_get(g_sequence_get_begin_iter(domain->entries))
               : NULL;
}

/* What was flushed goes before what is of use. */
static void make_room(VTDMUnit *unit, const VTDMTag *tag)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    VTDMIotlbEntry *old = find(iotlb, tag);

    if (old) {
        drop(unit, old);
    } else if (iotlb->order.length >= unit->config.iotlb_entries) {
        old = first_flushed(iotlb);
        drop(unit, old ? old : g_queue_peek_head(&iotlb->order));
    }
}

void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMIotlbEntry *entry)
{
    VTDMIotlbEntry *new = g_memdup2(entry, sizeof(*entry));

    new->tag.level = level_of(entry->translation.mask);
    new->tag.input &= ~entry->translation.mask;
    make_room(unit, &new->tag);
    new->domain = domain_for(&unit->iotlb, entry->domain_id);
    new->place = g_sequence_insert_sorted(new->domain->entries, new,
                                          by_place, NULL);
    new->order = (GList) { .data = new };
    g_queue_push_tail_link(&unit->iotlb.order, &new->order);
    g_hash_table_insert(unit->iotlb.entries, &new->tag, new);
}

static void flush_domain(VTDMIotlb *iotlb, VTDMIotlbDomain *domain)
{
    domain->flushed = true;
    g_queue_push_tail_link(&iotlb->flushed, &domain->order);
}

static void flush_all(VTDMIotlb *iotlb)
{
    GHashTableIter iter;
    gpointer domain;

    g_hash_table_iter_init(&iter, iotlb->domains);
    while (g_hash_table_iter_next(&iter, NULL, &domain)) {
        flush_domain(iotlb, domain);
    }
    g_hash_table_remove_all(iotlb->domains);
}

/* The first entry of @level that ends at @address or later. */
static GSequenceIter *search(const VTDMIotlbDomain *domain, unsigned level,
                             uint64_t address)
{
    VTDMIotlbEntry before = { .tag = { .level = level } };
    uint64_t input = address & ~vtdm_level_mask(level);

    if (input) {
        before.tag.input = input - 1;
    } else {
        before.tag.level--;
        before.tag.input = UINT64_MAX;
    }
    return g_sequence_search(domain->entries, &before, by_place, NULL);
}

static VTDMIotlbEntry *entry_at(GSequenceIter *at)
{
    return g_sequence_iter_is_end(at) ? NULL : g_sequence_get(at);
}

static void drop_pages(VTDMUnit *unit, unsigned level,
                       const VTDMInvalidation *what)
{
    VTDMIotlbDomain *domain = find_domain(&unit->iotlb, what->domain_id);
    uint64_t last = what->address | what->mask;
    GSequenceIter *at;
    VTDMIotlbEntry *entry;

    if (!domain) {
        return;
    }
    at = search(domain, level, what->address);
    while ((entry = entry_at(at)) && entry->tag.level == level &&
           entry->tag.input <= last) {
        bool is_last = g_sequence_get_length(domain->entries) == 1;

        at = g_sequence_iter_next(at);
        drop(unit, entry);
        if (is_last) {
            return;
        }
    }
}

void vtdm_iotlb_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMIotlbDomain *domain;

    if (what->scope == VTDM_SCOPE_GLOBAL) {
        flush_all(&unit->iotlb);
        return;
    }
    if (what->scope == VTDM_SCOPE_PAGES) {
        for (unsigned level = 1; level <= LEAF_LEVELS; level++) {
            drop_pages(unit, level, what);
        }
        return;
    }
    domain = find_domain(&unit->iotlb, what->domain_id);
    if (domain) {
        g_hash_table_remove(unit->iotlb.domains,
                            GUINT_TO_POINTER(domain->id));
        flush_domain(&unit->iotlb, domain);
    }
}

bool vtdm_iotlb_can_reclaim(const VTDMUnit *unit)
{
    return unit->iotlb.flushed.length;
}

bool vtdm_iotlb_reclaim(VTDMUnit *unit)
{
    VTDMIotlbEntry *entry;
    unsigned freed = 0;

    while (freed < RECLAIMED && (entry = first_flushed(&unit->iotlb))) {
        drop(unit, entry);
        freed++;
    }
    return freed;
}

void vtdm_iotlb_for_each(const VTDMUnit *unit, VTDMIotlbSee *see,
                         void *opaque)
{
    for (const GList *at = unit->iotlb.order.head; at; at = at->next) {
        const VTDMIotlbEntry *entry = at->data;

        if (!entry->domain->flushed) {
            see(opaque, entry);
        }
    }
}
