/*
 * Devices that come and go: each comes under its unit, and nothing of it is
 * left for the one that comes after it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "standard-headers/linux/pci_regs.h"
#include "qemu/bswap.h"
#include "qobject/qdict.h"
#include "requester.h"
#include "testdev.h"

#define UNITS                   2
#define BUS                     3
#define PORT_SID                0x0030      /* 00:06.0 */
#define PORTS \
    "-device pcie-root-port,id=rp,addr=6,chassis=1 " \
    "-device pcie-root-port,id=rp2,addr=7,chassis=2"
#define BRIDGE_BUS              4
#define PC_SLOT                 8

/* Of igb. */
#define IGB_VF_OFFSET           0x80
#define IGB_VFS                 8

#define WINDOW_BASE             0xe000
#define WINDOW_LIMIT            0xefff

typedef struct Machine {
    VM *vm;
    Unit units[UNITS];
} Machine;

/* Opens the bridge at @source_id to @bus, and up to @last. */
static void set_bridge(VM *vm, uint16_t source_id, unsigned bus,
                       unsigned last)
{
    g_autofree QPCIDevice *bridge = qpci_device_find(vm->pci, source_id);

    g_assert_nonnull(bridge);
    qpci_config_writeb(bridge, PCI_SECONDARY_BUS, bus);
    qpci_config_writeb(bridge, PCI_SUBORDINATE_BUS, last);
    qpci_config_writew(bridge, PCI_MEMORY_BASE, WINDOW_BASE);
    qpci_config_writew(bridge, PCI_MEMORY_LIMIT, WINDOW_LIMIT);
    qpci_device_enable(bridge);
}

/* Where a device can come: a root port, and on a pc a slot. */
static uint16_t place(void)
{
    return vm_has_pcie() ? BUS << 8 : PC_SLOT << 3;
}

static Machine new_machine_with(const char *devices)
{
    Machine machine = {
        .vm = vm_new(",units='0xfed90000 bridge=00:06.0 endpoint=00:08.0;"
                     "0xfed91000 include-all ioapic'", devices),
    };

    if (vm_has_pcie()) {
        set_bridge(machine.vm, PORT_SID, BUS, BRIDGE_BUS);
    }
    for (unsigned i = 0; i < UNITS; i++) {
        machine.units[i] = vm_unit(machine.vm,
                                   UNIT_BASE + i * VTDM_PAGE_SIZE, i);
        unit_enable_dma(&machine.units[i]);
    }
    return machine;
}

/* The first of two units has that place, and nothing is in it. */
static Machine new_machine(void)
{
    return new_machine_with(vm_has_pcie() ? PORTS : "");
}

static void plug(Machine *machine, const char *id, const char *bus,
                 const char *addr)
{
    qtest_qmp_device_add(machine->vm->qts, "edu", id,
                         "{'bus': %s, 'addr': %s, 'multifunction': true, "
                         "'dma_mask': 18446744073709551615}", bus, addr);
}

static void expect_nobody(Machine *machine, uint16_t source_id)
{
    g_auto(Requester) shown = requester_at(machine->vm, source_id);

    g_assert_null(shown.name);
}

/* One DMA faults in the port's unit; @faults in all since it came. */
static void expect_fault(Machine *machine, uint16_t source_id,
                         const char *name, unsigned faults)
{
    Edu edu = edu_at(machine->vm->pci, source_id);
    g_auto(Requester) shown = { };

    edu_load(&edu, VM_IOVA, 4);
    units_expect_record(machine->units, UNITS, 0, FR_ROOT_ABSENT, source_id);
    shown = requester_at(machine->vm, source_id);
    g_assert_cmpstr(shown.name, ==, name);
    g_assert_cmpint(shown.unit, ==, 0);
    g_assert_cmpuint(shown.reads, ==, faults);
    g_assert_cmpuint(shown.faults, ==, faults);
    edu_free(&edu);
}

/* The next one in a slot starts anew, whoever it is. */
static void test_replugged(void)
{
    Machine machine = new_machine();
    g_auto(Requester) shown = { };
    const char *bus = vm_has_pcie() ? "rp" : "pci.0";
    const char *addr = vm_has_pcie() ? "0" : G_STRINGIFY(PC_SLOT);

    expect_nobody(&machine, place());
    plug(&machine, "one", bus, addr);
    expect_fault(&machine, place(), "one", 1);
    expect_fault(&machine, place(), "one", 2);
    vm_unplug(machine.vm, "one", 1);
    expect_nobody(&machine, place());
    plug(&machine, "two", bus, addr);
    shown = requester_at(machine.vm, place());
    g_assert_cmpstr(shown.name, ==, "two");
    g_assert_cmpint(shown.unit, ==, 0);
    g_assert_cmpint(shown.domain, ==, -1);
    g_assert_cmpuint(shown.faults, ==, 0);
    expect_fault(&machine, place(), "two", 1);
    vm_free(machine.vm);
}

/* The functions of a device go together. */
static void test_multifunction(void)
{
    Machine machine = new_machine();

    plug(&machine, "three", "rp", "0.3");
    expect_nobody(&machine, BUS << 8);
    plug(&machine, "zero", "rp", "0.0");
    expect_fault(&machine, BUS << 8, "zero", 1);
    expect_fault(&machine, BUS << 8 | 3, "three", 1);
    vm_unplug(machine.vm, "zero", 2);
    expect_nobody(&machine, BUS << 8);
    expect_nobody(&machine, BUS << 8 | 3);
    plug(&machine, "again", "rp", "0.3");
    plug(&machine, "first", "rp", "0.0");
    expect_fault(&machine, BUS << 8 | 3, "again", 1);
    vm_free(machine.vm);
}

static void plug_bridge(Machine *machine)
{
    qtest_qmp_device_add(machine->vm->qts, "pcie-pci-bridge", "bridge",
                         "{'bus': 'rp'}");
    plug(machine, "below", "bridge", "1");
    set_bridge(machine->vm, BUS << 8, BRIDGE_BUS, BRIDGE_BUS);
}

/* DMA of the bridge, for what is behind it in slot 1. */
static void expect_fault_behind(Machine *machine, unsigned faults)
{
    Edu edu = edu_at(machine->vm->pci, BRIDGE_BUS << 8 | 1 << 3);
    g_auto(Requester) shown = { };

    edu_load(&edu, VM_IOVA, 4);
    units_expect_record(machine->units, UNITS, 0, FR_ROOT_ABSENT,
                        BRIDGE_BUS << 8);
    shown = requester_at(machine->vm, BRIDGE_BUS << 8);
    g_assert_cmpstr(shown.name, ==, "behind bridge");
    g_assert_cmpuint(shown.faults, ==, faults);
    edu_free(&edu);
}

/* A bus that was there when its devices did DMA, and goes. */
static void test_bridge(void)
{
    Machine machine = new_machine();

    plug_bridge(&machine);
    expect_fault_behind(&machine, 1);
    vm_unplug(machine.vm, "bridge", 2);
    expect_nobody(&machine, BUS << 8);
    expect_nobody(&machine, BRIDGE_BUS << 8);
    qtest_system_reset(machine.vm->qts);
    unit_expect_no_fault(&machine.units[0]);
    vm_free(machine.vm);
}

static void test_bridge_replugged(void)
{
    Machine machine = new_machine();

    plug_bridge(&machine);
    expect_fault_behind(&machine, 1);
    expect_fault_behind(&machine, 2);
    vm_unplug(machine.vm, "bridge", 2);
    plug(&machine, "other", "rp", "0");
    expect_fault(&machine, BUS << 8, "other", 1);
    vm_unplug(machine.vm, "other", 1);
    plug_bridge(&machine);
    expect_fault_behind(&machine, 1);
    vm_free(machine.vm);
}

/* The bridge's requests are others' too: they stay when one of them goes. */
static void test_shared(void)
{
    Machine machine = new_machine_with(
        PORTS " -device pcie-pci-bridge,id=bridge,bus=rp "
        "-device " EDU_DEVICE ",id=first,bus=bridge,addr=0 "
        "-device " EDU_DEVICE ",bus=bridge,addr=1");

    set_bridge(machine.vm, BUS << 8, BRIDGE_BUS, BRIDGE_BUS);
    expect_fault_behind(&machine, 1);
    vm_unplug(machine.vm, "first", 1);
    plug(&machine, "new", "rp2", "0");
    expect_fault_behind(&machine, 2);
    vm_free(machine.vm);
}

/* Virtual functions come and go with their physical function. */
static void test_sriov(void)
{
    Machine machine = new_machine();
    uint16_t vf = (BUS << 8) + IGB_VF_OFFSET;

    for (unsigned i = 0; i < 2; i++) {
        g_auto(Requester) shown = { };

        expect_nobody(&machine, vf);
        qtest_qmp_device_add(machine.vm->qts, "igb", "igb", "{'bus': 'rp'}");
        shown = requester_at(machine.vm, vf);
        g_assert_cmpstr(shown.name, ==, "igbvf");
        g_assert_cmpint(shown.unit, ==, 0);
        vm_unplug(machine.vm, "igb", 1 + IGB_VFS);
    }
    expect_nobody(&machine, vf);
    vm_free(machine.vm);
}

/* What QEMU refuses to plug was never there. */
static void test_refused(void)
{
    Machine machine = new_machine();
    g_autoptr(QDict) answer = qtest_qmp(machine.vm->qts,
        "{'execute': 'device_add', 'arguments': {'driver': 'nvme', "
        "'id': 'bad', 'bus': 'rp', 'serial': '1', 'cmb_size_mb': 1, "
        "'max_ioqpairs': 0}}");

    g_assert_true(qdict_haskey(answer, "error"));
    expect_nobody(&machine, BUS << 8);
    plug(&machine, "good", "rp", "0");
    expect_fault(&machine, BUS << 8, "good", 1);
    vm_free(machine.vm);
}

/* The memory of one that has gone may be in use while the next one comes. */
static void test_testdev(void)
{
    Machine machine = new_machine();

    for (unsigned round = 0; round < 40; round++) {
        g_autofree char *id = g_strdup_printf("test%u", round);
        Testdev testdev;

        qtest_qmp_device_add(machine.vm->qts, "vtd-testdev", id,
                             "{'bus': 'rp'}");
        testdev = testdev_at(machine.vm, BUS << 8);
        testdev_free(&testdev);
        vm_eject(machine.vm, id);
    }
    vm_free(machine.vm);
}

/* An iothread that was deleted stays as long as somebody works in it. */
static void test_testdev_iothread(void)
{
    Machine machine = new_machine_with(PORTS " -object iothread,id=worker");
    Testdev testdev;

    qtest_qmp_device_add(machine.vm->qts, "vtd-testdev", "test0",
                         "{'bus': 'rp', 'iothread': 'worker'}");
    testdev = testdev_at(machine.vm, BUS << 8);
    qtest_qmp_assert_success(machine.vm->qts, "{'execute': 'object-del', "
                             "'arguments': {'id': 'worker'}}");
    testdev_write(&testdev, VTD_TESTDEV_RING_SIZE, 2);
    testdev_write(&testdev, VTD_TESTDEV_RING_BASE, VM_PAGE);
    testdev_write(&testdev, VTD_TESTDEV_RING_TAIL, 1);
    testdev_free(&testdev);
    vm_unplug(machine.vm, "test0", 1);
    qtest_qmp_device_add(machine.vm->qts, "vtd-testdev", "test0",
                         "{'bus': 'rp'}");
    vm_free(machine.vm);
}

#define RING                    0x5000000
#define RING_LENGTH             512
#define WORD                    0x5100000

/* Adds to a word and reads a lot, again and again. */
static void start_ring(VM *vm, Testdev *testdev)
{
    for (unsigned i = 0; i < RING_LENGTH; i++) {
        struct vtd_testdev_command command = {
            .control = cpu_to_le64(i % 2 ? VTD_TESTDEV_READ
                                         : VTD_TESTDEV_FETCH_ADD),
            .address = cpu_to_le64(WORD),
            .length = cpu_to_le64(i % 2 ? VTD_TESTDEV_BUFFER_SIZE : 8),
            .operand = cpu_to_le64(1),
        };

        qtest_memwrite(vm->qts, RING + i * sizeof(command), &command,
                       sizeof(command));
    }
    testdev_write(testdev, VTD_TESTDEV_RING_SIZE, RING_LENGTH);
    testdev_write(testdev, VTD_TESTDEV_RING_BASE, RING);
    testdev_write(testdev, VTD_TESTDEV_RING_TAIL, RING_LENGTH - 1);
}

/* One that works in an iothread as it goes: nothing comes of it afterwards. */
static void test_testdev_busy(void)
{
    Machine machine = new_machine_with(PORTS " -object iothread,id=worker");
    VM *vm = machine.vm;
    uint64_t sum = 0;

    vtdm_tables_context(&vm->tables, machine.units[0].root, BUS << 8,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0, 1));
    for (unsigned round = 0; round < 8; round++) {
        Testdev testdev;

        qtest_qmp_device_add(vm->qts, "vtd-testdev", "test0",
                             "{'bus': 'rp', 'iothread': 'worker'}");
        testdev = testdev_at(vm, BUS << 8);
        start_ring(vm, &testdev);
        while (qtest_readq(vm->qts, WORD) == sum) {
            g_usleep(100);      /* until it is at it */
        }
        testdev_free(&testdev);
        vm_unplug(vm, "test0", 1);
        sum = qtest_readq(vm->qts, WORD);
        for (unsigned i = 0; i < 20; i++) {
            g_assert_cmpuint(qtest_readq(vm->qts, WORD), ==, sum);
        }
    }
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/hotplug/replugged", test_replugged);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/hotplug/multifunction", test_multifunction);
        qtest_add_func("/vtdm/hotplug/bridge", test_bridge);
        qtest_add_func("/vtdm/hotplug/bridge-replugged",
                       test_bridge_replugged);
        qtest_add_func("/vtdm/hotplug/shared", test_shared);
        qtest_add_func("/vtdm/hotplug/sriov", test_sriov);
        qtest_add_func("/vtdm/hotplug/refused", test_refused);
        qtest_add_func("/vtdm/hotplug/testdev", test_testdev);
        qtest_add_func("/vtdm/hotplug/testdev-iothread",
                       test_testdev_iothread);
        qtest_add_func("/vtdm/hotplug/testdev-busy", test_testdev_busy);
    }
    return g_test_run();
}
