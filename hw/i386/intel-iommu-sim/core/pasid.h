/*
 * PASID directory and PASID table entries.
 * Spec: "Scalable Mode Address Translation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PASID_H
#define VTDM_CORE_PASID_H

#include "context-cache.h"
#include "pasid-cache.h"

/*
 * The PASID entry that @context, of scalable mode and without a condition,
 * leads to for @pasid, which its directory has room for, as @view says: the one
 * in the cache, until the next call, or *@room, with what the tables say. Read
 * its condition first.
 */
const VTDMPasidEntry *vtdm_pasid_find(VTDMUnit *unit,
                                      const VTDMContext *context,
                                      uint32_t pasid, VTDMView view,
                                      VTDMPasidEntry *room);

/* Why a unit cannot use what @entry says of types, levels and FSPTPTR. */
VTDMCondition vtdm_pasid_check_types(const VTDMConfig *config,
                                     const VTDMPasidEntry *entry);

#endif
