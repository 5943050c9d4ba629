/*
 * Interrupt messages of requesters, and the routes that KVM keeps of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_INTERRUPTS_H
#define INTEL_IOMMU_SIM_INTERRUPTS_H

#include "device.h"

/* Makes device->ioapic, through which the machine's IOAPIC sends. */
void vtdm_interrupts_init(VTDMDevice *device);

/*
 * Hands a write of @size bytes to the interrupt address range to the unit of
 * @space, and what becomes of it to the CPUs. An error: it was blocked, and
 * recorded. The big lock is held.
 */
MemTxResult vtdm_interrupt_send(VTDMSpace *space, uint64_t address,
                                uint32_t data, unsigned size);

/* The same from somebody who says that it is @source_id. */
MemTxResult vtdm_interrupt_send_as(VTDMSpace *space, uint16_t source_id,
                                   uint64_t address, uint32_t data,
                                   unsigned size);

/* X86IOMMUClass.int_remap */
int vtdm_int_remap(X86IOMMUState *iommu, MSIMessage *source,
                   MSIMessage *target, uint16_t source_id);

#endif
