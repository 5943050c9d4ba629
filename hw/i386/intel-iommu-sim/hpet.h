/*
 * The HPET as a requester.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_HPET_H
#define INTEL_IOMMU_SIM_HPET_H

#include "device.h"

/*
 * Makes device->hpet, and takes what it sends, if the machine has an HPET
 * with MSIs and the DMAR table lists it. The machine is complete.
 */
void vtdm_hpet_hook(VTDMDevice *device);

#endif
