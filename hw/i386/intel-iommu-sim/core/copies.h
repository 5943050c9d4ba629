/*
 * Those who keep copies of what the unit caches: what they have yet to be told,
 * and what software sees only once they have been.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_COPIES_H
#define VTDM_CORE_COPIES_H

#include "hw/i386/vtdm/vtdm.h"

/* More of them are joined. */
#define VTDM_NOTICES            16

/* GSTS, PMEN, CCMD, IOTLB */
#define VTDM_COMPLETIONS        4

/* What a register shows once a command is complete. */
typedef struct VTDMCompletion {
    bool pending;
    uint32_t offset;
    uint64_t clear;
    uint64_t set;
} VTDMCompletion;

typedef struct VTDMCopies {
    VTDMInvalidation notices[VTDM_NOTICES]; /* to be told, in order */
    unsigned count;
    bool behind;                /* a mirror has more to compare */
    VTDMCompletion completions[VTDM_COMPLETIONS];
} VTDMCopies;

/*
 * Those who keep copies, if there are any, have to be told of @what before
 * anything completes.
 */
void vtdm_copies_tell(VTDMUnit *unit, const VTDMInvalidation *what);

/* The next that is to be told; false: there is none. */
bool vtdm_copies_take(VTDMUnit *unit, VTDMInvalidation *what);

/* Whether all have been told, and the mirrors are up to date. */
static inline bool vtdm_copies_are_current(const VTDMCopies *copies)
{
    return !copies->count && !copies->behind;
}

/*
 * Clears and sets bits of the register at @offset once the copies are current.
 * A later call for a register takes the place of an earlier one.
 */
void vtdm_copies_complete(VTDMUnit *unit, uint32_t offset, uint64_t clear,
                          uint64_t set);

/* The copies are current: completes what waits; whether there was any. */
bool vtdm_copies_settle(VTDMUnit *unit);

/* Whether anything has still to be told or completed. */
bool vtdm_copies_are_pending(const VTDMUnit *unit);

#endif
