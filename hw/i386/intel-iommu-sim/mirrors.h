/*
 * The mirrors of spaces. All functions are called with the big lock held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_MIRRORS_H
#define INTEL_IOMMU_SIM_MIRRORS_H

#include "device.h"

/* Somebody mirrors the space from the next round of the main loop on. */
void vtdm_mirrors_begin(VTDMSpace *space);

/* Looks, in the main loop's next round, whether anybody mirrors it still. */
void vtdm_mirrors_settle(VTDMSpace *space);

/* Nobody does. */
void vtdm_mirrors_end(VTDMSpace *space);

/* Whether those who mirror it see plain memory. */
bool vtdm_mirrors_show_identity(const VTDMSpace *space);

/* All that is mapped, for one who has just begun. */
void vtdm_mirrors_replay(VTDMSpace *space, IOMMUNotifier *notifier);

/* What @what covers may be another than those who mirror it were told. */
void vtdm_mirrors_outdate(VTDMSpace *space, const VTDMInvalidation *what);

/* Brings it up to date, as far as *@steps allow; returns whether it is. */
bool vtdm_mirrors_update(VTDMSpace *space, unsigned *steps);

#endif
