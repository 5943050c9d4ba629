/*
 * What a saved unit has cached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_CACHES_H
#define VTDM_CORE_SAVE_CACHES_H

#include "save-section.h"

extern const VTDMSection vtdm_save_contexts;
extern const VTDMSection vtdm_save_pasids;
extern const VTDMSection vtdm_save_iotlb;
extern const VTDMSection vtdm_save_range;
extern const VTDMSection vtdm_save_structures;
extern const VTDMSection vtdm_save_irtes;

/* Drops all that is cached, and what of it is half dropped; tells nobody. */
void vtdm_save_empty_caches(VTDMUnit *unit);

#endif
