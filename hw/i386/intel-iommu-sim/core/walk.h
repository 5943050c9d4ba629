/*
 * One walk through paging tables of any format.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_WALK_H
#define VTDM_CORE_WALK_H

#include "format.h"
#include "translation.h"

/* How a mode names what can go wrong in a walk. */
typedef struct VTDMWalkConditions {
    VTDMCondition too_wide;     /* an address that the tables do not reach */
    VTDMCondition first_read;   /* the first entry could not be read */
    VTDMCondition read;         /* one below it */
    VTDMCondition reserved;     /* reserved bits in a present entry */
} VTDMWalkConditions;

/* The tables that translate one address space. */
typedef struct VTDMTable {
    const VTDMFormat *format;
    const VTDMWalkConditions *conditions;
    uint64_t root;              /* host physical */
    uint64_t reach;             /* the last address that they translate */
    unsigned levels;
} VTDMTable;

/* Sees each entry that a walk reads, from the root down. */
typedef struct VTDMWalkRecorder {
    void (*step)(void *opaque, uint64_t entry_address, uint64_t entry,
                 unsigned level);
    void *opaque;
} VTDMWalkRecorder;

/*
 * Walks @table for @address. Changes nothing: neither caches nor records.
 * @recorder may be NULL.
 */
void vtdm_walk(const VTDMUnit *unit, const VTDMTable *table,
               uint64_t address, const VTDMWalkRecorder *recorder,
               VTDMTranslation *end);

#endif
