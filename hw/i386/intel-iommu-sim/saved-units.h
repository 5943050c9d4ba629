/*
 * A unit as it travels: the model's bytes, and what the glue has of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_SAVED_UNITS_H
#define INTEL_IOMMU_SIM_SAVED_UNITS_H

#include "device.h"
#include "migration/vmstate.h"

typedef struct VTDMSavedUnit {
    bool absent;                /* its registers answer nobody */
    uint32_t size;
    uint8_t *state;
    QEMUTimer *completions;     /* of the unit itself */
} VTDMSavedUnit;

extern const VMStateDescription vtdm_saved_unit_vmstate;

/* Returns whether the other side takes as much, and says it if not. */
bool vtdm_saved_unit_fill(VTDMSavedUnit *saved, VTDMDeviceUnit *unit);

/*
 * Loads it, or adds a line to @problems for each thing that is wrong, with the
 * unit's number: there may be several.
 */
void vtdm_saved_unit_take(const VTDMSavedUnit *saved, VTDMDeviceUnit *unit,
                          GPtrArray *problems);

#endif
