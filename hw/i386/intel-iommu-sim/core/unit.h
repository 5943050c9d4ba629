/*
 * The state of one unit. Every function of the core but those of vtdm.h and of
 * hit.h is called with the unit's lock held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_UNIT_H
#define VTDM_CORE_UNIT_H

#include <pthread.h>
#include <string.h>

#include "hw/i386/vtdm/vtdm.h"
#include "context-cache.h"
#include "copies.h"
#include "format-bits.h"
#include "hits.h"
#include "interrupt-entries.h"
#include "iotlb.h"
#include "pass.h"
#include "pasid-cache.h"
#include "perfmon.h"
#include "registers.h"
#include "structure-cache.h"

/* What SRTP and SIRTP latched. */
typedef struct VTDMRoot {
    uint64_t table;             /* host physical */
    unsigned ttm;               /* VTDM_TTM_* */
} VTDMRoot;

typedef struct VTDMInterruptTable {
    uint64_t table;             /* host physical */
    uint32_t entries;
    bool eime;
} VTDMInterruptTable;

/* A protected range, last byte included. Empty when limit < base. */
typedef struct VTDMRange {
    uint64_t base;
    uint64_t limit;
} VTDMRange;

/* How long a device has been asked. */
typedef enum VTDMAge {
    VTDM_AGE_NEW,
    VTDM_AGE_OLD,               /* it is late at the next expiry */
    VTDM_AGE_SILENT,            /* it is late when the queue stops */
} VTDMAge;

/* A device-TLB invalidation that its device has not answered. */
typedef struct VTDMAsked {
    unsigned itag;
    uint16_t source_id;
    unsigned completions;       /* messages that came for it */
    VTDMAge age;
} VTDMAsked;

typedef struct VTDMDeviceTlb {
    VTDMAsked asked[VTDM_ITAGS];        /* the oldest first */
    unsigned count;
    bool unsent;                /* the device has still to hear... */
    VTDMInvalidation what;      /* ... of this, the last one */
} VTDMDeviceTlb;

/* A page group response that its device has still to hear of. */
typedef struct VTDMUnsentResponse {
    bool unsent;
    VTDMPageResponse response;
} VTDMUnsentResponse;

/* A wait that was fetched, and completes when all devices have answered. */
typedef struct VTDMPendingWait {
    bool pending;
    VTDMDescriptor descriptor;
} VTDMPendingWait;

/*
 * What the unit remembers beside its registers and its caches: neither can
 * be had from the registers, as software may have changed them since, or may
 * not see yet what is in effect.
 */
typedef struct VTDMLatched {
    uint32_t gsts;              /* GSTS, once commands are complete */
    VTDMRoot root;
    VTDMInterruptTable interrupts;
    VTDMRange protected_ranges[2];
    bool protects;              /* PMEN.PRS, likewise */
    unsigned next_record;       /* the record that the next fault takes */
    bool fetching;              /* the queue runs until its head is its tail */
    VTDMDeviceTlb device_tlb;
    VTDMUnsentResponse page_response;
    VTDMPendingWait wait;
} VTDMLatched;

/* Cached entries that are freed at once. */
#define VTDM_FREED_AT_ONCE      64

struct VTDMUnit {
    /* what hits read, in one line; what is written with each fill is apart */
    uint32_t hit_mode;          /* VTDMHitMode */
    uint64_t interrupt_mode;    /* VTDM_HITS_* */
    VTDMIotlb iotlb;
    VTDMPasses passes;
    char apart[VTDM_CACHE_LINE];

    VTDMConfig config;

    pthread_mutex_t lock;
    VTDMHostOps ops;
    void *opaque;
    VTDMFormatBits formats[VTDM_SECOND_STAGE + 1];

    VTDMRegisters regs;
    VTDMLatched latched;

    VTDMCopies copies;
    bool has_copies;            /* somebody keeps some of translations */
    bool working;               /* a thread is in vtdm_work_run() */
    uint64_t steps;             /* of work, since the unit was made */
    uint64_t slice_end;         /* steps at which the slice is over */

    VTDMContexts contexts;
    VTDMPasids pasids;
    VTDMStructures structures;
    VTDMIrtes irtes;

    VTDMHits hits;
    VTDMStatistics statistics;  /* of the clocks nothing: see began */
    VTDMPerfmon perfmon;
};

/* The hardware's own access to registers: no mask, no side effect. */
static inline uint32_t vtdm_reg32(const VTDMUnit *unit, uint32_t offset)
{
    uint32_t value;

    memcpy(&value, unit->regs.value + offset, sizeof(value));
    return GUINT32_FROM_LE(value);
}

static inline uint64_t vtdm_reg64(const VTDMUnit *unit, uint32_t offset)
{
    uint64_t value;

    memcpy(&value, unit->regs.value + offset, sizeof(value));
    return GUINT64_FROM_LE(value);
}

static inline void vtdm_set_reg32(VTDMUnit *unit, uint32_t offset,
                                  uint32_t value)
{
    value = GUINT32_TO_LE(value);
    memcpy(unit->regs.value + offset, &value, sizeof(value));
}

static inline void vtdm_set_reg64(VTDMUnit *unit, uint32_t offset,
                                  uint64_t value)
{
    value = GUINT64_TO_LE(value);
    memcpy(unit->regs.value + offset, &value, sizeof(value));
}

/* Whether a bit of GSTS is in effect: software may see it a little later. */
static inline bool vtdm_is_enabled(const VTDMUnit *unit, uint32_t gsts_bit)
{
    return unit->latched.gsts & gsts_bit;
}

#endif
