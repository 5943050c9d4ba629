/*
 * Sets of cached translations that one flush removes as a whole, whatever they
 * hold: those of a requester, a domain, a kind of table and a PASID. What was
 * flushed is not found any more, its slots come back in time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_SET_H
#define VTDM_CORE_IOTLB_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/i386/vtdm/spec/bits.h"
#include "atomic.h"

/* Sets are numbered from 1; around them are the ends of two lists. */
#define VTDM_NO_SET             0

/* What a lookup reads of a set, and few write. */
typedef struct VTDMSetTag {
    uint64_t epoch;             /* VTDMIotlbSets.epoch; else it is flushed */
    uint64_t key;               /* see vtdm_iotlb_set_key() */
} VTDMSetTag;

/* What is read with the lock, and written with each fill. */
typedef struct VTDMIotlbSet {
    uint32_t first;             /* slot of it; a list of VTDM_NEXT_OF_SET */
    uint32_t members;           /* slots, flushed or not */
    uint32_t next;              /* with the same hash, or free */
    uint32_t next_of_domain, previous_of_domain;    /* with the same hash */
    uint32_t after, before;     /* of all that are flushed, or are not */
} VTDMIotlbSet;

/* What others write is not in a line with what they read. */
typedef struct VTDMIotlbSets {
    uint64_t epoch;             /* one more with each flush of all */
    VTDMSetTag *tag;            /* of the sets */
    VTDMIotlbSet *set;
    uint32_t *by_key, *by_domain;
    uint32_t mask;              /* of both hashes */
    uint32_t most;              /* sets */
    char apart[VTDM_CACHE_LINE];
    uint32_t recent;            /* the last one that was entered */
    uint32_t free;
    uint32_t found;             /* members of sets that are not flushed */
    uint32_t flushed;           /* of those that are */
    uint32_t of_first_stage;    /* sets, flushed or not */
    uint32_t looks;             /* at sets, in search of those of tables */
} VTDMIotlbSets;

/*
 * Whose a set is: source-id 53:38, requests have a PASID 37, and the tables:
 * domain 36:21, kind 20, own PASID 19:0
 */
#define VTDM_KEY_TABLES         VTDM_BITS(36, 0)

static inline uint64_t vtdm_iotlb_tables(uint16_t domain_id,
                                         bool first_stage, uint32_t pasid)
{
    return (uint64_t)domain_id << 21 | (uint64_t)first_stage << 20 | pasid;
}

static inline uint64_t vtdm_iotlb_set_key(uint64_t tables, uint16_t source_id,
                                          bool with_pasid)
{
    return (uint64_t)source_id << 38 | (uint64_t)with_pasid << 37 | tables;
}

static inline uint16_t vtdm_iotlb_key_domain(uint64_t key)
{
    return key >> 21;
}

static inline bool vtdm_iotlb_key_first_stage(uint64_t key)
{
    return key >> 20 & 1;
}

/* vtdm_hit_tables() of it */
static inline uint32_t vtdm_iotlb_key_tables(uint64_t key)
{
    return (key & VTDM_KEY_TABLES) >> 20;
}

static inline uint32_t vtdm_iotlb_key_pasid(uint64_t key)
{
    return key & 0xfffff;
}

static inline uint16_t vtdm_iotlb_key_source_id(uint64_t key)
{
    return key >> 38;
}

static inline bool vtdm_iotlb_key_with_pasid(uint64_t key)
{
    return key >> 37 & 1;
}

/* What an invalidation of pages names: the second stage has no PASID. */
static inline uint64_t vtdm_iotlb_key_whose(uint64_t key)
{
    return vtdm_iotlb_key_first_stage(key) ? key & VTDM_KEY_TABLES
                                           : vtdm_iotlb_key_domain(key);
}

/* There are @most of them. */
void vtdm_iotlb_sets_init(VTDMIotlbSets *sets, uint32_t most);
void vtdm_iotlb_sets_destroy(VTDMIotlbSets *sets);

/* The set of @key, which is not flushed; or VTDM_NO_SET. */
uint32_t vtdm_iotlb_set_find(VTDMIotlbSets *sets, uint64_t key);

/* Whether each of them has members, so that there is no room for a new one. */
bool vtdm_iotlb_sets_are_full(const VTDMIotlbSets *sets);

/* Of those that are not flushed; or VTDM_NO_SET. */
uint32_t vtdm_iotlb_sets_oldest(const VTDMIotlbSets *sets);

/*
 * Counts a member of the set of @key, which is made if there is none; then
 * there must be room. The caller puts it into the set's list.
 */
uint32_t vtdm_iotlb_set_enter(VTDMIotlbSets *sets, uint64_t key);

/*
 * Counts one less, which has left the list. A set goes with the last of its
 * members.
 */
void vtdm_iotlb_set_leave(VTDMIotlbSets *sets, uint32_t number);

/* VTDM_NO_SET: there is nothing to flush. */
void vtdm_iotlb_set_flush(VTDMIotlbSets *sets, uint32_t number);

/* Those of a domain, of one kind or of both: costs their number. */
void vtdm_iotlb_sets_flush_domain(VTDMIotlbSets *sets, uint16_t domain_id,
                                  bool first_stage_only);

/* Those of both kinds of a PASID in a domain: costs their number. */
void vtdm_iotlb_sets_flush_pasid(VTDMIotlbSets *sets, uint16_t domain_id,
                                 uint32_t pasid);
void vtdm_iotlb_sets_flush_all(VTDMIotlbSets *sets);

/* Whether a flush removed what is in it. */
static inline bool vtdm_iotlb_set_is_flushed(const VTDMIotlbSets *sets,
                                             uint32_t number)
{
    return sets->tag[number].epoch != sets->epoch;
}

static inline uint32_t vtdm_iotlb_set_hash(const VTDMIotlbSets *sets,
                                           uint64_t value)
{
    return (value * UINT64_C(0x9e3779b97f4a7c15) >> 40) & sets->mask;
}

/* The list of the sets of a domain, by next_of_domain; and of others. */
static inline uint32_t *vtdm_iotlb_domain_head(const VTDMIotlbSets *sets,
                                               uint16_t domain_id)
{
    return &sets->by_domain[vtdm_iotlb_set_hash(sets, domain_id)];
}

/* The list of the sets of the tables of @key, by next; and of others. */
static inline uint32_t *vtdm_iotlb_tables_head(const VTDMIotlbSets *sets,
                                               uint64_t key)
{
    return &sets->by_key[vtdm_iotlb_set_hash(sets, key & VTDM_KEY_TABLES)];
}

/* The one behind @number in the list that has all that are of @whose. */
static inline uint32_t vtdm_iotlb_set_after(const VTDMIotlbSets *sets,
                                            uint64_t whose, uint32_t number)
{
    return vtdm_iotlb_key_first_stage(whose)
        ? sets->set[number].next : sets->set[number].next_of_domain;
}

/* From @number on. */
static inline uint32_t vtdm_iotlb_sets_skip(VTDMIotlbSets *sets,
                                            uint64_t whose, uint32_t number)
{
    while (number) {
        sets->looks++;
        if (!vtdm_iotlb_set_is_flushed(sets, number) &&
            vtdm_iotlb_key_whose(sets->tag[number].key) == whose) {
            break;
        }
        number = vtdm_iotlb_set_after(sets, whose, number);
    }
    return number;
}

/*
 * The first set whose pages are of vtdm_iotlb_key_whose(), and the next one, of
 * those that are not flushed; or VTDM_NO_SET.
 */
static inline uint32_t vtdm_iotlb_sets_first_of(VTDMIotlbSets *sets,
                                                uint64_t whose)
{
    return vtdm_iotlb_sets_skip(
        sets, whose, vtdm_iotlb_key_first_stage(whose)
                         ? *vtdm_iotlb_tables_head(sets, whose)
                         : *vtdm_iotlb_domain_head(sets, whose));
}

static inline uint32_t vtdm_iotlb_sets_next_of(VTDMIotlbSets *sets,
                                               uint64_t whose,
                                               uint32_t number)
{
    return vtdm_iotlb_sets_skip(sets, whose,
                                vtdm_iotlb_set_after(sets, whose, number));
}

/* One that was flushed, the first ones first; or VTDM_NO_SET. */
static inline uint32_t vtdm_iotlb_sets_first_flushed(
    const VTDMIotlbSets *sets)
{
    uint32_t end = sets->most + 1, first = sets->set[end].after;

    return first == end ? VTDM_NO_SET : first;
}

#endif
