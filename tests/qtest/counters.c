/*
 * The performance monitor through QEMU: its place in memory, what an edu
 * device makes it count, interrupts at overflows, the guest's time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "hw/i386/vtdm/statistics.h"
#include "vm.h"

#define PERFMON         ",perfmon=on"
#define CFG             0x2000      /* of counter 0, as the manual says */
#define VALUE           0x8000
#define MAX             0xffffffffffffULL
#define VECTOR          0x51

/* Of one event, by its place in the registers. */
static void start(const Unit *unit, unsigned counter, uint64_t group,
                  unsigned bit, uint64_t flags)
{
    unit_write64(unit, CFG + 0x100 * counter,
                 VTDM_BIT(32 + bit) | group << 8 | flags);
    unit_write64(unit, VTDM_REG_ECMD, VTDM_ECMD_ENABLE | counter << 16);
    g_assert_cmphex(unit_read64(unit, VTDM_REG_ECRSP), ==, 0);
}

static uint64_t value(const Unit *unit, unsigned counter)
{
    return unit_read64(unit, VALUE + 0x400 * counter);
}

static void unmask(const Unit *unit)
{
    unit_write32(unit, VTDM_REG_PERFINTRDATA, VECTOR);
    unit_write32(unit, VTDM_REG_PERFINTRADDR, 0xfee00000);
    unit_write32(unit, VTDM_REG_PERFINTRCTL, 0);
}

static void test_registers(void)
{
    VM *vm = vm_new(PERFMON ",fault-records=256", "");
    const Unit *unit = &vm->unit;

    g_assert_cmphex(unit_read64(unit, VTDM_REG_PERFCAP) & 0xffff, ==, 32);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_PERFCFGOFF), ==, CFG);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_PERFCNTROFF), ==, VALUE);
    g_assert_cmphex(unit_record_offset(unit, 255), <, CFG);
    unit_write64(unit, VALUE + 0x400 * 31, UINT64_MAX);
    g_assert_cmphex(value(unit, 31), ==, MAX);
    vm_free(vm);
}

/* Two units, each with its own monitor, a window apart. */
static void test_two_units(void)
{
    VM *vm = vm_new(PERFMON ",units='0xfed90000 endpoint=00:04.0;"
                    "0xfeda0000 include-all ioapic'", "");
    Unit second = vm_unit(vm, 0xfeda0000, 1);

    unit_write64(&vm->unit, VALUE, 5);
    unit_write64(&second, VALUE, 6);
    g_assert_cmpuint(value(&vm->unit, 0), ==, 5);
    g_assert_cmpuint(value(&second, 0), ==, 6);
    vm_free(vm);
}

static uint64_t state_count(VM *vm, const char *event)
{
    g_autoptr(QDict) answer = qtest_qmp(vm->qts, "{ 'execute': 'qom-get', "
        "'arguments': { 'path': 'iommu', "
        "'property': 'x-unit-state' } }");
    QDict *unit = qobject_to(QDict, qlist_peek(qdict_get_qlist(answer,
                                                               "return")));

    return qnum_get_uint(qobject_to(QNum, qdict_get(
        qdict_get_qdict(unit, "counts"), event)));
}

/* What the guest counts is what the state says. */
static void test_counts(void)
{
    VM *vm = vm_new_mapped(PERFMON);
    const Unit *unit = &vm->unit;
    uint64_t lookups = state_count(vm, "iotlb_lookup");
    uint64_t hits = state_count(vm, "iotlb_hit");

    start(unit, 0, 3, 0, 0);
    start(unit, 1, 3, 1, 0);
    start(unit, 2, 0, 1, 0);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    g_assert_cmpuint(value(unit, 0), >=, 2);
    g_assert_cmpuint(value(unit, 0), ==, value(unit, 2));
    g_assert_cmpuint(value(unit, 1), >=, 1);
    g_assert_cmpuint(value(unit, 1), <, value(unit, 0));
    g_assert_cmpuint(state_count(vm, "iotlb_lookup") - lookups, ==,
                     value(unit, 0));
    g_assert_cmpuint(state_count(vm, "iotlb_hit") - hits, ==,
                     value(unit, 1));
    qtest_system_reset(vm->qts);
    g_assert_cmpuint(state_count(vm, "iotlb_lookup"), ==, 0);
    g_assert_cmpuint(value(unit, 0), ==, 0);
    vm_free(vm);
}

/* An overflow of what a device does interrupts at once. */
static void test_interrupt(void)
{
    VM *vm = vm_new_mapped(PERFMON);
    const Unit *unit = &vm->unit;

    unmask(unit);
    unit_write64(unit, VALUE, MAX);
    start(unit, 0, 0, 1, VTDM_PERFCNTRCFG_IO);
    g_assert_false(lapic_pending(vm->qts, 0, VECTOR));
    vm_expect_load(vm, VM_IOVA, VM_PAGE);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR));
    g_assert_cmphex(unit_read32(unit, VTDM_REG_PERFINTRSTS), ==, 1);
    vm_free(vm);
}

/* One of clocks interrupts at its time, and nobody has to look. */
static void test_clocks(void)
{
    VM *vm = vm_new(PERFMON, "");
    const Unit *unit = &vm->unit;

    unmask(unit);
    unit_write64(unit, VALUE, MAX - 999999);
    start(unit, 1, 0, 0, 0);
    start(unit, 0, 0, 0, VTDM_PERFCNTRCFG_IO);
    qtest_clock_step(vm->qts, 999999);
    g_assert_false(lapic_pending(vm->qts, 0, VECTOR));
    g_assert_cmphex(value(unit, 0), ==, MAX);
    g_assert_cmpuint(value(unit, 1), ==, 999999);
    qtest_clock_step(vm->qts, 1);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR));
    qtest_clock_step(vm->qts, 10);
    g_assert_cmpuint(value(unit, 0), ==, 10);
    g_assert_cmpuint(state_count(vm, "iommu_clocks"), >=, 1000010);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/counters/registers", test_registers);
    qtest_add_func("/vtdm/counters/two-units", test_two_units);
    qtest_add_func("/vtdm/counters/counts", test_counts);
    qtest_add_func("/vtdm/counters/interrupt", test_interrupt);
    qtest_add_func("/vtdm/counters/clocks", test_clocks);
    return g_test_run();
}
