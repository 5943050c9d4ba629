/*
 * How the IOTLB keeps a translation: in two parts, of which a lookup reads the
 * first one. The paging entries are not kept: whoever wants them, reads them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_SLOT_H
#define VTDM_CORE_IOTLB_SLOT_H

#include "hw/i386/vtdm/hit.h"
#include "atomic.h"
#include "format.h"
#include "iotlb-entry.h"
#include "iotlb-set.h"

/* Slots are numbered from 1, in 24 bits: the largest iotlb-entries. */
#define VTDM_NO_SLOT            0

/*
 * What is read without the lock. The words belong together if the version was
 * even before, and is the same after.
 *
 * page  input 63:12, condition 9:2, level 1:0, which is 0 if there is none
 * who   set 60:37, VTDMWho 36:0
 * to    vtdm_grant_plain() 61:60, nested 59, second_perm 58:57, level of span
 *       56:54, stage 53:52, output 51:12, FPD 11, SRE 10, RID_PRIV 9, dirty 8,
 *       snoop 7, user_denied 6, supervisor_perm 5:3, perm 2:0
 */
typedef struct VTDMIotlbSlot {
    uint64_t page;
    uint64_t who;
    uint64_t to;
    uint32_t version;
    uint32_t next;              /* with the same hash, or free */
} VTDMIotlbSlot;

/* One reading of a slot, and the key of its set. */
typedef struct VTDMSlotWords {
    uint64_t page;
    uint64_t who;
    uint64_t to;
    uint64_t key;
} VTDMSlotWords;

/*
 * The lists that a slot is in; that of all is a ring, in which VTDM_NO_SLOT is
 * older than the oldest, and newer than the newest.
 */
typedef enum VTDMSlotLink {
    VTDM_NEXT_OF_SET,
    VTDM_PREVIOUS_OF_SET,
    VTDM_OLDER,
    VTDM_NEWER,
    VTDM_SLOT_LINKS
} VTDMSlotLink;

/* What is read with the lock. */
typedef struct VTDMSlotLinks {
    uint32_t to[VTDM_SLOT_LINKS];
} VTDMSlotLinks;

#define VTDM_SLOT_LEVEL         UINT64_C(0x3)
#define VTDM_SLOT_INPUT         (~UINT64_C(0xfff))
#define VTDM_SLOT_OUTPUT        VTDM_BITS(51, 12)
#define VTDM_SLOT_WHO           VTDM_BITS(36, 0)
#define VTDM_SLOT_SET_SHIFT     37
#define VTDM_SLOT_PLAIN_SHIFT   60

/*
 * The head of a list of slots with the same low bits of a hash: its first slot,
 * and above it what the hash's three high bits may be, one bit for each of
 * their values, so that who looks for what is not cached need not go further.
 */
#define VTDM_HEAD_SLOT          VTDM_BITS(23, 0)
#define VTDM_HEAD_FILTER        VTDM_BITS(31, 24)

static inline uint32_t vtdm_head_filter(uint32_t hash)
{
    return UINT32_C(1) << (hash >> 29 | 24);
}

static inline unsigned vtdm_slot_level(uint64_t page)
{
    return page & VTDM_SLOT_LEVEL;
}

static inline uint32_t vtdm_slot_set(uint64_t who)
{
    return who >> VTDM_SLOT_SET_SHIFT;
}

/* VTDM_PERM_* */
static inline uint8_t vtdm_slot_plain(uint64_t to)
{
    return to >> VTDM_SLOT_PLAIN_SHIFT & (VTDM_PERM_R | VTDM_PERM_W);
}

/* The bits of an address in a page of @level. */
static inline unsigned vtdm_page_bits(unsigned level)
{
    return VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1);
}

/* The number of a page of @level. */
static inline uint64_t vtdm_page_number(uint64_t input, unsigned level)
{
    return input >> vtdm_page_bits(level);
}

static inline uint64_t vtdm_page_address(uint64_t number, unsigned level)
{
    return number << vtdm_page_bits(level);
}

/*
 * Pages in a row have places in a row; what lies further apart, or belongs to
 * others, is scattered by an odd @factor. Who does not know it cannot choose
 * pages that have the same place.
 */
static inline uint32_t vtdm_page_hash(uint64_t factor, uint64_t whose,
                                      unsigned level, uint64_t number)
{
    uint64_t block = number >> VTDM_LEVEL_BITS << 2 | level;

    return ((block + whose * UINT64_C(0xc2b2ae3d27d4eb4f)) * factor >> 32) +
           number;
}

/* Packs @entry, whose tag is complete, of @set. */
void vtdm_slot_write(VTDMIotlbSlot *slot, const VTDMIotlbEntry *entry,
                     uint32_t set);

/* From now on there is nothing in it. */
void vtdm_slot_clear(VTDMIotlbSlot *slot);

/* Paging entries and their addresses the words do not tell. */
static inline void vtdm_slot_unpack(const VTDMSlotWords *words,
                                    VTDMIotlbEntry *entry)
{
    uint64_t page = words->page, to = words->to;
    unsigned span = to >> 54 & 7;
    uint32_t pasid = words->who >> 16 & 0x1fffff;

    entry->tag.input = page & VTDM_SLOT_INPUT;
    entry->tag.pasid = pasid >> 20 ? VTDM_NO_PASID : pasid;
    entry->tag.source_id = words->who;
    entry->tag.level = vtdm_slot_level(page);
    entry->domain_id = vtdm_iotlb_key_domain(words->key);
    entry->own_pasid = vtdm_iotlb_key_pasid(words->key);
    entry->first_stage = vtdm_iotlb_key_first_stage(words->key);
    entry->rid_priv = to >> 9 & 1;
    entry->sre = to >> 10 & 1;
    entry->fpd = to >> 11 & 1;
    entry->plain = vtdm_slot_plain(to);
    entry->translation.condition = page >> 2 & 0xff;
    entry->translation.output = to & VTDM_SLOT_OUTPUT;
    entry->translation.mask = vtdm_level_mask(vtdm_slot_level(page));
    entry->translation.span = span ? vtdm_level_mask(span) : 0;
    entry->translation.perm = to & 7;
    entry->translation.supervisor_perm = to >> 3 & 7;
    entry->translation.user_denied = to >> 6 & 1;
    entry->translation.snoop = to >> 7 & 1;
    entry->translation.dirty = to >> 8 & 1;
    entry->translation.stage = to >> 52 & 3;
    entry->translation.nested = to >> 59 & 1;
    entry->translation.second_perm = to >> 57 & 3;
}

#endif
