/*
 * Interrupt posting through QEMU: MSIs of devices and pins of the IOAPIC into
 * a descriptor in guest memory, and the notification to a local APIC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "requester.h"
#include "testdev.h"

#define POSTING                 ",posted-interrupts=on"
#define INDEX                   5
#define PID                     (VM_STATUS + 0x40)
#define VECTOR                  0x91        /* is posted, goes nowhere */
#define ROM                     0xfffff000  /* the end of the firmware */
#define HOLE                    0x4000000000
#define TWO_UNITS \
    POSTING ",units='0xfed90000 endpoint=00:04.0;0xfed91000 include-all ioapic'"
#define SECOND_SID              0x0028      /* 00:05.0 */

/* Each test uses a vector once: a CPU that does not run keeps it. */
enum {
    NV = 0x71,
    NV_2 = 0x82,
};

static void put_descriptor(VM *vm, VTDMEntry512 pid)
{
    vtdm_tables_set512(&vm->tables, PID, pid);
}

static uint64_t word(VM *vm, unsigned n)
{
    return qtest_readq(vm->qts, PID + 8 * n);
}

/* Remapping is on; the edu device's MSI is interrupt INDEX, which is posted. */
static VM *new_posting(const char *options, bool eime)
{
    VM *vm = vm_new(options, "");

    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, eime);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    put_descriptor(vm, vtdm_make_posted_descriptor(NV, 1, eime));
    unit_set_irte(&vm->unit, INDEX, vtdm_make_posted_irte(VECTOR, PID));
    return vm;
}

static void set_irte(VM *vm, VTDMEntry128 irte)
{
    unit_set_irte(&vm->unit, INDEX, irte);
    unit_submit(&vm->unit, vtdm_make_iec_invalidate_all());
}

static void expect_posted(VM *vm, unsigned vector)
{
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(word(vm, i), ==,
                        i == vector / 64 ? VTDM_BIT(vector % 64) : 0);
    }
    unit_expect_no_fault(&vm->unit);
}

static bool nothing_arrived(VM *vm)
{
    return lapic_idle(vm->qts, 0) && lapic_idle(vm->qts, 1);
}

/* PIR, ON, and the notification at the right CPU; the vector goes nowhere. */
static void test_post(gconstpointer opaque)
{
    bool eime = GPOINTER_TO_UINT(opaque);
    VM *vm = new_posting(POSTING, eime);

    edu_raise(&vm->edu);
    expect_posted(vm, VECTOR);
    g_assert_cmphex(word(vm, 4), ==, VTDM_PID_4_ON |
                    vtdm_make_posted_descriptor(NV, 1, eime).words[4]);
    g_assert_true(lapic_pending(vm->qts, 1, NV));
    g_assert_false(lapic_pending(vm->qts, 1, VECTOR));
    g_assert_false(lapic_level(vm->qts, 1, NV));
    g_assert_true(lapic_idle(vm->qts, 0));
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_data_func("/vtdm/posting/post", GUINT_TO_POINTER(0), test_post);
    qtest_add_data_func("/vtdm/posting/post-eime", GUINT_TO_POINTER(1),
                        test_post);
    return g_test_run();
}
