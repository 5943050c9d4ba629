/*
 * What should hold of the structures about groups of devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_GROUP_H
#define VTDM_DMAR_GROUP_H

#include "hw/i386/vtdm/dmar.h"

/* @type is ATSR, SATC or SIDP. */
void vtdm_dmar_check_groups(const VTDMDmar *dmar, VTDMDmarType type,
                            VTDMDmarNotes *warnings);

#endif
