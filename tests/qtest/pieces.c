/*
 * DMA that QEMU hands over in pieces: a device sent one request, so that it
 * is one fault, and an interrupt only as a whole.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "requester.h"
#include "vm.h"

#define INDEX                   5
#define VECTOR                  0x71
#define VECTOR_PLAIN            0x93
#define TARGET                  vtdm_make_msi_address(INDEX, false)

/* Every four bytes of VM_PAGE are the data of a message. */
static void fill_with_messages(VM *vm)
{
    for (unsigned at = 0; at < VTDM_PAGE_SIZE; at += 4) {
        qtest_writel(vm->qts, VM_PAGE + at, VECTOR_PLAIN);
    }
}

static VM *new_remapping(void)
{
    VM *vm = vm_new("", "");

    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR, 1, false));
    fill_with_messages(vm);
    return vm;
}

static void expect_idle(VM *vm)
{
    g_assert_true(lapic_idle(vm->qts, 0));
    g_assert_true(lapic_idle(vm->qts, 1));
}

/* One fault 29h, and nothing else. */
static void expect_no_interrupt(VM *vm, uint64_t address, size_t len)
{
    edu_copy(&vm->edu, VM_PAGE, address, len);
    expect_idle(vm);
    unit_expect_record(&vm->unit, 0, FR_IR_NO_INTERRUPT, VM_SID);
    unit_expect_no_fault(&vm->unit);
}

static void test_remapped(gconstpointer len)
{
    VM *vm = new_remapping();

    expect_no_interrupt(vm, TARGET, GPOINTER_TO_UINT(len));
    vm_free(vm);
}

/* The range is for interrupts whether they are remapped or not. */
static void test_plain(gconstpointer len)
{
    VM *vm = vm_new("", "");

    fill_with_messages(vm);
    expect_no_interrupt(vm, VTDM_INTERRUPT_BASE, GPOINTER_TO_UINT(len));
    vm_free(vm);
}

static void test_unaligned(void)
{
    VM *vm = new_remapping();

    expect_no_interrupt(vm, TARGET + 2, 4);
    vm_free(vm);
}

static void test_counts(void)
{
    VM *vm = new_remapping();
    g_auto(Requester) edu = { 0 };

    edu_copy(&vm->edu, VM_PAGE, TARGET, 4);
    edu_store(&vm->edu, TARGET, 7);
    unit_set_irte(&vm->unit, INDEX + 1, (VTDMEntry128) { 0 });
    edu_store(&vm->edu, vtdm_make_msi_address(INDEX + 1, false), 4);
    edu = requester_at(vm, VM_SID);
    g_assert_cmpuint(edu.interrupts, ==, 2);
    g_assert_cmpuint(edu.blocked, ==, 1);
    g_assert_cmpuint(edu.delivered, ==, 1);
    g_assert_cmpuint(edu.faults, ==, 2);
    vm_free(vm);
}

/* A page ends every request, so four bytes behind it are an interrupt. */
static void test_next_page(void)
{
    VM *vm = new_remapping();

    unit_command(&vm->unit, VTDM_GCMD_CFI, 0);
    edu_copy(&vm->edu, VM_PAGE, VTDM_INTERRUPT_BASE + VTDM_PAGE_SIZE - 8, 12);
    unit_expect_record(&vm->unit, 0, FR_IR_NO_INTERRUPT, VM_SID);
    unit_expect_no_fault(&vm->unit);
    g_assert_true(lapic_pending(vm->qts, 1, VECTOR_PLAIN));
    vm_free(vm);
}

/* What a device sends later is another request, wherever it goes. */
static void test_next_message(void)
{
    VM *vm = new_remapping();

    unit_command(&vm->unit, VTDM_GCMD_CFI, 0);
    edu_copy(&vm->edu, VM_PAGE, VTDM_INTERRUPT_BASE, 8);
    edu_store(&vm->edu, VTDM_INTERRUPT_BASE + 8, 4);
    unit_expect_record(&vm->unit, 0, FR_IR_NO_INTERRUPT, VM_SID);
    unit_expect_no_fault(&vm->unit);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR_PLAIN));
    vm_free(vm);
}

static void test_next_dma(void)
{
    VM *vm = vm_new_mapped("");

    edu_load(&vm->edu, VM_IOVA + 0x1000, 4);
    edu_load(&vm->edu, VM_IOVA + 0x1004, 4);
    unit_expect_record(&vm->unit, 0, FR_NO_READ, VM_SID);
    unit_expect_record(&vm->unit, 1, FR_NO_READ, VM_SID);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* From any byte, with any rest. */
static void test_dma(void)
{
    VM *vm = vm_new_mapped("");

    for (unsigned at = 0; at < 8; at++) {
        edu_store(&vm->edu, VM_IOVA + 0x1000 + at, 24 + at);
        unit_expect_record(&vm->unit, at, FR_NO_WRITE, VM_SID);
        unit_expect_no_fault(&vm->unit);
    }
    vm_free(vm);
}

static void test_each_page(void)
{
    VM *vm = vm_new_mapped("");

    edu_store(&vm->edu, VM_IOVA + 0x1ff6, 20);
    unit_expect_record(&vm->unit, 0, FR_NO_WRITE, VM_SID);
    unit_expect_record(&vm->unit, 1, FR_NO_WRITE, VM_SID);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    static const unsigned lengths[] = { 1, 2, 3, 5, 6, 7, 8, 12, 20, 68 };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        gconstpointer len = GUINT_TO_POINTER(lengths[i]);
        g_autofree char *remapped = g_strdup_printf(
            "/vtdm/pieces/remapped/%u", lengths[i]);
        g_autofree char *plain = g_strdup_printf("/vtdm/pieces/plain/%u",
                                                 lengths[i]);

        qtest_add_data_func(remapped, len, test_remapped);
        qtest_add_data_func(plain, len, test_plain);
    }
    qtest_add_func("/vtdm/pieces/unaligned", test_unaligned);
    qtest_add_func("/vtdm/pieces/counts", test_counts);
    qtest_add_func("/vtdm/pieces/next-page", test_next_page);
    qtest_add_func("/vtdm/pieces/next-message", test_next_message);
    qtest_add_func("/vtdm/pieces/next-dma", test_next_dma);
    qtest_add_func("/vtdm/pieces/dma", test_dma);
    qtest_add_func("/vtdm/pieces/each-page", test_each_page);
    return g_test_run();
}
