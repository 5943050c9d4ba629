/*
 * The machine's PCI devices, as far as they would not be what a user takes
 * them for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_GUEST_DEVICES_H
#define INTEL_IOMMU_SIM_GUEST_DEVICES_H

#include "device.h"

/*
 * The machine is complete. Ends QEMU, with the fix, if a unit has a device
 * that QEMU does not let it translate; warns of each other one that bypasses
 * the IOMMU, or does not work behind one.
 */
void vtdm_devices_check(VTDMDevice *device);

/* Warns likewise of one that was plugged into the running machine. */
void vtdm_devices_plugged(VTDMDevice *device, PCIDevice *dev);

#endif
