/*
 * One remapping unit of a VM, driven through its registers as software
 * drives it, with a root table, a queue and an interrupt table of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef UNIT_H
#define UNIT_H

#include "libqtest.h"
#include "hw/i386/vtdm/spec/registers.h"
#include "vtdm-tables.h"

#define UNIT_BASE               0xfed90000  /* of the first unit */
#define UNIT_QUEUE_LENGTH       256         /* descriptors of 128 bits */
#define UNIT_RW                 (VTDM_SS_R | VTDM_SS_W)

/*
 * Fault reasons that tests expect.
 * Spec: "Fault Reason Encodings"
 */
enum {
    FR_ROOT_ABSENT = 0x01,
    FR_CONTEXT_ABSENT = 0x02,
    FR_CONTEXT_INVALID = 0x03,
    FR_BEYOND_WIDTH = 0x04,
    FR_NO_WRITE = 0x05,
    FR_NO_READ = 0x06,
    FR_ENTRY_UNREADABLE = 0x07,
    FR_ROOT_UNREADABLE = 0x08,
    FR_CONTEXT_UNREADABLE = 0x09,
    FR_ROOT_RESERVED = 0x0a,
    FR_CONTEXT_RESERVED = 0x0b,
    FR_ENTRY_RESERVED = 0x0c,
    FR_INTERRUPT_OUTPUT = 0x0e,
    FR_IR_REQUEST_RESERVED = 0x20,
    FR_IR_INDEX = 0x21,
    FR_IR_ABSENT = 0x22,
    FR_IR_UNREADABLE = 0x23,
    FR_IR_RESERVED = 0x24,
    FR_IR_COMPATIBILITY = 0x25,
    FR_IR_SOURCE = 0x26,
    FR_IR_DESCRIPTOR = 0x27,
    FR_IR_DESCRIPTOR_RESERVED = 0x28,
    FR_IR_NO_INTERRUPT = 0x29,
    FR_TABLE_MODE = 0x30,
    FR_ABORT_MODE = 0x33,
};

typedef struct Unit {
    QTestState *qts;
    VTDMTables *tables;
    uint64_t base;              /* of its registers */
    uint64_t root;              /* three areas of guest memory */
    uint64_t queue;
    uint64_t irt;
} Unit;

/* A unit whose registers are at @base; @area: 2 MiB of memory for it. */
Unit unit_at(QTestState *qts, VTDMTables *tables, uint64_t base,
             uint64_t area);

uint32_t unit_read32(const Unit *unit, uint32_t offset);
uint64_t unit_read64(const Unit *unit, uint32_t offset);
void unit_write32(const Unit *unit, uint32_t offset, uint32_t value);
void unit_write64(const Unit *unit, uint32_t offset, uint64_t value);

/* Writes GCMD so that every state bit stays, but @set and @clear. */
void unit_command(const Unit *unit, uint32_t set, uint32_t clear);

/* RTADDR and SRTP; then TE. */
void unit_set_root(const Unit *unit, uint64_t rtaddr);
void unit_enable_dma(const Unit *unit);

/* IRTA and SIRTP with 256 entries; then IRE. */
void unit_enable_interrupts(const Unit *unit, bool eime);

/* Turns the queue on, with UNIT_QUEUE_LENGTH descriptors. */
void unit_enable_queue(const Unit *unit);

/* Puts a descriptor at the tail and moves the tail: it has run after. */
void unit_submit(const Unit *unit, VTDMEntry128 descriptor);

/*
 * Gives @source_id second-stage tables of @levels levels in domain
 * @domain_id. Returns SSPTPTR.
 */
uint64_t unit_attach(const Unit *unit, uint16_t source_id,
                     uint16_t domain_id, unsigned levels);

/* Stores IRTE @index. */
void unit_set_irte(const Unit *unit, unsigned index, VTDMEntry128 irte);

/* Fault recording register @index, and a write that frees it. */
uint32_t unit_record_offset(const Unit *unit, unsigned index);
VTDMEntry128 unit_record(const Unit *unit, unsigned index);
void unit_clear_record(const Unit *unit, unsigned index);

/*
 * Fails the test unless record @index holds @reason of @source_id; frees
 * it.
 */
void unit_expect_record(const Unit *unit, unsigned index, uint8_t reason,
                        uint16_t source_id);

/* Fails the test if any fault is pending. */
void unit_expect_no_fault(const Unit *unit);

/*
 * Fails the test unless one of @count units, @owner, has one new record of
 * @reason and @source_id, and no other has any; frees it.
 */
void units_expect_record(const Unit *units, unsigned count, unsigned owner,
                         uint8_t reason, uint16_t source_id);

/* Where the IVA and IOTLB registers are. */
uint32_t unit_iotlb(const Unit *unit);

/* Invalidates through the registers: all contexts, then all pages. */
void unit_flush(const Unit *unit);

#endif
