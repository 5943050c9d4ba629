/*
 * A table in a VM that it was not made for: what is changed, what is said
 * about it, and what stays as it was.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "dmar-bytes.h"
#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-fit.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-statement.h"

/* A q35 with 2 GiB: half of what the address space has below 4 GiB. */
static const VTDMPlatformRange taken[] = {
    { 0x0, 0x9ffff, "pc.ram", VTDM_RANGE_RAM },
    { 0xe0000, 0xfffff, "pc.bios", VTDM_RANGE_ROM },
    { 0x100000, 0x7fffffff, "pc.ram", VTDM_RANGE_RAM },
    { 0xb0000000, 0xbfffffff, "ECAM", VTDM_RANGE_DEVICE },
    { 0xfec00000, 0xfec00fff, "ioapic", VTDM_RANGE_DEVICE },
    { 0xfed00000, 0xfed003ff, "hpet", VTDM_RANGE_DEVICE },
    { 0xfed91000, 0xfed91fff, "other", VTDM_RANGE_DEVICE },
    { 0x100000000, 0x17fffffff, "pc.ram", VTDM_RANGE_RAM },
};

typedef struct Case {
    const char *name;
    const char *texts[VTDM_DMAR_TYPES];     /* before */
    uint8_t width;
    const char *units;                      /* after, "base id base id" */
    const char *regions;                    /* after, "base limit" */
    const char *changes;
} Case;

/* The platform's units and sources, in short. */
static char *units_of(const VTDMDmar *dmar)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = dmar->units->pdata[i];

        g_string_append_printf(out, "%s%lx", i ? " " : "",
                               (unsigned long)unit->base);
        for (unsigned k = 0; k < unit->scopes->len; k++) {
            const VTDMDmarScope *scope =
                &g_array_index(unit->scopes, VTDMDmarScope, k);

            g_string_append_printf(out, ",%u:%u", scope->type,
                                   scope->enumeration_id);
        }
    }
    return g_string_free(out, FALSE);
}

static char *regions_of(const VTDMDmar *dmar)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < dmar->regions->len; i++) {
        const VTDMDmarRegion *region = dmar->regions->pdata[i];

        g_string_append_printf(out, "%s%lx-%lx", i ? " " : "",
                               (unsigned long)region->base,
                               (unsigned long)region->limit);
    }
    return g_string_free(out, FALSE);
}

static VTDMDmar *describe(const Case *c)
{
    VTDMDmar *dmar = vtdm_dmar_new(64, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    for (int type = 0; type < VTDM_DMAR_TYPES; type++) {
        if (c->texts[type]) {
            vtdm_dmar_from_string(dmar, type, c->texts[type], errors);
        }
    }
    g_assert_cmpuint(errors->count, ==, 0);
    dmar->host_address_width = c->width;
    return dmar;
}

static void fit(VTDMDmar *dmar, VTDMDmarNotes *changes)
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE,
                                           sizeof(VTDMPlatformRange));
    VTDMPlatform vm = { .taken = ranges, .address_width = 40, .nodes = 2 };

    g_array_append_vals(ranges, taken, G_N_ELEMENTS(taken));
    vtdm_dmar_fit(dmar, &vm, changes);
}

/* What a fitted table says is true: it must build and parse. */
static void assert_whole(const VTDMDmar *dmar)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) table = vtdm_dmar_build(dmar, errors);
    g_autoptr(VTDMDmar) parsed = NULL;

    g_assert_nonnull(table);
    parsed = vtdm_dmar_parse(table->data, table->len, errors);
    g_assert_nonnull(parsed);
}

static void test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(VTDMDmar) dmar = describe(c);
    g_autoptr(VTDMDmarNotes) changes = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmarNotes) again = vtdm_dmar_notes_new();
    g_autofree char *text = NULL;
    g_autofree char *units = NULL;
    g_autofree char *regions = NULL;

    fit(dmar, changes);
    units = units_of(dmar);
    regions = regions_of(dmar);
    text = vtdm_dmar_notes_for_table(changes);
    g_assert_cmpstr(units, ==, c->units);
    g_assert_cmpstr(regions, ==, c->regions);
    g_assert_cmpstr(text, ==, c->changes);
    g_assert_cmpuint(dmar->host_address_width, ==, CLAMP(c->width, 33, 40));
    assert_whole(dmar);

    /* What fits is left alone. */
    fit(dmar, again);
    g_assert_cmpuint(again->count, ==, 0);
}

static const Case cases[] = {
    { "nothing", { "0xfed90000 include-all ioapic hpet",
                   "0xe5000-0xe8fff@00:1d.0; 0x80000000-0x80000fff@00:02.0" },
      39, "fed90000,3:0,4:0", "e5000-e8fff 80000000-80000fff", "" },
    { "width", { "0xfed90000 include-all" }, 46, "fed90000", "",
      "offset 0x24: table: the host address width is 40 bits instead of 46, "
      "more than the VM has\n" },
    { "width-of-the-ram", { "0xfed90000 include-all" }, 32, "fed90000", "",
      "offset 0x24: table: the host address width is 33 bits instead of 32, "
      "too few for the VM\n" },
    { "ioapic-of-the-chipset",
      { "0xfbffc000 ioapic=9@80:1e.0; 0xfbffe000 include-all "
        "ioapic=8@f0:1f.7 ioapic=10@f0:1f.6" },
      39, "fbffc000,3:9 fbffe000,3:0,3:10", "",
      "offset 0x34: DRHD: IOAPIC 8 f0:1f.7 has the id 0, that of the VM's\n" },
    { "ioapic-alone", { "0xfed90000 ioapic=2@f0:1f.0; 0xfed92000 include-all" },
      39, "fed90000,3:0 fed92000", "",
      "offset 0xb: DRHD: IOAPIC 2 f0:1f.0 has the id 0, that of the VM's\n" },
    { "ioapic-is-there",
      { "0xfed90000 ioapic=0@f0:1f.0; 0xfed92000 include-all "
        "ioapic=2@f0:1f.1" },
      39, "fed90000,3:0 fed92000,3:2", "", "" },
    { "hpet", { "0xfed90000 include-all hpet=3@f0:0f.0" }, 39,
      "fed90000,4:0", "",
      "offset 0x17: DRHD: HPET 3 f0:0f.0 has the id 0, that of the VM's\n" },
    { "registers-over-a-device",
      { "0xfed90000 endpoint=00:02.0; 0xfed91000 include-all",
        [VTDM_DMAR_RHSA] = "0xfed91000 node=1" },
      39, "fed90000,1:0 fed92000", "",
      "offset 0x1d: DRHD: the registers at 0xfed91000 move to 0xfed92000: "
      "other is there\n"
      "offset 0x0: RHSA: goes with its unit to 0xfed92000\n" },
    { "region-over-a-device",
      { "0xfed90000 include-all", "0xfec00000-0xfec00fff@00:02.0" },
      39, "fed90000", "80000000-80000fff",
      "offset 0x0: RMRR: 0xfec00000 to 0xfec00fff moves to 0x80000000: "
      "ioapic is there\n" },
    { "registers-over-ram", { "0x40000000 size=16K include-all" }, 39,
      "fed94000", "", "offset 0x0: DRHD: the registers at 0x40000000 move to "
      "0xfed94000: pc.ram is there\n" },
    { "registers-beyond-the-width", { "0x203fffc00000 include-all" }, 46,
      "fed90000", "",
      "offset 0x24: table: the host address width is 40 bits instead of 46, "
      "more than the VM has\n"
      "offset 0x0: DRHD: the registers at 0x203fffc00000 move to 0xfed90000: "
      "it is beyond the host address width\n" },
    { "regions-over-ram",
      { "0xfed90000 include-all",
        "0x7d000000-0x7d7fffff@00:02.0; 0x7d800000-0x7d8fffff@00:14.0" },
      39, "fed90000", "80000000-807fffff 80800000-808fffff",
      "offset 0x0: RMRR: 0x7d000000 to 0x7d7fffff moves to 0x80000000: "
      "pc.ram is there\n"
      "offset 0x1f: RMRR: 0x7d800000 to 0x7d8fffff moves to 0x80800000: "
      "pc.ram is there\n" },
    { "region-beyond-the-width",
      { "0xfed90000 include-all", "0x10000000000-0x10000000fff@00:02.0" },
      46, "fed90000", "80000000-80000fff",
      "offset 0x24: table: the host address width is 40 bits instead of 46, "
      "more than the VM has\n"
      "offset 0x0: RMRR: 0x10000000000 to 0x10000000fff moves to "
      "0x80000000: it is beyond the host address width\n" },
    { "region-without-a-place",
      { "0xfed90000 include-all", "0x10000000-0x4fffffff@00:02.0" },
      39, "fed90000", "",
      "offset 0x0: RMRR: 0x10000000 to 0x4fffffff is left out: pc.ram is "
      "there, and no other place is free\n" },
    { "region-left-out-makes-room",
      { "0x203fffc00000 include-all", "0x10000000-0xfedfffff@00:02.0" },
      46, "fed90000", "",
      "offset 0x24: table: the host address width is 40 bits instead of 46, "
      "more than the VM has\n"
      "offset 0x0: RMRR: 0x10000000 to 0xfedfffff is left out: pc.ram is "
      "there, and no other place is free\n"
      "offset 0x0: DRHD: the registers at 0x203fffc00000 move to 0xfed90000: "
      "it is beyond the host address width\n" },
    { "region-too-large",
      { "0xfed90000 include-all", "0x0-0xbfffffff@00:02.0" },
      39, "fed90000", "",
      "offset 0x0: RMRR: 0x0 to 0xbfffffff is left out: pc.ram is there, "
      "and no other place is free\n" },
};

/* The node of a unit goes with its registers. */
static void test_affinity(void)
{
    static const Case c = {
        .texts = { "0xfed91000 include-all",
                   [VTDM_DMAR_RHSA] = "0xfed91000 node=1" },
        .width = 39,
    };
    g_autoptr(VTDMDmar) dmar = describe(&c);
    g_autoptr(VTDMDmarNotes) changes = vtdm_dmar_notes_new();
    const VTDMDmarAffinity *affinity = dmar->affinities->pdata[0];

    fit(dmar, changes);
    g_assert_cmphex(affinity->base, ==, 0xfed90000);
}

/* A node that the VM does not have is no node of a unit. */
static void test_node(void)
{
    static const Case c = {
        .texts = { "0xfed90000 endpoint=00:02.0; 0xfed92000 include-all",
                   [VTDM_DMAR_RHSA] = "0xfed90000 node=2; 0xfed92000 node=1" },
        .width = 39,
    };
    g_autoptr(VTDMDmar) dmar = describe(&c);
    g_autoptr(VTDMDmarNotes) changes = vtdm_dmar_notes_new();
    g_autofree char *text = NULL;
    const VTDMDmarAffinity *affinity;

    fit(dmar, changes);
    g_assert_cmpuint(dmar->affinities->len, ==, 1);
    affinity = dmar->affinities->pdata[0];
    g_assert_cmphex(affinity->base, ==, 0xfed92000);
    text = vtdm_dmar_notes_for_table(changes);
    g_assert_cmpstr(text, ==, "offset 0x0: RHSA: that the unit at 0xfed90000 "
                    "is in node 2 is left out: the last one of the VM is "
                    "1\n");
}

/* The large region is first, and what must move is in nobody's way. */
static void test_two_regions(void)
{
    static const VTDMPlatformRange ram = { 0x0, 0x3fffffff, "pc.ram",
                                           VTDM_RANGE_RAM };
    static const VTDMPlatformRange ecam = { 0xb0000000, 0xbfffffff, "ECAM",
                                            VTDM_RANGE_DEVICE };
    static const Case c = {
        .texts = { "0xfed90000 include-all",
                   "0x3f000000-0x3f01ffff@00:14.0; "
                   "0x3f800000-0x7fffffff@00:02.0" },
        .width = 39,
    };
    g_autoptr(VTDMDmar) dmar = describe(&c);
    g_autoptr(VTDMDmarNotes) changes = vtdm_dmar_notes_new();
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(ram));
    VTDMPlatform vm = { .taken = ranges, .address_width = 39, .nodes = 1 };
    g_autofree char *text = NULL;
    g_autofree char *regions = NULL;

    g_array_append_val(ranges, ram);
    g_array_append_val(ranges, ecam);
    vtdm_dmar_fit(dmar, &vm, changes);
    regions = regions_of(dmar);
    g_assert_cmpstr(regions, ==, "80800000-8081ffff 40000000-807fffff");
    text = vtdm_dmar_notes_for_table(changes);
    g_assert_cmpstr(text, ==,
        "offset 0x1f: RMRR: 0x3f800000 to 0x7fffffff moves to 0x40000000: "
        "pc.ram is there\n"
        "offset 0x0: RMRR: 0x3f000000 to 0x3f01ffff moves to 0x80800000: "
        "pc.ram is there\n");
}

static void test_region_over_interrupts(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();
    g_autoptr(VTDMDmarNotes) notes = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = NULL;
    g_autofree char *text = NULL;

    dmar_poke(table, 0x70, 8, 0xfee0f000);
    dmar_poke(table, 0x78, 8, 0xfee10fff);
    dmar_seal(table);
    dmar = vtdm_dmar_read(table->data, table->len, notes);
    fit(dmar, notes);
    text = vtdm_dmar_notes_for_table(notes);
    g_assert_nonnull(strstr(text, "offset 0x68: RMRR: 0xfee0f000 to "
                            "0xfee10fff moves to 0x80000000: interrupts go "
                            "there\n"));
}

/* What makes a table useless elsewhere can be mended here. */
static void test_base_0(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();
    g_autoptr(VTDMDmarNotes) notes = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = NULL;
    g_autofree char *text = NULL;

    dmar_poke(table, 0x38, 8, 0);
    dmar_seal(table);
    g_assert_null(vtdm_dmar_parse(table->data, table->len, notes));
    g_assert_cmpuint(notes->count, ==, 1);

    dmar = vtdm_dmar_read(table->data, table->len, notes);
    vtdm_dmar_notes_free(g_steal_pointer(&notes));
    notes = vtdm_dmar_notes_new();
    fit(dmar, notes);
    text = vtdm_dmar_notes_for_table(notes);
    g_assert_nonnull(strstr(text, "offset 0x30: DRHD: the registers at 0x0 "
                            "move to 0xfed90000: no unit can be at 0\n"));
    assert_whole(dmar);
}

/* More units than there is room for: the rest stay where they were. */
static void test_no_room(void)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) notes = vtdm_dmar_notes_new();

    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_DRHD, "0x10000000 size=256K endpoint=00:02.0; "
        "0x20000000 size=256K include-all", notes));
    fit(dmar, notes);
    g_assert_cmpuint(notes->count, ==, 1);
    g_assert_cmphex(((VTDMDmarUnit *)dmar->units->pdata[0])->base, ==,
                    0xfedc0000);
    g_assert_cmphex(((VTDMDmarUnit *)dmar->units->pdata[1])->base, ==,
                    0x20000000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/vtdm/dmar/fit/", cases[i].name,
                                            NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/vtdm/dmar/fit/affinity", test_affinity);
    g_test_add_func("/vtdm/dmar/fit/node", test_node);
    g_test_add_func("/vtdm/dmar/fit/two-regions", test_two_regions);
    g_test_add_func("/vtdm/dmar/fit/region-over-interrupts",
                    test_region_over_interrupts);
    g_test_add_func("/vtdm/dmar/fit/base-0", test_base_0);
    g_test_add_func("/vtdm/dmar/fit/no-room", test_no_room);
    return g_test_run();
}
