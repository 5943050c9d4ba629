/*
 * Sets of cached translations that one flush removes as a whole.
 * Spec: "Tagging of Cached Translations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "iotlb-set.h"

static VTDMIotlbSet *set_new(VTDMIotlbSet *parent, uint32_t key,
                             bool has_sets)
{
    VTDMIotlbSet *set = g_new0(VTDMIotlbSet, 1);

    set->parent = parent;
    set->key = key;
    set->order.data = set;
    if (has_sets) {
        set->sets = g_hash_table_new(NULL, NULL);
    }
    if (parent) {
        g_hash_table_insert(parent->sets, GUINT_TO_POINTER(key), set);
        parent->members++;
    }
    return set;
}

static void set_free(VTDMIotlbSet *set)
{
    g_clear_pointer(&set->sets, g_hash_table_unref);
    g_clear_pointer(&set->places, g_sequence_free);
    g_free(set);
}

void vtdm_iotlb_sets_init(VTDMIotlbSets *sets)
{
    sets->all = set_new(NULL, 0, true);
    g_queue_init(&sets->flushed);
}

void vtdm_iotlb_sets_destroy(VTDMIotlbSets *sets)
{
    set_free(sets->all);
}

static VTDMIotlbSet *find(const VTDMIotlbSet *parent, uint32_t key)
{
    return g_hash_table_lookup(parent->sets, GUINT_TO_POINTER(key));
}

static uint32_t domain_key(uint16_t domain_id, bool first_stage)
{
    return (uint32_t)domain_id << 1 | first_stage;
}

VTDMIotlbSet *vtdm_iotlb_set_of_domain(const VTDMIotlbSets *sets,
                                       uint16_t domain_id, bool first_stage)
{
    return find(sets->all, domain_key(domain_id, first_stage));
}

VTDMIotlbSet *vtdm_iotlb_set_of_pasid(const VTDMIotlbSets *sets,
                                      uint16_t domain_id, bool first_stage,
                                      uint32_t pasid)
{
    VTDMIotlbSet *domain = vtdm_iotlb_set_of_domain(sets, domain_id,
                                                    first_stage);

    return domain ? find(domain, pasid) : NULL;
}

VTDMIotlbSet *vtdm_iotlb_set_enter(VTDMIotlbSets *sets, uint16_t domain_id,
                                   bool first_stage, uint32_t pasid,
                                   GList *fellow)
{
    uint32_t key = domain_key(domain_id, first_stage);
    VTDMIotlbSet *domain = find(sets->all, key);
    VTDMIotlbSet *set;

    if (!domain) {
        domain = set_new(sets->all, key, true);
    }
    set = find(domain, pasid);
    if (!set) {
        set = set_new(domain, pasid, false);
    }
    g_queue_push_tail_link(&set->entries, fellow);
    set->members++;
    return set;
}

/* No longer found, either from above or among what was flushed. */
static void detach(VTDMIotlbSets *sets, VTDMIotlbSet *set)
{
    if (set->flushed) {
        g_queue_unlink(&sets->flushed, &set->order);
    } else {
        g_hash_table_remove(set->parent->sets, GUINT_TO_POINTER(set->key));
    }
}

void vtdm_iotlb_set_leave(VTDMIotlbSets *sets, VTDMIotlbSet *set,
                          GList *fellow)
{
    g_queue_unlink(&set->entries, fellow);
    while (set && !--set->members && set != sets->all) {
        VTDMIotlbSet *parent = set->parent;

        detach(sets, set);
        set_free(set);
        set = parent;
    }
}

void vtdm_iotlb_set_flush(VTDMIotlbSets *sets, VTDMIotlbSet *set)
{
    if (!set || !set->members) {
        return;
    }
    if (set == sets->all) {
        sets->all = set_new(NULL, 0, true);
    } else {
        detach(sets, set);
    }
    set->flushed = true;
    g_queue_push_tail_link(&sets->flushed, &set->order);
}

bool vtdm_iotlb_set_is_flushed(const VTDMIotlbSet *set)
{
    while (set && !set->flushed) {
        set = set->parent;
    }
    return set;
}

/*
 * A set that was flushed alone comes before the one that it was in: whoever is
 * first has a member that is found from above.
 */
gpointer vtdm_iotlb_sets_first_flushed(const VTDMIotlbSets *sets)
{
    VTDMIotlbSet *set = sets->flushed.head ? sets->flushed.head->data : NULL;

    while (set && set->sets) {
        GHashTableIter iter;
        gpointer member = NULL;

        g_hash_table_iter_init(&iter, set->sets);
        g_hash_table_iter_next(&iter, NULL, &member);
        set = member;
    }
    return set ? g_queue_peek_head(&set->entries) : NULL;
}
