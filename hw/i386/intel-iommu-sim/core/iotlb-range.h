/*
 * What an invalidation of a range of addresses drops from the IOTLB.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IOTLB_RANGE_H
#define VTDM_CORE_IOTLB_RANGE_H

#include "unit.h"

/* Drops some pages, and leaves the rest to vtdm_iotlb_drop_rest(). */
void vtdm_iotlb_drop_pages(VTDMUnit *unit, const VTDMInvalidation *what);

/* Leaves all of a range to vtdm_iotlb_drop_rest(). */
void vtdm_iotlb_drop_later(VTDMUnit *unit, const VTDMInvalidation *what);

/*
 * Drops some of what an invalidation left; whether there was any. Nothing of it
 * may be told of, or complete, before all is dropped.
 */
bool vtdm_iotlb_drop_rest(VTDMUnit *unit);

/* Whether there is any of that. */
static inline bool vtdm_iotlb_has_rest(const VTDMUnit *unit)
{
    return unit->iotlb.range.level;
}

#endif
