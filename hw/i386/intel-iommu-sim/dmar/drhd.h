/*
 * What must hold, and what should hold, of remapping units.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_DRHD_H
#define VTDM_DMAR_DRHD_H

#include "hw/i386/vtdm/dmar.h"

/*
 * What makes units unusable goes to @errors, what is merely wrong to
 * @warnings; they may be the same list.
 */
void vtdm_dmar_check_units(const VTDMDmar *dmar, VTDMDmarNotes *errors,
                           VTDMDmarNotes *warnings);

/* Warns of each unit after the INCLUDE_PCI_ALL unit of its segment. */
void vtdm_dmar_check_include_all_last(const VTDMDmar *dmar,
                                      VTDMDmarNotes *warnings);

#endif
