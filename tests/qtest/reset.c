/*
 * system_reset: registers, caches and logs are as after power-on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "vm.h"

#define PAGE_3                  0x6321000
#define INDEX                   5
#define VECTOR_A                0x71
#define VECTOR_B                0x82

/* Commands that set a pointer keep the caches: only the reset drops them. */
#define KEEP_CACHES             ",esrtps=off,esirtps=off"

/* The edu device has forgotten its bus address, too. */
static void reset(VM *vm)
{
    qtest_system_reset(vm->qts);
    edu_free(&vm->edu);
    vm->edu = edu_at(vm->pci, VM_SID);
}

static GArray *registers(const Unit *unit)
{
    GArray *words = g_array_new(false, false, sizeof(uint32_t));

    for (uint32_t offset = 0; offset < VTDM_PAGE_SIZE; offset += 4) {
        uint32_t word = unit_read32(unit, offset);

        g_array_append_val(words, word);
    }
    return words;
}

/* Everything is on, with a fault, a stopped queue and a finished wait. */
static void use(VM *vm)
{
    const Unit *unit = &vm->unit;

    unit_enable_dma(unit);
    unit_enable_queue(unit);
    unit_enable_interrupts(unit, true);
    unit_write32(unit, VTDM_REG_FEDATA, VECTOR_A);
    unit_write32(unit, VTDM_REG_IEADDR, VTDM_INTERRUPT_BASE);
    unit_write32(unit, VTDM_REG_PLMLIMIT, 0x200000);
    unit_write32(unit, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    edu_load(&vm->edu, VM_IOVA, 4);
    unit_submit(unit, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
    unit_submit(unit, (VTDMEntry128) { .lo = 0xf });
}

static void test_registers(void)
{
    VM *vm = vm_new(",plmr=on", "");
    g_autoptr(GArray) before = registers(&vm->unit);
    g_autoptr(GArray) used = NULL;
    g_autoptr(GArray) after = NULL;

    use(vm);
    used = registers(&vm->unit);
    g_assert_true(memcmp(used->data, before->data, VTDM_PAGE_SIZE));
    reset(vm);
    after = registers(&vm->unit);
    for (unsigned i = 0; i < before->len; i++) {
        g_assert_cmphex(g_array_index(after, uint32_t, i), ==,
                        g_array_index(before, uint32_t, i));
    }
    vm_free(vm);
}

/* The tables stay in memory, but one leaf has changed meanwhile. */
static void test_dma_caches(void)
{
    VM *vm = vm_new_mapped(KEEP_CACHES);

    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm_map(vm, VM_IOVA, PAGE_3, UNIT_RW);
    unit_command(&vm->unit, 0, VTDM_GCMD_TE);
    unit_enable_dma(&vm->unit);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    reset(vm);
    unit_enable_dma(&vm->unit);
    vm_expect_load(vm, VM_IOVA, PAGE_3);
    vm_free(vm);
}

static void test_context_cache(void)
{
    VM *vm = vm_new_mapped(KEEP_CACHES);

    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm->ssptptr = unit_attach(&vm->unit, VM_SID, VM_DID + 1, 4);
    vm_map(vm, VM_IOVA, PAGE_3, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    reset(vm);
    unit_enable_dma(&vm->unit);
    vm_expect_load(vm, VM_IOVA, PAGE_3);
    vm_free(vm);
}

static void raise_through(VM *vm, unsigned vector)
{
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(vector, 0, false));
    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    edu_raise(&vm->edu);
}

static void test_interrupt_cache(void)
{
    VM *vm = vm_new(KEEP_CACHES, "");

    raise_through(vm, VECTOR_A);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR_A));
    raise_through(vm, VECTOR_B);
    g_assert_false(lapic_pending(vm->qts, 0, VECTOR_B));
    reset(vm);
    g_assert_true(lapic_idle(vm->qts, 0));
    raise_through(vm, VECTOR_B);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR_B));
    vm_free(vm);
}

static size_t logged(VM *vm)
{
    g_autoptr(QDict) answer = qtest_qmp(vm->qts,
        "{'execute': 'qom-get', 'arguments': {"
        "'path': 'iommu', 'property': 'x-fault-log'}}");

    return qlist_size(qdict_get_qlist(answer, "return"));
}

static void test_fault_log(void)
{
    VM *vm = vm_new_mapped("");

    vm_expect_fault(vm, VM_IOVA + VTDM_PAGE_SIZE, FR_NO_READ);
    g_assert_cmpuint(logged(vm), ==, 1);
    reset(vm);
    g_assert_cmpuint(logged(vm), ==, 0);
    vm_free(vm);
}

/* After the reset, DMA passes as before the first enable. */
static void test_dma_after(void)
{
    VM *vm = vm_new_mapped("");

    reset(vm);
    vm_fill(vm, VM_PAGE, 1, 64);
    edu_copy(&vm->edu, VM_PAGE, VM_PAGE_2, 64);
    vm_expect(vm, VM_PAGE_2, 1, 64);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/reset/registers", test_registers);
    qtest_add_func("/vtdm/reset/dma-caches", test_dma_caches);
    qtest_add_func("/vtdm/reset/context-cache", test_context_cache);
    qtest_add_func("/vtdm/reset/interrupt-cache", test_interrupt_cache);
    qtest_add_func("/vtdm/reset/fault-log", test_fault_log);
    qtest_add_func("/vtdm/reset/dma-after", test_dma_after);
    return g_test_run();
}
