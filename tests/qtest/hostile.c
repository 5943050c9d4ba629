/*
 * A guest that points the unit at places without tables: the unit's own
 * registers, another device, nothing at all. Each gives the specified fault
 * and the VM lives on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

#define INDEX                   5
#define STATUS_DATA             0xffffffff

typedef struct Place {
    const char *name;
    uint64_t address;
} Place;

static const Place places[] = {
    { "registers", UNIT_BASE },
    { "device", 0xe0000000 },
    { "apic", 0xfee00000 },
    { "nothing", 0xd0000000 },
    { "beyond-ram", 0x7000000000 },
};

/* The VM still translates, once it is set up well. */
static void expect_alive(VM *vm)
{
    unit_command(&vm->unit, 0, VTDM_GCMD_TE);
    vm->ssptptr = unit_attach(&vm->unit, VM_SID, VM_DID, 4);
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    unit_enable_dma(&vm->unit);
    unit_flush(&vm->unit);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
}

static void test_root(gconstpointer opaque)
{
    const Place *place = opaque;
    VM *vm = vm_new("", "");

    unit_set_root(&vm->unit, place->address);
    unit_command(&vm->unit, VTDM_GCMD_TE, 0);
    vm_expect_fault(vm, VM_IOVA, FR_ROOT_UNREADABLE);
    expect_alive(vm);
    vm_free(vm);
}

static void test_contexts(gconstpointer opaque)
{
    const Place *place = opaque;
    VM *vm = vm_new("", "");

    vtdm_tables_set(&vm->tables, vm->unit.root,
                    place->address | VTDM_ROOT_P);
    unit_enable_dma(&vm->unit);
    vm_expect_fault(vm, VM_IOVA, FR_CONTEXT_UNREADABLE);
    vtdm_tables_set(&vm->tables, vm->unit.root, 0);
    expect_alive(vm);
    vm_free(vm);
}

static void test_top_table(gconstpointer opaque)
{
    const Place *place = opaque;
    VM *vm = vm_new("", "");

    vtdm_tables_context(&vm->tables, vm->unit.root, VM_SID,
                        vtdm_make_context(0, 4, place->address, VM_DID));
    unit_enable_dma(&vm->unit);
    vm_expect_fault(vm, VM_IOVA, FR_CONTEXT_INVALID);
    expect_alive(vm);
    vm_free(vm);
}

static void test_lower_table(gconstpointer opaque)
{
    const Place *place = opaque;
    VM *vm = vm_new_mapped("");

    vtdm_tables_set(&vm->tables, vm->ssptptr, place->address | UNIT_RW);
    vm_expect_fault(vm, VM_IOVA, FR_ENTRY_UNREADABLE);
    expect_alive(vm);
    vm_free(vm);
}

static void test_queue(gconstpointer opaque)
{
    const Place *place = opaque;
    VM *vm = vm_new("", "");
    uint64_t iqercd;

    unit_write64(&vm->unit, VTDM_REG_IQA, place->address);
    unit_command(&vm->unit, VTDM_GCMD_QIE, 0);
    unit_write64(&vm->unit, VTDM_REG_IQT, 16);
    iqercd = unit_read64(&vm->unit, VTDM_REG_IQERCD);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FSTS), ==,
                    VTDM_FSTS_IQE);
    g_assert_cmpuint(vtdm_get(iqercd, VTDM_IQERCD_IQEI), ==,
                     VTDM_IQEI_FETCH);
    unit_command(&vm->unit, 0, VTDM_GCMD_QIE);
    unit_write32(&vm->unit, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    expect_alive(vm);
    vm_free(vm);
}

static void test_interrupt_table(gconstpointer opaque)
{
    const Place *place = opaque;
    VM *vm = vm_new("", "");

    vm->unit.irt = place->address;
    unit_enable_interrupts(&vm->unit, false);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    edu_raise(&vm->edu);
    unit_expect_record(&vm->unit, 0, FR_IR_UNREADABLE, VM_SID);
    g_assert_true(lapic_idle(vm->qts, 0));
    expect_alive(vm);
    vm_free(vm);
}

/* The status goes nowhere, least of all into registers. */
static void test_wait_status(gconstpointer opaque)
{
    const Place *place = opaque;
    VM *vm = vm_new("", "");
    uint32_t gsts;

    unit_enable_queue(&vm->unit);
    gsts = unit_read32(&vm->unit, VTDM_REG_GSTS);
    unit_submit(&vm->unit, vtdm_make_wait(VTDM_WAIT_SW, place->address +
                                          VTDM_REG_GCMD, STATUS_DATA));
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_GSTS), ==, gsts);
    expect_alive(vm);
    vm_free(vm);
}

/* The fault message itself goes to the unit's registers. */
static void test_fault_message(gconstpointer opaque)
{
    const Place *place = opaque;
    VM *vm = vm_new_mapped("");

    unit_write32(&vm->unit, VTDM_REG_FEADDR, place->address);
    unit_write32(&vm->unit, VTDM_REG_FEUADDR, place->address >> 32);
    unit_write32(&vm->unit, VTDM_REG_FEDATA, 0xffff);
    unit_write32(&vm->unit, VTDM_REG_FECTL, 0);
    vm_expect_fault(vm, VM_IOVA + VTDM_PAGE_SIZE, FR_NO_READ);
    expect_alive(vm);
    vm_free(vm);
}

/* A device may write to the unit as to any other device. */
static void test_dma_to_registers(void)
{
    VM *vm = vm_new_mapped("");

    vm_map(vm, VM_IOVA + VTDM_PAGE_SIZE, UNIT_BASE, UNIT_RW);
    vm_fill(vm, VM_PAGE, 1, 64);
    edu_copy(&vm->edu, VM_IOVA, VM_IOVA + VTDM_PAGE_SIZE, 64);
    edu_copy(&vm->edu, VM_IOVA, VM_IOVA + VTDM_PAGE_SIZE + VTDM_REG_GCMD, 4);
    unit_command(&vm->unit, 0, ~0u);
    expect_alive(vm);
    vm_free(vm);
}

/* A table that is its own entry: the walk ends after its levels. */
static void test_loop(void)
{
    VM *vm = vm_new("", "");
    uint64_t table = unit_attach(&vm->unit, VM_SID, VM_DID, 4);

    vtdm_tables_set(&vm->tables, table, table | UNIT_RW);
    unit_enable_dma(&vm->unit);
    vm_fill(vm, table + 8, 1, 64);
    edu_load(&vm->edu, 0, 4);
    unit_expect_no_fault(&vm->unit);
    expect_alive(vm);
    vm_free(vm);
}

/* The HPET's messages have nowhere to go, and nobody may stumble. */
static void test_no_apic(void)
{
    VM *vm = vm_new("", "-cpu qemu64,-apic -global hpet.msi=on");

    qtest_readl(vm->qts, VTDM_INTERRUPT_BASE + 0x20);
    qtest_writel(vm->qts, VTDM_INTERRUPT_BASE, 0);
    expect_alive(vm);
    vm_free(vm);
}

static void add_for_each_place(const char *name, GTestDataFunc test)
{
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        g_autofree char *path = g_strdup_printf("/vtdm/hostile/%s/%s", name,
                                                places[i].name);

        qtest_add_data_func(path, &places[i], test);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_for_each_place("root", test_root);
    add_for_each_place("contexts", test_contexts);
    add_for_each_place("top-table", test_top_table);
    add_for_each_place("lower-table", test_lower_table);
    add_for_each_place("queue", test_queue);
    add_for_each_place("interrupt-table", test_interrupt_table);
    add_for_each_place("wait-status", test_wait_status);
    add_for_each_place("fault-message", test_fault_message);
    qtest_add_func("/vtdm/hostile/dma-to-registers", test_dma_to_registers);
    qtest_add_func("/vtdm/hostile/loop", test_loop);
    qtest_add_func("/vtdm/hostile/no-apic", test_no_apic);
    return g_test_run();
}
