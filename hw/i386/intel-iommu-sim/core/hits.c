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

static uint64_t read_count(const VTDMUnit *unit, unsigned i)
{
    return vtdm_thread_read(&unit->hits.counts[i].hits);
}

void vtdm_hits_add(const VTDMUnit *unit, VTDMStatistics *statistics)
{
    uint64_t hits = 0;

    for (unsigned i = 0; i < VTDM_THREADS; i++) {
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
    for (unsigned i = 0; i < VTDM_THREADS; i++) {
        unit->hits.taken[i] = read_count(unit, i);
    }
}
