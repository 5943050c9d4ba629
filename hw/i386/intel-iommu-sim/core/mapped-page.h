/*
 * What one stage's tables make of an address, as one page that others can
 * keep.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_MAPPED_PAGE_H
#define VTDM_CORE_MAPPED_PAGE_H

#include "hw/i386/vtdm/mirror.h"
#include "walk.h"

/*
 * Finds what @address, which @table reaches, belongs to: a page, or the part of
 * it that is not for interrupts; with perm 0, what is not mapped. The walk
 * begins at @place, and leaves there where it ended. Without the unit's lock.
 */
void vtdm_mapped_page_find(VTDMUnit *unit, const VTDMTable *table,
                           VTDMWalkPlace *place, uint64_t address,
                           VTDMPage *page);

#endif
