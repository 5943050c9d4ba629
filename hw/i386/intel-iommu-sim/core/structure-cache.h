/*
 * The paging-structure caches: entries that point to another table, kept
 * until an invalidation covers them, or newer ones need the room.
 * Spec: "Caches for Paging Structures"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_STRUCTURE_CACHE_H
#define VTDM_CORE_STRUCTURE_CACHE_H

#include "hw/i386/vtdm/vtdm.h"

/* What the caches of a unit hold at most. */
#define VTDM_STRUCTURE_BITS     8
#define VTDM_STRUCTURES         (1 << VTDM_STRUCTURE_BITS)

/* A table that a walk has come to. */
typedef struct VTDMPagingTable {
    uint64_t address;           /* host physical */
    uint8_t level;              /* of its entries */
    uint8_t perm;               /* that all entries above agree on */
    bool writable;              /* a second stage lets its entries change */
} VTDMPagingTable;

/* Whose entries: what a lookup compares, beside the address. */
typedef struct VTDMStructureTag {
    VTDMStage stage;
    uint32_t pasid;             /* second stage: 0 */
    uint16_t domain_id;
} VTDMStructureTag;

/* A cached entry; without a stage there is none. */
typedef struct VTDMStructure {
    VTDMStructureTag tag;
    uint64_t input;             /* the first address that it translates */
    VTDMPagingTable table;      /* that it points to */
} VTDMStructure;

/* Domains that share their low bits share a count. */
#define VTDM_STRUCTURE_COUNTS   256

typedef struct VTDMStructures {
    VTDMStructure slots[VTDM_STRUCTURES];
    uint16_t counts[VTDM_STRUCTURE_COUNTS][VTDM_SECOND_STAGE + 1];
    unsigned count;             /* of all */
} VTDMStructures;

/*
 * The lowest table that @address leads to, of those below a table of
 * @levels; whether there is one.
 */
bool vtdm_structures_lookup(const VTDMUnit *unit,
                            const VTDMStructureTag *tag, unsigned levels,
                            uint64_t address, VTDMPagingTable *table);

/* Keeps what leads @address to @table. One other entry may have to go. */
void vtdm_structures_insert(VTDMUnit *unit, const VTDMStructureTag *tag,
                            uint64_t address, const VTDMPagingTable *table);

/* Drops what an invalidation of the IOTLB covers. */
void vtdm_structures_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Hands each cached entry to @see, in order of their places. */
typedef void VTDMStructureSee(void *opaque, const VTDMStructure *entry);
void vtdm_structures_for_each(const VTDMUnit *unit, VTDMStructureSee *see,
                              void *opaque);

#endif
