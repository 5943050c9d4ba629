/*
 * A ring of faults.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/lockable.h"
#include "fault-log.h"

void vtdm_fault_log_init(VTDMFaultLog *log)
{
    qemu_mutex_init(&log->lock);
}

void vtdm_fault_log_destroy(VTDMFaultLog *log)
{
    qemu_mutex_destroy(&log->lock);
}

void vtdm_fault_log_add(VTDMFaultLog *log, unsigned unit,
                        const VTDMFault *fault)
{
    QEMU_LOCK_GUARD(&log->lock);
    log->faults[log->count++ % VTDM_FAULT_LOG_SIZE] =
        (VTDMLoggedFault) { unit, *fault };
}

void vtdm_fault_log_restart(VTDMFaultLog *log, uint64_t count)
{
    QEMU_LOCK_GUARD(&log->lock);
    log->count = count;
}

void vtdm_fault_log_clear(VTDMFaultLog *log)
{
    vtdm_fault_log_restart(log, 0);
}

uint64_t vtdm_fault_log_count(VTDMFaultLog *log)
{
    QEMU_LOCK_GUARD(&log->lock);
    return log->count;
}

void vtdm_fault_log_for_each(VTDMFaultLog *log,
                             void (*look)(void *opaque,
                                          const VTDMLoggedFault *logged),
                             void *opaque)
{
    QEMU_LOCK_GUARD(&log->lock);
    for (uint64_t i = log->count - MIN(log->count, VTDM_FAULT_LOG_SIZE);
         i < log->count; i++) {
        look(opaque, &log->faults[i % VTDM_FAULT_LOG_SIZE]);
    }
}
