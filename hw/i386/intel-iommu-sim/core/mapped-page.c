/*
 * Pages of guest tables.
 * Spec: "Root-Complex Handling of Interrupt Requests"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "interrupt-range.h"
#include "mapped-page.h"

/* The largest piece around @address that leaves the interrupt range out. */
static uint64_t piece_mask(uint64_t address, uint64_t mask)
{
    while (mask >= VTDM_PAGE_SIZE &&
           vtdm_in_interrupt_range(address & ~mask, mask + 1)) {
        mask >>= 1;
    }
    return mask;
}

void vtdm_mapped_page_find(VTDMUnit *unit, const VTDMTable *table,
                           VTDMWalkPlace *place, uint64_t address,
                           VTDMPage *page)
{
    VTDMTranslation end;
    uint64_t output;

    vtdm_walk(unit, table, address,
              &(VTDMWalkAccess) { .view = VTDM_TABLES, .place = place }, &end);
    *page = (VTDMPage) { .mask = VTDM_PAGE_SIZE - 1 };
    output = end.output + (address & end.mask);
    if (end.condition != VTDM_NO_FAULT || !end.perm) {
        page->mask = end.span;
    } else if (!vtdm_in_interrupt_range(address, 1) &&
               !vtdm_in_interrupt_range(output, 1)) {
        page->mask = piece_mask(address, end.mask) &
                     piece_mask(output, end.mask);
        page->output = output & ~page->mask;
        page->perm = end.perm;
    }
    page->input = address & ~page->mask;
}
