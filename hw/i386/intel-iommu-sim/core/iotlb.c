/*
 * The IOTLB. Looked up by source-id, PASID and address; invalidated by
 * domain-id, PASID, kind of table and address, for each requester that they
 * have pages of.
 * Spec: "IOTLB", "Tagging of Cached Translations"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <limits.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "grant.h"
#include "iotlb-range.h"
#include "iotlb-store.h"
#include "iotlb.h"
#include "unit.h"

/* Of a large page, 2 MiB. */
#define HUGE_BITS               21

/* Lists for each slot, at most: few have more than one entry. */
#define LISTS                   2

/* Slots for each set, and the least number of sets. */
#define MEMBERS                 16
#define FEWEST_SETS             64

/* All but one of so many are nearly all slots. */
#define RESERVE                 8

/*
 * What is looked up at random takes fewer pages of the host where it has large
 * ones. Nothing of it is touched before it is used.
 */
static void prefer_huge_pages(void *memory, size_t size)
{
#ifdef __linux__
    uintptr_t mask = vtdm_mask_below(HUGE_BITS);
    uintptr_t start = ((uintptr_t)memory + mask) & ~mask;
    uintptr_t end = ((uintptr_t)memory + size) & ~mask;

    if (start < end) {
        madvise((void *)start, end - start, MADV_HUGEPAGE);
    }
#endif
}

/* In one piece, slots in lines of a cache. */
static void memory_new(VTDMIotlb *iotlb)
{
    size_t count = (size_t)iotlb->count + 1;
    size_t size = VTDM_CACHE_LINE + count * (sizeof(*iotlb->slots) +
                                             sizeof(*iotlb->links)) +
                  ((size_t)iotlb->mask + 1) * sizeof(*iotlb->heads);
    uintptr_t start;

    iotlb->memory = g_malloc0(size);
    prefer_huge_pages(iotlb->memory, size);
    start = (uintptr_t)iotlb->memory + VTDM_CACHE_LINE - 1;
    iotlb->slots = (VTDMIotlbSlot *)(start & ~(VTDM_CACHE_LINE - 1));
    iotlb->links = (VTDMSlotLinks *)(iotlb->slots + count);
    iotlb->heads = (uint32_t *)(iotlb->links + count);
}

static uint64_t random_factor(void)
{
    return (uint64_t)g_random_int() << 32 | g_random_int() | 1;
}

void vtdm_iotlb_init(VTDMUnit *unit)
{
    VTDMIotlb *iotlb = &unit->iotlb;

    iotlb->count = unit->config.iotlb_entries;
    iotlb->mask = 1;
    while (iotlb->mask + 1 <= iotlb->count * LISTS / 2) {
        iotlb->mask = iotlb->mask << 1 | 1;
    }
    iotlb->factor = random_factor();
    memory_new(iotlb);
    vtdm_iotlb_sets_init(&iotlb->sets,
                         MAX(iotlb->count / MEMBERS, FEWEST_SETS));
    vtdm_pages_init(&iotlb->pages, iotlb->count);
}

void vtdm_iotlb_destroy(VTDMUnit *unit)
{
    VTDMIotlb *iotlb = &unit->iotlb;

    vtdm_pages_destroy(&iotlb->pages);
    vtdm_iotlb_sets_destroy(&iotlb->sets);
    g_free(iotlb->memory);
}

const VTDMIotlbEntry *vtdm_iotlb_lookup(VTDMUnit *unit, uint16_t source_id,
                                        uint32_t pasid, uint64_t address)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    VTDMSlotWords words;

    if (!vtdm_iotlb_find(iotlb, vtdm_who(source_id, pasid), address, &words)) {
        return NULL;
    }
    vtdm_slot_unpack(&words, &iotlb->looked_up);
    return &iotlb->looked_up;
}

/* ---- one slot ---- */

/* Drops an entry that was flushed; whether there was one. */
static bool drop_flushed(VTDMUnit *unit)
{
    const VTDMIotlbSets *sets = &unit->iotlb.sets;
    uint32_t set = vtdm_iotlb_sets_first_flushed(sets);

    if (!set) {
        return false;
    }
    vtdm_iotlb_drop(unit, sets->set[set].first);
    return true;
}

/*
 * A slot to fill: one that was dropped, then one that was flushed, then one
 * that was never used, then that of the oldest entry.
 */
static uint32_t take_slot(VTDMUnit *unit)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    uint32_t number;

    if (!iotlb->free && !drop_flushed(unit)) {
        if (iotlb->used < iotlb->count) {
            return ++iotlb->used;
        }
        vtdm_iotlb_drop(unit, vtdm_iotlb_oldest(iotlb));
    }
    number = iotlb->free;
    iotlb->free = iotlb->slots[number].next;
    return number;
}

/*
 * Whether @key has a set, or gets one: with all in use, the oldest one is
 * flushed, unless there is one that was. Of its members some are dropped, so
 * that no request pays for all of a large set; until then there is no room.
 */
static bool make_set_room(VTDMUnit *unit, uint64_t key)
{
    VTDMIotlbSets *sets = &unit->iotlb.sets;

    if (!vtdm_iotlb_sets_are_full(sets) || vtdm_iotlb_set_find(sets, key)) {
        return true;
    }
    if (!vtdm_iotlb_sets_first_flushed(sets)) {
        vtdm_iotlb_set_flush(sets, vtdm_iotlb_sets_oldest(sets));
    }
    for (unsigned left = VTDM_IOTLB_AT_ONCE / VTDM_IOTLB_DROP;
         left && vtdm_iotlb_sets_are_full(sets); left--) {
        drop_flushed(unit);
    }
    return !vtdm_iotlb_sets_are_full(sets);
}

/* The slot of that very tag, if it is not flushed. */
static uint32_t find_tag(VTDMIotlb *iotlb, const VTDMTag *tag)
{
    uint64_t who = vtdm_who(tag->source_id, tag->pasid);
    uint32_t at = vtdm_iotlb_first(
        iotlb, vtdm_iotlb_hash(iotlb, who, tag->input | tag->level));
    VTDMSlotWords words;

    while (at && !vtdm_iotlb_read(iotlb, &iotlb->slots[at], who,
                                  tag->input | tag->level, &words)) {
        at = iotlb->slots[at].next;
    }
    return at;
}

static unsigned level_of(uint64_t mask)
{
    unsigned level = 1;

    while (vtdm_level_mask(level) != mask) {
        level++;
    }
    return level;
}

static void complete_tag(VTDMIotlbEntry *entry)
{
    entry->tag.level = level_of(entry->translation.mask);
    entry->tag.input &= ~entry->translation.mask;
}

void vtdm_iotlb_add(VTDMUnit *unit, VTDMIotlbEntry *entry)
{
    uint64_t key = vtdm_iotlb_set_key_of(entry);

    if (vtdm_who(0, entry->tag.pasid) & ~VTDM_SLOT_WHO) {
        return;                 /* nobody has it */
    }
    complete_tag(entry);
    entry->plain = vtdm_grant_plain(unit, entry);
    if (make_set_room(unit, key)) {
        vtdm_iotlb_fill(&unit->iotlb, take_slot(unit), key, entry);
    }
}

void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMIotlbEntry *entry)
{
    VTDMIotlbEntry new = *entry;
    uint32_t old;

    complete_tag(&new);
    old = find_tag(&unit->iotlb, &new.tag);
    if (old) {
        vtdm_iotlb_drop(unit, old);
    }
    vtdm_iotlb_add(unit, &new);
}

/* ---- wider scopes ---- */

static uint32_t nearly_all(const VTDMIotlb *iotlb)
{
    return iotlb->count - iotlb->count / RESERVE;
}

/*
 * Spec: "IOTLB Invalidate", "PASID-based IOTLB Invalidate Descriptor
 * (P_IOTLB)"
 */
void vtdm_iotlb_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMIotlbSets *sets = &unit->iotlb.sets;
    uint32_t flushed = sets->flushed;

    switch (what->scope) {
    case VTDM_SCOPE_PAGES:
        vtdm_iotlb_sets_flush_domain(sets, what->domain_id, true);
        /* fall through */
    case VTDM_SCOPE_PASID_PAGES:
        vtdm_iotlb_drop_pages(unit, what);
        break;
    case VTDM_SCOPE_DOMAIN:
        vtdm_iotlb_sets_flush_domain(sets, what->domain_id, false);
        break;
    case VTDM_SCOPE_PASID:
        vtdm_iotlb_sets_flush_pasid(sets, what->domain_id, what->pasid);
        break;
    default:
        unit->iotlb.range.level = 0;
        vtdm_iotlb_sets_flush_all(sets);
    }
    unit->iotlb.emptied = sets->flushed > flushed + nearly_all(&unit->iotlb);
    vtdm_publish();
}

/* ---- room ---- */

bool vtdm_iotlb_reclaim(VTDMUnit *unit)
{
    unsigned cost = 0;

    while (cost < VTDM_IOTLB_AT_ONCE && drop_flushed(unit)) {
        cost += VTDM_IOTLB_DROP;
    }
    return cost;
}

void vtdm_iotlb_empty(VTDMUnit *unit)
{
    VTDMIotlb *iotlb = &unit->iotlb;

    iotlb->range.level = 0;
    vtdm_iotlb_sets_flush_all(&iotlb->sets);
    while (drop_flushed(unit)) {
        /* to the last one */
    }
    vtdm_publish();
}

bool vtdm_iotlb_can_reclaim(const VTDMUnit *unit)
{
    const VTDMIotlb *iotlb = &unit->iotlb;

    return iotlb->emptied && iotlb->sets.flushed > nearly_all(iotlb);
}

static void show_slot(const VTDMIotlb *iotlb, uint32_t number,
                      VTDMIotlbSee *see, void *opaque)
{
    const VTDMIotlbSlot *slot = &iotlb->slots[number];
    VTDMIotlbEntry entry = { 0 };

    if (vtdm_slot_level(slot->page) &&
        !vtdm_iotlb_slot_is_flushed(iotlb, slot)) {
        vtdm_slot_unpack(&(VTDMSlotWords) {
            slot->page, slot->who, slot->to, vtdm_iotlb_key_of(iotlb, slot),
        }, &entry);
        see(opaque, &entry);
    }
}

void vtdm_iotlb_for_each(const VTDMUnit *unit, VTDMIotlbSee *see,
                         void *opaque)
{
    const VTDMIotlb *iotlb = &unit->iotlb;

    for (uint32_t at = vtdm_iotlb_oldest(iotlb); at;
         at = iotlb->links[at].to[VTDM_NEWER]) {
        show_slot(iotlb, at, see, opaque);
    }
}
