/*
 * The device's properties that rows of capabilities describe.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_ROW_PROPERTIES_H
#define INTEL_IOMMU_SIM_ROW_PROPERTIES_H

#include "device.h"

/* Adds a Property of VTDMDevice for each row that makes one. */
void vtdm_row_properties_add(GArray *properties);

/*
 * From now on device->said knows which of them a user sets, also of those
 * that the parent owns.
 */
void vtdm_row_properties_watch(ObjectClass *oc);

#endif
