/*
 * The paging-structure caches of all levels and stages, in one array: each
 * entry has one place, and the newest that belongs there has it. An
 * invalidation of a few pages looks at their places, any other at all entries
 * of the domain's stage, which are in a list.
 *
 * An entry of the first stage over a second one leads to where the second
 * stage put the table ("combined"); every change of the second stage drops it,
 * as it drops all of the domain's first stage. Nothing that faulted is kept,
 * in caching mode neither.
 *
 * Spec: "Caches for Paging Structures", "Tagging of Cached Translations",
 * "IOTLB Invalidate", "PASID-based IOTLB Invalidate Descriptor (P_IOTLB)"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "format.h"
#include "structure-cache.h"
#include "unit.h"

/* The deepest tables; entries of level 1 point to none. */
#define MAX_LEVEL               5

#define NOWHERE                 VTDM_STRUCTURES

/* Of a level, more places than these are not looked at one by one. */
#define MAX_PLACES              8

#define STAGE                   VTDM_BITS(1, 0)
#define LEVEL                   VTDM_BITS(2, 0)
#define PERM                    VTDM_BITS(3, 0)
#define WRITABLE                VTDM_BIT(4)
#define PAGE                    (~UINT64_C(0xfff))

static uint64_t pack_who(const VTDMStructureTag *tag)
{
    return (uint64_t)tag->domain_id << 24 | (uint64_t)tag->pasid << 4 |
           tag->stage;
}

static VTDMStage stage_of(uint64_t who)
{
    return who & STAGE;
}

static uint16_t domain_of(uint64_t who)
{
    return who >> 24;
}

/* An entry of @level translates addresses that differ below this bit. */
static unsigned shift_of(unsigned level)
{
    return VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1);
}

static uint32_t pasid_of(uint64_t who)
{
    return who >> 4 & vtdm_mask_below(20);
}

static uint64_t pack_page(uint64_t address, unsigned level)
{
    return address >> shift_of(level) << shift_of(level) | level;
}

static uint64_t pack_table(const VTDMPagingTable *table)
{
    return table->address | (table->writable ? WRITABLE : 0) | table->perm;
}

/* The table that an entry at @page leads to. */
static VTDMPagingTable unpack_table(uint64_t page, uint64_t table)
{
    return (VTDMPagingTable) {
        .address = table & PAGE,
        .level = (page & LEVEL) - 1,
        .perm = table & PERM,
        .writable = table & WRITABLE,
    };
}

/* Where an entry of @level belongs: those in a row are scattered evenly. */
static unsigned place(uint64_t who, unsigned level, uint64_t address)
{
    uint64_t number = address >> shift_of(level);
    uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15) ^
                    (who << 3 | level) * UINT64_C(0xc2b2ae3d27d4eb4f);

    return hash >> (64 - VTDM_STRUCTURE_BITS);
}

/* The place of the entry of @level that translates @address, or NOWHERE. */
static unsigned find(const VTDMStructures *structures, uint64_t who,
                     unsigned level, uint64_t address)
{
    unsigned at = place(who, level, address);
    const VTDMStructureSlot *slot = &structures->slots[at];

    return slot->page == pack_page(address, level) && slot->who == who
        ? at : NOWHERE;
}

bool vtdm_structures_lookup(const VTDMUnit *unit,
                            const VTDMStructureTag *tag, unsigned levels,
                            uint64_t address, VTDMPagingTable *table)
{
    uint64_t who = pack_who(tag);

    for (unsigned level = 2; level <= levels; level++) {
        unsigned at = find(&unit->structures, who, level, address);

        if (at != NOWHERE) {
            *table = unpack_table(unit->structures.slots[at].page,
                                  unit->structures.slots[at].table);
            return true;
        }
    }
    return false;
}

static uint16_t *list_of(VTDMStructures *structures, uint64_t who)
{
    return &structures->lists[domain_of(who) % VTDM_STRUCTURE_LISTS]
                             [stage_of(who)];
}

static void enter_list(VTDMStructures *structures, unsigned at)
{
    VTDMStructureLink *link = &structures->links[at];
    uint16_t *head = list_of(structures, structures->slots[at].who);

    link->next = *head;
    link->previous = 0;
    if (*head) {
        structures->links[*head - 1].previous = at + 1;
    }
    *head = at + 1;
}

static void leave_list(VTDMStructures *structures, unsigned at)
{
    const VTDMStructureLink *link = &structures->links[at];

    if (link->next) {
        structures->links[link->next - 1].previous = link->previous;
    }
    if (link->previous) {
        structures->links[link->previous - 1].next = link->next;
    } else {
        *list_of(structures, structures->slots[at].who) = link->next;
    }
}

static void drop(VTDMStructures *structures, unsigned at)
{
    leave_list(structures, at);
    structures->count--;
    structures->slots[at] = (VTDMStructureSlot) { 0 };
}

void vtdm_structures_insert(VTDMUnit *unit, const VTDMStructureTag *tag,
                            uint64_t address, const VTDMPagingTable *table)
{
    VTDMStructures *structures = &unit->structures;
    unsigned level = table->level + 1;
    uint64_t who = pack_who(tag);
    unsigned at = place(who, level, address);
    VTDMStructureSlot *slot = &structures->slots[at];

    if (slot->who) {
        drop(structures, at);
    }
    slot->who = who;
    slot->page = pack_page(address, level);
    slot->table = pack_table(table);
    enter_list(structures, at);
    structures->count++;
}

static VTDMStructure unpack(const VTDMStructureSlot *slot)
{
    return (VTDMStructure) {
        .tag = {
            .stage = stage_of(slot->who),
            .pasid = pasid_of(slot->who),
            .domain_id = domain_of(slot->who),
        },
        .input = slot->page & PAGE,
        .table = unpack_table(slot->page, slot->table),
    };
}

/* IH says that only leaves have changed. */
static bool is_in_range(const VTDMStructureSlot *slot,
                        const VTDMInvalidation *what)
{
    uint64_t input = slot->page & PAGE;

    return !what->leaf_only && input <= (what->address | what->mask) &&
           what->address <= (input | vtdm_level_mask(slot->page & LEVEL));
}

static bool is_covered(const VTDMStructureSlot *slot,
                       const VTDMInvalidation *what)
{
    bool first = stage_of(slot->who) == VTDM_FIRST_STAGE;

    if (what->scope == VTDM_SCOPE_GLOBAL) {
        return true;
    }
    if (domain_of(slot->who) != what->domain_id) {
        return false;
    }
    switch (what->scope) {
    case VTDM_SCOPE_PAGES:
        return first || is_in_range(slot, what);
    case VTDM_SCOPE_PASID:
        return first && pasid_of(slot->who) == what->pasid;
    case VTDM_SCOPE_PASID_PAGES:
        return first && pasid_of(slot->who) == what->pasid &&
               is_in_range(slot, what);
    default:
        return true;
    }
}

static void drop_covered(VTDMStructures *structures, unsigned at,
                         const VTDMInvalidation *what)
{
    if (is_covered(&structures->slots[at], what)) {
        drop(structures, at);
    }
}

/* They are few enough not to count as steps of work. */
static void sweep_list(VTDMStructures *structures, unsigned at,
                       const VTDMInvalidation *what)
{
    while (at) {
        unsigned next = structures->links[at - 1].next;

        drop_covered(structures, at - 1, what);
        at = next;
    }
}

static void sweep_domain(VTDMStructures *structures, uint16_t domain_id,
                         const VTDMInvalidation *what)
{
    const uint16_t *lists =
        structures->lists[domain_id % VTDM_STRUCTURE_LISTS];

    sweep_list(structures, lists[VTDM_FIRST_STAGE], what);
    sweep_list(structures, lists[VTDM_SECOND_STAGE], what);
}

static void sweep_all(VTDMStructures *structures, const VTDMInvalidation *what)
{
    for (unsigned i = 0; i < VTDM_STRUCTURE_LISTS && structures->count; i++) {
        sweep_domain(structures, i, what);
    }
}

/* Looks at the places of the entries in range, if they are few. */
static bool drop_few(VTDMStructures *structures, const VTDMStructureTag *tag,
                     const VTDMInvalidation *what)
{
    uint64_t who = pack_who(tag);
    uint64_t tables = what->mask >> shift_of(2);

    if (tables >= MAX_PLACES) {
        return false;
    }
    for (unsigned level = 2; level <= MAX_LEVEL; level++) {
        for (uint64_t i = 0; i <= tables; i++) {
            unsigned at = find(structures, who, level, what->address +
                               (i << shift_of(level)));

            if (at != NOWHERE) {
                drop(structures, at);
            }
        }
        tables >>= VTDM_LEVEL_BITS;
    }
    return true;
}

/* What a page-selective invalidation covers by its range. */
static VTDMStructureTag tag_of(const VTDMInvalidation *what)
{
    bool first = what->scope == VTDM_SCOPE_PASID_PAGES;

    return (VTDMStructureTag) {
        .stage = first ? VTDM_FIRST_STAGE : VTDM_SECOND_STAGE,
        .pasid = first ? what->pasid : 0,
        .domain_id = what->domain_id,
    };
}

/* Of the second stage, by its pages: all of the domain's first stage goes. */
static void drop_pages(VTDMStructures *structures,
                       const VTDMInvalidation *what)
{
    const uint16_t *lists =
        structures->lists[what->domain_id % VTDM_STRUCTURE_LISTS];
    VTDMStructureTag tag = tag_of(what);

    if (what->scope == VTDM_SCOPE_PAGES) {
        sweep_list(structures, lists[VTDM_FIRST_STAGE], what);
    }
    if (!what->leaf_only && lists[tag.stage] &&
        !drop_few(structures, &tag, what)) {
        sweep_list(structures, lists[tag.stage], what);
    }
}

void vtdm_structures_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMStructures *structures = &unit->structures;

    switch (what->scope) {
    case VTDM_SCOPE_GLOBAL:
        sweep_all(structures, what);
        break;
    case VTDM_SCOPE_PAGES:
    case VTDM_SCOPE_PASID_PAGES:
        drop_pages(structures, what);
        break;
    default:
        sweep_domain(structures, what->domain_id, what);
    }
}

void vtdm_structures_for_each(const VTDMUnit *unit, VTDMStructureSee *see,
                              void *opaque)
{
    for (unsigned at = 0; at < VTDM_STRUCTURES; at++) {
        VTDMStructure entry = unpack(&unit->structures.slots[at]);

        if (entry.tag.stage != VTDM_NO_STAGE) {
            see(opaque, &entry);
        }
    }
}
