/*
 * Faults through QEMU: why a DMA was blocked, what the record says of it,
 * and the message that announces it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

#define VECTOR                  0x51

/* An address without memory, and bits that every entry reserves. */
#define NOWHERE                 0x7000000000
#define RESERVED_CONTEXT        VTDM_BIT(5)
#define RESERVED_LEAF           VTDM_SS_IW

static uint64_t context_address(VM *vm)
{
    uint64_t table = vtdm_tables_get(&vm->tables, vm->unit.root);

    return (table & VTDM_ROOT_CTP) + 16 * VM_SID;
}

static void set_root(VM *vm, uint64_t lo)
{
    vtdm_tables_set(&vm->tables, vm->unit.root, lo);
}

static void set_context(VM *vm, VTDMEntry128 entry)
{
    vtdm_tables_set128(&vm->tables, context_address(vm), entry);
}

static void break_nothing(VM *vm)
{
}

static void remove_root(VM *vm)
{
    set_root(vm, 0);
}

static void misplace_contexts(VM *vm)
{
    set_root(vm, NOWHERE | VTDM_ROOT_P);
}

static void spoil_root(VM *vm)
{
    set_root(vm, vtdm_tables_get(&vm->tables, vm->unit.root) | VTDM_BIT(3));
}

static void misplace_root(VM *vm)
{
    unit_set_root(&vm->unit, NOWHERE);
}

static void remove_context(VM *vm)
{
    set_context(vm, (VTDMEntry128) { 0 });
}

static void spoil_context(VM *vm)
{
    VTDMEntry128 entry = vtdm_make_context(0, 4, vm->ssptptr, VM_DID);

    entry.lo |= RESERVED_CONTEXT;
    set_context(vm, entry);
}

static void widen_context(VM *vm)
{
    set_context(vm, vtdm_make_context(0, 5, vm->ssptptr, VM_DID));
}

static void choose_reserved_type(VM *vm)
{
    set_context(vm, vtdm_make_context(VTDM_TT_RESERVED, 4, vm->ssptptr,
                                      VM_DID));
}

static void misplace_tables(VM *vm)
{
    set_context(vm, vtdm_make_context(0, 4, NOWHERE, VM_DID));
}

static void misplace_lower_table(VM *vm)
{
    vtdm_tables_set(&vm->tables, vm->ssptptr, NOWHERE | UNIT_RW);
}

static void spoil_leaf(VM *vm)
{
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW | RESERVED_LEAF);
}

static void unmap(VM *vm)
{
    vm_map(vm, VM_IOVA, 0, 0);
}

static void map_interrupt_range(VM *vm)
{
    vm_map(vm, VM_IOVA, VTDM_INTERRUPT_BASE, UNIT_RW);
}

static void choose_abort_mode(VM *vm)
{
    unit_set_root(&vm->unit, vm->unit.root |
                  vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_ABORT));
}

typedef struct Case {
    const char *name;
    void (*spoil)(VM *vm);
    uint64_t address;
    uint8_t reason;
} Case;

static const Case cases[] = {
    { "root-absent", remove_root, VM_IOVA, FR_ROOT_ABSENT },
    { "root-reserved", spoil_root, VM_IOVA, FR_ROOT_RESERVED },
    { "root-unreadable", misplace_root, VM_IOVA, FR_ROOT_UNREADABLE },
    { "context-unreadable", misplace_contexts, VM_IOVA,
      FR_CONTEXT_UNREADABLE },
    { "context-absent", remove_context, VM_IOVA, FR_CONTEXT_ABSENT },
    { "context-reserved", spoil_context, VM_IOVA, FR_CONTEXT_RESERVED },
    { "context-width", widen_context, VM_IOVA, FR_CONTEXT_INVALID },
    { "context-type", choose_reserved_type, VM_IOVA, FR_CONTEXT_INVALID },
    { "tables-unreadable", misplace_tables, VM_IOVA, FR_CONTEXT_INVALID },
    { "entry-unreadable", misplace_lower_table, VM_IOVA,
      FR_ENTRY_UNREADABLE },
    { "entry-reserved", spoil_leaf, VM_IOVA, FR_ENTRY_RESERVED },
    { "not-mapped", unmap, VM_IOVA, FR_NO_READ },
    { "beyond-width", break_nothing, 1ull << 48, FR_BEYOND_WIDTH },
    { "interrupt-output", map_interrupt_range, VM_IOVA,
      FR_INTERRUPT_OUTPUT },
    { "interrupt-range-read", break_nothing, VTDM_INTERRUPT_BASE,
      FR_IR_NO_INTERRUPT },
    { "abort-mode-absent", choose_abort_mode, VM_IOVA, FR_TABLE_MODE },
};

static void test_reason(gconstpointer opaque)
{
    const Case *row = opaque;
    VM *vm = vm_new_mapped("");

    row->spoil(vm);
    unit_flush(&vm->unit);
    vm_expect_fault(vm, row->address, row->reason);
    vm_free(vm);
}

static void test_abort_mode(void)
{
    VM *vm = vm_new_mapped(",adms=on");

    choose_abort_mode(vm);
    vm_expect_fault(vm, VM_IOVA, FR_ABORT_MODE);
    vm_free(vm);
}

/* Spec: "Fault Recording Registers [n]" */
static void test_record(void)
{
    VM *vm = vm_new_mapped("");
    VTDMEntry128 record;

    edu_load(&vm->edu, VM_IOVA + 0x1238, 4);
    record = unit_record(&vm->unit, 0);
    g_assert_cmphex(record.lo, ==, VM_IOVA + 0x1000);
    g_assert_cmphex(record.hi, ==, VTDM_FRCD_HI_F | VTDM_FRCD_HI_T1 |
                    vtdm_field(VTDM_FRCD_HI_FR, FR_NO_READ) | VM_SID);
    edu_store(&vm->edu, VM_IOVA_2 + 0x3000, 4);
    record = unit_record(&vm->unit, 1);
    g_assert_cmphex(record.lo, ==, VM_IOVA_2 + 0x3000);
    g_assert_cmphex(record.hi, ==, VTDM_FRCD_HI_F |
                    vtdm_field(VTDM_FRCD_HI_FR, FR_NO_WRITE) | VM_SID);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FSTS), ==,
                    VTDM_FSTS_PPF);
    unit_clear_record(&vm->unit, 0);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FSTS), ==,
                    VTDM_FSTS_PPF);
    unit_clear_record(&vm->unit, 1);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* FPD: blocked all the same, but nobody is told. */
static void test_fault_processing_disabled(void)
{
    VM *vm = vm_new_mapped("");
    VTDMEntry128 entry = vtdm_make_context(0, 4, vm->ssptptr, VM_DID);

    entry.lo |= VTDM_CTX_FPD;
    set_context(vm, entry);
    unit_flush(&vm->unit);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    edu_load(&vm->edu, VM_IOVA + VTDM_PAGE_SIZE, 4);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

static void set_message(VM *vm, unsigned cpu)
{
    unit_write32(&vm->unit, VTDM_REG_FEDATA, VECTOR);
    unit_write32(&vm->unit, VTDM_REG_FEADDR,
                 VTDM_INTERRUPT_BASE | vtdm_field(VTDM_MSI_DST_LOW, cpu));
}

static void test_message(void)
{
    VM *vm = vm_new_mapped("");

    set_message(vm, 1);
    unit_write32(&vm->unit, VTDM_REG_FECTL, 0);
    g_assert_true(lapic_idle(vm->qts, 1));
    edu_load(&vm->edu, VM_IOVA + VTDM_PAGE_SIZE, 4);
    g_assert_true(lapic_pending(vm->qts, 1, VECTOR));
    g_assert_true(lapic_idle(vm->qts, 0));
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FECTL), ==, 0);
    vm_free(vm);
}

/* Masked: pending, and sent when the mask goes. */
static void test_message_masked(void)
{
    VM *vm = vm_new_mapped("");

    set_message(vm, 0);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FECTL), ==,
                    VTDM_FECTL_IM);
    edu_load(&vm->edu, VM_IOVA + VTDM_PAGE_SIZE, 4);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FECTL), ==,
                    VTDM_FECTL_IM | VTDM_FECTL_IP);
    g_assert_true(lapic_idle(vm->qts, 0));
    unit_write32(&vm->unit, VTDM_REG_FECTL, 0);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FECTL), ==, 0);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR));
    vm_free(vm);
}

/* Serviced while it was masked: nothing is left to announce. */
static void test_message_withdrawn(void)
{
    VM *vm = vm_new_mapped("");

    set_message(vm, 0);
    edu_load(&vm->edu, VM_IOVA + VTDM_PAGE_SIZE, 4);
    unit_clear_record(&vm->unit, 0);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FECTL), ==,
                    VTDM_FECTL_IM);
    unit_write32(&vm->unit, VTDM_REG_FECTL, 0);
    g_assert_true(lapic_idle(vm->qts, 0));
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *path = g_strdup_printf("/vtdm/blocked/reason/%s",
                                                cases[i].name);

        qtest_add_data_func(path, &cases[i], test_reason);
    }
    qtest_add_func("/vtdm/blocked/abort-mode", test_abort_mode);
    qtest_add_func("/vtdm/blocked/record", test_record);
    qtest_add_func("/vtdm/blocked/fpd", test_fault_processing_disabled);
    qtest_add_func("/vtdm/blocked/message", test_message);
    qtest_add_func("/vtdm/blocked/message-masked", test_message_masked);
    qtest_add_func("/vtdm/blocked/message-withdrawn",
                   test_message_withdrawn);
    return g_test_run();
}
