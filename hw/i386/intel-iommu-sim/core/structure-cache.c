/*
 * The paging-structure caches of all levels and stages, in one array: each
 * entry has one place, and the newest that belongs there has it. An
 * invalidation of pages looks at the places of their entries. All of a PASID,
 * a domain or a unit are flushed by the time at which they were: an entry that
 * was kept before is none any more.
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

#define NOWHERE                 VTDM_STRUCTURES

/*
 * Entries of level 2 that are looked at one by one. So few, in a row from a
 * multiple of them, have one entry above them in each level.
 */
#define MAX_PLACES              128

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

void vtdm_structures_init(VTDMUnit *unit)
{
    unit->structures.flushes = g_new0(VTDMStructureFlushes, 1);
}

void vtdm_structures_destroy(VTDMUnit *unit)
{
    g_free(unit->structures.flushes);
}

/* ---- flushes ---- */

static uint64_t *domain_flush(const VTDMStructures *structures,
                              uint16_t domain_id, VTDMStage stage)
{
    return &structures->flushes->of_domain[domain_id][stage];
}

static uint64_t *pasid_flush(const VTDMStructures *structures,
                             uint16_t domain_id, uint32_t pasid)
{
    uint32_t hash = domain_id * 0x9e3779b1u >> 16;

    return &structures->flushes->of_pasid[(pasid + hash) %
                                          VTDM_STRUCTURE_PASIDS];
}

/* The last one that entries of @who went with. */
static uint64_t last_flush(const VTDMStructures *structures, uint64_t who)
{
    uint16_t domain_id = domain_of(who);
    uint64_t of_domain = *domain_flush(structures, domain_id, stage_of(who));
    uint64_t last = MAX(structures->flush_of_all, of_domain);

    if (stage_of(who) == VTDM_FIRST_STAGE) {
        last = MAX(last, *pasid_flush(structures, domain_id, pasid_of(who)));
    }
    return last;
}

static void flush_domain(VTDMStructures *structures, uint16_t domain_id,
                         VTDMStage stage)
{
    *domain_flush(structures, domain_id, stage) = ++structures->now;
}

/* ---- entries ---- */

/* Where an entry of @level belongs: those in a row are scattered evenly. */
static unsigned place(uint64_t who, unsigned level, uint64_t address)
{
    uint64_t number = address >> shift_of(level) | (uint64_t)level << 60;
    uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15) ^
                    who * UINT64_C(0xc2b2ae3d27d4eb4f);

    return hash >> (64 - VTDM_STRUCTURE_BITS);
}

/*
 * The place of the entry of @level that translates @address, flushed or not,
 * or NOWHERE.
 */
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
    const VTDMStructures *structures = &unit->structures;
    uint64_t who = pack_who(tag), flush = last_flush(structures, who);

    for (unsigned level = 2; level <= levels; level++) {
        unsigned at = find(structures, who, level, address);

        if (at != NOWHERE && structures->slots[at].since >= flush) {
            *table = unpack_table(structures->slots[at].page,
                                  structures->slots[at].table);
            return true;
        }
    }
    return false;
}

void vtdm_structures_insert(VTDMUnit *unit, const VTDMStructureTag *tag,
                            uint64_t address, const VTDMPagingTable *table)
{
    VTDMStructures *structures = &unit->structures;
    unsigned level = table->level + 1;
    uint64_t who = pack_who(tag);

    structures->levels = MAX(structures->levels, level);
    structures->slots[place(who, level, address)] = (VTDMStructureSlot) {
        .who = who,
        .page = pack_page(address, level),
        .table = pack_table(table),
        .since = structures->now,
    };
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

static bool is_in_range(const VTDMStructureSlot *slot,
                        const VTDMInvalidation *what)
{
    uint64_t input = slot->page & PAGE;

    return input <= (what->address | what->mask) &&
           what->address <= (input | vtdm_level_mask(slot->page & LEVEL));
}

static void drop(VTDMStructures *structures, unsigned at)
{
    structures->slots[at].who = 0;
}

/* They are few enough not to count as steps of work. */
static void sweep(VTDMStructures *structures, uint64_t who,
                  const VTDMInvalidation *what)
{
    for (unsigned at = 0; at < VTDM_STRUCTURES; at++) {
        const VTDMStructureSlot *slot = &structures->slots[at];

        if (slot->who == who && is_in_range(slot, what)) {
            drop(structures, at);
        }
    }
}

static void drop_one(VTDMStructures *structures, uint64_t who, unsigned level,
                     uint64_t address)
{
    unsigned at = find(structures, who, level, address);

    if (at != NOWHERE) {
        drop(structures, at);
    }
}

/* The entries of @tables in a row, and the one of each level above these. */
static void drop_few(VTDMStructures *structures, uint64_t who,
                     uint64_t address, uint64_t tables)
{
    unsigned levels = structures->levels;

    for (uint64_t i = 0; i < tables; i++) {
        drop_one(structures, who, 2, address + (i << shift_of(2)));
    }
    for (unsigned level = 3; level <= levels; level++) {
        drop_one(structures, who, level, address);
    }
}

/* IH says that only leaves have changed. */
static void drop_pages(VTDMStructures *structures, VTDMStage stage,
                       const VTDMInvalidation *what)
{
    uint64_t tables = (what->mask >> shift_of(2)) + 1;
    uint64_t who = pack_who(&(VTDMStructureTag) {
        .stage = stage,
        .pasid = stage == VTDM_FIRST_STAGE ? what->pasid : 0,
        .domain_id = what->domain_id,
    });

    if (what->leaf_only) {
        return;
    }
    if (tables <= MAX_PLACES) {
        drop_few(structures, who, what->address, tables);
    } else {
        sweep(structures, who, what);
    }
}

/* Pages of a second stage: all of the domain's first stage goes with them. */
void vtdm_structures_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMStructures *structures = &unit->structures;

    switch (what->scope) {
    case VTDM_SCOPE_PAGES:
        flush_domain(structures, what->domain_id, VTDM_FIRST_STAGE);
        drop_pages(structures, VTDM_SECOND_STAGE, what);
        break;
    case VTDM_SCOPE_PASID_PAGES:
        drop_pages(structures, VTDM_FIRST_STAGE, what);
        break;
    case VTDM_SCOPE_PASID:
        *pasid_flush(structures, what->domain_id, what->pasid) =
            ++structures->now;
        break;
    case VTDM_SCOPE_DOMAIN:
        flush_domain(structures, what->domain_id, VTDM_FIRST_STAGE);
        flush_domain(structures, what->domain_id, VTDM_SECOND_STAGE);
        break;
    default:
        structures->flush_of_all = ++structures->now;
    }
}

void vtdm_structures_for_each(const VTDMUnit *unit, VTDMStructureSee *see,
                              void *opaque)
{
    const VTDMStructures *structures = &unit->structures;

    for (unsigned at = 0; at < VTDM_STRUCTURES; at++) {
        const VTDMStructureSlot *slot = &structures->slots[at];

        if (slot->who && slot->since >= last_flush(structures, slot->who)) {
            VTDMStructure entry = unpack(slot);

            see(opaque, &entry);
        }
    }
}
