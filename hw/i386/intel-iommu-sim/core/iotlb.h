/*
 * The IOTLB: translations kept until an invalidation covers them, or newer
 * ones need the room.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_H
#define VTDM_CORE_IOTLB_H

#include "walk.h"

/* One cached translation: its tags, and how the walk ended. */
typedef struct VTDMTranslation {
    uint64_t tag;               /* source-id, page size and page number */
    uint64_t input;             /* first byte of the page */
    uint16_t domain_id;
    bool fpd;
    VTDMWalk walk;
    GList order;                /* place in iotlb_order */
} VTDMTranslation;

void vtdm_iotlb_init(VTDMUnit *unit);
void vtdm_iotlb_destroy(VTDMUnit *unit);

/* The translation of @address for @source_id, or NULL. */
const VTDMTranslation *vtdm_iotlb_lookup(VTDMUnit *unit, uint16_t source_id,
                                         uint64_t address);

/* Keeps @walk, which translated @address; the oldest may have to go. */
void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMContext *context,
                       uint64_t address, const VTDMWalk *walk);

void vtdm_iotlb_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

#endif
