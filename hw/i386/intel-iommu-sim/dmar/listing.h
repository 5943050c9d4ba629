/*
 * Devices that the scopes of units list.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_LISTING_H
#define VTDM_DMAR_LISTING_H

#include "hw/i386/vtdm/dmar.h"

/* Warns of each device that is listed more than once. */
void vtdm_dmar_check_listed_twice(const VTDMDmar *dmar,
                                  VTDMDmarNotes *warnings);

#endif
