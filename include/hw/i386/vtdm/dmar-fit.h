/*
 * A DMAR table of one machine in another one: the adjustments of a
 * description that it takes to be true there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_FIT_H
#define VTDM_DMAR_FIT_H

#include "hw/i386/vtdm/dmar-platform.h"

/*
 * Changes what @vm cannot honour: the host address width, also one that is
 * too small for its RAM; the ids of the IOAPIC and the HPET; register sets
 * at address 0, over something else or beyond the width; reserved regions
 * over RAM, devices or the interrupt range or beyond the width, which move,
 * the largest first, or go away if there is no place for them; and the nodes
 * of units that @vm does not have, which go away.
 * Adds a note to @changes for each. A register set that finds no place stays
 * where it is.
 *
 * @dmar has been read, but need not have been checked.
 */
void vtdm_dmar_fit(VTDMDmar *dmar, const VTDMPlatform *vm,
                   VTDMDmarNotes *changes);

#endif
