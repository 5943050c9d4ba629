/*
 * The VM of a test: a PC without firmware running, the IOMMU, and an edu
 * device at 00:04.0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VM_H
#define VM_H

#include "edu.h"
#include "lapic.h"
#include "unit.h"

#define VM_RAM                  0x10000000  /* 256 MiB */
#define VM_AREA                 0x1000000   /* of the units, 2 MiB each */
#define VM_TABLES               0x2000000
#define VM_STATUS               0x3000000   /* a page for wait status */
#define VM_SID                  0x0020      /* 00:04.0 */
#define VM_DID                  7

/* What vm_new_mapped maps: two pages, far apart in both spaces. */
#define VM_IOVA                 0x12345000
#define VM_PAGE                 0x4789000
#define VM_IOVA_2               0x5432123000
#define VM_PAGE_2               0x5321000

typedef struct VM {
    char *arguments;            /* of QEMU */
    QTestState *qts;
    QPCIBus *pci;
    VTDMTables tables;
    Unit unit;                  /* the one at UNIT_BASE */
    Edu edu;
    uint64_t ssptptr;           /* of the edu device, once it is mapped */
} VM;

/*
 * The machine is what VTDM_MACHINE says: pc, or q35, also without it. Is
 * its root bus one of PCI Express?
 */
bool vm_has_pcie(void);

/*
 * Starts a VM. @options: of the IOMMU, from the comma on; @more: further
 * arguments.
 */
VM *vm_new(const char *options, const char *more);

/* The same, the edu device in VM_DID with two pages mapped, TE set. */
VM *vm_new_mapped(const char *options);
void vm_free(VM *vm);

/*
 * Goes on with @vm in another QEMU: its arguments and @more. What is not in
 * QEMU's hands, as tables, stays; the edu device is a new one.
 */
void vm_restart(VM *vm, const char *more);

/* The edu device has been reset, and is set up again. */
void vm_renew_edu(VM *vm);

/*
 * Takes out the device @id, by ACPI: the guest lets go what it is asked for.
 * The slot is free then, the device may be in use for a while yet.
 */
void vm_eject(VM *vm, const char *id);

/* The same; returns when @count are gone. */
void vm_unplug(VM *vm, const char *id, unsigned count);

/* Maps a 4 KiB page of the edu device. Returns the leaf's address. */
uint64_t vm_map(VM *vm, uint64_t input, uint64_t output, uint64_t flags);

/* The unit with its registers at @base, the @index-th after the first. */
Unit vm_unit(VM *vm, uint64_t base, unsigned index);

/*
 * @count units, a page apart from UNIT_BASE on: queue, translation and
 * interrupt remapping on, with empty tables.
 */
void vm_start_units(VM *vm, Unit *units, unsigned count);

/* Bytes that depend on @seed, and a test for them. */
void vm_fill(VM *vm, uint64_t address, uint8_t seed, size_t len);
void vm_expect(VM *vm, uint64_t address, uint8_t seed, size_t len);

/* Fails the test unless the edu device reads @page of memory at @iova. */
void vm_expect_load(VM *vm, uint64_t iova, uint64_t page);

/* Fails the test unless its read at @iova faults for @reason. */
void vm_expect_fault(VM *vm, uint64_t iova, uint8_t reason);

#endif
