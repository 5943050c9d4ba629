/*
 * Starting a VM, its memory, and DMA that is checked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "libqos/pci-pc.h"
#include "vm.h"

#define AREA_SIZE               0x200000

/* QEMU's docs/specs/acpi_pci_hotplug.rst, and where machines have it */
#define ACPI_PCIHP_Q35          0xcc0
#define ACPI_PCIHP_PC           0xae00
#define ACPI_PCIHP_DOWN         0x04
#define ACPI_PCIHP_EJECT        0x08
#define ACPI_PCIHP_SELECT       0x10

static void table_read(void *opaque, uint64_t address, void *buf, size_t len)
{
    qtest_memread(opaque, address, buf, len);
}

static void table_write(void *opaque, uint64_t address, const void *buf,
                        size_t len)
{
    qtest_memwrite(opaque, address, buf, len);
}

static const char *machine(void)
{
    return getenv("VTDM_MACHINE") ?: "q35";
}

bool vm_has_pcie(void)
{
    return g_str_equal(machine(), "q35");
}

static void start(VM *vm, const char *more)
{
    vm->qts = qtest_initf("%s %s", vm->arguments, more);
    vm->pci = qpci_new_pc(vm->qts, NULL);
    vm->tables.opaque = vm->qts;
    vm->unit = vm_unit(vm, UNIT_BASE, 0);
    vm->edu = edu_at(vm->pci, VM_SID);
}

static void stop(VM *vm)
{
    edu_free(&vm->edu);
    qpci_free_pc(vm->pci);
    qtest_quit(vm->qts);
}

VM *vm_new(const char *options, const char *more)
{
    VM *vm = g_new0(VM, 1);

    vm->arguments = g_strdup_printf(
        "-machine %s -smp 2 -m 256M -nodefaults "
        "-device intel-iommu-sim,id=iommu%s -device " EDU_DEVICE ",addr=04.0 "
        "%s", machine(), options, more);
    vm->tables = (VTDMTables) {
        .read = table_read,
        .write = table_write,
        .next = VM_TABLES,
    };
    start(vm, "");
    return vm;
}

void vm_restart(VM *vm, const char *more)
{
    stop(vm);
    start(vm, more);
}

void vm_renew_edu(VM *vm)
{
    edu_free(&vm->edu);
    vm->edu = edu_at(vm->pci, VM_SID);
}

VM *vm_new_mapped(const char *options)
{
    VM *vm = vm_new(options, "");

    vm->ssptptr = unit_attach(&vm->unit, VM_SID, VM_DID, 4);
    vm_map(vm, VM_IOVA, VM_PAGE, UNIT_RW);
    vm_map(vm, VM_IOVA_2, VM_PAGE_2, UNIT_RW);
    unit_enable_dma(&vm->unit);
    return vm;
}

void vm_free(VM *vm)
{
    stop(vm);
    g_free(vm->arguments);
    g_free(vm);
}

uint64_t vm_map(VM *vm, uint64_t input, uint64_t output, uint64_t flags)
{
    VTDMMapping mapping = {
        .table = vm->ssptptr,
        .levels = 4,
        .input = input,
        .output = output,
        .level = 1,
        .flags = flags,
    };

    return vtdm_tables_map(&vm->tables, &mapping);
}

Unit vm_unit(VM *vm, uint64_t base, unsigned index)
{
    return unit_at(vm->qts, &vm->tables, base, VM_AREA + index * AREA_SIZE);
}

void vm_start_units(VM *vm, Unit *units, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        units[i] = vm_unit(vm, UNIT_BASE + i * VTDM_PAGE_SIZE, i);
        unit_enable_queue(&units[i]);
        unit_enable_dma(&units[i]);
        unit_enable_interrupts(&units[i], false);
    }
}

static void make_bytes(uint8_t *bytes, uint8_t seed, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = seed + i * 7;
    }
}

void vm_fill(VM *vm, uint64_t address, uint8_t seed, size_t len)
{
    g_autofree uint8_t *bytes = g_malloc(len);

    make_bytes(bytes, seed, len);
    qtest_memwrite(vm->qts, address, bytes, len);
}

void vm_expect(VM *vm, uint64_t address, uint8_t seed, size_t len)
{
    g_autofree uint8_t *wanted = g_malloc(len);
    g_autofree uint8_t *bytes = g_malloc(len);

    make_bytes(wanted, seed, len);
    qtest_memread(vm->qts, address, bytes, len);
    g_assert_cmpmem(bytes, len, wanted, len);
}

/* What the edu device read comes back to memory through VM_IOVA_2. */
void vm_expect_load(VM *vm, uint64_t iova, uint64_t page)
{
    static uint8_t seed;

    seed++;
    vm_fill(vm, page, seed, 64);
    vm_fill(vm, VM_PAGE_2, ~seed, 64);
    edu_copy(&vm->edu, iova, VM_IOVA_2, 64);
    vm_expect(vm, VM_PAGE_2, seed, 64);
    unit_expect_no_fault(&vm->unit);
}

void vm_expect_fault(VM *vm, uint64_t iova, uint8_t reason)
{
    uint32_t fsts;

    edu_load(&vm->edu, iova, 4);
    fsts = unit_read32(&vm->unit, VTDM_REG_FSTS);
    g_assert_true(fsts & VTDM_FSTS_PPF);
    unit_expect_record(&vm->unit, vtdm_get(fsts, VTDM_FSTS_FRI), reason,
                       vm->edu.source_id);
    unit_expect_no_fault(&vm->unit);
}

void vm_eject(VM *vm, const char *id)
{
    uint16_t base = vm_has_pcie() ? ACPI_PCIHP_Q35 : ACPI_PCIHP_PC;

    qtest_qmp_device_del_send(vm->qts, id);
    for (unsigned selector = 0; selector < 4; selector++) {
        uint32_t slots;

        qtest_outl(vm->qts, base + ACPI_PCIHP_SELECT, selector);
        slots = qtest_inl(vm->qts, base + ACPI_PCIHP_DOWN);
        if (slots) {
            qtest_outl(vm->qts, base + ACPI_PCIHP_EJECT, slots);
        }
    }
}

void vm_unplug(VM *vm, const char *id, unsigned count)
{
    vm_eject(vm, id);
    while (count--) {
        qtest_qmp_eventwait(vm->qts, "DEVICE_DELETED");
    }
}
