/*
 * The machine as the units know it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_HOST_OPS_H
#define INTEL_IOMMU_SIM_HOST_OPS_H

#include "device.h"

/* The opaque pointer is a VTDMDeviceUnit. */
extern const VTDMHostOps vtdm_host_ops;

#endif
