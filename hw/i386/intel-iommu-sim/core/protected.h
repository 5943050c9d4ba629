/*
 * Protected memory regions.
 * Spec: "Protected Memory Enable Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PROTECTED_H
#define VTDM_CORE_PROTECTED_H

#include "hw/i386/vtdm/vtdm.h"

/* Base and limit decode their low 21 bits as zeros and ones. */
#define VTDM_PROTECTED_GRANULE  VTDM_BITS(20, 0)

/* PMEN was written, or reset: takes the ranges over, or lets them go. */
void vtdm_pmen_written(VTDMUnit *unit, unsigned bytes);

/*
 * Whether a device may not reach host physical @address, which a page
 * table gave if it is @remapped.
 */
bool vtdm_protected_blocks(VTDMUnit *unit, uint64_t address,
                           bool remapped);

#endif
