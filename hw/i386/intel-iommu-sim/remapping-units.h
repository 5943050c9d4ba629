/*
 * The units that the DMAR table lists.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_REMAPPING_UNITS_H
#define INTEL_IOMMU_SIM_REMAPPING_UNITS_H

#include "device.h"

/* Makes device->units, in the order of the table. */
void vtdm_units_create(VTDMDevice *device);

/* Somebody keeps copies of translations from now on. */
void vtdm_units_keep_copies(VTDMDevice *device);

/* A power-good reset of all of them. */
void vtdm_units_reset(VTDMDevice *device);

/*
 * Goes on with what the guest started: a part of it at once, or all soon. While
 * the machine stands still, so do units; they are called when it goes on.
 */
void vtdm_unit_go_on(VTDMDeviceUnit *unit);
void vtdm_units_work(VTDMDevice *device);
void vtdm_units_work_later(VTDMDevice *device);

/* Whether firmware has described the unit, and switched it off. */
bool vtdm_unit_is_absent(const VTDMDeviceUnit *unit);

/* What they have counted starts anew. */
void vtdm_units_forget_statistics(VTDMDevice *device);

/* A device answers a device-TLB invalidation later, or too late. */
void vtdm_unit_await_completions(VTDMDeviceUnit *unit);

#endif
