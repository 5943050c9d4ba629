/*
 * Interrupt posting through QEMU: MSIs of devices and pins of the IOAPIC into
 * a descriptor in guest memory, and the notification to a local APIC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/units.h"
#include "requester.h"
#include "testdev.h"

#define POSTING                 ",posted-interrupts=on"
#define INDEX                   5
#define PID                     (VM_STATUS + 0x40)
#define VECTOR                  0x91        /* is posted, goes nowhere */
#define ROM                     0xfffff000  /* the end of the firmware */
#define HOLE                    0x4000000000
#define CODE                    0x8000      /* where a CPU reaches it at once */
#define MARK                    0x9000
#define ROUNDS                  0x9002
#define TWO_UNITS \
    POSTING ",units='0xfed90000 endpoint=00:04.0;0xfed91000 include-all ioapic'"
#define SECOND_SID              0x0028      /* 00:05.0 */

/* Each test uses a vector once: a CPU that does not run keeps it. */
enum {
    NV = 0x71,
    NV_2 = 0x82,
};

static void put_descriptor(VM *vm, VTDMEntry512 pid)
{
    vtdm_tables_set512(&vm->tables, PID, pid);
}

static uint64_t word(VM *vm, unsigned n)
{
    return qtest_readq(vm->qts, PID + 8 * n);
}

/* Remapping is on; the edu device's MSI is interrupt INDEX, which is posted. */
static VM *new_posting(const char *options, bool eime)
{
    VM *vm = vm_new(options, "");

    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, eime);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    put_descriptor(vm, vtdm_make_posted_descriptor(NV, 1, eime));
    unit_set_irte(&vm->unit, INDEX, vtdm_make_posted_irte(VECTOR, PID));
    return vm;
}

static void set_irte(VM *vm, VTDMEntry128 irte)
{
    unit_set_irte(&vm->unit, INDEX, irte);
    unit_submit(&vm->unit, vtdm_make_iec_invalidate_all());
}

static void expect_posted(VM *vm, unsigned vector)
{
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(word(vm, i), ==,
                        i == vector / 64 ? VTDM_BIT(vector % 64) : 0);
    }
    unit_expect_no_fault(&vm->unit);
}

static bool nothing_arrived(VM *vm)
{
    return lapic_idle(vm->qts, 0) && lapic_idle(vm->qts, 1);
}

/* PIR, ON, and the notification at the right CPU; the vector goes nowhere. */
static void test_post(gconstpointer opaque)
{
    bool eime = GPOINTER_TO_UINT(opaque);
    VM *vm = new_posting(POSTING, eime);

    edu_raise(&vm->edu);
    expect_posted(vm, VECTOR);
    g_assert_cmphex(word(vm, 4), ==, VTDM_PID_4_ON |
                    vtdm_make_posted_descriptor(NV, 1, eime).words[4]);
    g_assert_true(lapic_pending(vm->qts, 1, NV));
    g_assert_false(lapic_pending(vm->qts, 1, VECTOR));
    g_assert_false(lapic_level(vm->qts, 1, NV));
    g_assert_true(lapic_idle(vm->qts, 0));
    vm_free(vm);
}

/* ON, SN and URG through QEMU; the requester's messages count as delivered. */
static void test_silent(void)
{
    static const struct {
        uint64_t flags;
        bool urgent, sent;
    } cases[] = {
        { VTDM_PID_4_ON, false, false }, { VTDM_PID_4_SN, false, false },
        { VTDM_PID_4_ON, true, false }, { VTDM_PID_4_SN, true, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        VM *vm = new_posting(POSTING, false);
        VTDMEntry512 pid = vtdm_make_posted_descriptor(NV, 1, false);
        VTDMEntry128 irte = vtdm_make_posted_irte(VECTOR, PID);
        g_auto(Requester) edu = { 0 };

        irte.lo |= cases[i].urgent ? VTDM_IRTE_URG : 0;
        set_irte(vm, irte);
        pid.words[4] |= cases[i].flags;
        put_descriptor(vm, pid);
        edu_raise(&vm->edu);
        expect_posted(vm, VECTOR);
        g_assert_cmphex(word(vm, 4), ==, pid.words[4] |
                        (cases[i].sent ? VTDM_PID_4_ON : 0));
        g_assert_cmpint(lapic_pending(vm->qts, 1, NV), ==, cases[i].sent);
        edu = requester_at(vm, VM_SID);
        g_assert_cmpuint(edu.interrupts, ==, 1);
        g_assert_cmpuint(edu.delivered, ==, 1);
        g_assert_cmpuint(edu.blocked, ==, 0);
        vm_free(vm);
    }
}

/* One notification stands for all that comes until ON is clear again. */
static void test_once(void)
{
    VM *vm = new_posting(POSTING, false);
    VTDMEntry512 pid = vtdm_make_posted_descriptor(NV, 1, false);

    edu_raise(&vm->edu);
    pid.words[4] = vtdm_make_posted_descriptor(NV_2, 0, false).words[4];
    pid.words[4] |= VTDM_PID_4_ON;
    put_descriptor(vm, pid);
    edu_raise(&vm->edu);
    g_assert_true(lapic_idle(vm->qts, 0));
    pid.words[4] &= ~VTDM_PID_4_ON;
    put_descriptor(vm, pid);
    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 0, NV_2));
    expect_posted(vm, VECTOR);
    vm_free(vm);
}

static void set_irte_reserved(VM *vm)
{
    VTDMEntry128 irte = vtdm_make_posted_irte(VECTOR, PID);

    irte.lo |= VTDM_BIT(24);
    set_irte(vm, irte);
}

static void set_beyond(VM *vm)
{
    set_irte(vm, vtdm_make_posted_irte(VECTOR, 1ULL << 52));
}

static void set_hole(VM *vm)
{
    set_irte(vm, vtdm_make_posted_irte(VECTOR, HOLE));
}

static void set_rom(VM *vm)
{
    set_irte(vm, vtdm_make_posted_irte(VECTOR, ROM));
}

static void set_device(VM *vm)
{
    set_irte(vm, vtdm_make_posted_irte(VECTOR, UNIT_BASE));
}

static void set_descriptor_reserved(VM *vm)
{
    put_descriptor(vm, (VTDMEntry512) { .words[7] = VTDM_BIT(63) });
}

/* An x2APIC id where EIME is 0. */
static void set_wide_destination(VM *vm)
{
    put_descriptor(vm, vtdm_make_posted_descriptor(NV, 1, true));
}

static void set_other_source(VM *vm)
{
    set_irte(vm, vtdm_irte_with_source(vtdm_make_posted_irte(VECTOR, PID),
                                       VTDM_SVT_SID, 0, VM_SID + 8));
}

typedef struct Case {
    const char *name;
    void (*set)(VM *vm);
    uint8_t reason;
} Case;

static const Case cases[] = {
    { "source", set_other_source, FR_IR_SOURCE },
    { "entry", set_irte_reserved, FR_IR_RESERVED },
    { "beyond", set_beyond, FR_IR_RESERVED },
    { "hole", set_hole, FR_IR_DESCRIPTOR },
    { "device", set_device, FR_IR_DESCRIPTOR },
    { "descriptor", set_descriptor_reserved, FR_IR_DESCRIPTOR_RESERVED },
    { "wide-destination", set_wide_destination, FR_IR_DESCRIPTOR_RESERVED },
};

static void expect_blocked(VM *vm, uint8_t reason)
{
    VTDMEntry128 record;
    g_auto(Requester) edu = { 0 };

    edu_raise(&vm->edu);
    record = unit_record(&vm->unit, 0);
    g_assert_cmphex(vtdm_get(record.lo, VTDM_FRCD_LO_INDEX), ==, INDEX);
    unit_expect_record(&vm->unit, 0, reason, VM_SID);
    unit_expect_no_fault(&vm->unit);
    g_assert_true(nothing_arrived(vm));
    edu = requester_at(vm, VM_SID);
    g_assert_cmpuint(edu.interrupts, ==, 1);
    g_assert_cmpuint(edu.blocked, ==, 1);
}

/* The record, and a descriptor as it was. */
static void test_blocked(gconstpointer opaque)
{
    const Case *row = opaque;
    VM *vm = new_posting(POSTING, false);
    uint64_t before[8];

    row->set(vm);
    for (unsigned i = 0; i < 8; i++) {
        before[i] = word(vm, i);
    }
    expect_blocked(vm, row->reason);
    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmphex(word(vm, i), ==, before[i]);
    }
    vm_free(vm);
}

/* A file that becomes the firmware. */
static char *make_firmware(const void *bytes, size_t size)
{
    char *path = NULL;
    int fd = g_file_open_tmp("vtdm-rom-XXXXXX", &path, NULL);

    close(fd);
    g_assert_true(g_file_set_contents(path, bytes, size, NULL));
    return path;
}

/* Firmware's ROM has no reserved bits set, where it is empty; cannot be set. */
static void test_rom(void)
{
    g_autofree char *path = NULL;
    g_autofree char *options = NULL;
    g_autofree char *zeros = g_malloc0(64 * KiB);
    VM *vm;

    path = make_firmware(zeros, 64 * KiB);
    options = g_strdup_printf("-bios %s", path);
    vm = vm_new(POSTING, options);
    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    set_rom(vm);
    expect_blocked(vm, FR_IR_DESCRIPTOR);
    g_assert_cmphex(qtest_readq(vm->qts, ROM + VECTOR / 64 * 8), ==, 0);
    g_assert_cmphex(qtest_readq(vm->qts, ROM + 32), ==, 0);
    vm_free(vm);
    unlink(path);
}

/* From the reset vector on: calls CODE, for ever. */
static VM *new_calling(void)
{
    static const uint8_t vector[] = {
        0x9a, CODE & 0xff, CODE >> 8, 0, 0,         /* lcall 0:CODE */
        0xeb, 0xf9,                                 /* jmp to it */
    };
    static const uint8_t code[] = {
        0xc6, 0x06, MARK & 0xff, MARK >> 8, 1,      /* movb 1, MARK */
        0xff, 0x06, ROUNDS & 0xff, ROUNDS >> 8,     /* incw ROUNDS */
        0xcb,                                       /* lret */
    };
    g_autofree uint8_t *rom = g_malloc0(64 * KiB);
    g_autofree char *path = NULL;
    g_autofree char *options = NULL;
    VM *vm;

    memcpy(rom + 64 * KiB - 16, vector, sizeof(vector));
    path = make_firmware(rom, 64 * KiB);
    options = g_strdup_printf("-bios %s -accel tcg -S", path);
    vm = vm_new(POSTING, options);
    unlink(path);
    qtest_memwrite(vm->qts, CODE, code, sizeof(code));
    qtest_qmp_assert_success(vm->qts, "{ 'execute': 'cont' }");
    return vm;
}

/* Whatever the CPU was at has an end. */
static void await_rounds(VM *vm)
{
    uint16_t begin = qtest_readw(vm->qts, ROUNDS);

    while ((uint16_t)(qtest_readw(vm->qts, ROUNDS) - begin) < 2) {
        g_usleep(1000);
    }
}

/*
 * Code in the page of a descriptor: what changes it after a posted interrupt
 * is what the CPU runs then.
 */
static void test_code(void)
{
    VM *vm = new_calling();

    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    vtdm_tables_set512(&vm->tables, CODE + 0x40,
                       vtdm_make_posted_descriptor(NV, 1, false));
    unit_set_irte(&vm->unit, INDEX, vtdm_make_posted_irte(VECTOR, CODE + 0x40));
    await_rounds(vm);
    g_assert_cmpuint(qtest_readb(vm->qts, MARK), ==, 1);
    edu_raise(&vm->edu);
    g_assert_cmphex(qtest_readq(vm->qts, CODE + 0x40 + VECTOR / 64 * 8), ==,
                    VTDM_BIT(VECTOR % 64));
    /* QEMU itself loses a change that comes while code is translated. */
    await_rounds(vm);
    qtest_writeb(vm->qts, CODE + 4, 7);
    await_rounds(vm);
    g_assert_cmpuint(qtest_readb(vm->qts, MARK), ==, 7);
    vm_free(vm);
}

/* Without the property, IM is reserved; FPD counts as ever. */
static void test_off(void)
{
    VM *vm = new_posting("", false);
    VTDMEntry128 irte = vtdm_make_posted_irte(VECTOR, PID);

    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_CAP) & VTDM_CAP_PI, ==,
                    0);
    expect_blocked(vm, FR_IR_RESERVED);
    g_assert_cmphex(word(vm, VECTOR / 64), ==, 0);
    irte.lo |= VTDM_IRTE_FPD;
    set_irte(vm, irte);
    edu_raise(&vm->edu);
    unit_expect_no_fault(&vm->unit);
    vm_free(vm);
}

/* scalable-mode=on brings it, and intremap=off takes it away. */
static void test_properties(void)
{
    VM *vm = vm_new(",scalable-mode=on", "");

    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_CAP) & VTDM_CAP_PI, !=,
                    0);
    vm_free(vm);
    vm = vm_new(",scalable-mode=on,posted-interrupts=off", "");
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_CAP) & VTDM_CAP_PI, ==,
                    0);
    vm_free(vm);
    vm = vm_new(",scalable-mode=on,intremap=off", "");
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_CAP) & VTDM_CAP_PI, ==,
                    0);
    vm_free(vm);
}

/* The entry is cached until it is invalidated, the descriptor never is. */
static void test_stale(void)
{
    VM *vm = new_posting(POSTING, false);
    VTDMEntry512 pid = vtdm_make_posted_descriptor(NV_2, 0, false);

    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 1, NV));
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR, 0, false));
    put_descriptor(vm, pid);
    edu_raise(&vm->edu);
    expect_posted(vm, VECTOR);
    g_assert_true(lapic_pending(vm->qts, 0, NV_2));
    g_assert_false(lapic_pending(vm->qts, 0, VECTOR));
    unit_submit(&vm->unit, vtdm_make_iec_invalidate(INDEX, 0));
    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 0, VECTOR));
    vm_free(vm);
}

/* MSI-X of vtd-testdev, and its DMA of four bytes to the range. */
static void test_testdev(void)
{
    VM *vm = vm_new(POSTING, TESTDEV_DEVICE);
    Testdev testdev = testdev_at(vm, TESTDEV_SID);
    uint64_t address = vtdm_make_msi_address(INDEX, false);

    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    put_descriptor(vm, vtdm_make_posted_descriptor(NV, 1, false));
    unit_set_irte(&vm->unit, INDEX, vtdm_irte_with_source(
        vtdm_make_posted_irte(VECTOR, PID), VTDM_SVT_SID, 0, TESTDEV_SID));
    qpci_msix_enable(testdev.dev);
    qpci_io_writel(testdev.dev, testdev.dev->msix_table_bar, 3 * 16, address);
    qpci_io_writel(testdev.dev, testdev.dev->msix_table_bar, 3 * 16 + 12, 0);
    testdev_run(&testdev, VTD_TESTDEV_MSI, 0, 0, 3);
    expect_posted(vm, VECTOR);
    g_assert_true(lapic_pending(vm->qts, 1, NV));
    put_descriptor(vm, vtdm_make_posted_descriptor(NV_2, 0, false));
    g_assert_cmpuint(testdev_run(&testdev, VTD_TESTDEV_STORE, address, 4, 0),
                     ==, VTD_TESTDEV_OK);
    expect_posted(vm, VECTOR);
    g_assert_true(lapic_pending(vm->qts, 0, NV_2));
    qpci_msix_disable(testdev.dev);
    testdev_free(&testdev);
    vm_free(vm);
}

/* Two units post to one descriptor: the second finds ON. */
static void test_two_units(void)
{
    VM *vm = vm_new(TWO_UNITS, "-device " EDU_DEVICE ",addr=05.0");
    Unit units[2];
    Edu second = edu_at(vm->pci, SECOND_SID);

    vm_start_units(vm, units, 2);
    put_descriptor(vm, vtdm_make_posted_descriptor(NV, 1, false));
    unit_set_irte(&units[0], INDEX, vtdm_make_posted_irte(VECTOR, PID));
    unit_set_irte(&units[1], INDEX, vtdm_make_posted_irte(VECTOR + 64, PID));
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    edu_set_msi(&second, vtdm_make_msi_address(INDEX, false), 0);
    edu_raise(&vm->edu);
    g_assert_true(lapic_pending(vm->qts, 1, NV));
    edu_raise(&second);
    g_assert_cmphex(word(vm, VECTOR / 64), ==, VTDM_BIT(VECTOR % 64));
    g_assert_cmphex(word(vm, VECTOR / 64 + 1), ==, VTDM_BIT(VECTOR % 64));
    g_assert_cmphex(word(vm, 4), ==, VTDM_PID_4_ON |
                    vtdm_make_posted_descriptor(NV, 1, false).words[4]);
    unit_expect_no_fault(&units[0]);
    unit_expect_no_fault(&units[1]);
    edu_free(&second);
    vm_free(vm);
}

/* A trace line for each: with its notification, and without. */
static void test_trace(void)
{
    g_autofree char *path = NULL;
    g_autofree char *arguments = NULL;
    g_autofree char *traces = NULL;
    int fd = g_file_open_tmp("vtdm-posting-XXXXXX", &path, NULL);
    VM *vm;

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    arguments = g_strdup_printf("-trace vtdm_posted -D %s", path);
    vm = vm_new(POSTING, arguments);
    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    edu_set_msi(&vm->edu, vtdm_make_msi_address(INDEX, false), 0);
    put_descriptor(vm, vtdm_make_posted_descriptor(NV, 1, false));
    unit_set_irte(&vm->unit, INDEX, vtdm_make_posted_irte(VECTOR, PID));
    edu_raise(&vm->edu);
    edu_raise(&vm->edu);
    vm_free(vm);
    g_assert_true(g_file_get_contents(path, &traces, NULL, NULL));
    g_assert_nonnull(strstr(traces, "vtdm_posted unit=0 sid=00:04.0 index=5 "
                            "vector=145 urgent=0 descriptor=0x3000040 "
                            "address=0xfee01000 data=0x4071\n"));
    g_assert_nonnull(strstr(traces, "descriptor=0x3000040 address=0x0 "
                            "data=0x0\n"));
    unlink(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_data_func("/vtdm/posting/post", GUINT_TO_POINTER(0), test_post);
    qtest_add_data_func("/vtdm/posting/post-eime", GUINT_TO_POINTER(1),
                        test_post);
    qtest_add_func("/vtdm/posting/silent", test_silent);
    qtest_add_func("/vtdm/posting/once", test_once);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        g_autofree char *path = g_strdup_printf("/vtdm/posting/blocked/%s",
                                                cases[i].name);

        qtest_add_data_func(path, &cases[i], test_blocked);
    }
    qtest_add_func("/vtdm/posting/rom", test_rom);
    qtest_add_func("/vtdm/posting/code", test_code);
    qtest_add_func("/vtdm/posting/off", test_off);
    qtest_add_func("/vtdm/posting/properties", test_properties);
    qtest_add_func("/vtdm/posting/stale", test_stale);
    qtest_add_func("/vtdm/posting/two-units", test_two_units);
    qtest_add_func("/vtdm/posting/trace", test_trace);
    if (vm_has_pcie()) {
        qtest_add_func("/vtdm/posting/testdev", test_testdev);
    }
    return g_test_run();
}
