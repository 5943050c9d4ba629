/*
 * system_reset: registers, caches and logs are as after power-on. A wake-up
 * from suspend to RAM: registers and caches are, the log goes on.
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

/* Where the machine's power management is, and how it is switched on. */
#define PM_BASE                 0x600
#define PM1_CONTROL             (PM_BASE + 4)
#define PM1_SUSPEND_TO_RAM      (1 << 13 | 1 << 10)     /* SLP_EN, SLP_TYP */
#define PM_CONFIG_BASE          0x40

static void enable_power_management(VM *vm)
{
    uint16_t source_id = vm_has_pcie() ? 0x00f8 : 0x000b;
    uint8_t enable = vm_has_pcie() ? 0x44 : 0x80;
    g_autofree QPCIDevice *dev = qpci_device_find(vm->pci, source_id);

    qpci_config_writel(dev, PM_CONFIG_BASE, PM_BASE | 1);
    qpci_config_writeb(dev, enable, vm_has_pcie() ? 0x80 : 1);
}

static void sleep_and_wake(VM *vm)
{
    enable_power_management(vm);
    qtest_outw(vm->qts, PM1_CONTROL, PM1_SUSPEND_TO_RAM);
    qtest_qmp_eventwait(vm->qts, "SUSPEND");
    qtest_qmp_assert_success(vm->qts, "{'execute': 'system_wakeup'}");
    qtest_qmp_eventwait(vm->qts, "WAKEUP");
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

static void check_registers(void (*lose)(VM *vm))
{
    VM *vm = vm_new(",plmr=on", "");
    g_autoptr(GArray) before = registers(&vm->unit);
    g_autoptr(GArray) used = NULL;
    g_autoptr(GArray) after = NULL;

    use(vm);
    used = registers(&vm->unit);
    g_assert_true(memcmp(used->data, before->data, VTDM_PAGE_SIZE));
    lose(vm);
    after = registers(&vm->unit);
    for (unsigned i = 0; i < before->len; i++) {
        g_assert_cmphex(g_array_index(after, uint32_t, i), ==,
                        g_array_index(before, uint32_t, i));
    }
    vm_free(vm);
}

static void test_registers(void)
{
    check_registers(reset);
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

static void test_wake_up_registers(void)
{
    check_registers(sleep_and_wake);
}

/* Memory has kept the tables: with the same pointer all is as before. */
static void test_wake_up(void)
{
    VM *vm = vm_new_mapped(KEEP_CACHES);

    vm_expect_fault(vm, VM_IOVA + VTDM_PAGE_SIZE, FR_NO_READ);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm_map(vm, VM_IOVA, PAGE_3, UNIT_RW);
    sleep_and_wake(vm);
    g_assert_cmpuint(logged(vm), ==, 1);
    unit_enable_dma(&vm->unit);
    vm_expect_load(vm, VM_IOVA, PAGE_3);
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
    qtest_add_func("/vtdm/reset/wake-up-registers", test_wake_up_registers);
    qtest_add_func("/vtdm/reset/wake-up", test_wake_up);
    return g_test_run();
}
