/*
 * The performance monitor: what counters count, and what comes of an overflow.
 * All that it knows is in the registers, but the time.
 * Spec: "Event Counters", "Filter Support", "Interrupt Generation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hits.h"
#include "host.h"
#include "message.h"
#include "perfmon.h"
#include "registers.h"
#include "unit.h"

#define CLOCKS                  VTDM_BIT(VTDM_COUNT_IOMMU_CLOCKS)

static bool has_clocks(const VTDMUnit *unit)
{
    return unit->perfmon.counted & CLOCKS;
}

static bool passes(uint32_t filter, bool holds)
{
    return !(filter & VTDM_FILTER_EN) || holds;
}

static bool pasid_holds(uint32_t filter, uint32_t pasid)
{
    switch (vtdm_get(filter, VTDM_FILTER_PASID_PFM)) {
    case VTDM_PFM_PASID:
        return pasid == vtdm_get(filter, VTDM_FILTER_PASID_PASID);
    case VTDM_PFM_ANY:
        return pasid != VTDM_NO_PASID;
    case VTDM_PFM_NONE:
        return pasid == VTDM_NO_PASID;
    default:
        return false;
    }
}

static bool matches(const uint32_t filters[], const VTDMCountSubject *subject)
{
    return passes(filters[VTDM_FILTER_RID],
                  subject->source_id == vtdm_get(filters[VTDM_FILTER_RID],
                                                 VTDM_FILTER_RID_RID)) &&
           passes(filters[VTDM_FILTER_DID],
                  subject->domain_id == vtdm_get(filters[VTDM_FILTER_DID],
                                                 VTDM_FILTER_DID_DID)) &&
           passes(filters[VTDM_FILTER_PASID],
                  pasid_holds(filters[VTDM_FILTER_PASID], subject->pasid)) &&
           passes(filters[VTDM_FILTER_AT], filters[VTDM_FILTER_AT] &
                  VTDM_FILTER_AT_AT & VTDM_BIT(subject->type)) &&
           passes(filters[VTDM_FILTER_PTL], filters[VTDM_FILTER_PTL] &
                  VTDM_FILTER_PTL_PTL & (VTDM_BIT(subject->level) >> 1));
}

/* One event for all counters that overflow meanwhile, or none. */
static void interrupt(VTDMUnit *unit)
{
    if (!vtdm_reg32(unit, VTDM_REG_PERFINTRSTS)) {
        vtdm_set_reg32(unit, VTDM_REG_PERFINTRSTS, VTDM_PERFINTRSTS_PIS);
        vtdm_message_raise(unit, VTDM_MESSAGE_PERFMON);
    }
}

/* Whether all counters have to freeze. */
static bool overflow(VTDMUnit *unit, unsigned index)
{
    const VTDMCounter *counter = &unit->perfmon.counters[index];

    vtdm_set_reg64(unit, VTDM_PERFOVF_OFFSET,
                   vtdm_reg64(unit, VTDM_PERFOVF_OFFSET) | VTDM_BIT(index));
    if (counter->interrupts) {
        interrupt(unit);
    }
    return counter->freezes;
}

static bool add(VTDMUnit *unit, unsigned index, uint64_t times)
{
    uint64_t value = vtdm_reg64(unit, vtdm_perfcntr(index));

    vtdm_set_reg64(unit, vtdm_perfcntr(index),
                   (value + times) & VTDM_COUNTER_MASK);
    return times > VTDM_COUNTER_MASK - value && overflow(unit, index);
}

/* An event that many count reaches them all, though one of them freezes. */
static void count(VTDMUnit *unit, VTDMCount event, uint64_t times,
                  const VTDMCountSubject *subject)
{
    bool freeze = false;

    for (unsigned i = 0; i < VTDM_COUNTERS; i++) {
        const VTDMCounter *counter = &unit->perfmon.counters[i];

        if (counter->events & VTDM_BIT(event) &&
            (!counter->filtered || matches(counter->filters, subject))) {
            freeze |= add(unit, i, times);
        }
    }
    if (freeze) {
        vtdm_set_reg64(unit, VTDM_PERFFRZ_OFFSET,
                       vtdm_mask_below(VTDM_COUNTERS));
        vtdm_perfmon_follow(unit, unit->perfmon.now);
    }
}

/* When the clocks of a counter make it overflow, if anything comes of that. */
static uint64_t deadline_of(const VTDMUnit *unit, unsigned index)
{
    const VTDMCounter *counter = &unit->perfmon.counters[index];

    if (!(counter->events & CLOCKS) ||
        !(counter->interrupts || counter->freezes)) {
        return VTDM_NEVER;
    }
    return unit->perfmon.now + 1 + VTDM_COUNTER_MASK -
           vtdm_reg64(unit, vtdm_perfcntr(index));
}

static void set_deadline(VTDMUnit *unit)
{
    uint64_t deadline = VTDM_NEVER;

    for (unsigned i = 0; has_clocks(unit) && i < VTDM_COUNTERS; i++) {
        deadline = MIN(deadline, deadline_of(unit, i));
    }
    if (deadline != unit->perfmon.deadline) {
        unit->perfmon.deadline = deadline;
        vtdm_host_wake_at(unit, deadline);
    }
}

void vtdm_perfmon_count(VTDMUnit *unit, VTDMCount event, uint64_t times,
                        const VTDMCountSubject *subject)
{
    vtdm_perfmon_advance(unit);
    count(unit, event, times, subject);
    set_deadline(unit);
}

static void count_clocks(VTDMUnit *unit, uint64_t until)
{
    uint64_t clocks = until - unit->perfmon.now;

    unit->perfmon.now = until;
    count(unit, VTDM_COUNT_IOMMU_CLOCKS, clocks, NULL);
}

/* In pieces, as one that freezes all does so at its own time. */
void vtdm_perfmon_advance(VTDMUnit *unit)
{
    uint64_t now;

    if (!has_clocks(unit)) {
        return;
    }
    now = vtdm_host_now(unit);
    while (unit->perfmon.deadline <= now) {
        count_clocks(unit, unit->perfmon.deadline);
        set_deadline(unit);
    }
    if (has_clocks(unit) && now > unit->perfmon.now) {
        count_clocks(unit, now);
    }
}

uint64_t vtdm_perfmon_now(const VTDMUnit *unit)
{
    return has_clocks(unit) ? unit->perfmon.now : vtdm_host_now(unit);
}

static uint64_t events_of(uint64_t cfg)
{
    uint64_t events = 0;

    for (unsigned i = 0; i < VTDM_COUNTS; i++) {
        const VTDMCountInfo *info = &vtdm_count_info[i];

        if (info->group == vtdm_get(cfg, VTDM_PERFCNTRCFG_EGI) &&
            vtdm_get(cfg, VTDM_PERFCNTRCFG_ES) & VTDM_BIT(info->bit)) {
            events |= VTDM_BIT(i);
        }
    }
    return events;
}

static VTDMCounter read_counter(const VTDMUnit *unit, unsigned index)
{
    uint64_t cfg = vtdm_reg64(unit, vtdm_perfcfg(index));
    bool frozen = vtdm_reg64(unit, VTDM_PERFFRZ_OFFSET) & VTDM_BIT(index);
    VTDMCounter counter = {
        .events = cfg & VTDM_PERFCNTRCFG_EN && !frozen ? events_of(cfg) : 0,
        .interrupts = cfg & VTDM_PERFCNTRCFG_IO,
        .freezes = cfg & VTDM_PERFCNTRCFG_GFO,
    };

    for (unsigned i = 0; i < VTDM_FILTERS; i++) {
        counter.filters[i] = vtdm_reg32(unit, vtdm_perffilter(index, i));
        counter.filtered |= counter.filters[i] & VTDM_FILTER_EN;
    }
    return counter;
}

void vtdm_perfmon_follow(VTDMUnit *unit, uint64_t now)
{
    VTDMPerfmon *perfmon = &unit->perfmon;

    perfmon->now = now;
    perfmon->counted = 0;
    for (unsigned i = 0; unit->config.pms && i < VTDM_COUNTERS; i++) {
        perfmon->counters[i] = read_counter(unit, i);
        perfmon->counted |= perfmon->counters[i].events;
    }
    vtdm_hits_changed(unit);
    set_deadline(unit);
}

void vtdm_perfmon_forget(VTDMUnit *unit)
{
    unit->statistics = (VTDMStatistics) { { 0 } };
    vtdm_hits_take(unit);
    unit->perfmon.began = vtdm_host_now(unit);
}

void vtdm_perfmon_wake(VTDMUnit *unit)
{
    vtdm_perfmon_advance(unit);
    if (unit->perfmon.deadline != VTDM_NEVER) {
        vtdm_host_wake_at(unit, unit->perfmon.deadline);
    }
}

void vtdm_perfcntr_written(VTDMUnit *unit, unsigned bytes)
{
    set_deadline(unit);
}
