/*
 * Whether two DMAR tables describe the same platform.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_COMPARE_H
#define VTDM_DMAR_COMPARE_H

#include "hw/i386/vtdm/dmar.h"

/*
 * Adds a line to @problems for each property of the device in which @source, a
 * table that somebody else has parsed, differs from @here, ours: what is on
 * which side, and what to say. Names, revisions and padding do not count, the
 * order of structures does. Both come from vtdm_dmar_parse().
 */
void vtdm_dmar_compare(const VTDMDmar *here, const VTDMDmar *source,
                       GPtrArray *problems);

#endif
