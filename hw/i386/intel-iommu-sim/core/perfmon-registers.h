/*
 * Where the registers of the performance monitor are, and what its counters
 * can do.
 * Spec: "Performance Monitoring Register Layout"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PERFMON_REGISTERS_H
#define VTDM_CORE_PERFMON_REGISTERS_H

#include "hw/i386/vtdm/spec/perfmon.h"

/* So many that one set can count all events; the last ones can do less. */
#define VTDM_COUNTERS           32

/* In pages that no fault record reaches: blocks, two bit vectors, counters. */
#define VTDM_PERFCFG_OFFSET     0x2000
#define VTDM_PERFFRZ_OFFSET     0x4000
#define VTDM_PERFOVF_OFFSET     0x4008
#define VTDM_PERFCNTR_OFFSET    0x8000
#define VTDM_PERFCNTR_STRIDE    0x400
#define VTDM_PERFMON_END        0x10000

#define VTDM_COUNTER_WIDTH      48
#define VTDM_COUNTER_MASK       VTDM_BITS(VTDM_COUNTER_WIDTH - 1, 0)

static inline uint32_t vtdm_perfcfg(unsigned counter)
{
    return VTDM_PERFCFG_OFFSET + VTDM_PERFCFG_SIZE * counter;
}

static inline uint32_t vtdm_perffilter(unsigned counter, unsigned filter)
{
    return vtdm_perfcfg(counter) + VTDM_PERFCNTR_FILTER + 4 * filter;
}

static inline uint32_t vtdm_perfcntr(unsigned counter)
{
    return VTDM_PERFCNTR_OFFSET + VTDM_PERFCNTR_STRIDE * counter;
}

/* PERFCAP, PERFEVNTCAP, PERFCNTRCAP and PERFCNTREVCAP. */
uint64_t vtdm_perfcap(void);
uint32_t vtdm_perfevntcap(unsigned group);
uint32_t vtdm_perfcntrcap(unsigned counter);
uint32_t vtdm_perfcntrevcap(unsigned counter, unsigned index);

/* What follows for a counter: the events of a group, as bits of ES... */
uint32_t vtdm_counter_events(unsigned counter, unsigned group);

/* ... and what may come of an overflow: VTDM_PERFCNTRCFG_IO, _GFO. */
uint64_t vtdm_counter_overflow(unsigned counter);

#endif
