/*
 * What should hold of reserved memory regions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_REGION_H
#define VTDM_DMAR_REGION_H

#include "hw/i386/vtdm/dmar.h"

void vtdm_dmar_check_regions(const VTDMDmar *dmar, VTDMDmarNotes *warnings);

#endif
