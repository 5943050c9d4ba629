/*
 * RAM as those see it who change it in place: atomically, beside QEMU's own
 * functions for DMA.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_RAM_H
#define INTEL_IOMMU_SIM_RAM_H

#include "compat.h"

/*
 * The @len bytes at @address of @as, to be read or, with @is_write, changed.
 * NULL: not all of them are RAM for that. A device's RAM is none: it may take
 * the big lock. The caller holds the RCU read lock as long as it uses them.
 */
uint8_t *vtdm_ram_find(AddressSpace *as, uint64_t address, size_t len,
                       bool is_write);

/*
 * The @len bytes at @ram, which vtdm_ram_find() gave, have changed: who
 * migrates has to see it, and what TCG has made of them as code is void.
 */
void vtdm_ram_changed(uint8_t *ram, size_t len);

#endif
