/*
 * The IOTLB. Looked up by source-id and address, invalidated by domain-id
 * and address.
 * Spec: "IOTLB", "Tagging of Cached Translations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "iotlb.h"
#include "unit.h"

/* The levels of tables whose entries can map a page. */
#define LEAF_LEVELS             3

static uint64_t page_mask(unsigned level)
{
    return vtdm_mask_below(VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1));
}

static unsigned level_of(uint64_t mask)
{
    unsigned level = 1;

    while (page_mask(level) != mask) {
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
    unit->iotlb = g_hash_table_new_full(hash_tag, equal_tags, NULL,
                                        g_free);
    g_queue_init(&unit->iotlb_order);
}

void vtdm_iotlb_destroy(VTDMUnit *unit)
{
    g_hash_table_destroy(unit->iotlb);
}

const VTDMIotlbEntry *vtdm_iotlb_lookup(const VTDMUnit *unit,
                                        uint16_t source_id, uint32_t pasid,
                                        uint64_t address)
{
    for (unsigned level = 1; level <= LEAF_LEVELS; level++) {
        VTDMTag tag = {
            .input = address & ~page_mask(level),
            .pasid = pasid,
            .source_id = source_id,
            .level = level,
        };
        VTDMIotlbEntry *found = g_hash_table_lookup(unit->iotlb, &tag);

        if (found) {
            return found;
        }
    }
    return NULL;
}

static void drop(VTDMUnit *unit, VTDMIotlbEntry *entry)
{
    g_queue_unlink(&unit->iotlb_order, &entry->order);
    g_hash_table_remove(unit->iotlb, &entry->tag);
}

void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMIotlbEntry *entry)
{
    VTDMIotlbEntry *new = g_memdup2(entry, sizeof(*entry));

    if (unit->iotlb_order.length >= unit->config.iotlb_entries) {
        drop(unit, unit->iotlb_order.head->data);
    }
    new->tag.level = level_of(entry->translation.mask);
    new->tag.input &= ~entry->translation.mask;
    new->order = (GList) { .data = new };
    g_queue_push_tail_link(&unit->iotlb_order, &new->order);
    g_hash_table_insert(unit->iotlb, &new->tag, new);
}

static bool is_covered(const VTDMIotlbEntry *entry,
                       const VTDMInvalidation *what)
{
    uint64_t both = entry->translation.mask | what->mask;

    if (what->scope == VTDM_SCOPE_GLOBAL) {
        return true;
    }
    if (entry->domain_id != what->domain_id) {
        return false;
    }
    return what->scope == VTDM_SCOPE_DOMAIN ||
           !((entry->tag.input ^ what->address) & ~both);
}

void vtdm_iotlb_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    GList *next;

    for (GList *at = unit->iotlb_order.head; at; at = next) {
        next = at->next;
        if (is_covered(at->data, what)) {
            drop(unit, at->data);
        }
    }
}

void vtdm_iotlb_for_each(const VTDMUnit *unit, VTDMIotlbSee *see,
                         void *opaque)
{
    for (const GList *at = unit->iotlb_order.head; at; at = at->next) {
        see(opaque, at->data);
    }
}
