/*
 * Slots of the IOTLB, filled and dropped.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_STORE_H
#define VTDM_CORE_IOTLB_STORE_H

#include "iotlb.h"

/* Whose set @entry is in. */
static inline uint64_t vtdm_iotlb_set_key_of(const VTDMIotlbEntry *entry)
{
    return vtdm_iotlb_set_key(
        vtdm_iotlb_tables(entry->domain_id, entry->first_stage,
                          entry->own_pasid),
        entry->tag.source_id, entry->tag.pasid != VTDM_NO_PASID);
}

/*
 * Fills slot @number, which is in no list, for the set of @key; the tag of
 * @entry is complete.
 */
void vtdm_iotlb_fill(VTDMIotlb *iotlb, uint32_t number, uint64_t key,
                     const VTDMIotlbEntry *entry);

/* Drops what is in slot @number, which is the next one to be filled. */
void vtdm_iotlb_drop(VTDMUnit *unit, uint32_t number);

/* The slot of the oldest entry, or VTDM_NO_SLOT. */
static inline uint32_t vtdm_iotlb_oldest(const VTDMIotlb *iotlb)
{
    return iotlb->links[VTDM_NO_SLOT].to[VTDM_NEWER];
}

#endif
