/*
 * Properties of the device as capabilities of its units.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_UNIT_PROPERTIES_H
#define INTEL_IOMMU_SIM_UNIT_PROPERTIES_H

#include "device.h"

/*
 * Makes device->capabilities out of the properties. Adds a line to @problems
 * for what cannot be read.
 */
void vtdm_units_describe(VTDMDevice *device, GPtrArray *problems);

/* Adds a line to @problems for each conflict between the properties. */
void vtdm_units_check_properties(VTDMDevice *device, GPtrArray *problems);

/* The width that the table and all units agree on, in bits. */
void vtdm_units_set_host_width(VTDMDevice *device, uint8_t bits);

#endif
