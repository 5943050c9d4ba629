/*
 * One walk through second-stage tables.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_WALK_H
#define VTDM_CORE_WALK_H

#include "context.h"

/* Where a walk ended. */
typedef struct VTDMWalk {
    VTDMCondition condition;    /* VTDM_NO_FAULT: the rest is valid */
    uint64_t output;            /* of the first byte of the page */
    uint64_t mask;              /* page size - 1 */
    uint64_t span;              /* low bits that the last entry speaks for */
    uint8_t perm;               /* all levels agree; 0: not present */
    bool snoop;
    uint64_t entry_address;     /* of the last entry that was read */
    uint64_t entry;
} VTDMWalk;

/*
 * Walks the tables of @context for @address. Changes nothing: neither
 * caches nor records.
 */
void vtdm_walk(VTDMUnit *unit, const VTDMContext *context, uint64_t address,
               VTDMWalk *walk);

/*
 * The last address that @context can translate: 2^min(MGAW, AGAW) - 1.
 * Spec: "Second-Stage Translation"
 */
uint64_t vtdm_walk_reach(const VTDMUnit *unit, const VTDMContext *context);

#endif
