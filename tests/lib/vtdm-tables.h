/*
 * Builds what software prepares for a unit: translation tables, interrupt
 * entries and invalidation descriptors. Used against the core alone and
 * through QEMU, so memory is reached by two callbacks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_TABLES_H
#define VTDM_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/i386/vtdm/spec/interrupts.h"
#include "hw/i386/vtdm/spec/invalidation.h"
#include "hw/i386/vtdm/spec/scalable.h"
#include "hw/i386/vtdm/spec/tables.h"

/* Memory for tables, and the page that the next new table takes. */
typedef struct VTDMTables {
    void (*read)(void *opaque, uint64_t address, void *buf, size_t len);
    void (*write)(void *opaque, uint64_t address, const void *buf,
                  size_t len);
    void *opaque;
    uint64_t next;
} VTDMTables;

/* A new page of zeros. */
uint64_t vtdm_tables_page(VTDMTables *tables);

/* One 64-bit or 128-bit entry in memory, little-endian. */
uint64_t vtdm_tables_get(VTDMTables *tables, uint64_t address);
void vtdm_tables_set(VTDMTables *tables, uint64_t address, uint64_t entry);
VTDMEntry128 vtdm_tables_get128(VTDMTables *tables, uint64_t address);
void vtdm_tables_set128(VTDMTables *tables, uint64_t address,
                        VTDMEntry128 entry);

/*
 * Stores @entry as the context entry of @source_id under the root table
 * @root; makes the context table if there is none. Returns its address.
 */
uint64_t vtdm_tables_context(VTDMTables *tables, uint64_t root,
                             uint16_t source_id, VTDMEntry128 entry);

/* Larger entries, whose address must be a multiple of their size. */
void vtdm_tables_set256(VTDMTables *tables, uint64_t address,
                        VTDMEntry256 entry);
void vtdm_tables_set512(VTDMTables *tables, uint64_t address,
                        VTDMEntry512 entry);

/*
 * The same for scalable mode: stores @entry as the context entry of
 * @source_id; then, as the PASID entry of @pasid in the directory at
 * @directory, makes the PASID table if there is none. Each returns the address
 * of what it stored.
 */
uint64_t vtdm_tables_scalable_context(VTDMTables *tables, uint64_t root,
                                      uint16_t source_id,
                                      VTDMEntry256 entry);
uint64_t vtdm_tables_pasid(VTDMTables *tables, uint64_t directory,
                           uint32_t pasid, VTDMEntry512 entry);

/* One page in paging tables. */
typedef struct VTDMMapping {
    uint64_t table;             /* the top table: SSPTPTR, FSPTPTR */
    unsigned levels;            /* of it: 3, 4 or 5 */
    uint64_t input;
    uint64_t output;
    unsigned level;             /* of the leaf: 1 4 KiB, 2 2 MiB, 3 1 GiB */
    uint64_t flags;             /* of the leaf: VTDM_SS_R, VTDM_FS_P, ... */
    bool first_stage;           /* whose format the tables have */
} VTDMMapping;

/*
 * Maps a page; makes the tables above it, which allow everything, where
 * there are none. Returns the address of the leaf entry.
 */
uint64_t vtdm_tables_map(VTDMTables *tables, const VTDMMapping *mapping);

/*
 * Tables of 4 levels that lead every address, by leaves of @level, to where
 * @leaf says: a new table for each level, whose 512 entries are the same.
 * @pointer: the flags of entries above. Returns the top table.
 */
uint64_t vtdm_tables_everywhere(VTDMTables *tables, unsigned level,
                                uint64_t pointer, uint64_t leaf);

/* Sets all 512 entries of @table. */
void vtdm_tables_fill(VTDMTables *tables, uint64_t table, uint64_t entry);

/* The address of the entry at @level that translates @mapping->input. */
uint64_t vtdm_tables_entry(VTDMTables *tables, const VTDMMapping *mapping,
                           unsigned level);

/* A present context entry. @levels: 3, 4 or 5. */
VTDMEntry128 vtdm_make_context(unsigned tt, unsigned levels,
                               uint64_t ssptptr, uint16_t domain_id);

/*
 * A present context entry of scalable mode. @flags: VTDM_SCTX_DTE,
 * VTDM_SCTX_PASIDE, ...; @pdts: 0 for 128 directory entries, up to 7.
 */
VTDMEntry256 vtdm_make_scalable_context(uint64_t flags, unsigned pdts,
                                        uint64_t directory,
                                        uint32_t rid_pasid);

/*
 * Present PASID entries, of which everything else is 0; a nested one is that
 * of a first stage over a second stage. @levels: 4 or 5, and 3 to 5.
 */
VTDMEntry512 vtdm_make_pasid_pass_through(uint16_t domain_id);
VTDMEntry512 vtdm_make_pasid_first_stage(unsigned levels, uint64_t fsptptr,
                                         uint16_t domain_id);
VTDMEntry512 vtdm_make_pasid_second_stage(unsigned levels, uint64_t ssptptr,
                                          uint16_t domain_id);
VTDMEntry512 vtdm_pasid_nested_over(VTDMEntry512 first_stage,
                                    unsigned levels, uint64_t ssptptr);

/* A present, fixed, edge-triggered IRTE without source validation. */
VTDMEntry128 vtdm_make_irte(uint8_t vector, uint32_t destination, bool eime);

/* A present one of posted format, not urgent, and without it. */
VTDMEntry128 vtdm_make_posted_irte(uint8_t vector, uint64_t descriptor);

/* A posted interrupt descriptor that nothing was posted to. */
VTDMEntry512 vtdm_make_posted_descriptor(uint8_t vector, uint32_t destination,
                                         bool eime);

/* @irte with source validation. */
VTDMEntry128 vtdm_irte_with_source(VTDMEntry128 irte, unsigned svt,
                                   unsigned sq, uint16_t sid);

/* The address of a remappable interrupt request. */
uint64_t vtdm_make_msi_address(uint16_t handle, bool shv);

/* Descriptors. @g: VTDM_G_*; what @g does not use is 0. */
VTDMEntry128 vtdm_make_context_invalidate(unsigned g, uint16_t domain_id,
                                          uint16_t source_id, unsigned fm);
VTDMEntry128 vtdm_make_iotlb_invalidate(unsigned g, uint16_t domain_id,
                                        uint64_t address, unsigned am,
                                        bool ih);
VTDMEntry128 vtdm_make_device_tlb_invalidate(uint16_t source_id,
                                             uint64_t address, bool s);
VTDMEntry128 vtdm_make_iec_invalidate_all(void);
VTDMEntry128 vtdm_make_iec_invalidate(uint16_t index, unsigned im);
/* The lower half of those of 256 bits; the upper one is 0. */
VTDMEntry128 vtdm_make_pasid_cache_invalidate(unsigned g, uint16_t domain_id,
                                              uint32_t pasid);
VTDMEntry128 vtdm_make_pasid_iotlb_invalidate(unsigned g, uint16_t domain_id,
                                              uint32_t pasid,
                                              uint64_t address_am_ih);
VTDMEntry128 vtdm_make_pasid_device_tlb_invalidate(uint16_t source_id,
                                                   uint32_t pasid,
                                                   uint64_t address, bool s);
/* @flags: VTDM_WAIT_IF, VTDM_WAIT_SW, VTDM_WAIT_FN */
VTDMEntry128 vtdm_make_wait(uint64_t flags, uint64_t address, uint32_t data);

/* A page group response; the lower half. @pasid: PP of it, or no PASID. */
VTDMEntry128 vtdm_make_page_response(uint16_t source_id, int pasid,
                                     unsigned group, unsigned code);

#endif
