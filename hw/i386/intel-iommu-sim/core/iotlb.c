/*
 * The IOTLB. Looked up by source-id and address, invalidated by domain-id
 * and address.
 * Spec: "IOTLB", "Tagging of Cached Translations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "iotlb.h"
#include "unit.h"

static const uint64_t page_masks[] = {
    VTDM_BITS(11, 0), VTDM_BITS(20, 0), VTDM_BITS(29, 0),
};

/*
 * 45 bits of page number (57-bit input), 2 of page size, 16 of source-id.
 * A page number that does not fit belongs to no page that can be cached.
 */
static uint64_t make_tag(uint16_t source_id, uint64_t address,
                         unsigned size)
{
    return (uint64_t)source_id << 47 | (uint64_t)size << 45 |
           (address & ~page_masks[size]) >> VTDM_PAGE_BITS;
}

static unsigned size_of(uint64_t mask)
{
    unsigned size = 0;

    while (page_masks[size] != mask) {
        size++;
    }
    return size;
}

/* Pages in a row and source-ids in a row must not fall into each other. */
static guint hash_tag(gconstpointer tag)
{
    return (*(const uint64_t *)tag * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
}

void vtdm_iotlb_init(VTDMUnit *unit)
{
    unit->iotlb = g_hash_table_new_full(hash_tag, g_int64_equal, NULL,
                                        g_free);
    g_queue_init(&unit->iotlb_order);
}

void vtdm_iotlb_destroy(VTDMUnit *unit)
{
    g_hash_table_destroy(unit->iotlb);
}

const VTDMTranslation *vtdm_iotlb_lookup(VTDMUnit *unit, uint16_t source_id,
                                         uint64_t address)
{
    if (address & ~vtdm_mask_below(57)) {
        return NULL;
    }
    for (unsigned size = 0; size < G_N_ELEMENTS(page_masks); size++) {
        uint64_t tag = make_tag(source_id, address, size);
        VTDMTranslation *found = g_hash_table_lookup(unit->iotlb, &tag);

        if (found) {
            return found;
        }
    }
    return NULL;
}

static void drop(VTDMUnit *unit, VTDMTranslation *translation)
{
    g_queue_unlink(&unit->iotlb_order, &translation->order);
    g_hash_table_remove(unit->iotlb, &translation->tag);
}

void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMContext *context,
                       uint64_t address, const VTDMWalk *walk)
{
    VTDMTranslation *new;

    if (address & ~vtdm_mask_below(57)) {
        return;
    }
    if (unit->iotlb_order.length >= unit->config.iotlb_entries) {
        drop(unit, unit->iotlb_order.head->data);
    }
    new = g_new0(VTDMTranslation, 1);
    new->tag = make_tag(context->source_id, address, size_of(walk->mask));
    new->input = address & ~walk->mask;
    new->domain_id = context->domain_id;
    new->fpd = context->fpd;
    new->walk = *walk;
    new->order.data = new;
    g_queue_push_tail_link(&unit->iotlb_order, &new->order);
    g_hash_table_insert(unit->iotlb, &new->tag, new);
}

static bool is_covered(const VTDMTranslation *translation,
                       const VTDMInvalidation *what)
{
    uint64_t both = translation->walk.mask | what->mask;

    if (what->scope == VTDM_SCOPE_GLOBAL) {
        return true;
    }
    if (translation->domain_id != what->domain_id) {
        return false;
    }
    return what->scope == VTDM_SCOPE_DOMAIN ||
           !((translation->input ^ what->address) & ~both);
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
