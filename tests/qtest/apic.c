/*
 * Interrupts through QEMU: MSIs of a device and pins of the IOAPIC, through
 * the remapping table to the local APICs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

#define INDEX                   5
#define IOAPIC_SID              0xfff8      /* ff:1f.0 */
#define IOAPIC_UNITS \
    ",units='0xfed90000 include-all ioapic=0@ff:1f.0'"
#define IOAPIC_SELECT           0xfec00000
#define IOAPIC_WINDOW           0xfec00010
#define IOAPIC_ENTRY            0x10
#define IOAPIC_PIN              9

/* Redirection entries in remappable format. */
#define RTE_FORMAT              VTDM_BIT(48)
#define RTE_INDEX               VTDM_BITS(63, 49)
#define RTE_LEVEL               VTDM_BIT(15)

/* Each test uses a vector once: a CPU that does not run keeps it. */
enum {
    VECTOR_A = 0x71,
    VECTOR_B = 0x82,
    VECTOR_PLAIN = 0x93,
};

/* Remapping is on; the edu device's MSI is interrupt INDEX. */
static VM *new_remapping(const char *options)
{
    VM *vm = vm_new(options, "");

    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    return vm;
}

static bool arrived(VM *vm, unsigned cpu, unsigned vector)
{
    return lapic_pending(vm->qts, cpu, vector);
}

static bool nothing_arrived(VM *vm)
{
    return lapic_idle(vm->qts, 0) && lapic_idle(vm->qts, 1);
}

static void test_off(void)
{
    VM *vm = vm_new("", "");

    edu_set_msi(&vm->edu, VTDM_INTERRUPT_BASE, VECTOR_PLAIN);
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 0, VECTOR_PLAIN));
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

static void test_remapped(void)
{
    VM *vm = new_remapping("");

    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR_A, 1, false));
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 1, VECTOR_A));
    g_assert_false(lapic_level(vm->qts, 1, VECTOR_A));
    g_assert_true(lapic_idle(vm->qts, 0));
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* Spec: "Interrupt Requests in Remappable Format": the subhandle */
static void test_subhandle(void)
{
    VM *vm = new_remapping("");

    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, true), 2);
    unit_set_irte(&vm->unit, INDEX + 2, vtdm_make_irte(VECTOR_B, 0, false));
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 0, VECTOR_B));
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* EIME: the whole destination field counts. */
static void test_x2apic_format(void)
{
    VM *vm = new_remapping("");
    VTDMEntry128 irte = vtdm_make_irte(VECTOR_A, 1, true);

    unit_command(&vm->unit, 0, VTDM_GCMD_IRE);
    unit_enable_interrupts(&vm->unit, true);
    unit_set_irte(&vm->unit, INDEX, irte);
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 1, VECTOR_A));
    vm_free(vm);
}

static void expect_blocked(VM *vm, uint8_t reason, unsigned index)
{
    VTDMEntry128 record;

    edu_raise(&vm->edu);
    record = unit_record(&vm->unit, 0);
    g_assert_cmphex(vtdm_get(record.lo, VTDM_FRCD_LO_INDEX), ==, index);
    unit_expect_record(&vm->unit, 0, reason, VM_SID);
    unit_expect_no_fault(&vm->unit);
    g_assert_true(nothing_arrived(vm));
}

static void set_absent(VM *vm)
{
}

static void set_reserved(VM *vm)
{
    VTDMEntry128 irte = vtdm_make_irte(VECTOR_A, 0, false);

    irte.lo |= VTDM_BIT(12);
    unit_set_irte(&vm->unit, INDEX, irte);
}

static void set_other_source(VM *vm)
{
    VTDMEntry128 irte = vtdm_make_irte(VECTOR_A, 0, false);

    unit_set_irte(&vm->unit, INDEX,
                  vtdm_irte_with_source(irte, VTDM_SVT_SID, 0, VM_SID + 8));
}

static void set_other_buses(VM *vm)
{
    VTDMEntry128 irte = vtdm_make_irte(VECTOR_A, 0, false);

    unit_set_irte(&vm->unit, INDEX,
                  vtdm_irte_with_source(irte, VTDM_SVT_BUS, 0, 0x0102));
}

static void set_compatibility(VM *vm)
{
    edu_set_msi(&vm->edu, VTDM_INTERRUPT_BASE, VECTOR_PLAIN);
}

static void set_beyond(VM *vm)
{
    edu_set_msi(&vm->edu, vtdm_make_msi_address(256, false), 0);
}

static void set_no_table(VM *vm)
{
    unit_command(&vm->unit, 0, VTDM_GCMD_IRE);
    vm->unit.irt = 0x7000000000;
    unit_enable_interrupts(&vm->unit, false);
}

typedef struct Case {
    const char *name;
    void (*set)(VM *vm);
    uint8_t reason;
    unsigned index;
} Case;

static const Case cases[] = {
    { "beyond", set_beyond, FR_IR_INDEX, 256 },
    { "absent", set_absent, FR_IR_ABSENT, INDEX },
    { "unreadable", set_no_table, FR_IR_UNREADABLE, INDEX },
    { "reserved", set_reserved, FR_IR_RESERVED, INDEX },
    { "compatibility", set_compatibility, FR_IR_COMPATIBILITY, 0 },
    { "source", set_other_source, FR_IR_SOURCE, INDEX },
    { "buses", set_other_buses, FR_IR_SOURCE, INDEX },
};

static void test_blocked(gconstpointer opaque)
{
    const Case *row = opaque;
    VM *vm = new_remapping("");

    row->set(vm);
    expect_blocked(vm, row->reason, row->index);
    vm_free(vm);
}

static void test_own_source(void)
{
    VM *vm = new_remapping("");
    VTDMEntry128 irte = vtdm_make_irte(VECTOR_A, 0, false);

    unit_set_irte(&vm->unit, INDEX,
                  vtdm_irte_with_source(irte, VTDM_SVT_SID, 0, VM_SID));
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 0, VECTOR_A));
    vm_free(vm);
}

/* CFI lets what is not remappable through. */
static void test_compatibility_allowed(void)
{
    VM *vm = new_remapping("");

    unit_command(&vm->unit, VTDM_GCMD_CFI, 0);
    g_assert_true(unit_read32(&vm->unit, VTDM_REG_GSTS) & VTDM_GSTS_CFIS);
    edu_set_msi(&vm->edu, VTDM_INTERRUPT_BASE, VECTOR_PLAIN);
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 0, VECTOR_PLAIN));
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* The entry changes; the cache does not until it is told. */
static VM *new_stale(void)
{
    VM *vm = new_remapping("");

    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR_A, 1, false));
    edu_raise(&vm->edu);
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR_B, 0, false));
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 1, VECTOR_A));
    g_assert_true(lapic_idle(vm->qts, 0));
    return vm;
}

static void test_stale_index(void)
{
    VM *vm = new_stale();

    unit_submit(&vm->unit, vtdm_make_iec_invalidate(INDEX + 1, 0));
    edu_raise(&vm->edu);
    g_assert_true(lapic_idle(vm->qts, 0));
    unit_submit(&vm->unit, vtdm_make_iec_invalidate(INDEX, 0));
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 0, VECTOR_B));
    vm_free(vm);
}

static void test_stale_global(void)
{
    VM *vm = new_stale();

    unit_submit(&vm->unit, vtdm_make_iec_invalidate_all());
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 0, VECTOR_B));
    vm_free(vm);
}

static void ioapic_write(VM *vm, unsigned index, uint32_t value)
{
    qtest_writel(vm->qts, IOAPIC_SELECT, index);
    qtest_writel(vm->qts, IOAPIC_WINDOW, value);
}

static void ioapic_set_entry(VM *vm, uint64_t entry)
{
    unsigned index = IOAPIC_ENTRY + 2 * IOAPIC_PIN;

    ioapic_write(vm, index + 1, entry >> 32);
    ioapic_write(vm, index, entry);
}

static void set_pin(VM *vm, int level)
{
    qtest_set_irq_in(vm->qts, vm_has_pcie() ? "/machine/q35/ioapic"
                                            : "/machine/i440fx/ioapic",
                     NULL, IOAPIC_PIN, level);
}

static void ioapic_pulse(VM *vm)
{
    set_pin(vm, 1);
    set_pin(vm, 0);
}

/* The IOAPIC sends under the source-id that its scope gives. */
static void test_ioapic(void)
{
    VM *vm = new_remapping(IOAPIC_UNITS);
    VTDMEntry128 irte = vtdm_make_irte(VECTOR_A, 1, false);
    uint64_t entry = RTE_FORMAT | vtdm_field(RTE_INDEX, INDEX) | VECTOR_A;

    ioapic_set_entry(vm, entry);
    unit_set_irte(&vm->unit, INDEX,
                  vtdm_irte_with_source(irte, VTDM_SVT_SID, 0, VM_SID));
    ioapic_pulse(vm);
    unit_expect_record(&vm->unit, 0, FR_IR_SOURCE, IOAPIC_SID);
    g_assert_true(nothing_arrived(vm));
    unit_set_irte(&vm->unit, INDEX,
                  vtdm_irte_with_source(irte, VTDM_SVT_SID, 0, IOAPIC_SID));
    ioapic_pulse(vm);
    g_assert_true(arrived(vm, 1, VECTOR_A));
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* A program that knows one source-id only: the manual's kvm-unit-tests. */
static void test_ioapic_shares(void)
{
    VM *vm = new_remapping(",units='0xfed90000 include-all ioapic=0@00:04.0'");
    VTDMEntry128 irte = vtdm_make_irte(VECTOR_A, 1, false);

    unit_set_irte(&vm->unit, INDEX,
                  vtdm_irte_with_source(irte, VTDM_SVT_SID, 0, VM_SID));
    ioapic_set_entry(vm, RTE_FORMAT | vtdm_field(RTE_INDEX, INDEX) | VECTOR_A);
    ioapic_pulse(vm);
    g_assert_true(arrived(vm, 1, VECTOR_A));
    edu_raise(&vm->edu);
    g_assert_true(arrived(vm, 1, VECTOR_A));
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* A level-triggered pin stays one behind an IRTE that says so. */
static void test_ioapic_level(void)
{
    VM *vm = new_remapping(IOAPIC_UNITS);
    VTDMEntry128 irte = vtdm_make_irte(VECTOR_A, 0, false);

    irte.lo |= VTDM_IRTE_TM;
    unit_set_irte(&vm->unit, INDEX, irte);
    ioapic_set_entry(vm, RTE_FORMAT | RTE_LEVEL |
                     vtdm_field(RTE_INDEX, INDEX) | VECTOR_A);
    set_pin(vm, 1);
    g_assert_true(lapic_level(vm->qts, 0, VECTOR_A));
    vm_free(vm);
}

/* What is posted is an edge, whatever the pin is. */
static void test_ioapic_posted(void)
{
    VM *vm = new_remapping(",posted-interrupts=on" IOAPIC_UNITS);

    vtdm_tables_set512(&vm->tables, VM_STATUS,
                       vtdm_make_posted_descriptor(VECTOR_B, 1, false));
    unit_set_irte(&vm->unit, INDEX, vtdm_irte_with_source(
        vtdm_make_posted_irte(VECTOR_A, VM_STATUS), VTDM_SVT_SID, 0,
        IOAPIC_SID));
    ioapic_set_entry(vm, RTE_FORMAT | RTE_LEVEL |
                     vtdm_field(RTE_INDEX, INDEX) | VECTOR_A);
    set_pin(vm, 1);
    g_assert_cmphex(qtest_readq(vm->qts, VM_STATUS + VECTOR_A / 64 * 8), ==,
                    VTDM_BIT(VECTOR_A % 64));
    g_assert_true(arrived(vm, 1, VECTOR_B));
    g_assert_false(lapic_level(vm->qts, 1, VECTOR_B));
    g_assert_false(arrived(vm, 1, VECTOR_A));
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* A DMA write of four bytes to the range is an interrupt. */
static void test_dma_is_interrupt(void)
{
    VM *vm = new_remapping("");

    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR_B, 1, false));
    vm_fill(vm, VM_PAGE, 0, 64);
    edu_copy(&vm->edu, VM_PAGE, vtdm_make_msi_address(INDEX, false), 4);
    g_assert_true(arrived(vm, 1, VECTOR_B));
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* Other sizes, and reads, are none. */
static void test_no_interrupt(void)
{
    VM *vm = new_remapping("");

    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR_B, 1, false));
    edu_store(&vm->edu, vtdm_make_msi_address(INDEX, false), 2);
    unit_expect_record(&vm->unit, 0, FR_IR_NO_INTERRUPT, VM_SID);
    edu_store(&vm->edu, VTDM_INTERRUPT_BASE, 8);
    unit_expect_record(&vm->unit, 1, FR_IR_NO_INTERRUPT, VM_SID);
    edu_load(&vm->edu, VTDM_INTERRUPT_BASE + 0x1000, 4);
    unit_expect_record(&vm->unit, 2, FR_IR_NO_INTERRUPT, VM_SID);
    unit_expect_no_fault(&vm->unit);
    g_assert_true(nothing_arrived(vm));
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/apic/off", test_off);
    qtest_add_func("/vtdm/apic/remapped", test_remapped);
    qtest_add_func("/vtdm/apic/subhandle", test_subhandle);
    qtest_add_func("/vtdm/apic/x2apic-format", test_x2apic_format);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *path = g_strdup_printf("/vtdm/apic/blocked/%s",
                                                cases[i].name);

        qtest_add_data_func(path, &cases[i], test_blocked);
    }
    qtest_add_func("/vtdm/apic/own-source", test_own_source);
    qtest_add_func("/vtdm/apic/compatibility-allowed",
                   test_compatibility_allowed);
    qtest_add_func("/vtdm/apic/stale-index", test_stale_index);
    qtest_add_func("/vtdm/apic/stale-global", test_stale_global);
    qtest_add_func("/vtdm/apic/ioapic", test_ioapic);
    qtest_add_func("/vtdm/apic/ioapic-shares", test_ioapic_shares);
    qtest_add_func("/vtdm/apic/ioapic-level", test_ioapic_level);
    qtest_add_func("/vtdm/apic/ioapic-posted", test_ioapic_posted);
    qtest_add_func("/vtdm/apic/dma-is-interrupt",
                   test_dma_is_interrupt);
    qtest_add_func("/vtdm/apic/no-interrupt", test_no_interrupt);
    return g_test_run();
}
