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
    uint32_t *at = vtdm_iotlb_head_of(iotlb, slot->who, slot->page);

    while (*at != number) {
        at = &iotlb->slots[*at].next;
    }
    vtdm_store(at, slot->next);
}

static void enter_order(VTDMIotlb *iotlb, uint32_t number)
{
    if (!iotlb->newest) {
        iotlb->oldest = number;
    }
    vtdm_slot_enter(iotlb->links, &iotlb->newest, VTDM_OLDER, number);
}

static void leave_order(VTDMIotlb *iotlb, uint32_t number)
{
    if (iotlb->oldest == number) {
        iotlb->oldest = iotlb->links[number].to[VTDM_NEWER];
    }
    vtdm_slot_leave(iotlb->links, &iotlb->newest, VTDM_OLDER, number);
}

/* Enters or leaves the lists that invalidations and evictions follow. */
static void list_slot(VTDMIotlb *iotlb, uint32_t number, bool enter)
{
    const VTDMIotlbSlot *slot = &iotlb->slots[number];
    VTDMIotlbSet *set = &iotlb->sets.set[vtdm_slot_set(slot->who)];

    if (enter) {
        vtdm_slot_enter(iotlb->links, &set->first, VTDM_NEXT_OF_SET, number);
        enter_order(iotlb, number);
    } else {
        vtdm_slot_leave(iotlb->links, &set->first, VTDM_NEXT_OF_SET, number);
        leave_order(iotlb, number);
    }
    count_level(iotlb, vtdm_slot_level(slot->page), enter ? 1 : -1);
    vtdm_pages_count(&iotlb->pages,
                     vtdm_iotlb_key_whose(vtdm_iotlb_key_of(iotlb, slot)),
                     slot->page, enter ? 1 : -1);
}

void vtdm_iotlb_drop(VTDMUnit *unit, uint32_t number)
{
    VTDMIotlb *iotlb = &unit->iotlb;
    VTDMIotlbSlot *slot = &iotlb->slots[number];

    unlink_slot(iotlb, number);
    list_slot(iotlb, number, false);
    vtdm_iotlb_set_leave(&iotlb->sets, vtdm_slot_set(slot->who));
    vtdm_slot_clear(slot);
    vtdm_store(&slot->next, iotlb->free);
    iotlb->free = number;
    unit->steps++;
}

void vtdm_iotlb_fill(VTDMIotlb *iotlb, uint32_t number,
                     const VTDMIotlbEntry *entry)
{
    VTDMIotlbSlot *slot = &iotlb->slots[number];
    uint32_t set = vtdm_iotlb_set_enter(&iotlb->sets,
                                        vtdm_iotlb_set_key_of(entry));
    uint32_t *head;

    vtdm_slot_write(slot, entry, set);
    list_slot(iotlb, number, true);
    head = vtdm_iotlb_head_of(iotlb, slot->who, slot->page);
    vtdm_store(&slot->next, *head);
    vtdm_store(head, number);
}
