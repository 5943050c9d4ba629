/*
 * What software does with the counters: enables, disables, freezes them.
 * Spec: "Performance Monitoring Counter Configuration Error Checks",
 * "Counter Stop and Resume"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "counter-commands.h"
#include "perfmon.h"
#include "registers.h"
#include "unit.h"

static void change_reg64(VTDMUnit *unit, uint32_t offset, uint64_t set,
                         uint64_t clear)
{
    vtdm_set_reg64(unit, offset, (vtdm_reg64(unit, offset) & ~clear) | set);
}

static unsigned filters_used(const uint32_t filters[VTDM_FILTERS])
{
    unsigned used = 0;

    for (unsigned i = 0; i < VTDM_FILTERS; i++) {
        if (filters[i] & VTDM_FILTER_EN) {
            used |= VTDM_BIT(i);
        }
    }
    return used;
}

/* What all of the events of @group in @es may be filtered by: one only. */
static unsigned filters_of(unsigned group, uint32_t es)
{
    for (unsigned i = 0; i < VTDM_COUNTS; i++) {
        const VTDMCountInfo *info = &vtdm_count_info[i];

        if (info->group == group && es == VTDM_BIT(info->bit)) {
            return info->filters;
        }
    }
    return 0;
}

bool vtdm_counter_is_valid(unsigned counter, uint64_t cfg,
                           const uint32_t filters[VTDM_FILTERS])
{
    unsigned group = vtdm_get(cfg, VTDM_PERFCNTRCFG_EGI);
    uint32_t es = vtdm_get(cfg, VTDM_PERFCNTRCFG_ES);
    uint64_t overflow = cfg & (VTDM_PERFCNTRCFG_IO | VTDM_PERFCNTRCFG_GFO);

    return es && !(es & ~vtdm_counter_events(counter, group)) &&
           !(overflow & ~vtdm_counter_overflow(counter)) &&
           !(filters_used(filters) & ~filters_of(group, es));
}

static bool is_valid(const VTDMUnit *unit, unsigned counter)
{
    uint32_t filters[VTDM_FILTERS];

    for (unsigned i = 0; i < VTDM_FILTERS; i++) {
        filters[i] = vtdm_reg32(unit, vtdm_perffilter(counter, i));
    }
    return vtdm_counter_is_valid(
        counter, vtdm_reg64(unit, vtdm_perfcfg(counter)), filters);
}

VTDMCommandStatus vtdm_counter_enable(VTDMUnit *unit, uint64_t counter)
{
    if (counter >= VTDM_COUNTERS || !is_valid(unit, counter)) {
        return VTDM_ECMD_FAILED;
    }
    change_reg64(unit, vtdm_perfcfg(counter), VTDM_PERFCNTRCFG_EN, 0);
    return VTDM_ECMD_DONE;
}

VTDMCommandStatus vtdm_counter_disable(VTDMUnit *unit, uint64_t counter)
{
    if (counter >= VTDM_COUNTERS) {
        return VTDM_ECMD_FAILED;
    }
    change_reg64(unit, vtdm_perfcfg(counter), 0, VTDM_PERFCNTRCFG_EN);
    change_reg64(unit, VTDM_PERFFRZ_OFFSET, 0, VTDM_BIT(counter));
    return VTDM_ECMD_DONE;
}

VTDMCommandStatus vtdm_counters_reset_configuration(VTDMUnit *unit,
                                                    uint64_t unused)
{
    for (unsigned i = 0; i < VTDM_COUNTERS; i++) {
        vtdm_set_reg64(unit, vtdm_perfcfg(i), 0);
        for (unsigned j = 0; j < VTDM_FILTERS; j++) {
            vtdm_set_reg32(unit, vtdm_perffilter(i, j), 0);
        }
    }
    vtdm_set_reg64(unit, VTDM_PERFFRZ_OFFSET, 0);
    vtdm_set_reg64(unit, VTDM_PERFOVF_OFFSET, 0);
    return VTDM_ECMD_DONE;
}

VTDMCommandStatus vtdm_counters_reset_values(VTDMUnit *unit, uint64_t unused)
{
    for (unsigned i = 0; i < VTDM_COUNTERS; i++) {
        vtdm_set_reg64(unit, vtdm_perfcntr(i), 0);
    }
    return VTDM_ECMD_DONE;
}

VTDMCommandStatus vtdm_counters_freeze(VTDMUnit *unit, uint64_t unused)
{
    vtdm_set_reg64(unit, VTDM_PERFFRZ_OFFSET,
                   vtdm_mask_below(VTDM_COUNTERS));
    return VTDM_ECMD_DONE;
}

VTDMCommandStatus vtdm_counters_unfreeze(VTDMUnit *unit, uint64_t unused)
{
    vtdm_set_reg64(unit, VTDM_PERFFRZ_OFFSET, 0);
    return VTDM_ECMD_DONE;
}
