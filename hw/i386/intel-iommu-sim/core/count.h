/*
 * Counting: what happens is counted where it happens, for those who look and
 * for the counters of the performance monitor. Nothing but an addition and a
 * branch as long as no counter counts the event.
 * Spec: "Performance Monitoring Events"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_COUNT_H
#define VTDM_CORE_COUNT_H

#include "perfmon.h"
#include "unit.h"

/*
 * @event has happened once, or @times. The last argument is NULL or a
 * const VTDMCountSubject *, whom it happened to, which has to be there if a
 * filter can ask for it; it is evaluated only if a counter counts the event.
 */
#define vtdm_count(unit, event, ...) \
    vtdm_count_many(unit, event, 1, __VA_ARGS__)
#define vtdm_count_many(unit, event, times, ...) do { \
    (unit)->statistics.counts[event] += (times); \
    if (G_UNLIKELY((unit)->perfmon.counted & VTDM_BIT(event))) { \
        vtdm_perfmon_count(unit, event, times, __VA_ARGS__); \
    } \
} while (0)

/* The clocks that memory has taken so far: a part of them is a difference. */
static inline uint64_t vtdm_memory_clocks(const VTDMUnit *unit)
{
    return unit->statistics.counts[VTDM_COUNT_MEM_OCCUPANCY];
}

#endif
