/*
 * Devices that scopes list.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_LISTING_H
#define VTDM_DMAR_LISTING_H

#include "hw/i386/vtdm/dmar.h"

/*
 * Warns of each device that structures of @type, which have scopes, list more
 * than once; in an RMRR, of those that the same one lists.
 */
void vtdm_dmar_check_listed_twice(const VTDMDmar *dmar, VTDMDmarType type,
                                  VTDMDmarNotes *warnings);

#endif
