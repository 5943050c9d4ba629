/*
 * The IOTLB: translations kept until an invalidation covers them, or newer
 * ones need the room.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_H
#define VTDM_CORE_IOTLB_H

#include "translation.h"

/*
 * What a translation was made for, and how large its page is: what a lookup
 * compares.
 */
typedef struct VTDMTag {
    uint64_t input;             /* first byte of the page */
    uint32_t pasid;             /* 20 bits, or VTDM_NO_PASID */
    uint16_t source_id;
    uint8_t level;              /* 1: 4 KiB, 2: 2 MiB, 3: 1 GiB */
} VTDMTag;

/* One cached translation, of the context entry that gave domain and FPD. */
typedef struct VTDMIotlbEntry {
    VTDMTag tag;
    uint16_t domain_id;
    bool fpd;
    VTDMTranslation translation;
    GList order;                /* place in iotlb_order */
} VTDMIotlbEntry;

void vtdm_iotlb_init(VTDMUnit *unit);
void vtdm_iotlb_destroy(VTDMUnit *unit);

/* What is cached of @address for @source_id and @pasid, or NULL. */
const VTDMIotlbEntry *vtdm_iotlb_lookup(const VTDMUnit *unit,
                                        uint16_t source_id, uint32_t pasid,
                                        uint64_t address);

/*
 * Keeps a copy of @entry: all but tag.level and order are given, tag.input
 * may be any byte of the page. The oldest entry may have to go.
 */
void vtdm_iotlb_insert(VTDMUnit *unit, const VTDMIotlbEntry *entry);

void vtdm_iotlb_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Hands each cached translation to @see, the oldest first. */
typedef void VTDMIotlbSee(void *opaque, const VTDMIotlbEntry *entry);
void vtdm_iotlb_for_each(const VTDMUnit *unit, VTDMIotlbSee *see,
                         void *opaque);

#endif
