/*
 * Sets of cached translations that one flush removes as a whole. A set that is
 * flushed is left to its members: whoever comes next gets another one.
 *
 * What all were flushed with is the epoch. A set of an older one is still found
 * by its hashes, and taken out there when it is met.
 *
 * Spec: "Tagging of Cached Translations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/glib.h"
#include "iotlb-set.h"

/* The epoch of a set that no hash finds. */
#define TAKEN_OUT               0

/* The ends of the lists of those that are not flushed, and those that are. */
#define KEPT                    VTDM_NO_SET
#define FLUSHED(sets)           ((sets)->most + 1)

static void list_init(VTDMIotlbSets *sets, uint32_t end)
{
    sets->set[end].after = sets->set[end].before = end;
}

static void list_link(VTDMIotlbSets *sets, uint32_t before, uint32_t after)
{
    sets->set[before].after = after;
    sets->set[after].before = before;
}

static void list_enter(VTDMIotlbSets *sets, uint32_t end, uint32_t number)
{
    list_link(sets, sets->set[end].before, number);
    list_link(sets, number, end);
}

static void list_leave(VTDMIotlbSets *sets, uint32_t number)
{
    list_link(sets, sets->set[number].before, sets->set[number].after);
}

/* All of one list go behind those of another. */
static void list_append(VTDMIotlbSets *sets, uint32_t end, uint32_t others)
{
    if (sets->set[others].after != others) {
        list_link(sets, sets->set[end].before, sets->set[others].after);
        list_link(sets, sets->set[others].before, end);
        list_init(sets, others);
    }
}

void vtdm_iotlb_sets_init(VTDMIotlbSets *sets, uint32_t most)
{
    sets->epoch = TAKEN_OUT + 1;
    sets->free = 1;
    sets->mask = 1;
    while (sets->mask + 1 < most) {
        sets->mask = sets->mask << 1 | 1;
    }
    sets->most = most;
    sets->tag = g_new0(VTDMSetTag, (size_t)most + 2);
    sets->set = g_new0(VTDMIotlbSet, (size_t)most + 2);
    list_init(sets, KEPT);
    list_init(sets, FLUSHED(sets));
    sets->by_key = g_new0(uint32_t, (size_t)sets->mask + 1);
    sets->by_domain = g_new0(uint32_t, (size_t)sets->mask + 1);
}

void vtdm_iotlb_sets_destroy(VTDMIotlbSets *sets)
{
    g_free(sets->tag);
    g_free(sets->set);
    g_free(sets->by_key);
    g_free(sets->by_domain);
}

static uint32_t *domain_of(const VTDMIotlbSets *sets, uint32_t number)
{
    uint64_t key = sets->tag[number].key;

    return vtdm_iotlb_domain_head(sets, vtdm_iotlb_key_domain(key));
}

static void put_in_domain(VTDMIotlbSets *sets, uint32_t number)
{
    VTDMIotlbSet *set = &sets->set[number];
    uint32_t *head = domain_of(sets, number);

    set->next_of_domain = *head;
    set->previous_of_domain = VTDM_NO_SET;
    sets->set[*head].previous_of_domain = number;
    *head = number;
}

static void take_out_of_domain(VTDMIotlbSets *sets, uint32_t number)
{
    const VTDMIotlbSet *set = &sets->set[number];

    if (set->previous_of_domain) {
        sets->set[set->previous_of_domain].next_of_domain =
            set->next_of_domain;
    } else {
        *domain_of(sets, number) = set->next_of_domain;
    }
    sets->set[set->next_of_domain].previous_of_domain =
        set->previous_of_domain;
}

/* No hash finds the set that @at points to. */
static void take_out(VTDMIotlbSets *sets, uint32_t *at)
{
    uint32_t number = *at;

    *at = sets->set[number].next;
    take_out_of_domain(sets, number);
    vtdm_store(&sets->tag[number].epoch, TAKEN_OUT);
}

static uint32_t *find_place(VTDMIotlbSets *sets, uint32_t number)
{
    uint32_t *at = vtdm_iotlb_tables_head(sets, sets->tag[number].key);

    while (*at != number) {
        at = &sets->set[*at].next;
    }
    return at;
}

uint32_t vtdm_iotlb_set_find(VTDMIotlbSets *sets, uint64_t key)
{
    uint32_t *at = vtdm_iotlb_tables_head(sets, key);

    while (*at) {
        if (vtdm_iotlb_set_is_flushed(sets, *at)) {
            take_out(sets, at);
        } else if (sets->tag[*at].key == key) {
            return *at;
        } else {
            at = &sets->set[*at].next;
        }
    }
    return VTDM_NO_SET;
}

/* The first ones have never been used: their next is 0. */
static uint32_t take_free(VTDMIotlbSets *sets)
{
    uint32_t number = sets->free, next = sets->set[number].next;

    sets->free = next ? next : number + 1;
    return number;
}

bool vtdm_iotlb_sets_are_full(const VTDMIotlbSets *sets)
{
    return sets->free > sets->most;
}

uint32_t vtdm_iotlb_sets_oldest(const VTDMIotlbSets *sets)
{
    return sets->set[KEPT].after;
}

static uint32_t set_new(VTDMIotlbSets *sets, uint64_t key)
{
    uint32_t number = take_free(sets);
    VTDMSetTag *tag = &sets->tag[number];
    uint32_t *head = vtdm_iotlb_tables_head(sets, key);

    vtdm_store(&tag->key, key);
    vtdm_store(&tag->epoch, sets->epoch);
    sets->of_first_stage += vtdm_iotlb_key_first_stage(key);
    sets->set[number].next = *head;
    *head = number;
    put_in_domain(sets, number);
    list_enter(sets, KEPT, number);
    return number;
}

static bool is_recent(const VTDMIotlbSets *sets, uint64_t key)
{
    return sets->tag[sets->recent].key == key &&
           !vtdm_iotlb_set_is_flushed(sets, sets->recent);
}

uint32_t vtdm_iotlb_set_enter(VTDMIotlbSets *sets, uint64_t key)
{
    if (!is_recent(sets, key)) {
        sets->recent = vtdm_iotlb_set_find(sets, key) ?: set_new(sets, key);
    }
    sets->set[sets->recent].members++;
    sets->found++;
    return sets->recent;
}

static void set_free(VTDMIotlbSets *sets, uint32_t number)
{
    VTDMIotlbSet *set = &sets->set[number];

    if (sets->tag[number].epoch != TAKEN_OUT) {
        take_out(sets, find_place(sets, number));
    }
    sets->of_first_stage -=
        vtdm_iotlb_key_first_stage(sets->tag[number].key);
    list_leave(sets, number);
    set->next = sets->free;
    sets->free = number;
}

void vtdm_iotlb_set_leave(VTDMIotlbSets *sets, uint32_t number)
{
    if (vtdm_iotlb_set_is_flushed(sets, number)) {
        sets->flushed--;
    } else {
        sets->found--;
    }
    if (!--sets->set[number].members) {
        set_free(sets, number);
    }
}

void vtdm_iotlb_set_flush(VTDMIotlbSets *sets, uint32_t number)
{
    VTDMIotlbSet *set = &sets->set[number];

    if (number && !vtdm_iotlb_set_is_flushed(sets, number)) {
        sets->found -= set->members;
        sets->flushed += set->members;
        list_leave(sets, number);
        list_enter(sets, FLUSHED(sets), number);
        take_out(sets, find_place(sets, number));
    }
}

void vtdm_iotlb_sets_flush_domain(VTDMIotlbSets *sets, uint16_t domain_id,
                                  bool first_stage_only)
{
    uint32_t number;

    if (first_stage_only && !sets->of_first_stage) {
        return;
    }
    number = *vtdm_iotlb_domain_head(sets, domain_id);
    while (number) {
        uint32_t next = sets->set[number].next_of_domain;
        uint64_t key = sets->tag[number].key;

        if (vtdm_iotlb_set_is_flushed(sets, number)) {
            take_out(sets, find_place(sets, number));
        } else if (vtdm_iotlb_key_domain(key) == domain_id &&
                   (!first_stage_only || vtdm_iotlb_key_first_stage(key))) {
            vtdm_iotlb_set_flush(sets, number);
        }
        number = next;
    }
}

/* Those of the tables of one kind. */
static void flush_tables(VTDMIotlbSets *sets, uint64_t tables)
{
    uint32_t number = *vtdm_iotlb_tables_head(sets, tables);

    while (number) {
        uint32_t next = sets->set[number].next;

        if ((sets->tag[number].key & VTDM_KEY_TABLES) == tables) {
            vtdm_iotlb_set_flush(sets, number);
        }
        number = next;
    }
}

void vtdm_iotlb_sets_flush_pasid(VTDMIotlbSets *sets, uint16_t domain_id,
                                 uint32_t pasid)
{
    for (unsigned kind = 0; kind < 2; kind++) {
        flush_tables(sets, vtdm_iotlb_tables(domain_id, kind, pasid));
    }
}

void vtdm_iotlb_sets_flush_all(VTDMIotlbSets *sets)
{
    vtdm_store(&sets->epoch, sets->epoch + 1);
    list_append(sets, FLUSHED(sets), KEPT);
    sets->flushed += sets->found;
    sets->found = 0;
}
