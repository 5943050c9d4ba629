/*
 * Counts of cached pages, in regions of as many as a table maps, and as many as
 * the table above it does, so that an invalidation need not look for each page
 * of a large range.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "iotlb-pages.h"

/* Sizes of regions. */
#define ORDERS                  2

/* Slots for each hash, at least. */
#define DENSITY                 4

/* Who makes two regions one gains nothing, and work takes the same steps. */
#define FACTOR                  UINT64_C(0x9e3779b97f4a7c15)

void vtdm_pages_init(VTDMIotlbPages *pages, uint32_t slots)
{
    pages->mask = 1;
    while (pages->mask + 1 <= slots / DENSITY / 2) {
        pages->mask = pages->mask << 1 | 1;
    }
    pages->regions = g_new0(uint32_t, (size_t)pages->mask + 1);
}

void vtdm_pages_destroy(VTDMIotlbPages *pages)
{
    g_free(pages->regions);
}

/* Regions of small pages are not those of larger ones. */
static uint32_t *region_of(const VTDMIotlbPages *pages, uint64_t whose,
                           unsigned level, uint64_t number, unsigned order)
{
    uint64_t region = number >> (VTDM_LEVEL_BITS * order);

    return &pages->regions[vtdm_page_hash(FACTOR, whose << 2 | order, level,
                                          region) & pages->mask];
}

void vtdm_pages_count(VTDMIotlbPages *pages, uint64_t whose, uint64_t page,
                      int change)
{
    unsigned level = vtdm_slot_level(page);
    uint64_t number = vtdm_page_number(page, level);

    for (unsigned order = 1; order <= ORDERS; order++) {
        *region_of(pages, whose, level, number, order) += change;
    }
}

uint64_t vtdm_pages_absent(const VTDMIotlbPages *pages, uint64_t whose,
                           unsigned level, uint64_t number, uint64_t last)
{
    for (unsigned order = ORDERS; order; order--) {
        uint64_t size = VTDM_BIT(VTDM_LEVEL_BITS * order);

        if (!(number & (size - 1)) && last - number >= size - 1 &&
            !*region_of(pages, whose, level, number, order)) {
            return size;
        }
    }
    return 0;
}
