/*
 * How many pages are cached of whose tables in which region: what invalidations
 * of ranges ask. Tables of the second stage are a domain's, those of the first
 * stage a PASID's in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_PAGES_H
#define VTDM_CORE_IOTLB_PAGES_H

#include "iotlb-slot.h"

typedef struct VTDMIotlbPages {
    uint32_t *regions;          /* pages in regions with a hash */
    uint32_t mask;
} VTDMIotlbPages;

void vtdm_pages_init(VTDMIotlbPages *pages, uint32_t slots);
void vtdm_pages_destroy(VTDMIotlbPages *pages);

/* One more or one less, with VTDMIotlbSlot.page. */
void vtdm_pages_count(VTDMIotlbPages *pages, uint64_t whose, uint64_t page,
                      int change);

/*
 * From page @number to @last of @level there may be many that nobody has:
 * returns how many are known, as far as a hash tells.
 */
uint64_t vtdm_pages_absent(const VTDMIotlbPages *pages, uint64_t whose,
                           unsigned level, uint64_t number, uint64_t last);

#endif
