/*
 * intel-iommu-sim: what a unit knows of its tables, for people who look.
 * Nothing changes by it, no event is told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_INSPECT_H
#define VTDM_INSPECT_H

#include "hw/i386/vtdm/statistics.h"
#include "hw/i386/vtdm/vtdm.h"

/* What an entry makes of the requests that it is for. */
typedef enum VTDMTranslationKind {
    VTDM_KIND_BLOCKED,          /* it cannot be used: see its condition */
    VTDM_KIND_PASS_THROUGH,
    VTDM_KIND_FIRST_STAGE,
    VTDM_KIND_SECOND_STAGE,
    VTDM_KIND_NESTED,
    VTDM_KIND_BY_PASID,         /* what the PASID entries say */
} VTDMTranslationKind;

/* A context entry or a PASID entry that is cached. */
typedef struct VTDMCachedEntry {
    uint16_t source_id;
    uint32_t pasid;             /* VTDM_NO_PASID: it is a context entry */
    VTDMTranslationKind kind;
    VTDMCondition condition;
    uint16_t domain_id;         /* unless the kind is BLOCKED or BY_PASID */
    uint8_t first_stage_levels; /* 3 to 5; 0: it uses no such tables */
    uint8_t second_stage_levels;
    uint32_t rid_pasid;         /* BY_PASID: that of requests without one */
    bool pasids;                /* BY_PASID: requests with PASID pass */
    bool ats;                   /* so do translated ones, and what leads there */
    bool page_requests;         /* BY_PASID: so do page requests */
    uint64_t address;           /* of the entry */
} VTDMCachedEntry;

/*
 * The entries that are cached for requests of @source_id: that of the context,
 * then those of PASIDs. The caller unrefs the array of VTDMCachedEntry.
 */
GArray *vtdm_unit_cached_entries(VTDMUnit *unit, uint16_t source_id);

/*
 * What the unit has counted since it was made, or since it was told to forget
 * it. A reset of the unit leaves it.
 */
void vtdm_unit_statistics(VTDMUnit *unit, VTDMStatistics *statistics);
void vtdm_unit_forget_statistics(VTDMUnit *unit);

/* The translation table mode that the last SRTP latched: VTDM_TTM_*. */
unsigned vtdm_unit_mode(VTDMUnit *unit);

/* A device-TLB invalidation that a device has not answered. */
typedef struct VTDMUnanswered {
    uint16_t source_id;
    uint8_t itag;
} VTDMUnanswered;

/* All of them, the oldest first, in VTDM_ITAGS places; returns how many. */
unsigned vtdm_unit_unanswered(VTDMUnit *unit, VTDMUnanswered *unanswered);

#endif
