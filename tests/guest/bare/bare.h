/*
 * bare: a guest without an operating system that programs VT-d units, to be
 * read as an example. What its files share.
 *
 *   acpi.c       where the units are, and which one owns a device
 *   unit.c       registers: translation on, invalidation, faults
 *   tables.c     root, context and second-stage tables
 *   queue.c      the invalidation queue
 *   interrupts.c interrupt remapping, and taking an interrupt
 *   edu.c        QEMU's edu device, which does any DMA it is told to
 *   main.c       what is done with all of that, step by step
 *
 * Memory is mapped at its physical address, so that pointers are addresses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef BARE_H
#define BARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "hw/i386/vtdm/spec/dmar.h"
#include "hw/i386/vtdm/spec/interrupts.h"
#include "hw/i386/vtdm/spec/invalidation.h"
#include "hw/i386/vtdm/spec/registers.h"
#include "hw/i386/vtdm/spec/tables.h"

enum { MAX_UNITS = 8, ENTRIES = 512 };

/* A remapping unit, with what we have told it. */
typedef struct Unit {
    uintptr_t base;                 /* of its registers */
    uint64_t cap;
    uint64_t ecap;
    VTDMEntry128 *root;             /* 256 entries, by bus */
    VTDMEntry128 *queue;            /* NULL: invalidate by registers */
    unsigned tail;                  /* where the next descriptor goes */
    VTDMEntry128 *irt;              /* the interrupt remapping table */
} Unit;

/* What a device sees of memory: a tree of second-stage tables. */
typedef struct Domain {
    Unit *unit;
    uint16_t id;
    unsigned levels;
    uint64_t *top;
} Domain;

/* A fault record, taken apart. */
typedef struct Fault {
    bool found;
    uint16_t source_id;
    uint8_t reason;
    uint64_t address;               /* an interrupt's index in bits 63:48 */
} Fault;

/* A PCI function: bus in bits 15:8, device in 7:3, function in 2:0. */
typedef struct Edu {
    uint16_t source_id;
    uintptr_t bar;
} Edu;

/* acpi.c */
extern Unit units[MAX_UNITS];
extern unsigned unit_count;
void acpi_find_units(void);
Unit *acpi_unit_of(uint16_t source_id);
void acpi_power_off(void);

/* unit.c */
uint32_t read32(const Unit *unit, unsigned offset);
uint64_t read64(const Unit *unit, unsigned offset);
void write32(const Unit *unit, unsigned offset, uint32_t value);
void write64(const Unit *unit, unsigned offset, uint64_t value);
void unit_command(Unit *unit, uint32_t command);
void unit_start(Unit *unit);
void unit_invalidate_contexts(Unit *unit);
void unit_invalidate_page(Unit *unit, uint16_t domain_id, uint64_t iova);
Fault unit_take_fault(Unit *unit);

/* tables.c */
void *new_page(void);
Domain domain_new(Unit *unit, uint16_t id);
void domain_attach(Domain *domain, uint16_t source_id);
void domain_map(Domain *domain, uint64_t iova, const void *page,
                uint64_t permissions);
void domain_unmap_without_invalidation(Domain *domain, uint64_t iova);

/* queue.c */
void queue_start(Unit *unit);
void queue_run(Unit *unit, uint64_t lo, uint64_t hi);

/* interrupts.c */
enum { VECTOR_A = 0x40, VECTOR_B = 0x41 };
extern volatile unsigned taken_a, taken_b;      /* interrupts so far */
void interrupts_start(void);
void remapping_start(Unit *unit);
void remapping_set(Unit *unit, unsigned index, uint8_t vector,
                   uint16_t source_id);
void remapping_invalidate(Unit *unit, unsigned index);
uint64_t remapping_message(unsigned index);

/* edu.c */
bool edu_find(Edu *edu, unsigned number);
void edu_load(const Edu *edu, uint64_t address, size_t size);
void edu_store(const Edu *edu, uint64_t address, size_t size);
void edu_set_msi(const Edu *edu, uint64_t address, uint16_t data);
void edu_raise(const Edu *edu);

/* console.c: the first serial port. Formats: %s, %u, %x, %b (a source-id). */
void say(const char *format, ...);
void check(bool holds, const char *format, ...);    /* "ok", "not ok" */
void end(void);                                     /* "1..N" */

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

#endif
