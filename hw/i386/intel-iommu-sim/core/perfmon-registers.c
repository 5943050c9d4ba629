/*
 * What the performance monitor says of itself. Counters that can do less are
 * the last ones, as in hardware.
 * Spec: "Performance Monitoring Discovery and Enumeration"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/glib.h"
#include "hw/i386/vtdm/statistics.h"
#include "perfmon-registers.h"

/* Bits of PERFCAP that read 1 and mean nothing. */
#define PERFCAP_RESERVED        VTDM_BITS(63, 60)

/* From this one on they do not freeze the others, and count only these. */
#define FIRST_LIMITED           28

static const struct {
    unsigned group;
    uint32_t events;
} limited[] = {
    { 3, VTDM_BITS(1, 0) },     /* the IOTLB */
    { 4, VTDM_BITS(2, 0) },     /* the interrupt entry cache */
};

uint64_t vtdm_perfcap(void)
{
    return PERFCAP_RESERVED | VTDM_PERFCAP_PCCS | VTDM_PERFCAP_IOS |
           VTDM_PERFCAP_GFS | VTDM_PERFCAP_CWE | VTDM_PERFCAP_FILTERS |
           vtdm_field(VTDM_PERFCAP_CS,
                      __builtin_ctz(VTDM_PERFCNTR_STRIDE) - 10) |
           vtdm_field(VTDM_PERFCAP_EGCNT, VTDM_EVENT_GROUPS) |
           vtdm_field(VTDM_PERFCAP_CW, VTDM_COUNTER_WIDTH) |
           vtdm_field(VTDM_PERFCAP_NCNTR, VTDM_COUNTERS);
}

uint32_t vtdm_perfevntcap(unsigned group)
{
    uint32_t events = 0;

    for (unsigned i = 0; i < VTDM_COUNTS; i++) {
        if (vtdm_count_info[i].group == group) {
            events |= VTDM_BIT(vtdm_count_info[i].bit);
        }
    }
    return events;
}

uint32_t vtdm_perfcntrcap(unsigned counter)
{
    return counter < FIRST_LIMITED ? 0 :
           VTDM_PERFCNTRCAP_PCC | VTDM_PERFCNTRCAP_IOS |
           vtdm_field(VTDM_PERFCNTRCAP_CW, VTDM_COUNTER_WIDTH) |
           vtdm_field(VTDM_PERFCNTRCAP_EGCNT, G_N_ELEMENTS(limited));
}

uint32_t vtdm_perfcntrevcap(unsigned counter, unsigned index)
{
    return counter < FIRST_LIMITED || index >= G_N_ELEMENTS(limited) ? 0 :
           vtdm_field(VTDM_PERFCNTREVCAP_EGI, limited[index].group) |
           limited[index].events;
}

uint32_t vtdm_counter_events(unsigned counter, unsigned group)
{
    if (counter < FIRST_LIMITED) {
        return vtdm_perfevntcap(group);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(limited); i++) {
        if (limited[i].group == group) {
            return limited[i].events;
        }
    }
    return 0;
}

uint64_t vtdm_counter_overflow(unsigned counter)
{
    bool freezes = counter < FIRST_LIMITED;

    return VTDM_PERFCNTRCFG_IO | (freezes ? VTDM_PERFCNTRCFG_GFO : 0);
}
