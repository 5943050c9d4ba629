/*
 * Invalidations of a range of addresses: page by page of each size, as long as
 * that finds something; otherwise all slots. What is much is done in pieces.
 *
 * Spec: "IOTLB Invalidate", "PASID-based IOTLB Invalidate Descriptor
 * (P_IOTLB)"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "iotlb-range.h"
#include "iotlb-store.h"
#include "unit.h"

/* Whether @slot is of the tables, and its page in the range. */
static bool is_in_range(const VTDMIotlb *iotlb, const VTDMIotlbSlot *slot)
{
    const VTDMIotlbRange *range = &iotlb->range;
    uint64_t input = slot->page & VTDM_SLOT_INPUT;
    uint64_t last = input | vtdm_level_mask(vtdm_slot_level(slot->page));

    return vtdm_slot_level(slot->page) &&
           !vtdm_iotlb_slot_is_flushed(iotlb, slot) &&
           vtdm_iotlb_key_whose(vtdm_iotlb_key_of(iotlb,
                                                  slot)) == range->whose &&
           input <= range->last && last >= range->first;
}

/* Drops the @page of a set, if it is cached; whether it is. */
static bool drop_page_of(VTDMUnit *unit, uint32_t set, uint64_t page)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    uint64_t key = iotlb->sets.tag[set].key;
    VTDMWho who = vtdm_who(vtdm_iotlb_key_source_id(key),
                           vtdm_iotlb_key_with_pasid(key)
                               ? vtdm_iotlb_key_pasid(key) : VTDM_NO_PASID);
    uint32_t at = vtdm_iotlb_first(iotlb, vtdm_iotlb_hash(iotlb, who, page));

    while (at && (vtdm_slot_set(iotlb->slots[at].who) != set ||
                  (iotlb->slots[at].page & (VTDM_SLOT_INPUT |
                                            VTDM_SLOT_LEVEL)) != page)) {
        at = iotlb->slots[at].next;
    }
    if (at) {
        vtdm_iotlb_drop(unit, at);
    }
    return at;
}

/* What @looks cost, of which some found something to drop. */
static unsigned cost_of(VTDMIotlb *iotlb, unsigned looks, unsigned found)
{
    iotlb->range.in_vain += looks - found;
    return looks - found + found * VTDM_IOTLB_DROP;
}

/* Drops what there is of one page, whoever used it; returns what it cost. */
static unsigned drop_page(VTDMUnit *unit, uint64_t number)
{
    VTDMIotlbSets *sets = &unit->iotlb.sets;
    const VTDMIotlbRange *range = &unit->iotlb.range;
    uint64_t page = vtdm_page_address(number, range->level) | range->level;
    unsigned looks = sets->looks, found = 0;
    uint32_t set = vtdm_iotlb_sets_first_of(sets, range->whose);

    while (set) {
        uint32_t next = vtdm_iotlb_sets_next_of(sets, range->whose, set);

        found += drop_page_of(unit, set, page);
        set = next;
    }
    looks = sets->looks - looks;
    return cost_of(&unit->iotlb, MAX(looks, 1), found);
}

/* Goes on with the next level that has pages, or ends. */
static void end_level(VTDMIotlb *iotlb)
{
    VTDMIotlbRange *range = &iotlb->range;
    uint32_t larger = iotlb->levels & ~vtdm_mask_below(range->level + 1);

    range->level = larger ? __builtin_ctz(larger) : 0;
    range->next = range->level
        ? vtdm_page_number(range->first, range->level) : 0;
}

/* The next pages of one size; returns what it cost. */
static unsigned step_pages(VTDMUnit *unit)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    VTDMIotlbRange *range = &iotlb->range;
    uint64_t last = vtdm_page_number(range->last, range->level);
    uint64_t absent = range->next == last
        ? 0 : vtdm_pages_absent(&iotlb->pages, range->whose, range->level,
                                range->next, last);
    unsigned cost = absent ? cost_of(iotlb, 1, 0)
                           : drop_page(unit, range->next);

    range->next += MAX(absent, 1);
    if (range->next > last || !iotlb->of_level[range->level]) {
        end_level(iotlb);
    }
    return cost;
}

/* The next slot. */
static unsigned step_slots(VTDMUnit *unit)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    VTDMIotlbRange *range = &iotlb->range;
    bool found;

    if (range->next > iotlb->used) {
        range->level = 0;
        return 0;
    }
    found = is_in_range(iotlb, &iotlb->slots[range->next]);
    if (found) {
        vtdm_iotlb_drop(unit, range->next);
    }
    range->next++;
    return cost_of(iotlb, 1, found);
}

/*
 * Where pages have been looked for in vain as often as there are slots, it is
 * not worth while to go on so.
 */
static void consider_slots(VTDMIotlb *iotlb)
{
    VTDMIotlbRange *range = &iotlb->range;

    if (!range->by_slots && range->in_vain > iotlb->used) {
        range->by_slots = true;
        range->next = 1;
    }
}

/* A page or a slot; returns what it cost. */
static unsigned step_range(VTDMUnit *unit)
{
    unsigned cost = unit->iotlb.range.by_slots ? step_slots(unit)
                                               : step_pages(unit);

    consider_slots(&unit->iotlb);
    return cost;
}

static void drop_range(VTDMUnit *unit, uint64_t most)
{
    VTDMIotlbRange *range = &unit->iotlb.range;
    uint64_t in_vain = range->in_vain, cost = 0;

    while (range->level && cost < most) {
        cost += step_range(unit);
    }
    unit->steps += (range->in_vain - in_vain) / VTDM_IOTLB_DROP;
    vtdm_publish();
}

/* The tables that a range of addresses is of. */
static uint64_t whose_of(const VTDMInvalidation *what)
{
    bool first = what->scope == VTDM_SCOPE_PASID_PAGES;

    return vtdm_iotlb_key_whose(vtdm_iotlb_tables(
        what->domain_id, first, first ? what->pasid : 0));
}

static void set_range(VTDMIotlbRange *range, const VTDMInvalidation *what)
{
    range->first = what->address;
    range->last = what->address | what->mask;
    range->whose = whose_of(what);
    range->level = 1;
    range->next = vtdm_page_number(what->address, 1);
    range->by_slots = false;
    range->in_vain = 0;
}

void vtdm_iotlb_drop_later(VTDMUnit *unit, const VTDMInvalidation *what)
{
    set_range(&unit->iotlb.range, what);
    unit->iotlb.range.what = *what;
}

/* Whether it is worth while to go through the pages; to one of them it is. */
static bool may_have_pages(VTDMIotlb *iotlb)
{
    const VTDMIotlbRange *range = &iotlb->range;

    return range->last - range->first < VTDM_PAGE_SIZE ||
           vtdm_iotlb_sets_first_of(&iotlb->sets, range->whose);
}

/* One that is not through yet comes first. */
void vtdm_iotlb_drop_pages(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMIotlbRange *range = &unit->iotlb.range;

    if (vtdm_iotlb_has_rest(unit)) {
        drop_range(unit, UINT64_MAX);
    }
    set_range(range, what);
    if (may_have_pages(&unit->iotlb)) {
        drop_range(unit, VTDM_IOTLB_AT_ONCE);
    } else {
        range->level = 0;
    }
    if (vtdm_iotlb_has_rest(unit)) {
        range->what = *what;
    }
}

bool vtdm_iotlb_drop_rest(VTDMUnit *unit)
{
    if (!vtdm_iotlb_has_rest(unit)) {
        return false;
    }
    drop_range(unit, VTDM_IOTLB_AT_ONCE);
    return true;
}
