/*
 * One invalidation, whoever asked for it.
 * Spec: "Invalidation of Translation Caches"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_INVALIDATE_H
#define VTDM_CORE_INVALIDATE_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * Drops what @what covers from the cache that it names; those who keep copies
 * of it are to be told.
 */
void vtdm_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Global invalidations: of all DMA caches, of interrupt entries. */
void vtdm_invalidate_dma(VTDMUnit *unit);
void vtdm_invalidate_interrupts(VTDMUnit *unit);

/*
 * What passes, and how, is another than before, though no cache lost anything:
 * those who keep copies are to be told, of DMA and of interrupts.
 */
void vtdm_dma_switched(VTDMUnit *unit);
void vtdm_interrupts_switched(VTDMUnit *unit);

/* CCMD and the IOTLB register were written. */
void vtdm_ccmd_written(VTDMUnit *unit, unsigned bytes);
void vtdm_iotlb_written(VTDMUnit *unit, unsigned bytes);

#endif
