/*
 * Device TLBs, with a vtd-testdev: what fills one, what drops from it, and
 * what becomes of invalidations that it does not complete.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "qemu/bswap.h"
#include "testdev.h"

#define OPTIONS                 ",device-iotlb=on"
#define READ                    (VTD_TESTDEV_READ | VTD_TESTDEV_THROUGH_TLB)
#define WRITE                   (VTD_TESTDEV_WRITE | VTD_TESTDEV_THROUGH_TLB)
#define COMPLETION_RW           (VTD_TESTDEV_COMPLETION_R | \
                                 VTD_TESTDEV_COMPLETION_W)
#define FR_TRANSLATION_TYPE     0x0d
#define EVERYTHING              0x7ffffffffffff000ull   /* with S = 1 */
#define EXPIRY                  61000000000LL       /* ns */

static VM *vm;
static Testdev testdev;

static void flush(void)
{
    unit_submit(&vm->unit,
                vtdm_make_context_invalidate(VTDM_G_GLOBAL, 0, 0, 0));
    unit_submit(&vm->unit,
                vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0, false));
}

static void set_context(unsigned tt)
{
    vtdm_tables_context(&vm->tables, vm->unit.root, TESTDEV_SID,
                        vtdm_make_context(tt, 4, vm->ssptptr, VM_DID));
    flush();
}

static void start(const char *options)
{
    g_autofree char *more = g_strdup_printf(TESTDEV_DEVICE "%s", options);

    vm = vm_new(OPTIONS, more);
    vm->ssptptr = unit_attach(&vm->unit, TESTDEV_SID, VM_DID, 4);
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    unit_enable_queue(&vm->unit);
    unit_enable_dma(&vm->unit);
    set_context(VTDM_TT_DEVICE_TLB);
    testdev = testdev_at(vm, TESTDEV_SID);
    testdev_enable(&testdev, true, false, false);
}

static void stop(void)
{
    testdev_free(&testdev);
    vm_free(vm);
}

static uint64_t counter(uint32_t offset)
{
    return testdev_read(&testdev, offset);
}

static void expect_tlb(unsigned hits, unsigned misses, unsigned entries)
{
    g_assert_cmpuint(counter(VTD_TESTDEV_COUNT_HITS), ==, hits);
    g_assert_cmpuint(counter(VTD_TESTDEV_COUNT_MISSES), ==, misses);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_TLB_ENTRIES), ==,
                     entries);
}

static void invalidate_all(void)
{
    unit_submit(&vm->unit, vtdm_make_device_tlb_invalidate(
                               TESTDEV_SID, EVERYTHING, true));
}

/* A wait with status: whether it has completed. */
static void submit_wait(void)
{
    qtest_writel(vm->qts, VM_STATUS, 0);
    unit_submit(&vm->unit, vtdm_make_wait(VTDM_WAIT_SW, VM_STATUS, 1));
}

static bool has_completed(void)
{
    return qtest_readl(vm->qts, VM_STATUS) == 1;
}

static void test_hit(void)
{
    start("");
    vm_fill(vm, VM_PAGE, 3, 64);
    g_assert_cmpuint(testdev_run(&testdev, READ, VM_IOVA, 64, 0), ==,
                     VTD_TESTDEV_OK);
    testdev_expect(&testdev, 3, 64);
    expect_tlb(0, 1, 1);
    g_assert_cmpuint(testdev_run(&testdev, WRITE, VM_IOVA + 0x800, 64, 0), ==,
                     VTD_TESTDEV_OK);
    vm_expect(vm, VM_PAGE + 0x800, 3, 64);
    expect_tlb(1, 1, 1);
    unit_expect_no_fault(&vm->unit);
    stop();
}

/* What the completion of a translation request says. */
static void test_completion(void)
{
    start("");
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_TRANSLATE,
                                 VM_IOVA + 0x123, 0, 0), ==, VTD_TESTDEV_OK);
    g_assert_cmphex(testdev.result, ==, VM_PAGE | COMPLETION_RW);
    vm_map(vm, 0x5000, VM_PAGE_2, VTDM_SS_R);
    testdev_run(&testdev, VTD_TESTDEV_TRANSLATE, 0x5000, 0, 0);
    g_assert_cmphex(testdev.result, ==, VM_PAGE_2 | VTD_TESTDEV_COMPLETION_R);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_TRANSLATE, 0x9000, 0,
                                 0), ==, VTD_TESTDEV_OK);
    g_assert_cmphex(testdev.result & COMPLETION_RW, ==, 0);
    expect_tlb(0, 0, 2);
    unit_expect_no_fault(&vm->unit);
    stop();
}

/* S, and the size in the address; one entry serves all of it. */
static void test_large_page(void)
{
    VTDMMapping large = {
        .levels = 4, .level = 2, .flags = UNIT_RW,
        .input = 0x40000000, .output = 0x4000000,
    };

    start("");
    large.table = vm->ssptptr;
    vtdm_tables_map(&vm->tables, &large);
    testdev_run(&testdev, VTD_TESTDEV_TRANSLATE, large.input + 0x5000, 0, 0);
    g_assert_cmphex(testdev.result, ==, large.output | 0xff000 |
                    VTD_TESTDEV_COMPLETION_S | COMPLETION_RW);
    vm_fill(vm, large.output + 0x1ff000, 8, 64);
    testdev_run(&testdev, READ, large.input + 0x1ff000, 64, 0);
    testdev_expect(&testdev, 8, 64);
    expect_tlb(1, 0, 1);
    stop();
}

/* The device may not write, says the completion: nothing is a fault. */
static void test_not_granted(void)
{
    start("");
    vm_map(vm, VM_IOVA, VM_PAGE, VTDM_SS_R);
    g_assert_cmpuint(testdev_run(&testdev, WRITE, VM_IOVA, 8, 0), ==,
                     VTD_TESTDEV_NOT_GRANTED);
    unit_expect_no_fault(&vm->unit);
    stop();
}

/* TT = 00b: translation requests are refused, and recorded. */
static void test_not_allowed(void)
{
    start("");
    set_context(VTDM_TT_SECOND_STAGE);
    testdev_run(&testdev, READ, VM_IOVA, 8, 0);
    testdev_expect_blocked(&testdev, VTD_TESTDEV_UR, FR_TRANSLATION_TYPE);
    unit_expect_record(&vm->unit, 0, FR_TRANSLATION_TYPE, TESTDEV_SID);
    stop();
}

/* An entry is used until an invalidation covers it, and no longer. */
static void test_invalidate(void)
{
    start("");
    vm_fill(vm, VM_PAGE, 1, 64);
    vm_fill(vm, VM_PAGE_2, 2, 64);
    testdev_run(&testdev, READ, VM_IOVA, 64, 0);
    vm_map(vm, VM_IOVA, VM_PAGE_2, UNIT_RW);
    flush();
    testdev_run(&testdev, READ, VM_IOVA, 64, 0);
    testdev_expect(&testdev, 1, 64);
    unit_submit(&vm->unit, vtdm_make_device_tlb_invalidate(
                               TESTDEV_SID, VM_IOVA + VTDM_PAGE_SIZE, false));
    unit_submit(&vm->unit, vtdm_make_device_tlb_invalidate(
                               TESTDEV_SID + 8, VM_IOVA, false));
    testdev_run(&testdev, READ, VM_IOVA, 64, 0);
    testdev_expect(&testdev, 1, 64);
    unit_submit(&vm->unit, vtdm_make_device_tlb_invalidate(
                               TESTDEV_SID, VM_IOVA, false));
    testdev_run(&testdev, READ, VM_IOVA, 64, 0);
    testdev_expect(&testdev, 2, 64);
    g_assert_cmpuint(counter(VTD_TESTDEV_COUNT_INVALIDATIONS), ==, 2);
    g_assert_cmpuint(counter(VTD_TESTDEV_COUNT_DROPPED), ==, 1);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_INVALIDATE_ADDRESS),
                    ==, VM_IOVA);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_INVALIDATE_MASK), ==,
                    0xfff);
    stop();
}

/* A held one keeps the wait from completing; others are not held. */
static void test_hold(void)
{
    start("");
    testdev_write(&testdev, VTD_TESTDEV_INVALIDATE_MODE,
                  VTD_TESTDEV_INVALIDATE_HOLD);
    testdev_write(&testdev, VTD_TESTDEV_INVALIDATE_COUNT, 1);
    testdev_run(&testdev, READ, VM_IOVA, 8, 0);
    invalidate_all();
    invalidate_all();
    submit_wait();
    g_assert_false(has_completed());
    expect_tlb(0, 1, 0);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_INVALIDATE_HELD), ==,
                     1);
    g_assert_cmpuint(counter(VTD_TESTDEV_COUNT_COMPLETIONS), ==, 1);
    testdev_write(&testdev, VTD_TESTDEV_INVALIDATE_HELD, 1);
    g_assert_true(has_completed());
    g_assert_cmpuint(counter(VTD_TESTDEV_COUNT_COMPLETIONS), ==, 2);
    unit_expect_no_fault(&vm->unit);
    stop();
}

/* @value: literal JSON. */
#define SET(property, value) \
    qtest_qmp_assert_success(vm->qts, "{'execute': 'qom-set', 'arguments': {" \
                             "'path': 'test0', 'property': '" property "', " \
                             "'value': " value "}}")

static void test_hold_outside(void)
{
    start("");
    SET("invalidate", "'hold,1'");
    invalidate_all();
    submit_wait();
    g_assert_false(has_completed());
    SET("release", "true");
    g_assert_true(has_completed());
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_INVALIDATE_MODE), ==,
                    VTD_TESTDEV_INVALIDATE_ANSWER);
    stop();
}

static void expect_queue_error(uint32_t status, uint64_t field)
{
    uint64_t iqercd = unit_read64(&vm->unit, VTDM_REG_IQERCD);

    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FSTS) &
                    (VTDM_FSTS_ICE | VTDM_FSTS_ITE), ==, status);
    g_assert_cmphex(vtdm_get(iqercd, field), ==, TESTDEV_SID);
}

/* Held for too long: an invalidation time-out. */
static void test_held_too_long(void)
{
    start("");
    testdev_write(&testdev, VTD_TESTDEV_INVALIDATE_MODE,
                  VTD_TESTDEV_INVALIDATE_HOLD);
    invalidate_all();
    submit_wait();
    qtest_clock_step(vm->qts, EXPIRY);
    unit_expect_no_fault(&vm->unit);
    qtest_clock_step(vm->qts, EXPIRY);
    expect_queue_error(VTDM_FSTS_ITE, VTDM_IQERCD_ITESID);
    g_assert_false(has_completed());
    stop();
}

static void test_lose(void)
{
    start("");
    testdev_write(&testdev, VTD_TESTDEV_INVALIDATE_MODE,
                  VTD_TESTDEV_INVALIDATE_LOSE);
    invalidate_all();
    submit_wait();
    expect_queue_error(VTDM_FSTS_ITE, VTDM_IQERCD_ITESID);
    g_assert_false(has_completed());
    stop();
}

static void test_spoil(void)
{
    start("");
    testdev_write(&testdev, VTD_TESTDEV_INVALIDATE_MODE,
                  VTD_TESTDEV_INVALIDATE_SPOIL);
    testdev_write(&testdev, VTD_TESTDEV_INVALIDATE_COUNT, 1);
    invalidate_all();
    expect_queue_error(VTDM_FSTS_ICE, VTDM_IQERCD_ICESID);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_INVALIDATE_MODE), ==,
                    VTD_TESTDEV_INVALIDATE_ANSWER);
    stop();
}

/* A translation that nobody gave: the unit lets it pass, or not, by TT. */
static void test_claim(void)
{
    const uint64_t read = VTD_TESTDEV_READ | VTD_TESTDEV_CLAIM_TRANSLATED;

    start(",malicious=on");
    vm_fill(vm, VM_PAGE, 6, 64);
    g_assert_cmpuint(testdev_run(&testdev, read, VM_PAGE, 64, 0), ==,
                     VTD_TESTDEV_OK);
    testdev_expect(&testdev, 6, 64);
    set_context(VTDM_TT_SECOND_STAGE);
    testdev_run(&testdev, read, VM_PAGE, 64, 0);
    testdev_expect_blocked(&testdev, VTD_TESTDEV_UR, FR_TRANSLATION_TYPE);
    unit_expect_record(&vm->unit, 0, FR_TRANSLATION_TYPE, TESTDEV_SID);
    stop();
}

/* ATS that is disabled, a reset of the function, and a bit: all drop it. */
static void test_drop(void)
{
    start("");
    testdev_run(&testdev, READ, VM_IOVA, 8, 0);
    expect_tlb(0, 1, 1);
    testdev_enable(&testdev, false, false, false);
    expect_tlb(0, 1, 0);
    testdev_enable(&testdev, true, false, false);
    testdev_run(&testdev, READ, VM_IOVA, 8, 0);
    expect_tlb(0, 2, 1);
    testdev_write(&testdev, VTD_TESTDEV_CONTROL, VTD_TESTDEV_DROP_TLB);
    expect_tlb(0, 2, 0);
    testdev_run(&testdev, READ, VM_IOVA, 8, 0);
    testdev_flr(&testdev);
    expect_tlb(0, 0, 0);
    stop();
}

#define RING                    0x3100000
#define RING_LENGTH             64

static void fill_ring(void)
{
    struct vtd_testdev_command command = {
        .control = cpu_to_le64(VTD_TESTDEV_FETCH_ADD |
                               VTD_TESTDEV_THROUGH_TLB),
        .address = cpu_to_le64(VM_IOVA),
        .length = cpu_to_le64(8),
        .operand = cpu_to_le64(1),
    };

    for (unsigned i = 0; i < RING_LENGTH; i++) {
        qtest_memwrite(vm->qts, RING + i * sizeof(command), &command,
                       sizeof(command));
    }
}

/*
 * The page moves while an iothread adds to it. When the wait has completed,
 * nothing arrives at the old place any more, and nothing was lost.
 */
static void test_iothread(void)
{
    const uint64_t pages[] = { VM_PAGE, VM_PAGE_2 };
    uint64_t old, added = 0;

    start(",iothread=worker -object iothread,id=worker");
    vm_map(vm, RING, RING, UNIT_RW);
    vm_map(vm, RING + VTDM_PAGE_SIZE, RING + VTDM_PAGE_SIZE, UNIT_RW);
    fill_ring();
    for (unsigned round = 0; round < 50; round++) {
        testdev_write(&testdev, VTD_TESTDEV_RING_SIZE, RING_LENGTH);
        testdev_write(&testdev, VTD_TESTDEV_RING_BASE, RING);
        testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, RING_LENGTH - 1);
        vm_map(vm, VM_IOVA, pages[(round + 1) % 2], UNIT_RW);
        flush();
        invalidate_all();
        submit_wait();
        while (!has_completed()) {
            g_usleep(100);
        }
        old = qtest_readq(vm->qts, pages[round % 2]);
        while (testdev_read(&testdev, VTD_TESTDEV_STATE)) {
            g_usleep(100);
        }
        g_assert_cmpuint(qtest_readq(vm->qts, pages[round % 2]), ==, old);
        added += RING_LENGTH - 1;
        g_assert_cmpuint(qtest_readq(vm->qts, VM_PAGE) +
                         qtest_readq(vm->qts, VM_PAGE_2), ==, added);
    }
    unit_expect_no_fault(&vm->unit);
    stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/testdev-ats/hit", test_hit);
        qtest_add_func("/vtdm/testdev-ats/completion", test_completion);
        qtest_add_func("/vtdm/testdev-ats/large-page", test_large_page);
        qtest_add_func("/vtdm/testdev-ats/not-granted", test_not_granted);
        qtest_add_func("/vtdm/testdev-ats/not-allowed", test_not_allowed);
        qtest_add_func("/vtdm/testdev-ats/invalidate", test_invalidate);
        qtest_add_func("/vtdm/testdev-ats/hold", test_hold);
        qtest_add_func("/vtdm/testdev-ats/hold-outside", test_hold_outside);
        qtest_add_func("/vtdm/testdev-ats/held-too-long", test_held_too_long);
        qtest_add_func("/vtdm/testdev-ats/lose", test_lose);
        qtest_add_func("/vtdm/testdev-ats/spoil", test_spoil);
        qtest_add_func("/vtdm/testdev-ats/claim", test_claim);
        qtest_add_func("/vtdm/testdev-ats/drop", test_drop);
        qtest_add_func("/vtdm/testdev-ats/iothread", test_iothread);
    }
    return g_test_run();
}
