/*
 * The interrupt entry cache: IRTEs, by their index.
 * Spec: "Interrupt Entry Cache"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_INTERRUPT_ENTRIES_H
#define VTDM_CORE_INTERRUPT_ENTRIES_H

#include "hw/i386/vtdm/vtdm.h"

void vtdm_irtes_init(VTDMUnit *unit);
void vtdm_irtes_destroy(VTDMUnit *unit);

/* The entry that is cached, or NULL. */
const VTDMEntry128 *vtdm_irte_lookup(const VTDMUnit *unit, uint32_t index);

/* Keeps a copy of @irte, which may be one that faults. */
void vtdm_irte_insert(VTDMUnit *unit, uint32_t index,
                      const VTDMEntry128 *irte);

void vtdm_irtes_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Hands each cached entry to @see, in no order. */
typedef void VTDMIrteSee(void *opaque, uint32_t index,
                         const VTDMEntry128 *irte);
void vtdm_irtes_for_each(const VTDMUnit *unit, VTDMIrteSee *see,
                         void *opaque);

#endif
