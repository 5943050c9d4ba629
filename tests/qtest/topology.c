/*
 * Which unit a device belongs to, with the bus numbers that the guest
 * assigns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "standard-headers/linux/pci_regs.h"
#include "vm.h"

#define SECOND_SID              0x0028      /* 00:05.0 */
#define PORT_SID                0x0030      /* 00:06.0 */
#define SECOND_EDU              "-device " EDU_DEVICE ",addr=05.0"
#define EDU_BEHIND_PORT \
    "-device pcie-root-port,id=rp,addr=06.0,chassis=1 " \
    "-device " EDU_DEVICE ",bus=rp"

/* Next to what the first edu device took. */
#define PORT_WINDOW             0xe0100000
#define PORT_WINDOW_SIZE        0x1000000

static Unit second_unit(VM *vm)
{
    return vm_unit(vm, UNIT_BASE + VTDM_PAGE_SIZE, 1);
}

static void expect_untranslated(VM *vm, Edu *edu)
{
    vm_fill(vm, VM_PAGE, 1, 64);
    vm_fill(vm, VM_PAGE_2, 2, 64);
    edu_copy(edu, VM_PAGE, VM_PAGE_2, 64);
    vm_expect(vm, VM_PAGE_2, 1, 64);
}

/* Each device obeys its own unit and not the other. */
static void test_two_units(void)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:04.0;"
                    "0xfed91000 include-all ioapic'", SECOND_EDU);
    Edu edu = edu_at(vm->pci, SECOND_SID);
    Unit unit = second_unit(vm);

    unit_enable_dma(&vm->unit);
    unit_expect_no_fault(&vm->unit);
    expect_untranslated(vm, &edu);
    edu_load(&vm->edu, VM_IOVA, 4);
    unit_expect_record(&vm->unit, 0, FR_ROOT_ABSENT, VM_SID);
    unit_enable_dma(&unit);
    edu_load(&edu, VM_IOVA, 4);
    unit_expect_record(&unit, 0, FR_ROOT_ABSENT, SECOND_SID);
    unit_expect_no_fault(&vm->unit);
    edu_free(&edu);
    vm_free(vm);
}

/* Numbers the port's bus, and opens the way to what is behind it. */
static void set_port(VM *vm, unsigned bus)
{
    g_autofree QPCIDevice *port = qpci_device_find(vm->pci, PORT_SID);
    uint32_t last = PORT_WINDOW + PORT_WINDOW_SIZE - 1;

    g_assert_nonnull(port);
    qpci_config_writeb(port, PCI_SECONDARY_BUS, bus);
    qpci_config_writeb(port, PCI_SUBORDINATE_BUS, bus);
    qpci_config_writew(port, PCI_MEMORY_BASE, PORT_WINDOW >> 16);
    qpci_config_writew(port, PCI_MEMORY_LIMIT, (last >> 16) & 0xfff0);
    qpci_device_enable(port);
}

/* @units names the device behind the port, whatever its bus number is. */
static void behind_port(const char *units)
{
    static const unsigned buses[] = { 3, 0x41, 3 };
    VM *vm = vm_new(units, EDU_BEHIND_PORT);
    Unit other = second_unit(vm);

    unit_enable_dma(&vm->unit);
    unit_enable_dma(&other);
    for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
        Edu edu;

        set_port(vm, buses[i]);
        edu = edu_at(vm->pci, buses[i] << 8);
        edu_load(&edu, VM_IOVA, 4);
        unit_expect_record(&vm->unit, i, FR_ROOT_ABSENT, buses[i] << 8);
        unit_expect_no_fault(&other);
        edu_free(&edu);
    }
    vm_free(vm);
}

static void test_path(void)
{
    behind_port(",units='0xfed90000 endpoint=00:06.0/00.0;"
                "0xfed91000 include-all ioapic'");
}

static void test_bridge(void)
{
    behind_port(",units='0xfed90000 bridge=00:06.0;"
                "0xfed91000 include-all ioapic'");
}

/* A scope that starts at bus 3 has the device only while it is there. */
static void test_start_bus(void)
{
    static const unsigned buses[] = { 3, 0x41, 3 };
    VM *vm = vm_new(",units='0xfed90000 endpoint=03:00.0;"
                    "0xfed91000 include-all ioapic'", EDU_BEHIND_PORT);
    const Unit units[] = { vm->unit, second_unit(vm) };
    unsigned records[] = { 0, 0 };

    unit_enable_dma(&units[0]);
    unit_enable_dma(&units[1]);
    for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
        unsigned owner = buses[i] != 3;
        Edu edu;

        set_port(vm, buses[i]);
        edu = edu_at(vm->pci, buses[i] << 8);
        edu_load(&edu, VM_IOVA, 4);
        unit_expect_record(&units[owner], records[owner]++, FR_ROOT_ABSENT,
                           buses[i] << 8);
        unit_expect_no_fault(&units[!owner]);
        edu_free(&edu);
    }
    vm_free(vm);
}

/* Its path names another device: the rest of the world has it. */
static void test_include_all(void)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:06.0/01.0;"
                    "0xfed91000 include-all ioapic'", EDU_BEHIND_PORT);
    Unit rest = second_unit(vm);
    Edu edu;

    unit_enable_dma(&vm->unit);
    unit_enable_dma(&rest);
    set_port(vm, 3);
    edu = edu_at(vm->pci, 0x0300);
    edu_load(&edu, VM_IOVA, 4);
    unit_expect_record(&rest, 0, FR_ROOT_ABSENT, 0x0300);
    unit_expect_no_fault(&vm->unit);
    edu_free(&edu);
    vm_free(vm);
}

/* The source-id in the tables is the one of the assigned bus. */
static void test_translated_behind_port(void)
{
    VM *vm = vm_new(",units='0xfed90000 bridge=00:06.0 ioapic'",
                    EDU_BEHIND_PORT);
    Edu edu;

    vm->ssptptr = unit_attach(&vm->unit, 0x0300, VM_DID, 4);
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    unit_enable_dma(&vm->unit);
    set_port(vm, 3);
    edu = edu_at(vm->pci, 0x0300);
    vm_fill(vm, VM_PAGE, 1, 64);
    edu_copy(&edu, VM_IOVA, VM_IOVA_2, 64);
    vm_expect(vm, VM_PAGE_2, 1, 64);
    unit_expect_no_fault(&vm->unit);
    edu_free(&edu);
    vm_free(vm);
}

/* No unit has the device. */
static void test_no_unit(void)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:05.0 ioapic'", "");

    unit_enable_dma(&vm->unit);
    expect_untranslated(vm, &vm->edu);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* What bypasses the IOMMU, and no unit has. */
static void test_bypass(void)
{
    VM *vm = vm_new(",units='0xfed90000 endpoint=00:04.0 ioapic'",
                    "-device pxb-pcie,id=pxb,bus=pcie.0,addr=9,bus_nr=0x80,"
                    "bypass_iommu=on "
                    "-device pcie-root-port,id=far,bus=pxb,chassis=1");

    unit_enable_dma(&vm->unit);
    edu_load(&vm->edu, VM_IOVA, 4);
    unit_expect_record(&vm->unit, 0, FR_ROOT_ABSENT, VM_SID);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/topology/two-units", test_two_units);
    qtest_add_func("/vtdm/topology/path", test_path);
    qtest_add_func("/vtdm/topology/bridge", test_bridge);
    qtest_add_func("/vtdm/topology/start-bus", test_start_bus);
    qtest_add_func("/vtdm/topology/include-all", test_include_all);
    qtest_add_func("/vtdm/topology/translated-behind-port",
                   test_translated_behind_port);
    qtest_add_func("/vtdm/topology/no-unit", test_no_unit);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/topology/bypass", test_bypass);
    }
    return g_test_run();
}
