/*
 * The DMAR table and the memory map that the guest is given.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_ACPI_H
#define INTEL_IOMMU_SIM_ACPI_H

#include "device.h"

/* Reserves in the guest's memory map what the table names. */
void vtdm_acpi_reserve(VTDMDevice *device);

/* Adds the table to QEMU's, before it builds them. */
void vtdm_acpi_add_table(VTDMDevice *device);

#endif
