/*
 * Descriptions of what a machine does not have: refused in a text, warned of
 * in a table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "dmar-bytes.h"
#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/dmar-check.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-platform.h"
#include "hw/i386/vtdm/dmar-statement.h"

/* As a q35 of 1 GiB, and a little above 4 GiB. */
static const VTDMPlatformRange taken[] = {
    { 0x0, 0x9ffff, "pc.ram", VTDM_RANGE_RAM },
    { 0xc0000, 0xfffff, "pc.bios", VTDM_RANGE_ROM },
    { 0x100000, 0x3fffffff, "pc.ram", VTDM_RANGE_RAM },
    { 0xb0000000, 0xbfffffff, "ECAM", VTDM_RANGE_DEVICE },
    { 0xfec00000, 0xfec00fff, "ioapic", VTDM_RANGE_DEVICE },
    { 0xfed00000, 0xfed003ff, "hpet", VTDM_RANGE_DEVICE },
    { 0xfee00000, 0xfeefffff, "apic-msi", VTDM_RANGE_DEVICE },
    { 0xfffc0000, 0xffffffff, "pc.bios", VTDM_RANGE_ROM },
    { 0x100000000, 0x13fffffff, "pc.ram", VTDM_RANGE_RAM },
};

static VTDMPlatform machine(void)
{
    VTDMPlatform vm = {
        .taken = g_array_new(FALSE, FALSE, sizeof(taken[0])),
        .address_width = 40, .nodes = 1,
    };

    g_array_append_vals(vm.taken, taken, G_N_ELEMENTS(taken));
    return vm;
}

typedef struct Case {
    const char *name;
    const char *texts[2];           /* units, regions */
    const char *errors;
} Case;

#define GOOD "0xfed90000 include-all ioapic hpet"

static const Case cases[] = {
    { "good", { GOOD, "0x80000000-0x80000fff@00:03.0" }, "" },
    { "kvm-unit-tests", { "0xfed90000 include-all ioapic=0@00:02.0 hpet" },
      "" },
    { "more-ioapics", { "0xfed90000 ioapic=2@f0:1f.0; 0xfed91000 include-all "
                        "ioapic hpet=0@ff:0f.1" }, "" },
    { "ioapic", { "0xfed90000 include-all ioapic=2@f0:1f.0 hpet" },
      "24: DRHD: IOAPIC 2 f0:1f.0 is not this machine's, which has the id 0, "
      "so that guests will not remap its interrupts: write ioapic=0@ before "
      "its path\n" },
    { "hpet", { "0xfed90000 include-all ioapic hpet=1@f0:0f.0" },
      "31: DRHD: HPET 1 f0:0f.0 is not this machine's, which has the id 0, "
      "so that guests will not remap its interrupts: write hpet=0@ before "
      "its path\n" },
    { "two-segments", { "0xfed90000 include-all ioapic; 0xfed91000 segment=1 "
                        "include-all" }, "" },
    { "other-segment", { "0xfed90000 include-all ioapic segment=1; "
                         "0xfed91000 segment=2 include-all" },
      "1: DRHD: no unit is in segment 0, where all devices of this machine "
      "are, so that none is translated: leave out segment=\n" },
    { "registers-over-ram", { "0x1000000 include-all ioapic" },
      "1: DRHD: registers at 0x1000000 lie over pc.ram: choose a free "
      "address, such as 0xfed90000\n" },
    { "registers-over-rom", { "0xfffc0000 include-all ioapic" },
      "1: DRHD: registers at 0xfffc0000 lie over pc.bios: choose a free "
      "address, such as 0xfed90000\n" },
    { "registers-below-rom", { "0xfffbf000 include-all ioapic hpet" }, "" },
    { "registers-over-interrupts",
      { "0xfed90000 endpoint=00:03.0; 0xfee00000 include-all ioapic" },
      "30: DRHD: registers at 0xfee00000 lie over apic-msi: choose a free "
      "address, such as 0xfed91000\n" },
    { "region-at-end-of-ram", { GOOD, "0x3ffff000-0x3fffffff@00:03.0" }, "" },
    { "region-in-ram", { GOOD, "0x3e000000-0x3e7fffff@00:03.0" }, "" },
    { "region-in-rom", { GOOD, "0xe5000-0xe8fff@00:1d.0" }, "" },
    { "region-over-the-end-of-ram",
      { GOOD, "0x3ffff000-0x40000fff@00:03.0" },
      "1: RMRR: 0x3ffff000 to 0x40000fff is RAM in part only, that of pc.ram "
      "goes from 0x100000 to 0x3fffffff: choose another place\n" },
    { "region-before-ram", { GOOD, "0xfffff000-0x100000fff@00:03.0" },
      "1: RMRR: 0xfffff000 to 0x100000fff is RAM in part only, that of "
      "pc.ram goes from 0x100000000 to 0x13fffffff: choose another place\n" },
    { "region-over-a-device", { GOOD, "0xb8000000-0xb8000fff@00:03.0" },
      "1: RMRR: 0xb8000000 to 0xb8000fff lies over ECAM: choose another "
      "place\n" },
    { "region-over-interrupts", { GOOD, "0xfeeff000-0xfef00fff@00:03.0" },
      "1: RMRR: 0xfeeff000 to 0xfef00fff reaches into the interrupt range, "
      "where no memory can be: choose another place\n" },
    { "region-beyond-width",
      { GOOD, "0x10000000000-0x10000000fff@00:03.0" },
      "1: RMRR: 0x10000000000 to 0x10000000fff does not fit into the host "
      "address width of 40 bits: choose another place\n" },
};

static void append_notes(GString *out, const VTDMDmarNotes *notes)
{
    for (unsigned i = 0; i < notes->kept->len; i++) {
        const VTDMDmarNote *note = notes->kept->pdata[i];

        g_string_append_printf(out, "%zu: %s\n", note->at + 1, note->text);
    }
}

static void test_case(gconstpointer data)
{
    const Case *c = data;
    g_auto(VTDMPlatform) vm = machine();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(40, VTDM_DMAR_INTR_REMAP);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GString) text = g_string_new(NULL);

    dmar->platform = &vm;
    for (int type = 0; type < 2; type++) {
        if (c->texts[type]) {
            vtdm_dmar_from_string(dmar, type, c->texts[type], errors);
        }
    }
    append_notes(text, errors);
    g_assert_cmpstr(text->str, ==, c->errors);
}

/* A machine without an HPET does not mind which one is listed. */
static void test_no_hpet(void)
{
    g_auto(VTDMPlatform) vm = machine();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(40, VTDM_DMAR_INTR_REMAP);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    vm.hpet_number = -1;
    dmar->platform = &vm;
    g_assert_true(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD,
        "0xfed90000 include-all ioapic hpet=3@f0:0f.0", errors));
}

/* Without interrupt remapping the ids say nothing. */
static void test_no_remapping(void)
{
    g_auto(VTDMPlatform) vm = machine();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(40, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    dmar->platform = &vm;
    g_assert_true(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD,
        "0xfed90000 include-all ioapic=2@f0:1f.0", errors));
}

/* One unit remaps interrupts: not the one that has the IOAPIC. */
static void test_unit_without_remapping(void)
{
    g_auto(VTDMPlatform) vm = machine();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(40, VTDM_DMAR_INTR_REMAP);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();
    g_autoptr(VTDMCapabilities) capabilities = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    VTDMConfig config;

    vtdm_config_init(&config);
    config.ir = true;
    capabilities = vtdm_capabilities_new(&config);
    g_assert_true(vtdm_capabilities_from_string(
        capabilities, "0xfed91000 intremap=off eim=off", errors, warnings));
    dmar->platform = &vm;
    dmar->capabilities = capabilities;
    g_assert_false(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_DRHD,
        "0xfed90000 endpoint=00:03.0; 0xfed91000 include-all ioapic",
        errors));
    append_notes(text, errors);
    g_assert_cmpstr(text->str, ==,
        "53: DRHD: the IOAPIC is under the unit 0xfed91000, which has "
        "intremap=off, so that guests will not remap interrupts: list it "
        "under another unit, or set dmar-intr-remap=off\n");
}

/* Nodes are counted from 0: a machine of two has no node 2. */
static void test_nodes(void)
{
    g_auto(VTDMPlatform) vm = machine();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GString) text = g_string_new(NULL);

    dmar->platform = &vm;
    vm.nodes = 2;
    g_assert_true(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, GOOD, errors));
    g_assert_true(vtdm_dmar_from_string(dmar, VTDM_DMAR_RHSA,
                                        "0xfed90000 node=1", errors));
    g_ptr_array_set_size(dmar->affinities, 0);
    g_assert_false(vtdm_dmar_from_string(dmar, VTDM_DMAR_RHSA,
                                         "0xfed90000 node=2", errors));
    append_notes(text, errors);
    g_assert_cmpstr(text->str, ==, "1: RHSA: the unit at 0xfed90000 is in "
                    "node 2, the last one of the machine is 1: add -numa "
                    "node,nodeid=2, or choose another\n");
}

/* A table as it is, with what to do about it. */
static void test_table(void)
{
    g_auto(VTDMPlatform) vm = machine();
    g_autoptr(GByteArray) table = dmar_bytes_sample();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = NULL;
    g_autofree char *text = NULL;
    g_autofree char *warnings = NULL;

    vm.advice = "set dmar-fit=on, or choose another table";
    table->data[0x5c] = 2;              /* the IOAPIC's id */
    dmar_poke(table, 0x38, 8, 0x10000000);
    dmar_poke(table, 0x70, 8, 0xfee00000);
    dmar_poke(table, 0x78, 8, 0xfee00fff);
    dmar_seal(table);
    dmar = vtdm_dmar_read(table->data, table->len, errors);
    dmar->platform = &vm;
    vtdm_dmar_check(dmar, errors);
    text = vtdm_dmar_notes_for_table(errors);
    warnings = vtdm_dmar_notes_for_table(dmar->warnings);
    g_assert_cmpstr(text, ==, "offset 0x30: DRHD: registers at 0x10000000 "
                    "lie over pc.ram: set dmar-fit=on, or choose another "
                    "table\n");
    g_assert_cmpstr(warnings, ==,
        "offset 0x68: RMRR: 0xfee00000 to 0xfee00fff reaches into the "
        "interrupt range, where no memory can be: set dmar-fit=on, or choose "
        "another table\n"
        "offset 0x58: DRHD: IOAPIC 2 ff:00.0 is not this machine's, which "
        "has the id 0, so that guests will not remap its interrupts: set "
        "dmar-fit=on, or choose another table\n");
}

/* One byte of a range is enough, and its neighbour is not. */
static void test_find(void)
{
    VTDMPlatform vm = machine();

    for (size_t i = 0; i < G_N_ELEMENTS(taken); i++) {
        const VTDMPlatformRange *range = &taken[i];
        unsigned kinds = 1u << range->kind;

        g_assert_cmphex(vtdm_platform_find(&vm, kinds, range->base,
                                           range->base)->base, ==,
                        range->base);
        g_assert_cmphex(vtdm_platform_find(&vm, kinds, range->limit,
                                           range->limit)->base, ==,
                        range->base);
        g_assert_null(vtdm_platform_find(&vm, kinds, range->limit + 1,
                                         range->limit + 1));
        g_assert_null(vtdm_platform_find(&vm, VTDM_ALL_RANGES & ~kinds,
                                         range->base, range->limit));
    }
    g_array_unref(vm.taken);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/vtdm/dmar/platform/",
                                            cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/vtdm/dmar/platform/find", test_find);
    g_test_add_func("/vtdm/dmar/platform/no-hpet", test_no_hpet);
    g_test_add_func("/vtdm/dmar/platform/no-remapping", test_no_remapping);
    g_test_add_func("/vtdm/dmar/platform/unit-without-remapping",
                    test_unit_without_remapping);
    g_test_add_func("/vtdm/dmar/platform/nodes", test_nodes);
    g_test_add_func("/vtdm/dmar/platform/table", test_table);
    return g_test_run();
}
