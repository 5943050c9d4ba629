/*
 * Walks of a unit without the tables above them: a first stage, a second one,
 * or one over the other, called for directly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WALKER_H
#define WALKER_H

#include "core/first-stage.h"
#include "core/permission.h"
#include "core/second-stage.h"
#include "machine.h"

/* Guest physical memory is host memory from half of it on. */
#define WALKER_GUEST            0x100000000
#define WALKER_GUEST_AT         0x1000000
#define WALKER_GUEST_PAGES      64
#define WALKER_IOVA             0x123456789000
#define WALKER_PASID            0x54321

/* Flags of leaves that allow everything. */
#define WALKER_FS_ALL           (VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US)
#define WALKER_SS_ALL           (VTDM_SS_R | VTDM_SS_W)

typedef struct Walker {
    Machine *machine;
    VTDMTables guest;           /* writes guest physical memory */
    VTDMTable first;            /* of 4 levels, no page is mapped */
    VTDMTable second;           /* likewise */
    VTDMView view;
    bool writes;                /* the walk is for a user's write */
    VTDMWalkRecorder recorder;  /* without a function: none */
} Walker;

/* @config NULL: machine_scalable_config(). */
Walker *walker_new(const VTDMConfig *config);

/* Gives both stages other depths; their tables are new. */
void walker_set_levels(Walker *walker, unsigned first, unsigned second);

/*
 * Puts the first stage over the second: its tables are new and in guest
 * memory, whose first pages the second stage maps, 4 KiB each.
 */
void walker_nest(Walker *walker, unsigned first, unsigned second);
void walker_free(Walker *walker);

/* How @table maps @address to @output with a leaf of @level. */
VTDMMapping walker_mapping(const VTDMTable *table, uint64_t address,
                           uint64_t output, unsigned level);

/* Maps it, with everything allowed; the entry at @level of what is mapped. */
uint64_t walker_map(Walker *walker, const VTDMTable *table, uint64_t address,
                    uint64_t output, unsigned level);
uint64_t walker_entry(Walker *walker, const VTDMTable *table,
                      uint64_t address, unsigned level);

/* Where guest memory is in the host's. */
uint64_t walker_host_address(uint64_t guest);

VTDMTranslation walker_walk(Walker *walker, const VTDMTable *table,
                            uint64_t address);

/* Fails the test unless the walk gives @output, or @condition. */
void walker_expect(Walker *walker, const VTDMTable *table, uint64_t address,
                   uint64_t output);
void walker_expect_fault(Walker *walker, const VTDMTable *table,
                         uint64_t address, VTDMCondition condition);

/* Drops all that is cached. */
void walker_flush(Walker *walker);

#endif
