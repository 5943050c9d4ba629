/*
 * The interrupt address range of a requester's space.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_INTERRUPT_WINDOW_H
#define INTEL_IOMMU_SIM_INTERRUPT_WINDOW_H

#include "device.h"

/* The opaque pointer is the space; offset 0 is VTDM_INTERRUPT_BASE. */
extern const MemoryRegionOps vtdm_interrupt_window_ops;

/* A write that is held, if there is one, has no more bytes. */
void vtdm_interrupt_release_held(VTDMSpace *space);

#endif
