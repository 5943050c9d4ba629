/*
 * intel-iommu-sim: what a fault condition means, for people and for the
 * requester.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CONDITION_H
#define VTDM_CONDITION_H

#include "hw/i386/vtdm/spec/faults.h"

typedef struct VTDMConditionInfo {
    const char *name;           /* as the specification prints it */
    const char *text;           /* what happened, for people */
    uint8_t reason;             /* FRCD.FR */
    bool qualified;             /* FPD keeps it from being recorded */
    VTDMResponse untranslated;
    VTDMResponse translation;
    VTDMResponse translated;
    bool always_recorded;       /* also where the response is success */
} VTDMConditionInfo;

/* The row of @condition, which is below VTDM_CONDITION_COUNT. */
const VTDMConditionInfo *vtdm_condition_info(VTDMCondition condition);

#endif
