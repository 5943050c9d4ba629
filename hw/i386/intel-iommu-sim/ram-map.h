/*
 * Where guest RAM is in the memory of QEMU: what a walk of tables asks again
 * and again, found without the memory core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_RAM_MAP_H
#define INTEL_IOMMU_SIM_RAM_MAP_H

#include "device.h"

/* Follows the memory of the machine from now on, and until the machine ends. */
void vtdm_ram_map_init(VTDMDevice *device);

/*
 * The @len bytes at @address of guest memory, for @unit, to be read or, with @is_write,
 * changed; they are there as long as the caller holds the RCU read lock. NULL:
 * not all of them are in one piece of plain RAM for that, or nobody knows yet:
 * vtdm_ram_find() does.
 */
uint8_t *vtdm_ram_map_find(VTDMDeviceUnit *unit, uint64_t address,
                           size_t len, bool is_write);

/*
 * Writes to RAM, and marks it as dirty. False, and nothing is written: it is
 * not here, or TCG may have made code of it, which the memory core knows.
 */
bool vtdm_ram_map_write(VTDMDeviceUnit *unit, uint64_t address,
                        const void *buf, size_t len);

#endif
