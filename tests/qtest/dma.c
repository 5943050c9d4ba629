/*
 * DMA of a PCI device through translation tables, checked in memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

static void test_off(void)
{
    VM *vm = vm_new("", "");

    vm_fill(vm, VM_PAGE, 1, VTDM_PAGE_SIZE);
    edu_copy(&vm->edu, VM_PAGE, VM_PAGE_2, VTDM_PAGE_SIZE);
    vm_expect(vm, VM_PAGE_2, 1, VTDM_PAGE_SIZE);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* From a page of @level in tables of @levels to a 4 KiB page there. */
static void copy_through(VM *vm, unsigned levels, unsigned level)
{
    unsigned shift = VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1);
    uint64_t table = unit_attach(&vm->unit, VM_SID, VM_DID, levels);
    uint64_t top = 1ull << (VTDM_PAGE_BITS + VTDM_LEVEL_BITS * levels);
    VTDMMapping from = {
        .table = table, .levels = levels, .level = level, .flags = UNIT_RW,
        .input = top - (1ull << shift),
        .output = VM_PAGE & -(1ull << shift),
    };
    VTDMMapping to = {
        .table = table, .levels = levels, .level = 1, .flags = UNIT_RW,
        .input = 0x1000, .output = VM_PAGE_2,
    };
    uint64_t inside = VM_PAGE & vtdm_mask_below(shift);

    vtdm_tables_map(&vm->tables, &from);
    vtdm_tables_map(&vm->tables, &to);
    unit_flush(&vm->unit);
    vm_fill(vm, VM_PAGE, levels * 16 + level, VTDM_PAGE_SIZE);
    vm_fill(vm, VM_PAGE_2, 0, VTDM_PAGE_SIZE);
    edu_copy(&vm->edu, from.input + inside, to.input, VTDM_PAGE_SIZE);
    vm_expect(vm, VM_PAGE_2, levels * 16 + level, VTDM_PAGE_SIZE);
    unit_expect_no_fault(&vm->unit);
}

static void test_levels(void)
{
    VM *vm = vm_new(",aw-bits=57", "");

    unit_enable_dma(&vm->unit);
    for (unsigned levels = 3; levels <= 5; levels++) {
        for (unsigned level = 1; level <= 3; level++) {
            copy_through(vm, levels, level);
        }
    }
    vm_free(vm);
}

static void test_pass_through(void)
{
    VM *vm = vm_new("", "");

    vtdm_tables_context(&vm->tables, vm->unit.root, VM_SID,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                          VM_DID));
    unit_enable_dma(&vm->unit);
    vm_fill(vm, VM_PAGE, 3, 64);
    edu_copy(&vm->edu, VM_PAGE, VM_PAGE_2, 64);
    vm_expect(vm, VM_PAGE_2, 3, 64);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* Only the bytes that the device wrote change. */
static void test_write_exact(void)
{
    VM *vm = vm_new_mapped("");

    vm_fill(vm, VM_PAGE, 1, 64);
    vm_fill(vm, VM_PAGE_2, 2, 64);
    edu_copy(&vm->edu, VM_IOVA, VM_IOVA_2 + 8, 13);
    vm_expect(vm, VM_PAGE_2, 2, 8);
    vm_expect(vm, VM_PAGE_2 + 8, 1, 13);
    vm_expect(vm, VM_PAGE_2 + 21, 2 + 21 * 7, 64 - 21);
    vm_free(vm);
}

static void test_blocked_write(void)
{
    VM *vm = vm_new_mapped("");

    vm_map(vm, VM_IOVA_2, VM_PAGE_2, VTDM_SS_R);
    vm_fill(vm, VM_PAGE, 1, 256);
    vm_fill(vm, VM_PAGE_2, 2, 256);
    edu_copy(&vm->edu, VM_IOVA, VM_IOVA_2, 256);
    vm_expect(vm, VM_PAGE_2, 2, 256);
    unit_expect_record(&vm->unit, 0, FR_NO_WRITE, VM_SID);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* Nothing of the page that was not readable reaches the device. */
static void test_blocked_read(void)
{
    VM *vm = vm_new_mapped("");
    uint8_t bytes[256];

    vm_map(vm, VM_IOVA, VM_PAGE, VTDM_SS_W);
    qtest_memset(vm->qts, VM_PAGE, 0xa5, sizeof(bytes));
    edu_copy(&vm->edu, VM_IOVA, VM_IOVA_2, sizeof(bytes));
    qtest_memread(vm->qts, VM_PAGE_2, bytes, sizeof(bytes));
    g_assert_null(memchr(bytes, 0xa5, sizeof(bytes)));
    unit_expect_record(&vm->unit, 0, FR_NO_READ, VM_SID);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* Neighbours in the device's view lie apart in memory. */
static void test_crossing(void)
{
    VM *vm = vm_new_mapped("");

    vm_map(vm, VM_IOVA + VTDM_PAGE_SIZE, VM_PAGE - 0x10000, UNIT_RW);
    vm_fill(vm, VM_PAGE + 0xfc0, 1, 64);
    vm_fill(vm, VM_PAGE - 0x10000, 2, 64);
    edu_copy(&vm->edu, VM_IOVA + 0xfc0, VM_IOVA_2, 128);
    vm_expect(vm, VM_PAGE_2, 1, 64);
    vm_expect(vm, VM_PAGE_2 + 64, 2, 64);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* The second page faults, with its own address. */
static void test_crossing_into_fault(void)
{
    VM *vm = vm_new_mapped("");

    vm_fill(vm, VM_PAGE, 1, 128);
    edu_copy(&vm->edu, VM_IOVA, VM_IOVA_2 + 0xfc0, 128);
    vm_expect(vm, VM_PAGE_2 + 0xfc0, 1, 64);
    g_assert_cmphex(unit_record(&vm->unit, 0).lo, ==,
                    VM_IOVA_2 + VTDM_PAGE_SIZE);
    unit_expect_record(&vm->unit, 0, FR_NO_WRITE, VM_SID);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

static void expect_blocked(VM *vm, uint64_t page, bool blocked)
{
    vm_fill(vm, VM_PAGE_2, 1, 64);
    vm_fill(vm, page, 2, 64);
    edu_copy(&vm->edu, VM_PAGE_2, page, 64);
    vm_expect(vm, page, blocked ? 2 : 1, 64);
}

/* Translation is off: protection alone keeps the device out. */
static void test_protected(void)
{
    VM *vm = vm_new(",plmr=on,phmr=on", "");
    const Unit *unit = &vm->unit;

    unit_write32(unit, VTDM_REG_PLMBASE, ~0u);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_PLMBASE), ==, 0xffe00000);
    unit_write32(unit, VTDM_REG_PLMBASE, 0x6000000);
    unit_write32(unit, VTDM_REG_PLMLIMIT, 0x6000000);
    expect_blocked(vm, 0x6000000, false);
    unit_write32(unit, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    g_assert_true(unit_read32(unit, VTDM_REG_PMEN) & VTDM_PMEN_PRS);
    expect_blocked(vm, 0x6000000 - 64, false);
    expect_blocked(vm, 0x6000000, true);
    expect_blocked(vm, 0x6200000 - 64, true);
    expect_blocked(vm, 0x6200000, false);
    unit_write32(unit, VTDM_REG_PMEN, 0);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_PMEN), ==, 0);
    expect_blocked(vm, 0x6000000, false);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/dma/off", test_off);
    qtest_add_func("/vtdm/dma/levels", test_levels);
    qtest_add_func("/vtdm/dma/pass-through", test_pass_through);
    qtest_add_func("/vtdm/dma/write-exact", test_write_exact);
    qtest_add_func("/vtdm/dma/blocked-write", test_blocked_write);
    qtest_add_func("/vtdm/dma/blocked-read", test_blocked_read);
    qtest_add_func("/vtdm/dma/crossing", test_crossing);
    qtest_add_func("/vtdm/dma/crossing-into-fault",
                   test_crossing_into_fault);
    qtest_add_func("/vtdm/dma/protected", test_protected);
    return g_test_run();
}
