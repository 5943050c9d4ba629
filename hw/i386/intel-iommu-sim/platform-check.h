/*
 * The device's platform against the machine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_PLATFORM_CHECK_H
#define INTEL_IOMMU_SIM_PLATFORM_CHECK_H

#include "device.h"

/*
 * Adds a line to @problems for each conflict between properties, machine
 * and devices. The platform has been described, in vain maybe.
 */
void vtdm_platform_check(VTDMDevice *device, GPtrArray *problems);

#endif
