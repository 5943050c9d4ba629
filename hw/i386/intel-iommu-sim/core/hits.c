/*
 * Hits without the lock: whether there may be any, and how many there were.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "atomic.h"
#include "hits.h"
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

void vtdm_hits_changed(VTDMUnit *unit)
{
    bool any = unit->latched.gsts & VTDM_GSTS_TES &&
               !unit->latched.protects && !unit->perfmon.counted;

    vtdm_store(&unit->hit_mode, any ? hits_in_mode(unit) : VTDM_HITS_OF_NOBODY);
    vtdm_publish();
}

/* Threads take the counts in turn. */
static VTDMHitCount *own_count(VTDMHits *hits)
{
    static unsigned threads;
    static __thread unsigned own;       /* 0: not known yet */

    if (G_UNLIKELY(!own)) {
        own = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED) %
              VTDM_HIT_COUNTS + 1;
    }
    return &hits->counts[own - 1];
}

void vtdm_hits_count(VTDMUnit *unit)
{
    uint64_t *hits = &own_count(&unit->hits)->hits;

    __atomic_store_n(hits, __atomic_load_n(hits, __ATOMIC_RELAXED) + 1,
                     __ATOMIC_RELAXED);
}

static uint64_t read_count(const VTDMUnit *unit, unsigned i)
{
    return __atomic_load_n(&unit->hits.counts[i].hits, __ATOMIC_RELAXED);
}

void vtdm_hits_add(const VTDMUnit *unit, VTDMStatistics *statistics)
{
    uint64_t hits = 0;

    for (unsigned i = 0; i < VTDM_HIT_COUNTS; i++) {
        hits += read_count(unit, i) - unit->hits.taken[i];
    }
    statistics->counts[VTDM_COUNT_IOMMU_REQUESTS] += hits;
    statistics->counts[VTDM_COUNT_IOTLB_LOOKUP] += hits;
    statistics->counts[VTDM_COUNT_IOTLB_HIT] += hits;
    statistics->counts[VTDM_COUNT_TOTAL_OCCUPANCY] +=
        hits * VTDM_CLOCKS_OF_REQUEST;
}

void vtdm_hits_take(VTDMUnit *unit)
{
    for (unsigned i = 0; i < VTDM_HIT_COUNTS; i++) {
        unit->hits.taken[i] = read_count(unit, i);
    }
}
