/*
 * Hits without the lock: whether there may be any, and how many there were.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "atomic.h"
#include "config.h"
#include "hits.h"
#include "pass.h"
#include "unit.h"

static VTDMHitMode hits_in_mode(const VTDMUnit *unit)
{
    switch (unit->latched.root.ttm) {
    case VTDM_TTM_LEGACY:
        return VTDM_HITS_WITHOUT_PASID;
    case VTDM_TTM_SCALABLE:
        return unit->config.smts ? VTDM_HITS_OF_ALL : VTDM_HITS_OF_NOBODY;
    default:
        return VTDM_HITS_OF_NOBODY;
    }
}

/* Entries that the unit cannot address are left to who holds the lock. */
static uint64_t interrupts_in_mode(const VTDMUnit *unit)
{
    const VTDMInterruptTable *table = &unit->latched.interrupts;
    uint64_t end = table->table + table->entries * sizeof(VTDMEntry128) - 1;

    if (!(unit->latched.gsts & VTDM_GSTS_IRES) || !table->entries ||
        (table->table | end) & vtdm_above_haw(&unit->config)) {
        return 0;
    }
    return table->entries | (table->eime ? VTDM_HITS_EIME : 0);
}

static void interrupts_changed(VTDMUnit *unit)
{
    uint64_t changes = vtdm_get(unit->interrupt_mode, VTDM_HITS_CHANGES) + 1;
    uint64_t mode = unit->perfmon.counted ? 0 : interrupts_in_mode(unit);

    vtdm_store(&unit->interrupt_mode,
               vtdm_field(VTDM_HITS_CHANGES, changes) | mode);
}

void vtdm_hits_changed(VTDMUnit *unit)
{
    bool any = unit->latched.gsts & VTDM_GSTS_TES &&
               !unit->latched.protects && !unit->perfmon.counted;

    vtdm_passes_forget(unit);
    vtdm_store(&unit->hit_mode, any ? hits_in_mode(unit) : VTDM_HITS_OF_NOBODY);
    interrupts_changed(unit);
    vtdm_publish();
}

static uint64_t read_count(const VTDMUnit *unit, unsigned i, VTDMHitKind kind)
{
    return vtdm_thread_read(&unit->hits.counts[i].hits[kind]);
}

static uint64_t not_taken(const VTDMUnit *unit, VTDMHitKind kind)
{
    uint64_t hits = 0;

    for (unsigned i = 0; i < VTDM_THREADS; i++) {
        hits += read_count(unit, i, kind) - unit->hits.taken[i][kind];
    }
    return hits;
}

void vtdm_hits_add(const VTDMUnit *unit, VTDMStatistics *statistics)
{
    uint64_t cached = not_taken(unit, VTDM_HIT_CACHED);
    uint64_t scalable = not_taken(unit, VTDM_HIT_PASSED_SCALABLE);
    uint64_t passed = not_taken(unit, VTDM_HIT_PASSED) + scalable;
    uint64_t interrupts = not_taken(unit, VTDM_HIT_INTERRUPT);
    uint64_t *counts = statistics->counts;

    counts[VTDM_COUNT_IOMMU_REQUESTS] += cached + passed;
    counts[VTDM_COUNT_IOTLB_LOOKUP] += cached + passed;
    counts[VTDM_COUNT_IOTLB_HIT] += cached;
    counts[VTDM_COUNT_CTXT_CACHE_LOOKUP] += passed;
    counts[VTDM_COUNT_CTXT_CACHE_HIT] += passed;
    counts[VTDM_COUNT_PASID_CACHE_LOOKUP] += scalable;
    counts[VTDM_COUNT_PASID_CACHE_HIT] += scalable;
    counts[VTDM_COUNT_TOTAL_OCCUPANCY] +=
        (cached + passed) * VTDM_CLOCKS_OF_REQUEST;
    counts[VTDM_COUNT_INT_CACHE_LOOKUP] += interrupts;
    counts[VTDM_COUNT_INT_CACHE_HIT_NONPOSTED] += interrupts;
}

void vtdm_hits_take(VTDMUnit *unit)
{
    for (unsigned i = 0; i < VTDM_THREADS; i++) {
        for (unsigned kind = 0; kind < VTDM_HIT_KINDS; kind++) {
            unit->hits.taken[i][kind] = read_count(unit, i, kind);
        }
    }
}
