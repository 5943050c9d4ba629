/*
 * One walk through paging tables of any format, in one stage or in two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_WALK_H
#define VTDM_CORE_WALK_H

#include "format.h"
#include "structure-cache.h"
#include "translation.h"

/* How a mode names what can go wrong with the tables of one stage. */
typedef struct VTDMWalkConditions {
    VTDMCondition too_wide;     /* an address that the tables do not reach */
    VTDMCondition first_unreadable; /* the first entry could not be read */
    VTDMCondition unreadable;   /* one below it */
    VTDMCondition not_present;  /* or no permission is left; NO_FAULT: then
                                 * VTDMTranslation.perm is 0 */
    VTDMCondition reserved;     /* reserved bits in a present entry */
    VTDMCondition not_snooped;  /* a flag must be set, walks do not snoop */
    VTDMCondition not_updated;  /* a flag could not be set */

    /* Of a first stage over a second one, which refuses: */
    VTDMCondition beyond_second;    /* an address that it does not reach */
    VTDMCondition first_denied; /* to read the first entry */
    VTDMCondition denied;       /* to read one below it */
    VTDMCondition update_denied;    /* to set a flag */

    /* Of a request that may not do what it wants: */
    VTDMCondition no_user;      /* U/S = 0 */
    VTDMCondition no_write;
    VTDMCondition no_read;
} VTDMWalkConditions;

/* The tables that translate one address space, of one stage. */
typedef struct VTDMTable {
    const VTDMFormat *format;
    const VTDMWalkConditions *conditions;
    uint64_t root;
    uint64_t reach;             /* the last address that they translate... */
    bool canonical;             /* ... counted from both ends of 64 bits */
    unsigned levels;
    /*
     * The second stage below this one: root, what the entries hold, and the
     * output are guest physical. NULL: they are host physical.
     */
    const struct VTDMTable *second;
    bool flags;                 /* accessed and dirty bits are set... */
    bool extended;              /* ... EAFE: extended-accessed bits, too... */
    bool snooped;               /* ... which takes walks that snoop */
    bool write_protect;         /* WPE: supervisor writes need R/W = 1 */
    uint16_t domain_id;         /* what the paging-structure caches... */
    uint32_t pasid;             /* ... are tagged with; second stage: none */
} VTDMTable;

/* Sees each entry that a walk reads, of both stages, in that order. */
typedef struct VTDMWalkRecorder {
    void (*step)(void *opaque, VTDMStage stage, uint64_t entry_address,
                 uint64_t entry, unsigned level);
    void *opaque;
} VTDMWalkRecorder;

/*
 * The table that the last walk of TABLES came to, where the next one may begin:
 * whoever keeps it knows how long entries may be taken for unchanged.
 */
typedef struct VTDMWalkPlace {
    VTDMPagingTable at;         /* level 0: none */
    uint64_t input;             /* some address that it translates */
} VTDMWalkPlace;

/* What a walk is made for. */
typedef struct VTDMWalkAccess {
    VTDMView view;
    /*
     * Whether @end, which is complete but for dirty bits, lets the request
     * write; only then they are set. NULL: the request does not write.
     */
    bool (*writes)(const void *opaque, const VTDMTranslation *end);
    const void *opaque;
    const VTDMWalkRecorder *recorder;   /* NULL: nobody looks */
    VTDMWalkPlace *place;       /* of one stage; NULL: begin with the root */
} VTDMWalkAccess;

/*
 * Walks @table for @address. USE sets accessed and dirty bits, and goes
 * through and fills the paging-structure caches; LOOK goes through them and
 * changes nothing; TABLES leaves them out, and may be called without the
 * unit's lock.
 */
void vtdm_walk(VTDMUnit *unit, const VTDMTable *table, uint64_t address,
               const VTDMWalkAccess *access, VTDMTranslation *end);

#endif
