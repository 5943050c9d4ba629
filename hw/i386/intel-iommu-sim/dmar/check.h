/*
 * What must hold of a whole table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_CHECK_H
#define VTDM_DMAR_CHECK_H

#include "hw/i386/vtdm/dmar.h"

/* What makes it unusable goes to @errors, all else to its own warnings. */
void vtdm_dmar_check_table(const VTDMDmar *dmar, VTDMDmarNotes *errors);

#endif
