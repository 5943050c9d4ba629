/*
 * The IOTLB: translations kept until an invalidation covers them, or newer
 * ones need the room. Lookups take no lock; all else is called with it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_H
#define VTDM_CORE_IOTLB_H

#include "iotlb-pages.h"
#include "iotlb-set.h"
#include "iotlb-slot.h"

/*
 * What is done at once, in looks at a page or a slot; to drop an entry is worth
 * some of them.
 */
#define VTDM_IOTLB_AT_ONCE      4096
#define VTDM_IOTLB_DROP         64

/* The levels of tables whose entries can map a page. */
#define VTDM_LEAF_LEVELS        3

/* What an invalidation of a range of addresses has still to drop. */
typedef struct VTDMIotlbRange {
    VTDMInvalidation what;      /* given if anything is left */
    uint64_t first, last;       /* bytes */
    uint64_t whose;             /* tables */
    unsigned level;             /* pages of which size; 0: nothing is left */
    uint64_t next;              /* page, or slot: all before are dropped */
    bool by_slots;              /* it is a slot */
    uint64_t in_vain;           /* looks that found nothing */
} VTDMIotlbRange;

/*
 * A slot that was dropped or flushed is the next to be filled; while there is
 * none, that of the oldest entry.
 */
typedef struct VTDMIotlb {
    /* what lookups read, of which others write little */
    VTDMIotlbSlot *slots;
    uint32_t *heads;            /* of lists with a hash: VTDM_HEAD_* */
    uint32_t mask;              /* of the hash */
    uint32_t levels;            /* bit n: there are pages of level n */
    uint64_t factor;            /* of the hash, which no guest knows */
    VTDMIotlbSets sets;

    /* under the lock */
    void *memory;               /* of slots, links and heads */
    VTDMSlotLinks *links;       /* of the slots */
    VTDMIotlbPages pages;
    uint32_t count;             /* of slots */
    uint32_t used;              /* so many have ever been filled */
    uint32_t free;              /* first one that was dropped */
    uint32_t of_level[VTDM_LEAF_LEVELS + 1];
    bool emptied;               /* nearly all slots went with the last flush */
    VTDMIotlbRange range;
    VTDMIotlbEntry looked_up;
} VTDMIotlb;

void vtdm_iotlb_init(VTDMUnit *unit);
void vtdm_iotlb_destroy(VTDMUnit *unit);

/*
 * What is cached of @address for @source_id and @pasid, or NULL; until the next
 * lookup. Paging entries and their addresses are 0.
 */
const VTDMIotlbEntry *vtdm_iotlb_lookup(VTDMUnit *unit, uint16_t source_id,
                                        uint32_t pasid, uint64_t address);

/*
 * Keeps a copy of @entry, of which all is given; of the tag not the level, and
 * tag.input may be any byte of the page. Another entry may have to go; where
 * all sets are in use, the oldest set, and nothing is kept until it has gone.
 */
void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMIotlbEntry *entry);

/*
 * Likewise, where a lookup of the same has just found nothing; completes the
 * tag.
 */
void vtdm_iotlb_add(VTDMUnit *unit, VTDMIotlbEntry *entry);

/*
 * Costs nothing for all that is cached; of a domain, the number of PASIDs that
 * it has translations of. Of a range of addresses it drops some pages, and
 * leaves the rest to vtdm_iotlb_drop_rest().
 */
void vtdm_iotlb_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Drops everything at once. */
void vtdm_iotlb_empty(VTDMUnit *unit);

/* Gives some room back of what was flushed; whether there was any. */
bool vtdm_iotlb_reclaim(VTDMUnit *unit);

/*
 * Whether that is worth a call, which wakes another thread: where nearly all
 * slots went with one flush. The room of others waits for who fills it.
 */
bool vtdm_iotlb_can_reclaim(const VTDMUnit *unit);

/* Hands each cached translation to @see, the oldest first. */
typedef void VTDMIotlbSee(void *opaque, const VTDMIotlbEntry *entry);
void vtdm_iotlb_for_each(const VTDMUnit *unit, VTDMIotlbSee *see,
                         void *opaque);

/* The set's key. */
static inline uint64_t vtdm_iotlb_key_of(const VTDMIotlb *iotlb,
                                         const VTDMIotlbSlot *slot)
{
    return iotlb->sets.tag[vtdm_slot_set(slot->who)].key;
}

static inline bool vtdm_iotlb_slot_is_flushed(const VTDMIotlb *iotlb,
                                              const VTDMIotlbSlot *slot)
{
    return vtdm_iotlb_set_is_flushed(&iotlb->sets, vtdm_slot_set(slot->who));
}

/* The hash that a lookup of a slot makes. */
static inline uint32_t vtdm_iotlb_hash(const VTDMIotlb *iotlb, uint64_t who,
                                       uint64_t page)
{
    unsigned level = vtdm_slot_level(page);

    return vtdm_page_hash(iotlb->factor, who & VTDM_SLOT_WHO, level,
                          vtdm_page_number(page, level));
}

static inline uint32_t *vtdm_iotlb_head(const VTDMIotlb *iotlb, uint32_t hash)
{
    return &iotlb->heads[hash & iotlb->mask];
}

/* The first slot that may have what is looked for, or VTDM_NO_SLOT. */
static inline uint32_t vtdm_iotlb_first(const VTDMIotlb *iotlb, uint32_t hash)
{
    uint32_t head = vtdm_load(vtdm_iotlb_head(iotlb, hash));

    return head & vtdm_head_filter(hash) ? head & VTDM_HEAD_SLOT
                                         : VTDM_NO_SLOT;
}

/*
 * Reads @slot; whether it has the @page, of an address and a level, for @who,
 * that was not flushed, and nobody wrote to it meanwhile.
 */
static inline bool vtdm_iotlb_read(const VTDMIotlb *iotlb,
                                   const VTDMIotlbSlot *slot, VTDMWho who,
                                   uint64_t page, VTDMSlotWords *words)
{
    uint32_t version = vtdm_load(&slot->version);
    const VTDMSetTag *set;

    words->page = vtdm_load(&slot->page);
    words->who = vtdm_load(&slot->who);
    words->to = vtdm_load(&slot->to);
    if ((words->page & (VTDM_SLOT_INPUT | VTDM_SLOT_LEVEL)) != page ||
        (words->who & VTDM_SLOT_WHO) != who) {
        return false;
    }
    set = &iotlb->sets.tag[vtdm_slot_set(words->who)];
    words->key = vtdm_load(&set->key);
    return vtdm_load(&set->epoch) == vtdm_load(&iotlb->sets.epoch) &&
           !(version & 1) && vtdm_load(&slot->version) == version;
}

/*
 * Looks for what is cached; returns whether there was anything. Called without
 * the lock, it may find nothing though there is something, and what it finds
 * was there, not flushed, at some time of the call.
 */
static inline bool vtdm_iotlb_find(const VTDMIotlb *iotlb, VTDMWho who,
                                   uint64_t address, VTDMSlotWords *words)
{
    uint32_t levels = vtdm_load(&iotlb->levels);

    for (; levels; levels &= levels - 1) {
        unsigned level = __builtin_ctz(levels);
        uint64_t number = vtdm_page_number(address, level);
        uint64_t page = vtdm_page_address(number, level) | level;
        uint32_t at = vtdm_iotlb_first(
            iotlb, vtdm_page_hash(iotlb->factor, who, level, number));

        for (; at; at = vtdm_load(&iotlb->slots[at].next)) {
            if (vtdm_iotlb_read(iotlb, &iotlb->slots[at], who, page, words)) {
                return true;
            }
        }
    }
    return false;
}

#endif
