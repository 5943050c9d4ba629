/*
 * Interrupts of requesters, and messages to CPUs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_INTERRUPTS_H
#define INTEL_IOMMU_SIM_INTERRUPTS_H

#include "device.h"

/* The interrupt address range of a space; the opaque pointer is the space. */
extern const MemoryRegionOps vtdm_interrupt_ops;

void vtdm_interrupts_init(VTDMDevice *device);
void vtdm_interrupts_hook_hpet(VTDMDevice *device);

/* Sends a message to the CPUs, at once or soon. From any thread. */
void vtdm_message_deliver(uint64_t address, uint32_t data);

/* X86IOMMUClass.int_remap */
int vtdm_int_remap(X86IOMMUState *iommu, MSIMessage *source,
                   MSIMessage *target, uint16_t source_id);

#endif
