/*
 * Read-only properties that show what is going on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_STATE_H
#define INTEL_IOMMU_SIM_STATE_H

#include "qom/object.h"

void vtdm_state_class_init(ObjectClass *oc);

#endif
