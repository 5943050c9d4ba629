/*
 * The fault log as it travels.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_SAVED_FAULTS_H
#define INTEL_IOMMU_SIM_SAVED_FAULTS_H

#include "fault-log.h"
#include "migration/vmstate.h"

/* Longer than the name of any condition. */
#define VTDM_SAVED_NAME         16

typedef struct VTDMSavedFault {
    uint32_t unit;
    uint8_t condition[VTDM_SAVED_NAME];     /* its name: rows may move */
    uint64_t address;
    uint32_t pasid;
    uint16_t source_id;
    uint16_t index;
    uint8_t access;
    uint8_t type;
    uint8_t stage;
    bool execute;
    bool privileged;
    bool fpd;
    bool recorded;
    uint64_t entry_address;
    uint64_t entry_low;
    uint64_t entry_high;
} VTDMSavedFault;

typedef struct VTDMSavedFaults {
    uint64_t count;             /* since reset... */
    uint32_t kept;              /* ... of which these, the oldest first */
    VTDMSavedFault faults[VTDM_FAULT_LOG_SIZE];
} VTDMSavedFaults;

extern const VMStateDescription vtdm_saved_faults_vmstate;

void vtdm_saved_faults_fill(VTDMSavedFaults *saved, VTDMFaultLog *log);

/*
 * Whether these are faults of a device with @units units; adds a line to
 * @problems if not.
 */
bool vtdm_saved_faults_check(const VTDMSavedFaults *saved, unsigned units,
                             GPtrArray *problems);

/* Puts faults that have been checked in place of those of @log. */
void vtdm_saved_faults_take(const VTDMSavedFaults *saved, VTDMFaultLog *log);

#endif
