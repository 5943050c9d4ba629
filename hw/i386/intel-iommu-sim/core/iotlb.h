/*
 * The IOTLB: translations kept until an invalidation covers them, or newer
 * ones need the room.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_H
#define VTDM_CORE_IOTLB_H

#include "iotlb-set.h"
#include "translation.h"

/*
 * What a translation was made for, and how large its page is: what a lookup
 * compares.
 */
typedef struct VTDMTag {
    uint64_t input;             /* first byte of the page */
    uint32_t pasid;             /* 20 bits, or VTDM_NO_PASID */
    uint16_t source_id;
    uint8_t level;              /* 1: 4 KiB, 2: 2 MiB, 3: 1 GiB */
} VTDMTag;

/*
 * One cached translation, of the context or PASID entry that gave domain and
 * FPD. What an invalidation compares are the domain, own_pasid, first_stage and
 * the input.
 */
typedef struct VTDMIotlbEntry {
    VTDMTag tag;
    uint16_t domain_id;
    uint32_t own_pasid;         /* RID_PASID for requests without; legacy: 0 */
    bool first_stage;           /* first-stage or nested (PGTT 001, 011) */
    bool rid_priv;              /* without PASID: in supervisor mode */
    bool sre;                   /* with PASID: supervisors are let in */
    bool fpd;
    VTDMTranslation translation;
    VTDMIotlbSet *set;
    GSequenceIter *place;       /* among what a range of addresses covers */
    GList fellow;               /* place in set->entries */
    GList order;                /* place in VTDMIotlb.order */
} VTDMIotlbEntry;

/* What an invalidation of a range of addresses has still to drop. */
typedef struct VTDMIotlbRange {
    VTDMInvalidation what;
    unsigned level;             /* pages of which size; 0: nothing is left */
    uint64_t next;              /* address, all below has been dropped */
} VTDMIotlbRange;

typedef struct VTDMIotlb {
    GHashTable *entries;        /* VTDMIotlbEntry, keyed by its tag */
    GQueue order;               /* the same, oldest first */
    VTDMIotlbSets sets;         /* the same, by what a flush removes */
    VTDMIotlbRange range;
} VTDMIotlb;

void vtdm_iotlb_init(VTDMUnit *unit);
void vtdm_iotlb_destroy(VTDMUnit *unit);

/* What is cached of @address for @source_id and @pasid, or NULL. */
const VTDMIotlbEntry *vtdm_iotlb_lookup(const VTDMUnit *unit,
                                        uint16_t source_id, uint32_t pasid,
                                        uint64_t address);

/*
 * Keeps a copy of @entry, of which all but its places is given; of the tag not
 * the level, and tag.input may be any byte of the page. The oldest entry may
 * have to go.
 */
void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMIotlbEntry *entry);

/*
 * Costs nothing for all that is cached, a domain, or a PASID; of a range of
 * addresses it drops some pages, and leaves the rest to vtdm_iotlb_drop_rest().
 */
void vtdm_iotlb_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/*
 * Drops some of what an invalidation left; whether there was any. Nothing of it
 * may be told of, or complete, before all is dropped.
 */
bool vtdm_iotlb_drop_rest(VTDMUnit *unit);

/* Gives some room back of what was flushed; whether there was any. */
bool vtdm_iotlb_reclaim(VTDMUnit *unit);

/* Whether there is anything to do for either. */
bool vtdm_iotlb_has_work(const VTDMUnit *unit);

/* Hands each cached translation to @see, the oldest first. */
typedef void VTDMIotlbSee(void *opaque, const VTDMIotlbEntry *entry);
void vtdm_iotlb_for_each(const VTDMUnit *unit, VTDMIotlbSee *see,
                         void *opaque);

#endif
