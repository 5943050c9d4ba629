/*
 * A DMAR table of one machine in another one: what a VM has, and the
 * adjustments of a description that it takes to be true there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_FIT_H
#define VTDM_DMAR_FIT_H

#include "hw/i386/vtdm/dmar.h"

/* Addresses that something in the VM answers to. */
typedef struct VTDMPlatformRange {
    uint64_t base;
    uint64_t limit;                 /* last byte */
    const char *name;
    bool is_ram;
} VTDMPlatformRange;

/* The VM, as far as a DMAR table speaks of it. */
typedef struct VTDMPlatform {
    GArray *taken;                  /* of VTDMPlatformRange */
    uint8_t address_width;          /* the widest it can have, in bits */
    uint8_t ioapic_id;
    uint8_t hpet_number;
    unsigned nodes;                 /* of NUMA, one at least */
} VTDMPlatform;

/* The range that shares a byte with @first to @last, or NULL. */
const VTDMPlatformRange *vtdm_platform_find(const VTDMPlatform *vm,
                                            uint64_t first, uint64_t last);

/*
 * Changes what @vm cannot honour: the host address width, also one that is
 * too small for its RAM; the ids of the IOAPIC and the HPET; register sets
 * over something else or beyond the width; and reserved regions over RAM or
 * beyond the width, which move, or go away if there is no place for them; and
 * the nodes of units that @vm does not have, which go away.
 * Adds a note to @changes for each. A register set that finds no place stays
 * where it is.
 */
void vtdm_dmar_fit(VTDMDmar *dmar, const VTDMPlatform *vm,
                   VTDMDmarNotes *changes);

/* Adds a note for each unit in a node that a machine with @nodes has not. */
void vtdm_dmar_check_nodes(const VTDMDmar *dmar, unsigned nodes,
                           VTDMDmarNotes *notes);

#endif
