/*
 * The paging-structure caches of all levels and stages, in one array: each
 * entry has one place, and the newest that belongs there has it. An
 * invalidation of a few pages looks at their places, any other at all, unless
 * it is known that nothing is there.
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

/* Of a level, more places than these are not looked at one by one. */
#define MAX_PLACES              8

/*
 * Where an entry of @level that translates @address belongs: the upper bits of
 * an address reach only the upper ones of a product.
 */
static unsigned place(const VTDMStructureTag *tag, unsigned level,
                      uint64_t address)
{
    uint64_t who = (uint64_t)tag->domain_id << 32 | tag->pasid << 2 |
                   tag->stage;
    uint64_t input = (address & ~vtdm_level_mask(level)) | level;
    uint64_t hash = input * UINT64_C(0x9e3779b97f4a7c15) ^
                    who * UINT64_C(0xc2b2ae3d27d4eb4f);

    return hash >> (64 - VTDM_STRUCTURE_BITS);
}

static bool is_tagged(const VTDMStructure *entry, const VTDMStructureTag *tag)
{
    return entry->tag.stage == tag->stage &&
           entry->tag.domain_id == tag->domain_id &&
           entry->tag.pasid == tag->pasid;
}

static unsigned level_of(const VTDMStructure *entry)
{
    return entry->table.level + 1;
}

bool vtdm_structures_lookup(const VTDMUnit *unit,
                            const VTDMStructureTag *tag, unsigned levels,
                            uint64_t address, VTDMPagingTable *table)
{
    const VTDMStructures *structures = &unit->structures;

    for (unsigned level = 2; level <= levels; level++) {
        const VTDMStructure *found =
            &structures->slots[place(tag, level, address)];

        if (is_tagged(found, tag) && level_of(found) == level &&
            found->input == (address & ~vtdm_level_mask(level))) {
            *table = found->table;
            return true;
        }
    }
    return false;
}

/* How many entries of @domain_id's stages there are, and of some others. */
static uint16_t *counts_of(VTDMStructures *structures, uint16_t domain_id)
{
    return structures->counts[domain_id % VTDM_STRUCTURE_COUNTS];
}

static void drop(VTDMStructures *structures, VTDMStructure *entry)
{
    counts_of(structures, entry->tag.domain_id)[entry->tag.stage]--;
    structures->count--;
    entry->tag.stage = VTDM_NO_STAGE;
}

void vtdm_structures_insert(VTDMUnit *unit, const VTDMStructureTag *tag,
                            uint64_t address, const VTDMPagingTable *table)
{
    VTDMStructures *structures = &unit->structures;
    unsigned level = table->level + 1;
    VTDMStructure *entry = &structures->slots[place(tag, level, address)];

    if (entry->tag.stage != VTDM_NO_STAGE) {
        drop(structures, entry);
    }
    *entry = (VTDMStructure) {
        .tag = *tag,
        .input = address & ~vtdm_level_mask(level),
        .table = *table,
    };
    counts_of(structures, tag->domain_id)[tag->stage]++;
    structures->count++;
}

/* IH says that only leaves have changed. */
static bool is_in_range(const VTDMStructure *entry,
                        const VTDMInvalidation *what)
{
    return !what->leaf_only && entry->input <= (what->address | what->mask) &&
           what->address <= (entry->input |
                             vtdm_level_mask(level_of(entry)));
}

static bool is_covered(const VTDMStructure *entry,
                       const VTDMInvalidation *what)
{
    bool first = entry->tag.stage == VTDM_FIRST_STAGE;

    if (what->scope == VTDM_SCOPE_GLOBAL) {
        return true;
    }
    if (entry->tag.domain_id != what->domain_id) {
        return false;
    }
    switch (what->scope) {
    case VTDM_SCOPE_PAGES:
        return first || is_in_range(entry, what);
    case VTDM_SCOPE_PASID:
        return first && entry->tag.pasid == what->pasid;
    case VTDM_SCOPE_PASID_PAGES:
        return first && entry->tag.pasid == what->pasid &&
               is_in_range(entry, what);
    default:
        return true;
    }
}

static void drop_covered(VTDMStructures *structures, unsigned at,
                         const VTDMInvalidation *what)
{
    VTDMStructure *entry = &structures->slots[at];

    if (entry->tag.stage != VTDM_NO_STAGE && is_covered(entry, what)) {
        drop(structures, entry);
    }
}

/* They are few enough not to count as steps of work. */
static void sweep(VTDMStructures *structures, const VTDMInvalidation *what)
{
    for (unsigned at = 0; at < VTDM_STRUCTURES; at++) {
        drop_covered(structures, at, what);
    }
}

/* Looks at the places of the entries in range, if they are few. */
static bool drop_few(VTDMStructures *structures, const VTDMStructureTag *tag,
                     const VTDMInvalidation *what)
{
    if (what->mask / (vtdm_level_mask(2) + 1) >= MAX_PLACES) {
        return false;
    }
    for (unsigned level = 2; level <= MAX_LEVEL; level++) {
        uint64_t size = vtdm_level_mask(level) + 1;

        for (uint64_t i = 0; i <= what->mask / size; i++) {
            drop_covered(structures,
                         place(tag, level, what->address + i * size), what);
        }
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

/* Whether the places of a few pages are all that has to be looked at. */
static bool drop_pages(VTDMUnit *unit, const VTDMInvalidation *what)
{
    const uint16_t *counts = counts_of(&unit->structures, what->domain_id);
    VTDMStructureTag tag = tag_of(what);

    if (what->scope == VTDM_SCOPE_PAGES && counts[VTDM_FIRST_STAGE]) {
        return false;           /* all of the first stage goes */
    }
    return what->leaf_only || !counts[tag.stage] ||
           drop_few(&unit->structures, &tag, what);
}

static bool may_hold(VTDMUnit *unit, const VTDMInvalidation *what)
{
    const uint16_t *counts = counts_of(&unit->structures, what->domain_id);

    switch (what->scope) {
    case VTDM_SCOPE_GLOBAL:
        return unit->structures.count;
    case VTDM_SCOPE_PASID:
        return counts[VTDM_FIRST_STAGE];
    default:
        return counts[VTDM_FIRST_STAGE] || counts[VTDM_SECOND_STAGE];
    }
}

void vtdm_structures_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    bool pages = what->scope == VTDM_SCOPE_PAGES ||
                 what->scope == VTDM_SCOPE_PASID_PAGES;

    if (may_hold(unit, what) && !(pages && drop_pages(unit, what))) {
        sweep(&unit->structures, what);
    }
}

void vtdm_structures_for_each(const VTDMUnit *unit, VTDMStructureSee *see,
                              void *opaque)
{
    for (unsigned at = 0; at < VTDM_STRUCTURES; at++) {
        const VTDMStructure *entry = &unit->structures.slots[at];

        if (entry->tag.stage != VTDM_NO_STAGE) {
            see(opaque, entry);
        }
    }
}
