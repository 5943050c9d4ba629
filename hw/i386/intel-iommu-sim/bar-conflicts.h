/*
 * Devices' memory beneath the registers of units. What a guest writes to such
 * a BAR, the unit gets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_BAR_CONFLICTS_H
#define INTEL_IOMMU_SIM_BAR_CONFLICTS_H

#include "device.h"

/*
 * Watches, and traces each conflict when it comes up, if some unit is where
 * firmware may put devices.
 */
void vtdm_bar_conflicts_watch(VTDMDevice *device);

/*
 * The BAR that is beneath a unit's registers at this moment, as
 * "00:02.0 BAR 0"; NULL: none. The caller frees the string.
 */
char *vtdm_bar_conflict(const VTDMDeviceUnit *unit);

#endif
