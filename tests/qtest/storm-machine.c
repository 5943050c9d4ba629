/*
 * DMA from a thread while the machine around it changes: memory and devices
 * come and go, buses get other numbers, and whatever was sent is counted.
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
#include "travel.h"

#define RING            0x3200000       /* two pages of 2 MiB */
#define FEW             2048            /* commands */
#define MANY            32768           /* more than memory takes to be sent */
#define LARGE_PAGE      0x200000
#define ROUNDS          8
#define CPU             0xfee00000      /* messages to it */
#define VECTOR          0x55
#define PAGE_0          VM_PAGE
#define PAGE_1          VM_PAGE_2
#define IOTHREAD        "-object iothread,id=worker -D /dev/null "

typedef struct vtd_testdev_command Command;

static VM *vm;
static Testdev testdev;
static unsigned ring_size;              /* commands; one of them is not run */

/* All commands of the ring are the same. */
static void put_commands(unsigned count, uint64_t control, uint64_t address,
                         uint64_t length, uint64_t operand)
{
    g_autofree Command *commands = g_new0(Command, count);

    ring_size = count;
    for (unsigned i = 0; i < count; i++) {
        commands[i].control = cpu_to_le64(control);
        commands[i].address = cpu_to_le64(address);
        commands[i].length = cpu_to_le64(length);
        commands[i].operand = cpu_to_le64(operand);
    }
    qtest_memwrite(vm->qts, RING, commands, count * sizeof(*commands));
}

static void map_ring(void)
{
    for (unsigned i = 0; i < 2; i++) {
        uint64_t at = RING + i * LARGE_PAGE;

        vtdm_tables_map(&vm->tables, &(VTDMMapping) {
            .table = vm->ssptptr, .levels = 4, .level = 2,
            .input = at, .output = at, .flags = UNIT_RW | VTDM_SS_PS,
        });
    }
}

static void begin(void)
{
    testdev_write(&testdev, VTD_TESTDEV_RING_SIZE, ring_size);
    testdev_write(&testdev, VTD_TESTDEV_RING_BASE, RING);
    testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, ring_size - 1);
}

static bool is_busy(void)
{
    return testdev_read(&testdev, VTD_TESTDEV_STATE) & VTD_TESTDEV_RING_BUSY;
}

static void await_end(void)
{
    while (is_busy()) {
        g_usleep(100);
    }
}

/* Of each command what it has found, if it has ended well. */
static uint64_t *read_results(void)
{
    g_autofree Command *commands = g_new0(Command, ring_size);
    uint64_t *results = g_new0(uint64_t, ring_size);

    qtest_memread(vm->qts, RING, commands, ring_size * sizeof(*commands));
    for (unsigned i = 0; i < ring_size - 1; i++) {
        g_assert_cmphex(le64_to_cpu(commands[i].status) & 0xff, ==,
                        VTD_TESTDEV_OK);
        results[i] = le64_to_cpu(commands[i].result);
    }
    return results;
}

/* ---- interrupts ---- */

/* Those of the thread, and others of the same device meanwhile. */
static void test_interrupts(void)
{
    g_auto(Requester) shown = { };
    unsigned sent = 0;

    vm = vm_new("", IOTHREAD TESTDEV_DEVICE ",iothread=worker");
    testdev = testdev_at(vm, TESTDEV_SID);
    put_commands(FEW, VTD_TESTDEV_STORE, CPU, 4, VECTOR);
    for (unsigned round = 0; round < ROUNDS; round++) {
        sent += ring_size - 1;
        for (begin(); is_busy(); sent++) {
            g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_STORE, CPU, 4,
                                         VECTOR), ==, VTD_TESTDEV_OK);
        }
    }
    shown = requester_at(vm, TESTDEV_SID);
    g_assert_cmpuint(shown.interrupts, ==, sent);
    g_assert_cmpuint(shown.delivered, ==, sent);
    testdev_free(&testdev);
    vm_free(vm);
}

/* ---- memory ---- */

#define DIMM            0x100000000
#define DIMM_PAGE       (DIMM + 0x123000)

/* QEMU's docs/specs/acpi_mem_hotplug.rst */
#define ACPI_MEMHP      0x0a00
#define ACPI_MEMHP_CONTROL      0x14
#define ACPI_MEMHP_EJECT        8

static void plug_memory(void)
{
    qtest_qmp_assert_success(vm->qts, "{'execute': 'object-add', 'arguments': "
                             "{'qom-type': 'memory-backend-ram', 'id': 'mem0', "
                             "'size': 134217728}}");
    qtest_qmp_device_add(vm->qts, "pc-dimm", "dimm0",
                         "{'memdev': 'mem0', 'addr': 4294967296}");
}

/* The guest lets it go at once. */
static void unplug_memory(void)
{
    qtest_qmp_device_del_send(vm->qts, "dimm0");
    qtest_outl(vm->qts, ACPI_MEMHP, 0);
    qtest_outb(vm->qts, ACPI_MEMHP + ACPI_MEMHP_CONTROL, ACPI_MEMHP_EJECT);
    qtest_qmp_eventwait(vm->qts, "DEVICE_DELETED");
    qtest_qmp_assert_success(vm->qts, "{'execute': 'object-del', 'arguments': "
                             "{'id': 'mem0'}}");
}

/* Maps a page of the memory, by a table in it. Returns the entry. */
static uint64_t map_within(void)
{
    uint64_t next = vm->tables.next, leaf;

    vm->tables.next = DIMM;
    leaf = vm_map(vm, VM_IOVA, DIMM_PAGE, UNIT_RW);
    g_assert_cmphex(leaf, >, DIMM);
    vm->tables.next = next;
    return leaf;
}

/* Of the ring: memory, and none any more. */
static void check_gone(void)
{
    g_autofree Command *commands = g_new0(Command, ring_size);
    bool gone = false;

    await_end();
    qtest_memread(vm->qts, RING, commands, ring_size * sizeof(*commands));
    for (unsigned i = 0; i < ring_size - 1; i++) {
        unsigned status = le64_to_cpu(commands[i].status) & 0xff;

        gone |= status == VTD_TESTDEV_NO_MEMORY;
        g_assert_cmphex(status, ==, gone ? VTD_TESTDEV_NO_MEMORY
                                         : VTD_TESTDEV_OK);
        if (!gone) {
            g_assert_cmphex(le64_to_cpu(commands[i].result), ==, DIMM_PAGE);
        }
    }
}

/* What is cached leads nowhere then; a walk finds no table. */
static void expect_gone(void)
{
    g_assert_cmphex(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 8, 0), ==,
                    VTD_TESTDEV_NO_MEMORY);
    unit_expect_no_fault(&vm->unit);
    unit_flush(&vm->unit);
    testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 8, 0);
    testdev_expect_blocked(&testdev, VTD_TESTDEV_UR, FR_ENTRY_UNREADABLE);
    units_expect_record(&vm->unit, 1, 0, FR_ENTRY_UNREADABLE, TESTDEV_SID);
}

/* Memory is taken out while a device reads it, by tables that are in it. */
static void test_memory(void)
{
    uint64_t leaf;

    vm = vm_new("", IOTHREAD "-m size=256M,slots=1,maxmem=4G "
                TESTDEV_DEVICE ",iothread=worker");
    vm->ssptptr = unit_attach(&vm->unit, TESTDEV_SID, VM_DID, 4);
    map_ring();
    unit_enable_dma(&vm->unit);
    testdev = testdev_at(vm, TESTDEV_SID);
    put_commands(FEW, VTD_TESTDEV_READ, VM_IOVA, 8, 0);
    plug_memory();
    leaf = map_within();
    for (unsigned round = 0; round < ROUNDS; round++) {
        qtest_writeq(vm->qts, DIMM_PAGE, DIMM_PAGE);
        g_assert_cmphex(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 8,
                                    0), ==, VTD_TESTDEV_OK);
        begin();
        unplug_memory();
        check_gone();
        expect_gone();
        plug_memory();
        qtest_writeq(vm->qts, leaf, DIMM_PAGE | UNIT_RW);
    }
    testdev_free(&testdev);
    vm_free(vm);
}

/* ---- bus numbers ---- */

#define PORT_SID        0x0030          /* 00:06.0 */
#define BUS             3
#define WINDOW_BASE     0xe000
#define WINDOW_LIMIT    0xefff

static void number_port(QPCIDevice *port, uint8_t bus)
{
    qpci_config_writeb(port, PCI_SUBORDINATE_BUS, bus);
    qpci_config_writeb(port, PCI_SECONDARY_BUS, bus);
}

static QPCIDevice *open_port(void)
{
    QPCIDevice *port = qpci_device_find(vm->pci, PORT_SID);

    number_port(port, BUS);
    qpci_config_writew(port, PCI_MEMORY_BASE, WINDOW_BASE);
    qpci_config_writew(port, PCI_MEMORY_LIMIT, WINDOW_LIMIT);
    qpci_device_enable(port);
    return port;
}

/* A domain for each number; the ring is in both. */
static void map_buses(void)
{
    static const uint64_t pages[] = { PAGE_0, PAGE_1 };

    for (unsigned i = 0; i < ARRAY_SIZE(pages); i++) {
        vm->ssptptr = unit_attach(&vm->unit, (BUS + i) << 8, VM_DID + i, 4);
        map_ring();
        vm_map(vm, VM_IOVA, pages[i], UNIT_RW);
        qtest_writeq(vm->qts, pages[i], i);
    }
}

/* Commands after @begun are of the bus @number; none is of it before others. */
static void check_numbers(unsigned begun, unsigned number)
{
    g_autofree uint64_t *results = read_results();
    bool seen = false;

    for (unsigned i = 0; i < ring_size - 1; i++) {
        seen |= results[i] == number || i > begun;
        g_assert_cmpuint(results[i], ==, seen ? number : !number);
    }
}

/* The bus gets another number while a device on it is at work. */
static void test_numbers(void)
{
    g_autofree QPCIDevice *port = NULL;

    vm = vm_new("", IOTHREAD "-device pcie-root-port,id=root0,addr=06.0 "
                "-device vtd-testdev,id=test0,bus=root0,iothread=worker");
    map_buses();
    unit_enable_dma(&vm->unit);
    port = open_port();
    testdev = testdev_at(vm, BUS << 8);
    put_commands(FEW, VTD_TESTDEV_READ, VM_IOVA, 8, 0);
    for (unsigned round = 1; round < 4 * ROUNDS; round++) {
        unsigned begun;

        begin();
        number_port(port, BUS + round % 2);
        begun = testdev_read(&testdev, VTD_TESTDEV_RING_HEAD);
        await_end();
        check_numbers(begun, round % 2);
    }
    unit_expect_no_fault(&vm->unit);
    testdev_free(&testdev);
    vm_free(vm);
}

/* ---- places ---- */

/* No addition is lost, and none is made twice, wherever the machine goes. */
static void test_travels(gconstpointer opaque)
{
    const Way *way = opaque;
    char *folder = travel_folder();
    g_autofree char *disk = travel_disk(folder);
    g_autofree char *more = g_strconcat(IOTHREAD TESTDEV_DEVICE
                                        ",iothread=worker ", disk, NULL);
    g_autofree uint64_t *results = NULL;

    vm = vm_new("", more);
    vm->ssptptr = unit_attach(&vm->unit, TESTDEV_SID, VM_DID, 4);
    map_ring();
    vm_map(vm, VM_IOVA, PAGE_0, UNIT_RW);
    unit_enable_dma(&vm->unit);
    testdev = testdev_at(vm, TESTDEV_SID);
    put_commands(MANY, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 8, 1);
    begin();
    way->go(vm, folder);
    testdev_free(&testdev);
    testdev = testdev_at(vm, TESTDEV_SID);
    await_end();
    results = read_results();
    for (unsigned i = 0; i < ring_size - 1; i++) {
        g_assert_cmpuint(results[i], ==, i);
    }
    g_assert_cmpuint(qtest_readq(vm->qts, PAGE_0), ==, ring_size - 1);
    testdev_free(&testdev);
    vm_free(vm);
    travel_remove(folder);
}

/* ---- the end ---- */

/* Resets at whatever the device does, and in the end QEMU quits. */
static void test_resets(void)
{
    vm = vm_new("", IOTHREAD TESTDEV_DEVICE ",iothread=worker");
    for (unsigned round = 0; round < ROUNDS; round++) {
        vm->ssptptr = unit_attach(&vm->unit, TESTDEV_SID, VM_DID, 4);
        map_ring();
        vm_map(vm, VM_IOVA, PAGE_0, UNIT_RW);
        unit_enable_dma(&vm->unit);
        testdev = testdev_at(vm, TESTDEV_SID);
        put_commands(FEW, VTD_TESTDEV_FETCH_ADD, VM_IOVA, 8, 1);
        qtest_writeq(vm->qts, PAGE_0, 0);
        begin();
        while (!qtest_readq(vm->qts, PAGE_0)) {
            g_usleep(10);
        }
        testdev_free(&testdev);
        if (round < ROUNDS - 1) {
            uint64_t sum;

            qtest_system_reset(vm->qts);
            sum = qtest_readq(vm->qts, PAGE_0);
            for (unsigned i = 0; i < 20; i++) {
                g_assert_cmpuint(qtest_readq(vm->qts, PAGE_0), ==, sum);
            }
        }
    }
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/storm-machine/interrupts", test_interrupts);
        qtest_add_func("/vtdm/storm-machine/memory", test_memory);
        qtest_add_func("/vtdm/storm-machine/numbers", test_numbers);
        qtest_add_data_func("/vtdm/storm-machine/migration", &travel_ways[0],
                            test_travels);
        qtest_add_data_func("/vtdm/storm-machine/snapshot", &travel_ways[1],
                            test_travels);
        qtest_add_func("/vtdm/storm-machine/resets", test_resets);
    }
    return g_test_run();
}
