/*
 * The NUMA nodes of units.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_AFFINITY_H
#define VTDM_DMAR_AFFINITY_H

#include "hw/i386/vtdm/dmar.h"

void vtdm_dmar_check_affinities(const VTDMDmar *dmar,
                                VTDMDmarNotes *warnings);

/* Leaves out those in a node that a machine with @nodes has not. */
void vtdm_dmar_fit_nodes(VTDMDmar *dmar, unsigned nodes,
                         VTDMDmarNotes *changes);

#endif
