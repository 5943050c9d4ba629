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
 * since VTDMStructures.now
 */
typedef struct VTDMStructureSlot {
    uint64_t who;
    uint64_t page;
    uint64_t table;
    uint64_t since;
} VTDMStructureSlot;

#define VTDM_STRUCTURE_DOMAINS  65536

/* PASIDs that differ by a multiple of it share a flush. */
#define VTDM_STRUCTURE_PASIDS   4096

/* When whose entries went, all at once: those that are older. */
typedef struct VTDMStructureFlushes {
    uint64_t of_domain[VTDM_STRUCTURE_DOMAINS][VTDM_SECOND_STAGE + 1];
    uint64_t of_pasid[VTDM_STRUCTURE_PASIDS];       /* the first stage */
} VTDMStructureFlushes;

typedef struct VTDMStructures {
    VTDMStructureSlot slots[VTDM_STRUCTURES];
    unsigned levels;            /* the highest of entries, so far */
    uint64_t now;               /* flushes, so far */
    uint64_t flush_of_all;
    VTDMStructureFlushes *flushes;      /* of which little is touched */
} VTDMStructures;

void vtdm_structures_init(VTDMUnit *unit);
void vtdm_structures_destroy(VTDMUnit *unit);

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

/*
 * Drops what an invalidation of the IOTLB covers, and no other but of a PASID
 * that shares a flush. Costs nothing for what is cached, unless a range is so
 * large that all entries are looked at.
 */
void vtdm_structures_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Hands each cached entry to @see, in order of their places. */
typedef void VTDMStructureSee(void *opaque, const VTDMStructure *entry);
void vtdm_structures_for_each(const VTDMUnit *unit, VTDMStructureSee *see,
                              void *opaque);

#endif
