/*
 * The device in migrations and snapshots.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_MIGRATION_H
#define INTEL_IOMMU_SIM_MIGRATION_H

#include "device.h"
#include "migration/vmstate.h"

extern const VMStateDescription vtdm_migration_vmstate;

/* When the units exist; and from then on. */
void vtdm_migration_init(VTDMDevice *device);
void vtdm_migration_exit(VTDMDevice *device);

#endif
