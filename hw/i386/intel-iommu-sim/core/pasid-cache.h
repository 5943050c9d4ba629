/*
 * The PASID cache: PASID entries, decoded, by source-id and PASID.
 * Spec: "PASID-Cache"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PASID_CACHE_H
#define VTDM_CORE_PASID_CACHE_H

#include "hw/i386/vtdm/spec/scalable.h"
#include "hw/i386/vtdm/vtdm.h"

/* Entries that are kept at most; the oldest goes. */
#define VTDM_PASID_CACHE_ENTRIES 4096

/* A PASID entry, decoded, with what its directory entry adds. */
typedef struct VTDMPasidEntry {
    uint16_t source_id;
    uint32_t pasid;             /* 20 bits */
    uint16_t domain_id;         /* 0 if the entry faults */
    bool fpd;                   /* of either */
    VTDMCondition condition;    /* why the entry cannot be used */
    uint64_t entry_address;     /* of the entry that was read last */
    VTDMEntry128 entry;         /* the first 128 bits of it */

    uint8_t pgtt;               /* VTDM_PGTT_* */
    uint8_t ss_levels;          /* of the second stage: 3 to 5 */
    uint8_t fs_levels;          /* of the first stage: 4 or 5 */
    uint64_t ssptptr;
    uint64_t fsptptr;           /* nested: guest physical */
    bool ssade;                 /* flags of the second stage are set */
    bool eafe;                  /* extended-accessed flags are set */
    bool pwsnp;                 /* walks are snooped */
    bool pgsnp;                 /* pages are snooped */
    bool sre;                   /* supervisor requests are let through... */
    bool wpe;                   /* ... and heed R/W */
} VTDMPasidEntry;

/* Places for those that were asked for last. */
#define VTDM_PASIDS_RECENT      256

typedef struct VTDMPasids {
    const VTDMPasidEntry *recent[VTDM_PASIDS_RECENT];
    GHashTable *entries;        /* keyed by source-id and PASID */
    GSequence *domains;         /* the same, by domain-id, PASID, source-id */
    GSequence *flushed;         /* what is in here is gone, and to be freed */
    bool has_flushed;           /* that one is not empty */
    GQueue order;               /* all, oldest first */
} VTDMPasids;

void vtdm_pasids_init(VTDMUnit *unit);
void vtdm_pasids_destroy(VTDMUnit *unit);

/* The entry that is cached for @source_id and @pasid, or NULL. */
const VTDMPasidEntry *vtdm_pasid_lookup(VTDMUnit *unit, uint16_t source_id,
                                        uint32_t pasid);

/* Keeps a copy of @entry, which may be one that faults. */
void vtdm_pasid_insert(VTDMUnit *unit, const VTDMPasidEntry *entry);

/* Whether @what, of the PASID cache, covers an entry that is cached. */
bool vtdm_pasid_is_covered(const VTDMPasidEntry *entry,
                           const VTDMInvalidation *what);

/* Drops what @what covers, at once. Freeing it is left. */
void vtdm_pasids_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Frees some of what was dropped. Returns whether there was any. */
bool vtdm_pasids_reclaim(VTDMUnit *unit);

/* Whether vtdm_pasids_reclaim() has anything to free. */
bool vtdm_pasids_have_work(const VTDMUnit *unit);

/* Hands each cached entry to @see, the oldest first. */
typedef void VTDMPasidSee(void *opaque, const VTDMPasidEntry *entry);
void vtdm_pasids_for_each(const VTDMUnit *unit, VTDMPasidSee *see,
                          void *opaque);

#endif
