/*
 * Guest memory, counted.
 * Spec: "Performance Monitoring Events"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "host.h"
#include "memory.h"

bool vtdm_read64(VTDMUnit *unit, VTDMView view, uint64_t address,
                 uint64_t *entry)
{
    if (view == VTDM_USE) {
        vtdm_count_reads(unit, 1);
    }
    return vtdm_host_read64(unit, address, entry);
}

bool vtdm_read128(VTDMUnit *unit, VTDMView view, uint64_t address,
                  VTDMEntry128 *entry)
{
    if (view == VTDM_USE) {
        vtdm_count_reads(unit, 1);
    }
    return vtdm_host_read128(unit, address, entry);
}

bool vtdm_read512(VTDMUnit *unit, VTDMView view, uint64_t address,
                  VTDMEntry512 *entry)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(entry->words); i += 2) {
        VTDMEntry128 piece;

        if (!vtdm_read128(unit, view, address + i * sizeof(*entry->words),
                          &piece)) {
            return false;
        }
        entry->words[i] = piece.lo;
        entry->words[i + 1] = piece.hi;
    }
    return true;
}

bool vtdm_update64(VTDMUnit *unit, VTDMView view, uint64_t address,
                   uint64_t *entry, uint64_t wanted)
{
    uint64_t expected = *entry;
    bool there = vtdm_host_exchange64(unit, address, entry,
                                      view == VTDM_USE ? wanted : expected);

    if (view == VTDM_USE && there && *entry == expected) {
        vtdm_count_memory(unit, VTDM_COUNT_IOMMU_ATOMIC_AD_UPDATE, 1);
    }
    return there;
}
