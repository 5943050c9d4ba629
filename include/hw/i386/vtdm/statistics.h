/*
 * intel-iommu-sim: what a unit has counted, whether its guest counts or not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_STATISTICS_H
#define VTDM_STATISTICS_H

#include "hw/i386/vtdm/spec/perfmon.h"

/* Spec: "Performance Monitoring Events" */
typedef enum VTDMCount {
#define ROW(name, ...) VTDM_COUNT_##name,
#include "hw/i386/vtdm/count-rows.h.inc"
#undef ROW
    VTDM_COUNTS,
} VTDMCount;

/* An event, as the performance monitoring registers select it. */
typedef struct VTDMCountInfo {
    const char *name;           /* in Linux's perf, or in its manner */
    uint8_t group;              /* EGI... */
    uint8_t bit;                /* ... and the bit of ES */
    uint8_t filters;            /* bit n: VTDM_FILTER_* n may be used */
} VTDMCountInfo;

extern const VTDMCountInfo vtdm_count_info[VTDM_COUNTS];

#define VTDM_EVENT_GROUPS       5

/* See vtdm_unit_statistics(); only what devices do counts. */
typedef struct VTDMStatistics {
    uint64_t counts[VTDM_COUNTS];
} VTDMStatistics;

/*
 * The model of time: guest time in clocks of a nanosecond, and what the unit
 * takes for its work, which occupancies are made of. Nothing ever waits.
 */
#define VTDM_CLOCKS_OF_REQUEST  8       /* beside its reads of memory */
#define VTDM_CLOCKS_OF_MEMORY   64      /* one read, one atomic update */

#endif
