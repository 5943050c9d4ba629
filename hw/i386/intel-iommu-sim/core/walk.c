/*
 * The walk: from the root down to a leaf, a fault, or no permission left.
 *
 * Over a second stage, every table of the first one and its output go through
 * the second, whose page of a table counts as written when its flags are on:
 * with that, an entry can be changed, and the processor does the same. A walk
 * that finds an entry changed while it sets a flag there starts anew.
 *
 * Spec: "Hierarchical Translation Structures", "Nested Translation",
 * "Accessed, Extended Accessed, and Dirty Flags", "Accessed and Dirty Flags"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "count.h"
#include "host.h"
#include "memory.h"
#include "permission.h"
#include "structure-cache.h"
#include "unit.h"
#include "walk.h"

/* A guest that changes entries this often under a walk makes it fail. */
#define TRIES                   8

/* The entries of both stages that one walk can set flags in. */
#define MOST_ENTRIES            (5 * (5 + 1) + 5)

/* Flags that a walk which leaves nothing behind would have set. */
typedef struct Note {
    uint64_t address;
    uint64_t flags;
} Note;

typedef struct Walk {
    VTDMUnit *unit;
    const VTDMWalkAccess *access;
    bool raced;                 /* an entry changed under it */
    bool trying;                /* whether flags can be set, without setting */
    unsigned reads;
    unsigned count;
    Note notes[MOST_ENTRIES];   /* another mapping may lead to an entry again */
} Walk;

/* Ends a walk, or a part of it. */
static bool fail(VTDMTranslation *end, VTDMCondition condition)
{
    end->condition = condition;
    return false;
}

/* @end goes as @part of it did, which is to blame. */
static void blame(VTDMTranslation *end, const VTDMTranslation *part)
{
    end->condition = part->condition;
    end->stage = part->stage;
    end->entry_address = part->entry_address;
    end->entry = part->entry;
}

static bool is_reached(const VTDMTable *table, uint64_t address)
{
    return address <= table->reach ||
           (table->canonical && address >= ~table->reach);
}

static VTDMStructureTag tag_of(const VTDMTable *table)
{
    VTDMStage stage = table->format->stage;

    return (VTDMStructureTag) {
        .stage = stage,
        .pasid = stage == VTDM_FIRST_STAGE ? table->pasid : 0,
        .domain_id = table->domain_id,
    };
}

/* The entry that was found is one level above the table. */
static void count_lookup(VTDMUnit *unit, const VTDMTable *table,
                         const VTDMPagingTable *found)
{
    bool first = table->format->stage == VTDM_FIRST_STAGE;

    vtdm_count(unit, first ? VTDM_COUNT_FS_NONLEAF_LOOKUP
                           : VTDM_COUNT_SS_NONLEAF_LOOKUP,
               &(VTDMCountSubject) { .domain_id = table->domain_id });
    if (found) {
        vtdm_count(unit, first ? VTDM_COUNT_FS_NONLEAF_HIT
                               : VTDM_COUNT_SS_NONLEAF_HIT,
                   &(VTDMCountSubject) {
            .domain_id = table->domain_id,
            .level = found->level + 1,
        });
    }
}

/* Where the last walk ended, if @address is translated there, too. */
static bool recall(const VTDMWalkPlace *place, uint64_t address,
                   VTDMPagingTable *at)
{
    if (!place || !place->at.level ||
        ((place->input ^ address) & ~vtdm_level_mask(place->at.level + 1))) {
        return false;
    }
    *at = place->at;
    return true;
}

static bool find_cached(const Walk *walk, const VTDMTable *table,
                        uint64_t address, VTDMPagingTable *at)
{
    VTDMStructureTag tag;
    bool found;

    if (walk->access->view == VTDM_TABLES) {
        return recall(walk->access->place, address, at);
    }
    tag = tag_of(table);
    found = vtdm_structures_lookup(walk->unit, &tag, table->levels, address,
                                   at);
    if (walk->access->view == VTDM_USE) {
        count_lookup(walk->unit, table, found ? at : NULL);
    }
    return found;
}

static void keep(const Walk *walk, const VTDMTable *table, uint64_t address,
                 const VTDMPagingTable *at)
{
    if (walk->access->view == VTDM_USE) {
        VTDMStructureTag tag = tag_of(table);

        vtdm_structures_insert(walk->unit, &tag, address, at);
    } else if (walk->access->place) {
        *walk->access->place = (VTDMWalkPlace) { *at, address };
    }
}

static uint64_t noted_flags(const Walk *walk, uint64_t address)
{
    uint64_t flags = 0;

    for (unsigned i = 0; i < walk->count; i++) {
        if (walk->notes[i].address == address) {
            flags |= walk->notes[i].flags;
        }
    }
    return flags;
}

static bool read_entry(Walk *walk, const VTDMTable *table,
                       uint64_t address, const VTDMPagingTable *at,
                       VTDMTranslation *end)
{
    const VTDMWalkRecorder *recorder = walk->access->recorder;

    end->span = vtdm_level_mask(at->level);
    end->entry_address = at->address + sizeof(end->entry) *
                         vtdm_level_index(address, at->level);
    end->entry = 0;
    walk->reads++;
    if (!vtdm_host_read64(walk->unit, end->entry_address, &end->entry)) {
        return fail(end, at->level == table->levels
                             ? table->conditions->first_unreadable
                             : table->conditions->unreadable);
    }
    end->entry |= noted_flags(walk, end->entry_address);
    if (recorder) {
        recorder->step(recorder->opaque, end->stage, end->entry_address,
                       end->entry, at->level);
    }
    return true;
}

/* Whether the entry is present, allowed, and leaves any permission. */
static bool check_entry(const VTDMTable *table, uint64_t reserved,
                        VTDMPagingTable *at, VTDMTranslation *end)
{
    uint8_t perm = vtdm_format_perm(table->format, end->entry);

    at->perm &= perm;
    if (perm && (end->entry & reserved)) {
        return fail(end, table->conditions->reserved);
    }
    return at->perm || fail(end, table->conditions->not_present);
}

static uint64_t flags_of(const VTDMTable *table, bool dirty)
{
    if (!table->flags) {
        return 0;
    }
    return table->format->accessed |
           (table->extended ? table->format->extended : 0) |
           (dirty ? table->format->dirty : 0);
}

/* Sets what @end->entry lacks to be @wanted; or, looking, notes it. */
static bool change_entry(Walk *walk, uint64_t wanted, VTDMTranslation *end,
                         bool *raced)
{
    uint64_t missing = wanted & ~end->entry;
    uint64_t there = end->entry & ~noted_flags(walk, end->entry_address);
    uint64_t found = there;
    VTDMView view = walk->trying ? VTDM_LOOK : walk->access->view;

    if (!vtdm_update64(walk->unit, view, end->entry_address, &found,
                       wanted)) {
        return false;
    }
    *raced = found != there;
    if (walk->access->view != VTDM_USE && walk->count < MOST_ENTRIES) {
        walk->notes[walk->count++] = (Note) { end->entry_address, missing };
    }
    return !*raced;
}

/*
 * Sets @flags in the entry of @end, which is @writable if a second stage says
 * so. Who only looks, or tries, is told whether that could be done.
 */
static bool set_flags(Walk *walk, const VTDMTable *table, uint64_t flags,
                      bool writable, VTDMTranslation *end)
{
    const VTDMWalkConditions *conditions = table->conditions;
    uint64_t wanted = end->entry | flags;

    if (wanted == end->entry) {
        return true;
    }
    if (!writable) {
        return fail(end, conditions->update_denied);
    }
    if (!table->snooped) {
        return fail(end, conditions->not_snooped);
    }
    if (!change_entry(walk, wanted, end, &walk->raced)) {
        return fail(end, conditions->not_updated);
    }
    if (!walk->trying) {
        end->entry = wanted;
    }
    return true;
}

static void walk_stage(Walk *walk, const VTDMTable *table, uint64_t address,
                       VTDMPagingTable *at, VTDMTranslation *end);

/* Translates @address, of a table or of the output, by the second stage. */
static bool walk_second(Walk *walk, const VTDMTable *table, uint64_t address,
                        VTDMTranslation *page, VTDMTranslation *end)
{
    VTDMPagingTable at;

    walk_stage(walk, table->second, address, &at, page);
    if (page->condition == table->second->conditions->too_wide) {
        return fail(end, table->conditions->beyond_second);
    }
    if (page->condition != VTDM_NO_FAULT) {
        blame(end, page);
        return false;
    }
    return true;
}

/* Finds the table @at by the second stage, which must let it be used. */
static bool find_table(Walk *walk, const VTDMTable *table,
                       VTDMPagingTable *at, VTDMTranslation *end)
{
    const VTDMTable *second = table->second;
    uint8_t needed = second->flags ? VTDM_PERM_RW : VTDM_PERM_R;
    VTDMTranslation page;

    if (!walk_second(walk, table, at->address, &page, end)) {
        return false;
    }
    if ((page.perm & needed) != needed) {
        page.condition = at->level == table->levels
                             ? table->conditions->first_denied
                             : table->conditions->denied;
        blame(end, &page);
        return false;
    }
    if (!set_flags(walk, second, flags_of(second, true), true, &page)) {
        blame(end, &page);
        return false;
    }
    at->address = page.output + (at->address & page.mask);
    at->writable = (page.perm & VTDM_PERM_RW) == VTDM_PERM_RW;
    return true;
}

/* Goes to the table of @level at @address, which entries point to. */
static bool enter(Walk *walk, const VTDMTable *table, uint64_t address,
                  unsigned level, VTDMPagingTable *at, VTDMTranslation *end)
{
    at->address = address;
    at->level = level;
    at->writable = true;
    return !table->second || find_table(walk, table, at, end);
}

/* The page that the leaf in @end maps. */
static void take_page(const VTDMTable *table, const VTDMPagingTable *at,
                      VTDMTranslation *end)
{
    end->mask = vtdm_level_mask(at->level);
    end->output = end->entry & table->format->address & ~end->mask;
    end->snoop = end->entry & table->format->snoop;
    end->perm = at->perm & VTDM_PERM_RW;
}

/* One entry; whether the walk goes on in another table. */
static bool step(Walk *walk, const VTDMTable *table, uint64_t address,
                 VTDMPagingTable *at, VTDMTranslation *end)
{
    const VTDMFormatBits *bits = &walk->unit->formats[table->format->stage];
    bool leaf;

    if (!read_entry(walk, table, address, at, end)) {
        return false;
    }
    leaf = end->entry & bits->leaf[at->level];
    if (!check_entry(table, bits->reserved[at->level][leaf], at, end)) {
        return false;
    }
    if (leaf) {
        take_page(table, at, end);
        return false;
    }
    if (!set_flags(walk, table, flags_of(table, false), at->writable, end) ||
        !enter(walk, table, end->entry & table->format->address,
               at->level - 1, at, end)) {
        return false;
    }
    keep(walk, table, address, at);
    return true;
}

/*
 * Walks one stage to the leaf, whose flags are left to the caller. @at is the
 * table that it was found in, and what permission there is.
 */
static void walk_stage(Walk *walk, const VTDMTable *table, uint64_t address,
                       VTDMPagingTable *at, VTDMTranslation *end)
{
    *end = (VTDMTranslation) { .mask = VTDM_PAGE_SIZE - 1,
                               .stage = table->format->stage };
    if (!is_reached(table, address)) {
        end->condition = table->conditions->too_wide;
        return;
    }
    if (!find_cached(walk, table, address, at)) {
        at->perm = VTDM_PERM_ALL | VTDM_PERM_USER;
        if (!enter(walk, table, table->root, table->levels, at, end)) {
            return;
        }
    }
    while (step(walk, table, address, at, end)) {
        /* to the leaf */
    }
}

/* The output of the first stage in @end becomes that of both. */
static bool nest(Walk *walk, const VTDMTable *table, uint64_t address,
                 VTDMTranslation *page, VTDMTranslation *end)
{
    uint64_t between = end->output + (address & end->mask);

    if (!walk_second(walk, table, between, page, end)) {
        return false;
    }
    end->mask = MIN(end->mask, page->mask);
    end->output = (page->output + (between & page->mask)) & ~end->mask;
    end->snoop = page->snoop;
    return true;
}

/* Where a walk of both stages ended. */
typedef struct Leaves {
    bool writable;              /* the first stage's table... */
    VTDMTranslation *end;       /* ... with its leaf */
    VTDMTranslation *page;      /* the second stage's */
} Leaves;

static bool is_dirty(const VTDMTable *table, const VTDMTranslation *end)
{
    return !table->flags || (end->entry & table->format->dirty);
}

/* Of both stages, the first one's comes first. */
static bool set_leaves(Walk *walk, const VTDMTable *table, Leaves *leaves,
                       bool dirty)
{
    const VTDMTable *second = table->second;

    if (!set_flags(walk, table, flags_of(table, dirty), leaves->writable,
                   leaves->end)) {
        return false;
    }
    if (second && !set_flags(walk, second, flags_of(second, dirty), true,
                             leaves->page)) {
        blame(leaves->end, leaves->page);
        return false;
    }
    return true;
}

/*
 * Sets the flags of the leaves; dirty only for what lets the request write,
 * and in neither stage where one of them cannot be set: unlike the accessed
 * flags, it is never set for a request that faults.
 */
static bool finish(Walk *walk, const VTDMTable *table, Leaves *leaves)
{
    const VTDMWalkAccess *access = walk->access;
    bool dirty = access->writes && access->writes(access->opaque,
                                                  leaves->end);

    if (dirty && table->second && access->view == VTDM_USE) {
        bool good;

        walk->trying = true;
        good = set_leaves(walk, table, leaves, true);
        walk->trying = false;
        if (!good) {
            return false;
        }
    }
    if (!set_leaves(walk, table, leaves, dirty)) {
        return false;
    }
    leaves->end->dirty = is_dirty(table, leaves->end) &&
                         (!table->second ||
                          is_dirty(table->second, leaves->page));
    return true;
}

/* Goes on below the leaf in @end, which is the first stage's. */
static void end_both(Walk *walk, const VTDMTable *table, uint64_t address,
                     const VTDMPagingTable *at, VTDMTranslation *end)
{
    VTDMTranslation page;

    if (!nest(walk, table, address, &page, end)) {
        return;
    }
    vtdm_permission_take(table, at->perm, page.perm, end);
    end->second_perm = page.perm;
    end->second_address = page.entry_address;
    if (finish(walk, table, &(Leaves) { at->writable, end, &page })) {
        end->nested = true;
        end->second_entry = page.entry;
    }
}

/* There is no other stage than that of the leaf in @end. */
static void end_one(Walk *walk, const VTDMTable *table,
                    const VTDMPagingTable *at, VTDMTranslation *end)
{
    vtdm_permission_take(table, at->perm, VTDM_PERM_RW, end);
    end->second_perm = VTDM_PERM_RW;
    end->dirty = !table->flags;
    if (table->flags) {
        finish(walk, table, &(Leaves) { at->writable, end, NULL });
    }
}

static void walk_all(Walk *walk, const VTDMTable *table, uint64_t address,
                     VTDMTranslation *end)
{
    VTDMPagingTable at;

    walk_stage(walk, table, address, &at, end);
    if (end->condition != VTDM_NO_FAULT) {
        return;
    }
    if (table->second) {
        end_both(walk, table, address, &at, end);
    } else {
        end_one(walk, table, &at, end);
    }
}

void vtdm_walk(VTDMUnit *unit, const VTDMTable *table, uint64_t address,
               const VTDMWalkAccess *access, VTDMTranslation *end)
{
    uint64_t before = access->view == VTDM_USE ? vtdm_memory_clocks(unit) : 0;
    Walk walk;

    walk.unit = unit;
    walk.access = access;
    walk.trying = false;
    walk.reads = 0;
    for (unsigned tries = 0; tries < TRIES; tries++) {
        walk.raced = false;
        walk.count = 0;
        walk_all(&walk, table, address, end);
        if (!walk.raced) {
            break;
        }
    }
    if (access->view == VTDM_USE) {
        vtdm_count_reads(unit, walk.reads);
        vtdm_count_many(unit, VTDM_COUNT_PW_OCCUPANCY,
                        vtdm_memory_clocks(unit) - before, NULL);
    }
}
