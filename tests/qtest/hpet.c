/*
 * The HPET's own messages: they carry the source-id that the HPET's scope
 * gives, to the unit that lists it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

#define HPET                    0xfed00000
#define HPET_CONFIG             0x10
#define HPET_COUNTER            0xf0
#define HPET_TIMER_CONFIG       0x100
#define HPET_TIMER_COMPARATOR   0x108
#define HPET_TIMER_VALUE        0x110
#define HPET_TIMER_ADDRESS      0x114
#define HPET_ENABLE             1
#define HPET_INTERRUPT          VTDM_BIT(2)
#define HPET_MESSAGES           VTDM_BIT(14)

#define TICKS                   1000
#define TICKS_TIME              (1000 * 1000)   /* ns, more than TICKS */

#define INDEX                   9
#define VECTOR                  0x71
#define HPET_SID                0xff48          /* ff:09.0 */

/* The unit at UNIT_BASE has the edu device, the one after it the HPET. */
static VM *new_vm(Unit *unit)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:04.0;"
                    "0xfed91000 include-all ioapic hpet=0@ff:09.0'",
                    "-global hpet.msi=on");

    *unit = vm_unit(vm, UNIT_BASE + VTDM_PAGE_SIZE, 1);
    unit_enable_queue(unit);
    unit_enable_interrupts(unit, false);
    return vm;
}

/* The first timer runs out once. */
static void fire(VM *vm)
{
    qtest_writel(vm->qts, HPET + HPET_CONFIG, 0);
    qtest_writeq(vm->qts, HPET + HPET_COUNTER, 0);
    qtest_writel(vm->qts, HPET + HPET_TIMER_CONFIG,
                 HPET_INTERRUPT | HPET_MESSAGES);
    qtest_writeq(vm->qts, HPET + HPET_TIMER_COMPARATOR, TICKS);
    qtest_writel(vm->qts, HPET + HPET_TIMER_VALUE, 0);
    qtest_writel(vm->qts, HPET + HPET_TIMER_ADDRESS,
                 vtdm_make_msi_address(INDEX, false));
    qtest_writel(vm->qts, HPET + HPET_CONFIG, HPET_ENABLE);
    qtest_clock_step(vm->qts, TICKS_TIME);
}

/* Spec: "Reporting Scope for MSI Capable HPET Timer Block" */
static void test_remapped(void)
{
    Unit unit;
    VM *vm = new_vm(&unit);
    VTDMEntry128 irte = vtdm_make_irte(VECTOR, 1, false);

    unit_set_irte(&unit, INDEX,
                  vtdm_irte_with_source(irte, VTDM_SVT_SID, 0, HPET_SID));
    fire(vm);
    g_assert_true(lapic_pending(vm->qts, 1, VECTOR));
    unit_expect_no_fault(&unit);
    vm_free(vm);
}

static void test_blocked(void)
{
    Unit unit;
    VM *vm = new_vm(&unit);

    fire(vm);
    unit_expect_record(&unit, 0, FR_IR_ABSENT, HPET_SID);
    unit_expect_no_fault(&vm->unit);
    g_assert_true(lapic_idle(vm->qts, 0));
    g_assert_true(lapic_idle(vm->qts, 1));
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/hpet/remapped", test_remapped);
    qtest_add_func("/vtdm/hpet/blocked", test_blocked);
    return g_test_run();
}
