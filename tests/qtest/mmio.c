/*
 * Registers through QEMU: capabilities, commands, every width and place of
 * an access, fault records, two units.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "vm.h"

#define TWO_UNITS \
    ",units='0xfed90000 endpoint=00:04.0;0xfed91000 include-all ioapic'"

/* What one property makes of one field. */
typedef struct Capability {
    const char *options;
    uint32_t offset;
    uint64_t field;
    uint64_t value;
} Capability;

static const Capability defaults[] = {
    { "", VTDM_REG_VER, VTDM_VER_MAX, 1 },
    { "", VTDM_REG_CAP, VTDM_CAP_ND, 6 },
    { "", VTDM_REG_CAP, VTDM_CAP_RWBF, 0 },
    { "", VTDM_REG_CAP, VTDM_CAP_PLMR, 0 },
    { "", VTDM_REG_CAP, VTDM_CAP_PHMR, 0 },
    { "", VTDM_REG_CAP, VTDM_CAP_CM, 0 },
    { "", VTDM_REG_CAP, VTDM_CAP_SAGAW, 6 },
    { "", VTDM_REG_CAP, VTDM_CAP_MGAW, 47 },
    { "", VTDM_REG_CAP, VTDM_CAP_ZLR, 1 },
    { "", VTDM_REG_CAP, VTDM_CAP_SSLPS, 3 },
    { "", VTDM_REG_CAP, VTDM_CAP_PSI, 1 },
    { "", VTDM_REG_CAP, VTDM_CAP_NFR, 7 },
    { "", VTDM_REG_CAP, VTDM_CAP_MAMV, 18 },
    { "", VTDM_REG_CAP, VTDM_CAP_DWD | VTDM_CAP_DRD, 3 },
    { "", VTDM_REG_CAP, VTDM_CAP_ESIRTPS | VTDM_CAP_ESRTPS, 3 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_C, 1 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_QI, 1 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_DT, 0 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_IR, 1 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_EIM, 1 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_PT, 1 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_SC, 0 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_MHMV, 15 },
    { "", VTDM_REG_ECAP, VTDM_ECAP_ADMS, 0 },
};

static const Capability chosen[] = {
    { ",version-major=5", VTDM_REG_VER, VTDM_VER_MAX, 5 },
    { ",nd=2", VTDM_REG_CAP, VTDM_CAP_ND, 2 },
    { ",rwbf=on", VTDM_REG_CAP, VTDM_CAP_RWBF, 1 },
    { ",plmr=on", VTDM_REG_CAP, VTDM_CAP_PLMR, 1 },
    { ",phmr=on", VTDM_REG_CAP, VTDM_CAP_PHMR, 1 },
    { ",caching-mode=on", VTDM_REG_CAP, VTDM_CAP_CM, 1 },
    { ",aw-bits=39", VTDM_REG_CAP, VTDM_CAP_SAGAW, 2 },
    { ",aw-bits=39", VTDM_REG_CAP, VTDM_CAP_MGAW, 38 },
    { ",aw-bits=57", VTDM_REG_CAP, VTDM_CAP_SAGAW, 14 },
    { ",aw-bits=57", VTDM_REG_CAP, VTDM_CAP_MGAW, 56 },
    { ",dma-translation=off", VTDM_REG_CAP, VTDM_CAP_SAGAW, 0 },
    { ",zlr=off", VTDM_REG_CAP, VTDM_CAP_ZLR, 0 },
    { ",sslps=1", VTDM_REG_CAP, VTDM_CAP_SSLPS, 1 },
    { ",psi=off", VTDM_REG_CAP, VTDM_CAP_PSI, 0 },
    { ",mamv=9", VTDM_REG_CAP, VTDM_CAP_MAMV, 9 },
    { ",dma-drain=off", VTDM_REG_CAP, VTDM_CAP_DWD | VTDM_CAP_DRD, 0 },
    { ",esrtps=off", VTDM_REG_CAP, VTDM_CAP_ESRTPS, 0 },
    { ",esirtps=off", VTDM_REG_CAP, VTDM_CAP_ESIRTPS, 0 },
    { ",coherent=off", VTDM_REG_ECAP, VTDM_ECAP_C, 0 },
    { ",qi=off,intremap=off", VTDM_REG_ECAP, VTDM_ECAP_QI, 0 },
    { ",device-iotlb=on", VTDM_REG_ECAP, VTDM_ECAP_DT, 1 },
    { ",intremap=off", VTDM_REG_ECAP, VTDM_ECAP_IR, 0 },
    { ",intremap=off", VTDM_REG_ECAP, VTDM_ECAP_EIM, 0 },
    { ",intremap=off", VTDM_REG_ECAP, VTDM_ECAP_MHMV, 0 },
    { ",eim=off", VTDM_REG_ECAP, VTDM_ECAP_EIM, 0 },
    { ",pt=off", VTDM_REG_ECAP, VTDM_ECAP_PT, 0 },
    { ",snoop-control=on", VTDM_REG_ECAP, VTDM_ECAP_SC, 1 },
    { ",mhmv=3", VTDM_REG_ECAP, VTDM_ECAP_MHMV, 3 },
    { ",adms=on", VTDM_REG_ECAP, VTDM_ECAP_ADMS, 1 },
};

static void expect_capability(const Unit *unit, const Capability *row)
{
    uint64_t value = unit_read64(unit, row->offset);

    if (vtdm_get(value, row->field) != row->value) {
        g_test_message("with \"%s\": register 0x%03x is 0x%" PRIx64,
                       row->options, row->offset, value);
        g_test_fail();
    }
}

static void test_defaults(void)
{
    VM *vm = vm_new("", "");

    for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
        expect_capability(&vm->unit, &defaults[i]);
    }
    vm_free(vm);
}

static void test_properties(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(chosen); i++) {
        VM *vm = vm_new(chosen[i].options, "");

        expect_capability(&vm->unit, &chosen[i]);
        vm_free(vm);
    }
}

/* Each command bit shows in GSTS, one-shot bits and state bits alike. */
static void test_commands(void)
{
    static const uint32_t states[] = {
        VTDM_GCMD_QIE, VTDM_GCMD_IRE, VTDM_GCMD_TE,
    };
    VM *vm = vm_new("", "");
    const Unit *unit = &vm->unit;

    g_assert_cmphex(unit_read32(unit, VTDM_REG_GSTS), ==, 0);
    unit_set_root(unit, unit->root);
    unit_command(unit, VTDM_GCMD_SIRTP, 0);
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        unit_command(unit, states[i], 0);
        g_assert_true(unit_read32(unit, VTDM_REG_GSTS) & states[i]);
    }
    g_assert_cmphex(unit_read32(unit, VTDM_REG_GCMD), ==, 0);
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        unit_command(unit, 0, states[i]);
        g_assert_false(unit_read32(unit, VTDM_REG_GSTS) & states[i]);
    }
    g_assert_cmphex(unit_read32(unit, VTDM_REG_GSTS), ==,
                    VTDM_GSTS_RTPS | VTDM_GSTS_IRTPS);
    vm_free(vm);
}

static void test_absent_commands(void)
{
    VM *vm = vm_new(",qi=off,intremap=off", "");

    unit_write32(&vm->unit, VTDM_REG_GCMD, VTDM_GCMD_QIE);
    unit_write32(&vm->unit, VTDM_REG_GCMD, VTDM_GCMD_IRE);
    unit_write32(&vm->unit, VTDM_REG_GCMD, VTDM_GCMD_SIRTP);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_GSTS), ==, 0);
    vm_free(vm);
}

/* Both halves of a 64-bit register, alone and together. */
static void test_halves(void)
{
    VM *vm = vm_new("", "");
    const Unit *unit = &vm->unit;
    uint64_t cap = unit_read64(unit, VTDM_REG_CAP);

    g_assert_cmphex(unit_read32(unit, VTDM_REG_CAP), ==, (uint32_t)cap);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_CAP + 4), ==, cap >> 32);
    unit_write32(unit, VTDM_REG_RTADDR, 0x12345000);
    unit_write32(unit, VTDM_REG_RTADDR + 4, 0x9);
    g_assert_cmphex(unit_read64(unit, VTDM_REG_RTADDR), ==, 0x912345000);
    unit_write64(unit, VTDM_REG_FEADDR, 0x00000100fee01000);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_FEADDR), ==, 0xfee01000);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_FEUADDR), ==, 0x100);
    vm_free(vm);
}

/* Widths and places that no register has: nothing is read or changed. */
static void test_misfits(void)
{
    VM *vm = vm_new("", "");
    uint64_t base = vm->unit.base;

    unit_write64(&vm->unit, VTDM_REG_RTADDR, 0x912345000);
    g_assert_cmphex(qtest_readb(vm->qts, base + VTDM_REG_RTADDR + 1), ==, 0);
    g_assert_cmphex(qtest_readw(vm->qts, base + VTDM_REG_RTADDR + 2), ==, 0);
    g_assert_cmphex(qtest_readl(vm->qts, base + VTDM_REG_RTADDR + 1), ==, 0);
    g_assert_cmphex(qtest_readq(vm->qts, base + VTDM_REG_RTADDR + 2), ==, 0);
    qtest_writeb(vm->qts, base + VTDM_REG_RTADDR + 1, 0xff);
    qtest_writew(vm->qts, base + VTDM_REG_RTADDR + 2, 0xffff);
    qtest_writel(vm->qts, base + VTDM_REG_RTADDR + 2, ~0u);
    qtest_writeq(vm->qts, base + VTDM_REG_RTADDR + 2, ~0ull);
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_RTADDR), ==,
                    0x912345000);
    vm_free(vm);
}

static void access_everywhere(VM *vm, uint64_t address, uint64_t value)
{
    qtest_writeb(vm->qts, address, value);
    qtest_writew(vm->qts, address, value);
    qtest_writel(vm->qts, address, value);
    qtest_writeq(vm->qts, address, value);
    qtest_readb(vm->qts, address);
    qtest_readw(vm->qts, address);
    qtest_readl(vm->qts, address);
    qtest_readq(vm->qts, address);
}

/* The whole page and over its end; what cannot change has not. */
static void test_sweep(void)
{
    VM *vm = vm_new(",plmr=on,phmr=on,device-iotlb=on", "");
    uint64_t cap = unit_read64(&vm->unit, VTDM_REG_CAP);
    uint64_t ecap = unit_read64(&vm->unit, VTDM_REG_ECAP);
    g_autoptr(GRand) random = g_rand_new_with_seed(1);

    for (int offset = -8; offset < (int)VTDM_PAGE_SIZE + 8; offset++) {
        uint64_t value = (uint64_t)g_rand_int(random) << 32 |
                         g_rand_int(random);

        access_everywhere(vm, vm->unit.base + offset, value);
    }
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_CAP), ==, cap);
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_ECAP), ==, ecap);
    vm_free(vm);
}

static void test_two_units(void)
{
    VM *vm = vm_new(TWO_UNITS, "");
    Unit second = vm_unit(vm, UNIT_BASE + VTDM_PAGE_SIZE, 1);

    g_assert_cmphex(unit_read64(&second, VTDM_REG_CAP), ==,
                    unit_read64(&vm->unit, VTDM_REG_CAP));
    unit_enable_dma(&second);
    unit_write32(&second, VTDM_REG_FEDATA, 0x41);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_GSTS), ==, 0);
    g_assert_cmphex(unit_read64(&vm->unit, VTDM_REG_RTADDR), ==, 0);
    g_assert_cmphex(unit_read32(&vm->unit, VTDM_REG_FEDATA), ==, 0);
    unit_write32(&vm->unit, VTDM_REG_FEDATA, 0x42);
    g_assert_cmphex(unit_read32(&second, VTDM_REG_FEDATA), ==, 0x41);
    vm_free(vm);
}

static void expect_page_in_record(VM *vm, unsigned index, uint64_t address)
{
    VTDMEntry128 record = unit_record(&vm->unit, index);

    g_assert_true(record.hi & VTDM_FRCD_HI_F);
    g_assert_cmphex(record.lo, ==, address);
}

/* Fills every record, one fault more, and empties them. */
static void fill_records(unsigned count)
{
    g_autofree char *options = g_strdup_printf(",fault-records=%u", count);
    VM *vm = vm_new_mapped(options);
    const Unit *unit = &vm->unit;
    uint64_t next = VM_IOVA;

    g_assert_cmpuint(vtdm_get(unit_read64(unit, VTDM_REG_CAP), VTDM_CAP_NFR),
                     ==, count - 1);
    for (unsigned i = 0; i < count; i++) {
        g_assert_false(unit_read32(unit, VTDM_REG_FSTS) & VTDM_FSTS_PFO);
        edu_load(&vm->edu, next += VTDM_PAGE_SIZE, 4);
        expect_page_in_record(vm, i, next);
    }
    edu_load(&vm->edu, next + VTDM_PAGE_SIZE, 4);
    g_assert_cmphex(unit_read32(unit, VTDM_REG_FSTS), ==,
                    VTDM_FSTS_PFO | VTDM_FSTS_PPF);
    expect_page_in_record(vm, 0, VM_IOVA + VTDM_PAGE_SIZE);
    for (unsigned i = 0; i < count; i++) {
        unit_clear_record(unit, i);
    }
    unit_write32(unit, VTDM_REG_FSTS, VTDM_FSTS_PFO);
    unit_expect_no_fault(unit);
    vm_expect_fault(vm, next, FR_NO_READ);
    vm_free(vm);
}

static void test_fault_records(void)
{
    static const unsigned counts[] = { 1, 8, 124, 125, 256 };

    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        fill_records(counts[i]);
    }
}

/* The first unit is described, and nothing answers there. */
static void test_ones(void)
{
    VM *vm = vm_new(TWO_UNITS ",dmar-quirk=ones-registers", "");
    uint64_t second = 0xfed91000;

    qtest_writel(vm->qts, 0xfed90000 + VTDM_REG_GCMD, VTDM_GCMD_TE);
    g_assert_cmphex(qtest_readq(vm->qts, 0xfed90000 + VTDM_REG_CAP), ==,
                    UINT64_MAX);
    g_assert_cmphex(qtest_readq(vm->qts, 0xfed90000 + VTDM_REG_ECAP), ==,
                    UINT64_MAX);
    g_assert_cmphex(qtest_readl(vm->qts, 0xfed90000 + VTDM_REG_GSTS), ==,
                    UINT32_MAX);
    g_assert_cmphex(qtest_readq(vm->qts, second + VTDM_REG_CAP), !=,
                    UINT64_MAX);
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/mmio/defaults", test_defaults);
    qtest_add_func("/vtdm/mmio/properties", test_properties);
    qtest_add_func("/vtdm/mmio/commands", test_commands);
    qtest_add_func("/vtdm/mmio/absent-commands", test_absent_commands);
    qtest_add_func("/vtdm/mmio/halves", test_halves);
    qtest_add_func("/vtdm/mmio/misfits", test_misfits);
    qtest_add_func("/vtdm/mmio/sweep", test_sweep);
    qtest_add_func("/vtdm/mmio/two-units", test_two_units);
    qtest_add_func("/vtdm/mmio/ones-registers", test_ones);
    qtest_add_func("/vtdm/mmio/fault-records", test_fault_records);
    return g_test_run();
}
