/*
 * The last faults of all units, as they are kept for people, whatever the
 * guest could see of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_FAULT_LOG_H
#define INTEL_IOMMU_SIM_FAULT_LOG_H

#include "hw/i386/vtdm/vtdm.h"
#include "qemu/thread.h"

#define VTDM_FAULT_LOG_SIZE 64

typedef struct VTDMLoggedFault {
    unsigned unit;              /* its index */
    VTDMFault fault;
} VTDMLoggedFault;

typedef struct VTDMFaultLog {
    QemuMutex lock;
    VTDMLoggedFault faults[VTDM_FAULT_LOG_SIZE];
    uint64_t count;             /* since it was emptied */
} VTDMFaultLog;

void vtdm_fault_log_init(VTDMFaultLog *log);
void vtdm_fault_log_destroy(VTDMFaultLog *log);

/* Adds one, in place of the oldest if there is no room. From any thread. */
void vtdm_fault_log_add(VTDMFaultLog *log, unsigned unit,
                        const VTDMFault *fault);

void vtdm_fault_log_clear(VTDMFaultLog *log);

/* Empties it, as if @count had been there and gone. */
void vtdm_fault_log_restart(VTDMFaultLog *log, uint64_t count);

/* Since it was emptied, also those that are gone. */
uint64_t vtdm_fault_log_count(VTDMFaultLog *log);

/* Calls @look for each fault, oldest first, with the log locked. */
void vtdm_fault_log_for_each(VTDMFaultLog *log,
                             void (*look)(void *opaque,
                                          const VTDMLoggedFault *logged),
                             void *opaque);

#endif
