/*
 * The performance monitor: counters, and the time that some of them count.
 * Spec: "Performance Monitoring"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PERFMON_H
#define VTDM_CORE_PERFMON_H

#include "hw/i386/vtdm/statistics.h"
#include "hw/i386/vtdm/vtdm.h"
#include "perfmon-registers.h"

/* Whom an event happened to: what the filters of its row ask for. */
typedef struct VTDMCountSubject {
    uint16_t source_id;
    uint16_t domain_id;
    uint32_t pasid;             /* or VTDM_NO_PASID */
    VTDMAddressType type;
    uint8_t level;              /* of a paging entry; 1: it maps 4 KiB */
} VTDMCountSubject;

/* What a counter does; it follows from its registers. */
typedef struct VTDMCounter {
    uint64_t events;            /* VTDM_BIT(VTDMCount); 0: it stands still */
    uint32_t filters[VTDM_FILTERS];     /* as the registers say */
    bool filtered;
    bool interrupts;            /* on overflow */
    bool freezes;
} VTDMCounter;

typedef struct VTDMPerfmon {
    VTDMCounter counters[VTDM_COUNTERS];
    uint64_t counted;           /* the events of all */
    uint64_t now;               /* up to which clocks have been counted */
    uint64_t deadline;          /* at which something comes of them */
    uint64_t began;             /* of the statistics */
} VTDMPerfmon;

/* The deadline that there is not. */
#define VTDM_NEVER              UINT64_MAX

/* Adds to the counters that count @event; see vtdm_count(). */
void vtdm_perfmon_count(VTDMUnit *unit, VTDMCount event, uint64_t times,
                        const VTDMCountSubject *subject);

/* Counts clocks up to now; costs nothing where no counter counts them. */
void vtdm_perfmon_advance(VTDMUnit *unit);

/*
 * Up to when clocks have been counted, which vtdm_perfmon_advance() has done;
 * where no counter counts them, the host's time.
 */
uint64_t vtdm_perfmon_now(const VTDMUnit *unit);

/*
 * Configuration, freeze state or values have changed: goes on with what the
 * registers say, which have counted clocks up to @now.
 */
void vtdm_perfmon_follow(VTDMUnit *unit, uint64_t now);

/* The statistics begin anew. */
void vtdm_perfmon_forget(VTDMUnit *unit);

/* The deadline has come, or seems to have. */
void vtdm_perfmon_wake(VTDMUnit *unit);

/* A counter's register was written. */
void vtdm_perfcntr_written(VTDMUnit *unit, unsigned bytes);

#endif
