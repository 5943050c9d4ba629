/*
 * Sources of interrupts that are not PCI devices: IOAPICs and HPETs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_SOURCE_H
#define VTDM_DMAR_SOURCE_H

#include "hw/i386/vtdm/dmar.h"

/* Is there a scope of @type with this id, whatever its path is? */
bool vtdm_dmar_lists_source(const VTDMDmar *dmar, VTDMDmarScopeType type,
                            uint8_t id);

bool vtdm_dmar_lists_ioapic(const VTDMDmar *dmar);

/*
 * Warns of what keeps a guest from remapping interrupts, if the table says
 * that it can: no IOAPIC is listed, or only ones that the machine has not.
 */
void vtdm_dmar_check_sources(const VTDMDmar *dmar, VTDMDmarNotes *warnings);

#endif
