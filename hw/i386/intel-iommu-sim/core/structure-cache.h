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

/* What the caches of a unit hold at most: tables for 8 GiB in 4 KiB pages. */
#define VTDM_STRUCTURE_BITS     12
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

/* A cached entry. */
typedef struct VTDMStructure {
    VTDMStructureTag tag;
    uint64_t input;             /* the first address that it translates */
    VTDMPagingTable table;      /* that it points to */
} VTDMStructure;

/*
 * How it is kept.
 *
 * who   domain-id 39:24, PASID 23:4, stage 1:0, which is 0 if there is none
 * page  input 63:12, level 2:0
 * table address 63:12, writable 4, perm 3:0
 */
typedef struct VTDMStructureSlot {
    uint64_t who;
    uint64_t page;
    uint64_t table;
} VTDMStructureSlot;

/* Of a list; places from 1. */
typedef struct VTDMStructureLink {
    uint16_t next, previous;
} VTDMStructureLink;

/* Domains that share their low bits share the lists of their stages. */
#define VTDM_STRUCTURE_LISTS    256

typedef struct VTDMStructures {
    VTDMStructureSlot slots[VTDM_STRUCTURES];
    VTDMStructureLink links[VTDM_STRUCTURES];   /* close together */
    uint16_t lists[VTDM_STRUCTURE_LISTS][VTDM_SECOND_STAGE + 1];
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
