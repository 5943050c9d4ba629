/*
 * A vtd-testdev elsewhere: without this IOMMU, and behind a root port.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "libqos/pci-pc.h"
#include "standard-headers/linux/pci_regs.h"
#include "testdev.h"

#define PORT_SID                0x0030      /* 00:06.0 */
#define BUS                     3
#define WINDOW_BASE             0xe000
#define WINDOW_LIMIT            0xefff

static VM *vm;
static Testdev testdev;

/* A machine without intel-iommu-sim. */
static void start_without(const char *iommu)
{
    vm = g_new0(VM, 1);
    vm->qts = qtest_initf("-machine q35 -m 256M -nodefaults %s "
                          TESTDEV_DEVICE, iommu);
    vm->pci = qpci_new_pc(vm->qts, NULL);
    testdev = testdev_at(vm, TESTDEV_SID);
    testdev_enable(&testdev, true, true, true);
}

static void stop_without(void)
{
    testdev_free(&testdev);
    qpci_free_pc(vm->pci);
    qtest_quit(vm->qts);
    g_free(vm);
}

/* Untranslated requests without PASID go as those of any device. */
static void check_without(const char *iommu)
{
    static const uint64_t elsewhere[] = {
        VTD_TESTDEV_READ | TESTDEV_PASID(1),
        VTD_TESTDEV_READ | VTD_TESTDEV_THROUGH_TLB,
        VTD_TESTDEV_TRANSLATE,
        VTD_TESTDEV_PAGE_REQUEST | VTD_TESTDEV_WANT_READ | VTD_TESTDEV_LAST,
        VTD_TESTDEV_STOP_MARKER | TESTDEV_PASID(1),
    };

    start_without(iommu);
    g_assert_false(testdev_read(&testdev, VTD_TESTDEV_FEATURES) &
                   VTD_TESTDEV_HAS_REQUESTS);
    vm_fill(vm, VM_PAGE, 3, 64);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_PAGE, 64, 0),
                     ==, VTD_TESTDEV_OK);
    testdev_expect(&testdev, 3, 64);
    qtest_writeq(vm->qts, VM_PAGE, 1);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_FETCH_ADD, VM_PAGE, 8,
                                 1), ==, VTD_TESTDEV_OK);
    g_assert_cmpuint(qtest_readq(vm->qts, VM_PAGE), ==, 2);
    for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
        g_assert_cmpuint(testdev_run(&testdev, elsewhere[i], VM_PAGE, 8, 0),
                         ==, VTD_TESTDEV_NOT_HERE);
    }
    g_assert_cmpuint(testdev_read(&testdev, VTD_TESTDEV_PAGE_OUTSTANDING), ==,
                     0);
    stop_without();
}

static void test_no_iommu(void)
{
    check_without("");
}

static void test_other_iommu(void)
{
    check_without("-device intel-iommu");
}

/* Behind a root port it is somebody else, once the guest has numbered it. */
static void number_port(QPCIDevice *port, uint8_t bus)
{
    qpci_config_writeb(port, PCI_SECONDARY_BUS, bus);
    qpci_config_writeb(port, PCI_SUBORDINATE_BUS, bus);
}

static QPCIDevice *start_behind_port(void)
{
    QPCIDevice *port;

    vm = vm_new("", "-device pcie-root-port,id=root0,addr=06.0 "
                "-device vtd-testdev,id=test0,bus=root0");
    vm->ssptptr = unit_attach(&vm->unit, BUS << 8, VM_DID, 4);
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    unit_enable_dma(&vm->unit);
    port = qpci_device_find(vm->pci, PORT_SID);
    number_port(port, BUS);
    qpci_config_writew(port, PCI_MEMORY_BASE, WINDOW_BASE);
    qpci_config_writew(port, PCI_MEMORY_LIMIT, WINDOW_LIMIT);
    qpci_device_enable(port);
    testdev = testdev_at(vm, BUS << 8);
    return port;
}

static void stop(void)
{
    testdev_free(&testdev);
    vm_free(vm);
}

static void test_root_port(void)
{
    g_autofree QPCIDevice *port = start_behind_port();

    vm_fill(vm, VM_PAGE, 4, 64);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 64, 0),
                     ==, VTD_TESTDEV_OK);
    testdev_expect(&testdev, 4, 64);
    testdev_run(&testdev, VTD_TESTDEV_READ, 0x1000, 64, 0);
    unit_expect_record(&vm->unit, 0, FR_NO_READ, BUS << 8);
    stop();
}

/* What it has used before, under another number, is not its own any more. */
static void test_renumbered_port(void)
{
    g_autofree QPCIDevice *port = start_behind_port();

    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 64,
                                     0), ==, VTD_TESTDEV_OK);
    }
    number_port(port, BUS + 1);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 64, 0),
                     ==, VTD_TESTDEV_UR);
    unit_expect_record(&vm->unit, 0, FR_ROOT_ABSENT, (BUS + 1) << 8);
    number_port(port, BUS);
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_READ, VM_IOVA, 64, 0),
                     ==, VTD_TESTDEV_OK);
    stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/testdev/no-iommu", test_no_iommu);
        qtest_add_func("/vtdm/testdev/other-iommu", test_other_iommu);
        qtest_add_func("/vtdm/testdev/root-port", test_root_port);
        qtest_add_func("/vtdm/testdev/renumbered-port", test_renumbered_port);
    }
    return g_test_run();
}
