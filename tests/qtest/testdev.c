/*
 * vtd-testdev: its commands, its ring, its resets, and what it refuses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "qemu/bswap.h"
#include "qobject/qdict.h"
#include "standard-headers/linux/pci_regs.h"
#include "requester.h"
#include "testdev.h"

#define RING                    0x3100000
#define RING_LENGTH             8
#define INDEX                   5           /* of the interrupt */
#define VECTOR                  0x55

static VM *vm;
static Testdev testdev;

/* The device in VM_DID with two pages mapped, and one that has none. */
static void start(const char *options)
{
    g_autofree char *more = g_strdup_printf(TESTDEV_DEVICE "%s", options);

    vm = vm_new("", more);
    vm->ssptptr = unit_attach(&vm->unit, TESTDEV_SID, VM_DID, 4);
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    unit_enable_queue(&vm->unit);
    unit_enable_dma(&vm->unit);
    testdev = testdev_at(vm, TESTDEV_SID);
}

static void stop(void)
{
    testdev_free(&testdev);
    vm_free(vm);
}

/* Registers say who it is; what must not change does not. */
static void test_registers(void)
{
    start("");
    g_assert_cmphex(qpci_config_readl(testdev.dev, PCI_VENDOR_ID), ==,
                    VTD_TESTDEV_DEVICE << 16 | VTD_TESTDEV_VENDOR);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_FEATURES), ==,
                    VTD_TESTDEV_HAS_ATS | VTD_TESTDEV_HAS_PRI |
                    VTD_TESTDEV_HAS_PASID | VTD_TESTDEV_HAS_REQUESTS);
    testdev_write(&testdev, VTD_TESTDEV_IDENT, 0);
    testdev_write(&testdev, VTD_TESTDEV_SLOT_STATUS, UINT64_MAX);
    testdev_write(&testdev, VTD_TESTDEV_COUNT_DONE, UINT64_MAX);
    testdev_write(&testdev, 0xff8, UINT64_MAX);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_IDENT), ==,
                    VTD_TESTDEV_IDENT_VALUE);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_SLOT_STATUS), ==, 0);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_COUNT_DONE), ==, 0);
    g_assert_cmphex(testdev_read(&testdev, 0xff8), ==, 0);
    stop();
}

/* Either half of a register can be had alone. */
static void test_halves(void)
{
    const uint32_t offset = VTD_TESTDEV_SLOT_ADDRESS;

    start("");
    testdev_write(&testdev, offset, 0x1111111122222222);
    qpci_io_writel(testdev.dev, testdev.registers, offset + 4, 0x33333333);
    g_assert_cmphex(testdev_read(&testdev, offset), ==, 0x3333333322222222);
    qpci_io_writel(testdev.dev, testdev.registers, offset, 0x44444444);
    g_assert_cmphex(qpci_io_readl(testdev.dev, testdev.registers, offset), ==,
                    0x44444444);
    g_assert_cmphex(qpci_io_readl(testdev.dev, testdev.registers,
                                  offset + 4), ==, 0x33333333);
    stop();
}

static void test_read(void)
{
    start("");
    vm_fill(vm, VM_PAGE, 5, 256);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 256, 0),
                     ==, VTD_TESTDEV_OK);
    testdev_expect(&testdev, 5, 256);
    g_assert_cmphex(testdev.result, ==, qtest_readq(vm->qts, VM_PAGE));
    g_assert_cmpuint(vtdm_get(testdev.status, VTD_TESTDEV_BYTES), ==, 256);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_COUNT_DONE), ==, 1);
    unit_expect_no_fault(&vm->unit);
    stop();
}

static void test_pass_through(void)
{
    start("");
    vtdm_tables_context(&vm->tables, vm->unit.root, TESTDEV_SID,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                          VM_DID));
    vm_fill(vm, VM_PAGE, 6, 64);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_PAGE, 64, 0),
                     ==, VTD_TESTDEV_OK);
    testdev_expect(&testdev, 6, 64);
    unit_expect_no_fault(&vm->unit);
    stop();
}

static void test_write(void)
{
    start("");
    vm_fill(vm, VM_PAGE, 2, 256);
    testdev_fill(&testdev, 9, 100);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_WRITE, VM_IOVA + 8,
                                 100, 0), ==, VTD_TESTDEV_OK);
    vm_expect(vm, VM_PAGE, 2, 8);
    vm_expect(vm, VM_PAGE + 8, 9, 100);
    vm_expect(vm, VM_PAGE + 108, (uint8_t)(2 + 108 * 7), 100);
    stop();
}

static void test_store(void)
{
    start("");
    vm_fill(vm, VM_PAGE, 2, 16);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_STORE, VM_IOVA, 3,
                                 0x11223344), ==, VTD_TESTDEV_OK);
    g_assert_cmphex(qtest_readl(vm->qts, VM_PAGE) & 0xffffff, ==, 0x223344);
    vm_expect(vm, VM_PAGE + 3, 2 + 3 * 7, 13);
    stop();
}

static void test_fetch_add(void)
{
    start("");
    qtest_writeq(vm->qts, VM_PAGE, 0xffffffff);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 8,
                                 2), ==, VTD_TESTDEV_OK);
    g_assert_cmphex(testdev.result, ==, 0xffffffff);
    g_assert_cmphex(qtest_readq(vm->qts, VM_PAGE), ==, 0x100000001);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 4,
                                 -1ull), ==, VTD_TESTDEV_OK);
    g_assert_cmphex(testdev.result, ==, 1);
    g_assert_cmphex(qtest_readq(vm->qts, VM_PAGE), ==, 0x100000000);
    stop();
}

static void test_copy(void)
{
    start("");
    vm_fill(vm, VM_PAGE, 7, VTDM_PAGE_SIZE);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_COPY, VM_IOVA,
                                 VTDM_PAGE_SIZE, VM_IOVA_2), ==,
                     VTD_TESTDEV_OK);
    vm_expect(vm, VM_PAGE_2, 7, VTDM_PAGE_SIZE);
    stop();
}

/* Bytes of two pages; the second one is not mapped. */
static void test_blocked(void)
{
    start("");
    testdev_fill(&testdev, 1, 64);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_WRITE, VM_IOVA + 0xff0,
                                 64, 0), ==, VTD_TESTDEV_UR);
    testdev_expect_blocked(&testdev, VTD_TESTDEV_UR, FR_NO_WRITE);
    g_assert_cmpuint(vtdm_get(testdev.status, VTD_TESTDEV_BYTES), ==, 16);
    vm_expect(vm, VM_PAGE + 0xff0, 1, 16);
    unit_expect_record(&vm->unit, 0, FR_NO_WRITE, TESTDEV_SID);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_COUNT_FAILED), ==, 1);
    unit_expect_no_fault(&vm->unit);
    stop();
}

/* An atomic request needs both permissions. */
static void test_atomic_blocked(void)
{
    start("");
    vm_map(vm, VM_IOVA, VM_PAGE, VTDM_SS_R);
    qtest_writeq(vm->qts, VM_PAGE, 1);
    testdev_run(&testdev, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 8, 2);
    testdev_expect_blocked(&testdev, VTD_TESTDEV_UR, FR_NO_WRITE);
    g_assert_cmphex(qtest_readq(vm->qts, VM_PAGE), ==, 1);
    unit_expect_record(&vm->unit, 0, FR_NO_WRITE, TESTDEV_SID);
    stop();
}

/* The tables lead where no memory is. */
static void test_no_memory(void)
{
    start("");
    vm_map(vm, VM_IOVA, 0x7000000000, UNIT_RW);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 8,
                                 2), ==, VTD_TESTDEV_NO_MEMORY);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 8, 0),
                     ==, VTD_TESTDEV_NO_MEMORY);
    unit_expect_no_fault(&vm->unit);
    stop();
}

static void test_pasid_in_legacy_mode(void)
{
    start("");
    testdev_enable(&testdev, false, false, true);
    testdev_run(&testdev, VTD_TESTDEV_READ | TESTDEV_PASID(3), VM_IOVA, 8, 0);
    testdev_expect_blocked(&testdev, VTD_TESTDEV_UR, 0x31);
    unit_expect_record(&vm->unit, 0, 0x31, TESTDEV_SID);
    stop();
}

/* What a command cannot be, and what has not been enabled. */
static void test_refused(void)
{
    static const struct {
        uint64_t control, length, operand;
        unsigned status;
    } rows[] = {
        { 0xff, 0, 0, VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_NOP | VTD_TESTDEV_PRIVILEGED, 0, 0,
          VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_READ | 1ull << 11, 8, 0, VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_READ | 1ull << 63, 8, 0, VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_READ | VTD_TESTDEV_ADDRESS_TYPE, 8, 0,
          VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_READ | VTD_TESTDEV_EXECUTE, 8, 0,
          VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_READ | VTD_TESTDEV_REQUEST_PAGES, 8, 0,
          VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_READ, VTD_TESTDEV_BUFFER_SIZE + 1, 0,
          VTD_TESTDEV_BAD_RANGE },
        { VTD_TESTDEV_STORE, 0, 0, VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_STORE, 9, 0, VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_FETCH_ADD, 2, 0, VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_MSI, 0, VTD_TESTDEV_VECTORS, VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_STOP_MARKER, 0, 0, VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_PAGE_REQUEST | VTD_TESTDEV_WANT_READ, 0, 512,
          VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_PAGE_REQUEST | VTD_TESTDEV_LAST, 0, 0,
          VTD_TESTDEV_BAD_COMMAND },
        { VTD_TESTDEV_READ | TESTDEV_PASID(1), 8, 0, VTD_TESTDEV_DISABLED },
        { VTD_TESTDEV_READ | VTD_TESTDEV_THROUGH_TLB, 8, 0,
          VTD_TESTDEV_DISABLED },
        { VTD_TESTDEV_TRANSLATE, 0, 0, VTD_TESTDEV_DISABLED },
        { VTD_TESTDEV_PAGE_REQUEST | VTD_TESTDEV_WANT_READ, 0, 0,
          VTD_TESTDEV_DISABLED },
        { VTD_TESTDEV_READ | VTD_TESTDEV_AS_REQUESTER, 8, 0,
          VTD_TESTDEV_NOT_MALICIOUS },
        { VTD_TESTDEV_READ | VTD_TESTDEV_CLAIM_TRANSLATED, 8, 0,
          VTD_TESTDEV_NOT_MALICIOUS },
    };

    start("");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        g_test_message("row %zu", i);
        g_assert_cmpuint(testdev_run(&testdev, rows[i].control, VM_IOVA,
                                     rows[i].length, rows[i].operand), ==,
                         rows[i].status);
    }
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_COUNT_FAILED), ==,
                     ARRAY_SIZE(rows));
    unit_expect_no_fault(&vm->unit);
    stop();
}

static void test_no_bus_master(void)
{
    start("");
    qpci_config_writew(testdev.dev, PCI_COMMAND, PCI_COMMAND_MEMORY);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 8, 0),
                     ==, VTD_TESTDEV_DISABLED);
    stop();
}

/* A write into the interrupt range is an interrupt, and remapped. */
static void test_interrupt(void)
{
    start("");
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR, 1, false));
    unit_enable_interrupts(&vm->unit, false);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_STORE,
                                 vtdm_make_msi_address(INDEX, false), 4, 0), ==,
                     VTD_TESTDEV_OK);
    g_assert_true(lapic_pending(vm->qts, 1, VECTOR));
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_STORE,
                                 vtdm_make_msi_address(INDEX, false), 8, 0), ==,
                     VTD_TESTDEV_UR);
    unit_expect_record(&vm->unit, 0, FR_IR_NO_INTERRUPT, TESTDEV_SID);
    stop();
}

/* The end of a command is an interrupt, if it asks for one. */
static void test_msix(void)
{
    start("");
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR, 1, false));
    unit_enable_interrupts(&vm->unit, false);
    qpci_msix_enable(testdev.dev);
    qpci_io_writel(testdev.dev, testdev.dev->msix_table_bar, 3 * 16,
                   vtdm_make_msi_address(INDEX, false));
    qpci_io_writel(testdev.dev, testdev.dev->msix_table_bar, 3 * 16 + 12, 0);
    testdev_run(&testdev, VTD_TESTDEV_NOP | VTD_TESTDEV_INTERRUPT |
                3ull << VTD_TESTDEV_VECTOR_SHIFT, 0, 0, 0);
    g_assert_true(lapic_pending(vm->qts, 1, VECTOR));
    testdev_run(&testdev, VTD_TESTDEV_MSI, 0, 0, 3);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_COUNT_INTERRUPTS),
                     ==, 2);
    qpci_msix_disable(testdev.dev);
    unit_expect_no_fault(&vm->unit);
    stop();
}

static void put_command(unsigned index, uint64_t control, uint64_t address,
                        uint64_t length, uint64_t operand)
{
    struct vtd_testdev_command command = {
        .control = cpu_to_le64(control),
        .address = cpu_to_le64(address),
        .length = cpu_to_le64(length),
        .operand = cpu_to_le64(operand),
    };

    qtest_memwrite(vm->qts, RING + index * sizeof(command), &command,
                   sizeof(command));
}

static uint64_t word_of(unsigned index, size_t member)
{
    return qtest_readq(vm->qts, RING + member + index *
                       sizeof(struct vtd_testdev_command));
}

#define STATUS_OF(index) \
    (word_of(index, offsetof(struct vtd_testdev_command, status)) & 0xff)
#define RESULT_OF(index) \
    word_of(index, offsetof(struct vtd_testdev_command, result))

static void start_ring(uint64_t base)
{
    testdev_write(&testdev, VTD_TESTDEV_RING_SIZE, RING_LENGTH);
    testdev_write(&testdev, VTD_TESTDEV_RING_BASE, base);
}

/* The ring is worked on while the guest runs. */
static void await_ring(void)
{
    while (testdev_read(&testdev, VTD_TESTDEV_STATE) &
           VTD_TESTDEV_RING_BUSY) {
        g_usleep(100);
    }
}

/* Three rounds: more than its length, so that it wraps. */
static void check_ring(void)
{
    for (unsigned i = 0; i < RING_LENGTH; i++) {
        put_command(i, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 8, 1);
    }
    vm_map(vm, RING, RING, UNIT_RW);
    start_ring(RING);
    for (unsigned round = 1; round <= 3; round++) {
        testdev_write(&testdev, VTD_TESTDEV_RING_TAIL,
                      round * 5 % RING_LENGTH);
        await_ring();
        g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_RING_STATUS), ==,
                        VTD_TESTDEV_OK);
        g_assert_cmpuint(qtest_readq(vm->qts, VM_PAGE), ==, round * 5);
    }
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_RING_HEAD), ==, 7);
    for (unsigned i = 0; i < RING_LENGTH; i++) {
        g_assert_cmphex(STATUS_OF(i), ==, VTD_TESTDEV_OK);
    }
    g_assert_cmphex(RESULT_OF(6), ==, 14);
}

static void test_ring(void)
{
    start("");
    check_ring();
    stop();
}

/* The same in a thread of its own. */
static void test_iothread(void)
{
    start(",iothread=worker -object iothread,id=worker");
    check_ring();
    stop();
}

/* Resets while it runs: nothing of what was cancelled comes after. */
static void test_iothread_reset(void)
{
    start(",iothread=worker -object iothread,id=worker");
    vm_map(vm, RING, RING, UNIT_RW);
    for (unsigned i = 0; i < RING_LENGTH; i++) {
        put_command(i, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 8, 1);
    }
    for (unsigned round = 0; round < 50; round++) {
        start_ring(RING);
        testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, RING_LENGTH - 1);
        testdev_write(&testdev, VTD_TESTDEV_CONTROL, VTD_TESTDEV_RESET);
        qtest_writeq(vm->qts, VM_PAGE, round);
        g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_STATE), ==, 0);
        g_assert_cmphex(qtest_readq(vm->qts, VM_PAGE), ==, round);
    }
    stop();
}

/* A machine that stands still has no DMA; what there was to do comes after. */
static void check_stopped(const char *options)
{
    start(options);
    vm_map(vm, RING, RING, UNIT_RW);
    put_command(0, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 8, 1);
    start_ring(RING);
    qtest_qmp_assert_success(vm->qts, "{'execute': 'stop'}");
    testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, 1);
    for (unsigned i = 0; i < 100; i++) {
        g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_RING_HEAD), ==,
                         0);
    }
    g_assert_cmpuint(qtest_readq(vm->qts, VM_PAGE), ==, 0);
    qtest_qmp_assert_success(vm->qts, "{'execute': 'cont'}");
    await_ring();
    g_assert_cmpuint(qtest_readq(vm->qts, VM_PAGE), ==, 1);
    stop();
}

static void test_stopped(void)
{
    check_stopped("");
    check_stopped(",iothread=worker -object iothread,id=worker");
}

/* A command that fails does not stop it; a ring that is not there does. */
static void test_ring_fails(void)
{
    start("");
    put_command(0, VTD_TESTDEV_READ, 0x666000, 8, 0);
    put_command(1, VTD_TESTDEV_NOP, 0, 0, 0);
    vm_map(vm, RING, RING, UNIT_RW);
    start_ring(RING);
    testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, 2);
    await_ring();
    g_assert_cmphex(STATUS_OF(0), ==, VTD_TESTDEV_UR);
    g_assert_cmphex(STATUS_OF(1), ==, VTD_TESTDEV_OK);
    unit_expect_record(&vm->unit, 0, FR_NO_READ, TESTDEV_SID);

    start_ring(0x777000);
    testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, 2);
    await_ring();
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_RING_STATUS), ==,
                    VTD_TESTDEV_UR | FR_NO_READ << 8);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_RING_HEAD), ==, 0);
    stop();
}

/* A ring without a length, and a tail outside it, run nothing. */
static void test_ring_refused(void)
{
    start("");
    testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, 1);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_RING_TAIL), ==, 0);
    start_ring(RING);
    testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, RING_LENGTH);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_RING_TAIL), ==, 0);
    start_ring(RING + 8);
    testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, 1);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_RING_TAIL), ==, 0);
    stop();
}

/* Counters, the ring and what was enabled: gone. Memory of its own stays. */
static void test_flr(void)
{
    start("");
    testdev_enable(&testdev, true, true, true);
    testdev_fill(&testdev, 4, 16);
    start_ring(RING);
    testdev_run(&testdev, VTD_TESTDEV_NOP, 0, 0, 0);
    testdev_flr(&testdev);
    testdev_expect(&testdev, 4, 16);
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_COUNT_DONE), ==, 0);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_RING_BASE), ==, 0);
    g_assert_cmphex(qtest_readw(vm->qts, PCI_ATS_CTRL +
                                testdev_capability(&testdev,
                                                   PCI_EXT_CAP_ID_ATS)), ==,
                    0);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_TRANSLATE, VM_IOVA, 0,
                                 0), ==, VTD_TESTDEV_DISABLED);
    stop();
}

/* @arguments: literal JSON. */
#define RUN_OUTSIDE(arguments) \
    qtest_qmp(vm->qts, "{'execute': 'vtd-testdev-run', 'arguments': {" \
              "'device': 'test0', " arguments "}}")

static void expect_answer(QDict *answer, const char *status, uint64_t result)
{
    QDict *dict = qdict_get_qdict(answer, "return");

    g_assert_nonnull(dict);
    g_assert_cmpstr(qdict_get_str(dict, "status"), ==, status);
    g_assert_cmphex(qdict_get_int(dict, "result"), ==, result);
    qobject_unref(answer);
}

static void expect_error(QDict *answer, const char *text)
{
    QDict *error = qdict_get_qdict(answer, "error");

    g_assert_nonnull(error);
    g_assert_nonnull(strstr(qdict_get_str(error, "desc"), text));
    qobject_unref(answer);
}

static void test_outside(void)
{
    start("");
    qtest_writeq(vm->qts, VM_PAGE, 0x1234);
    expect_answer(RUN_OUTSIDE("'opcode': 'read', 'address': 305418240, "
                              "'length': 8"), "ok", 0x1234);
    expect_answer(RUN_OUTSIDE("'opcode': 'read', 'address': 4096, "
                              "'length': 8"), "ur", 0);
    unit_expect_record(&vm->unit, 0, FR_NO_READ, TESTDEV_SID);
    expect_answer(RUN_OUTSIDE("'opcode': 'read', 'pasid': 1, 'length': 8"),
                  "disabled", 0);
    expect_error(RUN_OUTSIDE("'opcode': 'reed'"),
                 "there is no opcode 'reed'");
    expect_error(RUN_OUTSIDE("'opcode': 'nop', 'pasid': 1048576"),
                 "is too much");
    expect_error(RUN_OUTSIDE("'opcode': 'nop', 'adress': 0"), "adress");
    stop();
}

/* With malicious=on it says that it is somebody else. */
static void test_requester(void)
{
    start(",malicious=on");
    testdev_write(&testdev, VTD_TESTDEV_SLOT_REQUESTER, VM_SID);
    testdev_run(&testdev, VTD_TESTDEV_READ | VTD_TESTDEV_AS_REQUESTER,
                VM_IOVA, 8, 0);
    testdev_expect_blocked(&testdev, VTD_TESTDEV_UR, FR_CONTEXT_ABSENT);
    unit_expect_record(&vm->unit, 0, FR_CONTEXT_ABSENT, VM_SID);
    stop();
}

/* What it did is counted with the other requesters. */
static void test_counted(void)
{
    g_auto(Requester) requester = { 0 };

    start("");
    testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 8, 0);
    testdev_run(&testdev, VTD_TESTDEV_WRITE, 0x1000, 8, 0);
    requester = requester_at(vm, TESTDEV_SID);
    g_assert_cmpstr(requester.name, ==, "test0");
    g_assert_cmpint(requester.domain, ==, VM_DID);
    g_assert_cmpuint(requester.reads, ==, 1);
    g_assert_cmpuint(requester.writes, ==, 1);
    g_assert_cmpuint(requester.faults, ==, 1);
    stop();
}
/* Values that a register may be thrown at: small, addresses, anything. */
static uint64_t random_value(void)
{
    static const uint64_t values[] = {
        0, 1, 2, 8, 64, RING, VM_IOVA, VM_PAGE, UNIT_BASE, 0xfee00000,
        TESTDEV_ECAM, UINT64_MAX,
    };
    uint64_t value = values[g_test_rand_int_range(0, ARRAY_SIZE(values))];

    switch (g_test_rand_int_range(0, 4)) {
    case 0:
        return value;
    case 1:
        return value + g_test_rand_int_range(0, 0x1000);
    case 2:
        return value ^ 1ull << g_test_rand_int_range(0, 64);
    default:
        return (uint64_t)g_test_rand_int() << 32 | (uint32_t)g_test_rand_int();
    }
}

static uint64_t random_control(void)
{
    uint64_t control = g_test_rand_int_range(0, 10);

    for (unsigned i = 0; i < 3; i++) {
        control |= 1ull << g_test_rand_int_range(8, 60) &
                   -(uint64_t)g_test_rand_int_range(0, 2);
    }
    return control;
}

/* Whatever a guest writes, in whatever order: QEMU goes on. */
static void throw_at_it(void)
{
    testdev_enable(&testdev, true, true, true);
    for (unsigned i = 0; i < 8000; i++) {
        uint32_t offset = 8 * g_test_rand_int_range(0, 0x50);

        if (i % 2) {
            testdev_write(&testdev, offset, random_value());
        } else {
            put_command(i / 2 % RING_LENGTH, random_control(),
                        random_value(), random_value() % 0x3000,
                        random_value());
            testdev_write(&testdev, VTD_TESTDEV_SLOT_CONTROL,
                          random_control());
            testdev_write(&testdev, VTD_TESTDEV_RUN, 1);
        }
        if (i % 64 == 0) {
            start_ring(RING);
            testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, RING_LENGTH - 1);
        }
    }
    testdev_flr(&testdev);
}

static void test_random(void)
{
    start(",malicious=on");
    vm_map(vm, RING, RING, UNIT_RW);
    throw_at_it();
    stop();
}

static void test_random_iothread(void)
{
    start(",malicious=on,iothread=worker -object iothread,id=worker");
    vm_map(vm, RING, RING, UNIT_RW);
    throw_at_it();
    stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/testdev/registers", test_registers);
        qtest_add_func("/vtdm/testdev/halves", test_halves);
        qtest_add_func("/vtdm/testdev/read", test_read);
        qtest_add_func("/vtdm/testdev/pass-through", test_pass_through);
        qtest_add_func("/vtdm/testdev/write", test_write);
        qtest_add_func("/vtdm/testdev/store", test_store);
        qtest_add_func("/vtdm/testdev/fetch-add", test_fetch_add);
        qtest_add_func("/vtdm/testdev/copy", test_copy);
        qtest_add_func("/vtdm/testdev/blocked", test_blocked);
        qtest_add_func("/vtdm/testdev/atomic-blocked", test_atomic_blocked);
        qtest_add_func("/vtdm/testdev/no-memory", test_no_memory);
        qtest_add_func("/vtdm/testdev/pasid-in-legacy-mode",
                       test_pasid_in_legacy_mode);
        qtest_add_func("/vtdm/testdev/refused", test_refused);
        qtest_add_func("/vtdm/testdev/no-bus-master", test_no_bus_master);
        qtest_add_func("/vtdm/testdev/interrupt", test_interrupt);
        qtest_add_func("/vtdm/testdev/msix", test_msix);
        qtest_add_func("/vtdm/testdev/ring", test_ring);
        qtest_add_func("/vtdm/testdev/iothread", test_iothread);
        qtest_add_func("/vtdm/testdev/iothread-reset", test_iothread_reset);
        qtest_add_func("/vtdm/testdev/stopped", test_stopped);
        qtest_add_func("/vtdm/testdev/ring-fails", test_ring_fails);
        qtest_add_func("/vtdm/testdev/ring-refused", test_ring_refused);
        qtest_add_func("/vtdm/testdev/flr", test_flr);
        qtest_add_func("/vtdm/testdev/outside", test_outside);
        qtest_add_func("/vtdm/testdev/requester", test_requester);
        qtest_add_func("/vtdm/testdev/counted", test_counted);
        qtest_add_func("/vtdm/testdev/random", test_random);
        qtest_add_func("/vtdm/testdev/random-iothread", test_random_iothread);
    }
    return g_test_run();
}
