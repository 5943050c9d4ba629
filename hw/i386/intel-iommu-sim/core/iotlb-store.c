/*
 * What the IOTLB's slots are listed in: by what a lookup asks for, by set, by
 * age.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "iotlb-store.h"
#include "unit.h"

static void count_level(VTDMIotlb *iotlb, unsigned level, int change)
{
    uint32_t bit = 1u << level;

    iotlb->of_level[level] += change;
    if (!iotlb->of_level[level]) {
        vtdm_store(&iotlb->levels, iotlb->levels & ~bit);
    } else if (!(iotlb->levels & bit)) {
        vtdm_store(&iotlb->levels, iotlb->levels | bit);
    }
}

static void unlink_slot(VTDMIotlb *iotlb, uint32_t number)
{
    const VTDMIotlbSlot *slot = &iotlb->slots[number];
    uint32_t *head = vtdm_iotlb_head(
        iotlb, vtdm_iotlb_hash(iotlb, slot->who, slot->page));
    uint32_t at = *head & VTDM_HEAD_SLOT;

    if (at == number) {
        vtdm_store(head, slot->next ? (*head & VTDM_HEAD_FILTER) | slot->next
                                    : VTDM_NO_SLOT);
        return;
    }
    while (iotlb->slots[at].next != number) {
        at = iotlb->slots[at].next;
    }
    vtdm_store(&iotlb->slots[at].next, slot->next);
}

static void link_slot(VTDMIotlb *iotlb, uint32_t number)
{
    VTDMIotlbSlot *slot = &iotlb->slots[number];
    uint32_t hash = vtdm_iotlb_hash(iotlb, slot->who, slot->page);
    uint32_t *head = vtdm_iotlb_head(iotlb, hash);

    vtdm_store(&slot->next, *head & VTDM_HEAD_SLOT);
    vtdm_store(head, (*head & VTDM_HEAD_FILTER) | vtdm_head_filter(hash) |
                     number);
}

/* Between two neighbours in the ring of all. */
static void link_order(VTDMSlotLinks *links, uint32_t older, uint32_t newer)
{
    links[older].to[VTDM_NEWER] = newer;
    links[newer].to[VTDM_OLDER] = older;
}

static void enter_order(VTDMSlotLinks *links, uint32_t number)
{
    link_order(links, links[VTDM_NO_SLOT].to[VTDM_OLDER], number);
    link_order(links, number, VTDM_NO_SLOT);
}

static void leave_order(VTDMSlotLinks *links, uint32_t number)
{
    link_order(links, links[number].to[VTDM_OLDER],
               links[number].to[VTDM_NEWER]);
}

static void enter_set(VTDMSlotLinks *links, VTDMIotlbSet *set,
                      uint32_t number)
{
    links[number].to[VTDM_NEXT_OF_SET] = set->first;
    links[number].to[VTDM_PREVIOUS_OF_SET] = VTDM_NO_SLOT;
    links[set->first].to[VTDM_PREVIOUS_OF_SET] = number;
    set->first = number;
}

static void leave_set(VTDMSlotLinks *links, VTDMIotlbSet *set,
                      uint32_t number)
{
    uint32_t next = links[number].to[VTDM_NEXT_OF_SET];
    uint32_t previous = links[number].to[VTDM_PREVIOUS_OF_SET];

    if (previous) {
        links[previous].to[VTDM_NEXT_OF_SET] = next;
    } else {
        set->first = next;
    }
    links[next].to[VTDM_PREVIOUS_OF_SET] = previous;
}

/* One page more, or one less, of the set of @key. */
static void count_page(VTDMIotlb *iotlb, uint64_t key, uint64_t page,
                       int change)
{
    count_level(iotlb, vtdm_slot_level(page), change);
    vtdm_pages_count(&iotlb->pages, vtdm_iotlb_key_whose(key), page, change);
}

void vtdm_iotlb_drop(VTDMUnit *unit, uint32_t number)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    VTDMIotlbSlot *slot = &iotlb->slots[number];
    uint32_t set = vtdm_slot_set(slot->who);

    unlink_slot(iotlb, number);
    leave_set(iotlb->links, &iotlb->sets.set[set], number);
    leave_order(iotlb->links, number);
    count_page(iotlb, iotlb->sets.tag[set].key, slot->page, -1);
    vtdm_iotlb_set_leave(&iotlb->sets, set);
    vtdm_slot_clear(slot);
    vtdm_store(&slot->next, iotlb->free);
    iotlb->free = number;
    unit->steps++;
}

void vtdm_iotlb_fill(VTDMIotlb *iotlb, uint32_t number, uint64_t key,
                     const VTDMIotlbEntry *entry)
{
    VTDMIotlbSlot *slot = &iotlb->slots[number];
    uint32_t set = vtdm_iotlb_set_enter(&iotlb->sets, key);

    vtdm_slot_write(slot, entry, set);
    enter_set(iotlb->links, &iotlb->sets.set[set], number);
    enter_order(iotlb->links, number);
    count_page(iotlb, key, slot->page, 1);
    link_slot(iotlb, number);
}
