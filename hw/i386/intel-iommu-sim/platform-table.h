/*
 * The DMAR table of the device's platform.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_PLATFORM_TABLE_H
#define INTEL_IOMMU_SIM_PLATFORM_TABLE_H

#include "device.h"

/*
 * Makes device->dmar, device->table and device->capabilities out of the
 * properties. Adds a line to @problems for all that is wrong.
 */
void vtdm_platform_describe(VTDMDevice *device, GPtrArray *problems);

#endif
