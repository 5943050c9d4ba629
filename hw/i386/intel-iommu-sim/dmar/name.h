/*
 * What should hold of the names of ACPI devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_NAME_H
#define VTDM_DMAR_NAME_H

#include "hw/i386/vtdm/dmar.h"

/* Each has a number of its own, and a unit lists it. */
void vtdm_dmar_check_names(const VTDMDmar *dmar, VTDMDmarNotes *warnings);

/* Warns of namespace devices in structures of @type that have no name. */
void vtdm_dmar_check_named(const VTDMDmar *dmar, VTDMDmarType type,
                           VTDMDmarNotes *warnings);

#endif
