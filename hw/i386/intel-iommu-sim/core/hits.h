/*
 * Hits without the lock: whether there may be any, a word that stands for the
 * translation mode, TES, protected memory and running counters, and one for
 * interrupts; and how many there were, which each thread counts for itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_HITS_H
#define VTDM_CORE_HITS_H

#include "hw/i386/vtdm/statistics.h"
#include "hw/i386/vtdm/thread.h"
#include "hw/i386/vtdm/vtdm.h"
#include "atomic.h"

/* Which requests may be answered without the lock, out of the IOTLB. */
typedef enum VTDMHitMode {
    VTDM_HITS_OF_NOBODY,
    VTDM_HITS_WITHOUT_PASID,    /* legacy mode */
    VTDM_HITS_OF_ALL,           /* scalable mode */
} VTDMHitMode;

/*
 * Which interrupts may be remapped without the lock: the number of entries of
 * the table (0: none) in bits 16:0, EIME, and how often all this has changed.
 */
#define VTDM_HITS_ENTRIES       VTDM_BITS(16, 0)
#define VTDM_HITS_EIME          VTDM_BIT(31)
#define VTDM_HITS_CHANGES       VTDM_BITS(63, 32)

/* Which answer it was: another one looks for other things. */
typedef enum VTDMHitKind {
    VTDM_HIT_CACHED,
    VTDM_HIT_PASSED,            /* legacy mode */
    VTDM_HIT_PASSED_SCALABLE,
    VTDM_HIT_INTERRUPT,
    VTDM_HIT_KINDS
} VTDMHitKind;

typedef struct VTDMHitCount {
    uint64_t hits[VTDM_HIT_KINDS];
    char apart[VTDM_CACHE_LINE - VTDM_HIT_KINDS * sizeof(uint64_t)];
} VTDMHitCount;

typedef struct VTDMHits {
    /* into the unit's statistics */
    uint64_t taken[VTDM_THREADS][VTDM_HIT_KINDS];
    char apart[VTDM_CACHE_LINE];
    VTDMHitCount counts[VTDM_THREADS];
} VTDMHits;

/*
 * Follows unit->latched and unit->perfmon, after each change and before software
 * can see it.
 */
void vtdm_hits_changed(VTDMUnit *unit);

/* One more, of this thread. */
static inline void vtdm_hits_count(VTDMHits *hits, VTDMHitKind kind)
{
    unsigned thread = vtdm_thread();

    vtdm_thread_count(&hits->counts[thread - 1].hits[kind], thread);
}

/* Adds to @statistics what there was since the last vtdm_hits_take(). */
void vtdm_hits_add(const VTDMUnit *unit, VTDMStatistics *statistics);

/* Those up to now are not added again. */
void vtdm_hits_take(VTDMUnit *unit);

#endif
