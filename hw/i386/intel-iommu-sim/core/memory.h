/*
 * Guest memory as the unit uses it for requests: reads and updates that count.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_MEMORY_H
#define VTDM_CORE_MEMORY_H

#include "hw/i386/vtdm/spec/scalable.h"
#include "hw/i386/vtdm/vtdm.h"
#include "count.h"

/* vtdm_host_read64() and vtdm_host_read128(), which count with VTDM_USE. */
bool vtdm_read64(VTDMUnit *unit, VTDMView view, uint64_t address,
                 uint64_t *entry);
bool vtdm_read128(VTDMUnit *unit, VTDMView view, uint64_t address,
                  VTDMEntry128 *entry);

/* Reads 512 bits likewise, but in pieces of 128. */
bool vtdm_read512(VTDMUnit *unit, VTDMView view, uint64_t address,
                  VTDMEntry512 *entry);

/* Counts accesses of one kind, and the clocks that memory takes for them. */
static inline void vtdm_count_memory(VTDMUnit *unit, VTDMCount event,
                                     unsigned times)
{
    vtdm_count_many(unit, event, times, NULL);
    vtdm_count_many(unit, VTDM_COUNT_MEM_OCCUPANCY,
                    times * VTDM_CLOCKS_OF_MEMORY, NULL);
}

/* Counts @reads that vtdm_host_read128() made. */
static inline void vtdm_count_reads(VTDMUnit *unit, unsigned reads)
{
    vtdm_count_memory(unit, VTDM_COUNT_IOMMU_MRDS, reads);
}

/*
 * vtdm_host_exchange64() for accessed and dirty bits: with another view than
 * VTDM_USE it only finds out what would become of it.
 */
bool vtdm_update64(VTDMUnit *unit, VTDMView view, uint64_t address,
                   uint64_t *entry, uint64_t wanted);

#endif
