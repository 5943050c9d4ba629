/*
 * The text of the properties that describe structures: what it means, and
 * the error for each thing that can be wrong in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-statement.h"

static const VTDMDmarScope *scope_of(const GArray *scopes, unsigned index)
{
    g_assert_cmpuint(index, <, scopes->len);
    return &g_array_index(scopes, VTDMDmarScope, index);
}

static VTDMDmar *units(const char *text)
{
    VTDMDmar *dmar = vtdm_dmar_new(39, VTDM_DMAR_INTR_REMAP);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    bool ok = vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, text, errors);
    g_autofree char *notes = vtdm_dmar_notes_for_text(errors, "units", text);

    g_assert_cmpstr(notes, ==, "");
    g_assert_true(ok);
    return dmar;
}

static void test_example(void)
{
    g_autoptr(VTDMDmar) dmar = units("0xfed90000 endpoint=00:03.0; "
                                     "0xfed91000 include-all ioapic hpet");
    const VTDMDmarUnit *first = dmar->units->pdata[0];
    const VTDMDmarUnit *second = dmar->units->pdata[1];
    const VTDMDmarScope *scope = scope_of(first->scopes, 0);

    g_assert_cmpuint(dmar->units->len, ==, 2);
    g_assert_cmphex(first->base, ==, 0xfed90000);
    g_assert_cmphex(first->size, ==, 0x1000);
    g_assert_false(first->include_all);
    g_assert_cmpuint(first->at, ==, 0);
    g_assert_cmpuint(scope->type, ==, VTDM_DMAR_SCOPE_ENDPOINT);
    g_assert_cmpuint(scope->at, ==, 11);
    g_assert_cmpuint(scope->steps, ==, 1);
    g_assert_cmpuint(scope->path[0].device, ==, 3);

    g_assert_cmphex(second->base, ==, 0xfed91000);
    g_assert_true(second->include_all);
    g_assert_cmpuint(second->at, ==, 29);
    g_assert_cmphex(vtdm_dmar_ioapic_source_id(dmar, 0, NULL), ==, 0xff00);
    g_assert_cmphex(vtdm_dmar_hpet_source_id(dmar, 0, NULL), ==, 0xff78);
}

static void test_items(void)
{
    g_autoptr(VTDMDmar) dmar = units("  0x7fffff000 bridge=00:1c.7/1f.0 "
                                     "endpoint=A0:0a.1 ioapic=255@f0:1f.7"
                                     "  hpet=12@f0:0f.0   ");
    const VTDMDmarUnit *unit = dmar->units->pdata[0];
    const VTDMDmarScope *bridge = scope_of(unit->scopes, 0);

    g_assert_cmphex(unit->base, ==, 0x7fffff000);
    g_assert_cmpuint(bridge->type, ==, VTDM_DMAR_SCOPE_BRIDGE);
    g_assert_cmpuint(bridge->steps, ==, 2);
    g_assert_cmpuint(bridge->path[0].function, ==, 7);
    g_assert_cmpuint(bridge->path[1].device, ==, 0x1f);
    g_assert_cmphex(scope_of(unit->scopes, 1)->start_bus, ==, 0xa0);
    g_assert_cmphex(vtdm_dmar_ioapic_source_id(dmar, 255, NULL), ==, 0xf0ff);
    g_assert_cmphex(vtdm_dmar_hpet_source_id(dmar, 12, NULL), ==, 0xf078);
}

static void test_default(void)
{
    g_autoptr(VTDMDmar) dmar = units(VTDM_DMAR_DEFAULT_UNITS);
    const VTDMDmarUnit *unit = dmar->units->pdata[0];
    int owner;

    g_assert_cmpuint(dmar->units->len, ==, 1);
    g_assert_cmphex(unit->base, ==, 0xfed90000);
    g_assert_true(unit->include_all);
    g_assert_cmphex(vtdm_dmar_ioapic_source_id(dmar, 0, &owner), ==, 0xff00);
    g_assert_cmpint(owner, ==, 0);
    g_assert_cmphex(vtdm_dmar_hpet_source_id(dmar, 0, &owner), ==, 0xff78);
    g_assert_cmpint(owner, ==, 0);
}

static void test_more_words(void)
{
    g_autoptr(VTDMDmar) dmar = units("0xfed90000 segment=65535 size=8K "
                                     "include-all; 0x8000000 size=128M "
                                     "ioapic namespace=7@f0:01.2");
    const VTDMDmarUnit *first = dmar->units->pdata[0];
    const VTDMDmarUnit *second = dmar->units->pdata[1];
    const VTDMDmarScope *name = scope_of(second->scopes, 1);

    g_assert_cmpuint(first->segment, ==, 65535);
    g_assert_cmphex(first->size, ==, 0x2000);
    g_assert_cmphex(second->size, ==, 0x8000000);
    g_assert_cmpuint(name->type, ==, VTDM_DMAR_SCOPE_NAMESPACE);
    g_assert_cmpuint(name->enumeration_id, ==, 7);
    g_assert_cmpuint(name->start_bus, ==, 0xf0);
    g_assert_cmpuint(name->path[0].function, ==, 2);
}

/* The size that units have when their text gives none. */
static void test_register_size(void)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMCapabilities) two_pages = NULL;
    VTDMConfig config;

    vtdm_config_init(&config);
    config.fault_records = 256;
    two_pages = vtdm_capabilities_new(&config);
    dmar->capabilities = two_pages;
    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_DRHD, "0x2000 include-all", errors));
    g_assert_cmphex(((VTDMDmarUnit *)dmar->units->pdata[0])->size, ==,
                    0x2000);
    g_assert_false(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_DRHD, "0x1000 endpoint=00:03.0", errors));
}

/* Everything that text can say, read back from the table that it makes. */
static void test_every_structure(void)
{
    static const char *const texts[VTDM_DMAR_TYPES] = {
        "0xfed90000 endpoint=00:02.0 namespace=7@f0:01.2;"
            "0xfed91000 include-all ioapic hpet",
        "0x7d000000-0x7d7fffff@00:14.0 bridge=00:1c.0/00.0; "
            "0x1000-0x1fff segment=0 namespace=7@f0:01.2 endpoint=00:02.0",
        "bridge=00:1c.0; segment=1 all-ports",
        "0xfed90000 node=4294967295; 0xfed91000 node=0",
        "7 path=\\_SB.PC00.UA00",
        "endpoint=00:02.0; atc-required endpoint=00:03.0",
        "endpoint=00:02.0+no-nested+no-pwsnp+no-pgsnp+atc-hardened"
            "+atc-required namespace=7@f0:01.2",
    };
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, VTDM_DMAR_INTR_REMAP);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) table = NULL;
    g_autoptr(VTDMDmar) parsed = NULL;
    const VTDMDmarGroup *group;

    for (int type = 0; type < VTDM_DMAR_TYPES; type++) {
        g_assert_true(vtdm_dmar_from_string(dmar, type, texts[type],
                                            errors));
    }
    table = vtdm_dmar_build(dmar, errors);
    parsed = vtdm_dmar_parse(table->data, table->len, errors);
    g_assert_cmpuint(parsed->warnings->count, ==, 0);

    g_assert_cmpuint(parsed->regions->len, ==, 2);
    g_assert_cmpuint(((VTDMDmarRegion *)parsed->regions->pdata[1])
                     ->scopes->len, ==, 2);
    group = parsed->atsr->pdata[1];
    g_assert_cmpuint(group->segment, ==, 1);
    g_assert_cmpuint(group->flags, ==, VTDM_ATSR_ALL_PORTS);
    g_assert_cmpuint(((VTDMDmarAffinity *)parsed->affinities->pdata[0])
                     ->proximity_domain, ==, UINT32_MAX);
    g_assert_cmpstr(((VTDMDmarName *)parsed->names->pdata[0])->path, ==,
                    "\\_SB.PC00.UA00");
    group = parsed->satc->pdata[1];
    g_assert_cmpuint(group->flags, ==, VTDM_SATC_ATC_REQUIRED);
    group = parsed->sidp->pdata[0];
    g_assert_cmpuint(scope_of(group->scopes, 0)->flags, ==, 0x1f);
    g_assert_cmpuint(scope_of(group->scopes, 1)->flags, ==, 0);
}

/* Without interrupt remapping no unit needs to have the IOAPIC. */
static void test_ioapic_not_needed(void)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_DRHD, "0xfed90000 include-all", errors));
}

/* A text, and "column: message" for each thing that is wrong in it. */
typedef struct Case {
    const char *name;
    const char *text;
    const char *errors;
} Case;

#define OK_UNIT "0xfed90000 include-all ioapic"
#define ITEMS "expected endpoint=BB:DD.F, bridge=BB:DD.F, " \
    "ioapic[=ID@BB:DD.F], hpet[=N@BB:DD.F], namespace=N@BB:DD.F, " \
    "include-all, segment=N or size=4K\n"
#define A_BASE "expected the register base of a unit, such as 0xfed90000\n"
#define NOT_0 "where no unit can be: choose a free address, such as " \
    "0xfed90000\n"
#define A_PATH "expected a path BB:DD.F[/DD.F...], bus 00 to ff, such as " \
    "00:1c.0/00.0\n"
#define A_STEP "expected DD.F, device 00 to 1f and function 0 to 7, such as " \
    "03.0\n"
#define AN_ID "expected ID@BB:DD.F, id 0 to 255, such as 0@ff:00.0\n"

static char *columns(const VTDMDmarNotes *notes)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < notes->kept->len; i++) {
        const VTDMDmarNote *note = notes->kept->pdata[i];

        g_string_append_printf(out, "%zu: %s\n", note->at + 1, note->text);
    }
    return g_string_free(out, FALSE);
}

static void test_units_error(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, VTDM_DMAR_INTR_REMAP);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *text = NULL;

    g_assert_false(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, c->text,
                                         errors));
    text = columns(errors);
    g_assert_cmpstr(text, ==, c->errors);
    g_assert_cmpuint(dmar->units->len, ==, 0);
}

static const Case units_errors[] = {
    { "empty", "", "1: " A_BASE },
    { "blank", "  ", "3: " A_BASE },
    { "base-without-0x", "fed90000 ioapic", "1: \"fed90000\": " A_BASE },
    { "base-without-digits", "0x ioapic", "1: \"0x\": " A_BASE },
    { "base-too-large", "0x10000000000000000 ioapic",
      "1: \"0x10000000000000000\": expected at most 16 hexadecimal digits "
      "after 0x\n" },
    { "base-with-tail", "0xfed90000, ioapic",
      "11: \",\": expected a space after the register base\n" },
    { "no-base", "ioapic", "1: \"ioapic\": " A_BASE },
    { "semicolon-at-end", OK_UNIT ";",
      "30: nothing follows this ';': remove it\n" },
    { "semicolon-twice", OK_UNIT "; ;0xfed91000 endpoint=00:03.0",
      "30: nothing follows this ';': remove it\n" },
    { "unknown-word", OK_UNIT " endpont=00:03.0",
      "31: \"endpont=00:03.0\": " ITEMS },
    { "word-with-tail", OK_UNIT " hpets", "31: \"hpets\": " ITEMS },
    { "include-all-with-value", "0xfed90000 ioapic include-all=1",
      "30: \"=1\": expected a space or "
      "';' after it\n" },
    { "include-all-twice", OK_UNIT " include-all", "31: include-all is "
      "there twice: remove this one\n" },
    { "path-missing", "0xfed90000 ioapic endpoint",
      "27: expected '=' and a device after the word, such as =00:03.0\n" },
    { "path-empty", "0xfed90000 ioapic endpoint=", "28: " A_PATH },
    { "path-without-bus", "0xfed90000 ioapic endpoint=03.0",
      "30: \".0\": " A_PATH },
    { "bus-too-large", "0xfed90000 ioapic endpoint=100:03.0",
      "28: \"100:03.0\": " A_PATH },
    { "device-too-large", "0xfed90000 ioapic endpoint=00:20.0",
      "31: \"20.0\": " A_STEP },
    { "function-too-large", "0xfed90000 ioapic endpoint=00:03.8",
      "34: \"8\": " A_STEP },
    { "function-missing", "0xfed90000 ioapic endpoint=00:03",
      "33: " A_STEP },
    { "step-missing", "0xfed90000 ioapic endpoint=00:03.0/",
      "36: " A_STEP },
    { "path-with-tail", "0xfed90000 ioapic endpoint=00:03.0,00:04.0",
      "35: \",00:04.0\": expected a space or ';' after it\n" },
    { "id-missing", "0xfed90000 ioapic=ff:00.0", "19: \"ff:00.0\": " AN_ID },
    { "id-too-large", "0xfed90000 ioapic=256@ff:00.0",
      "19: \"256@ff:00.0\": " AN_ID },
    { "id-without-path", "0xfed90000 ioapic=1@", "21: " A_PATH },
    { "base-zero", "0x0 ioapic",
      "1: DRHD: register base 0, " NOT_0 },
    { "base-unaligned", "0x800 ioapic",
      "1: DRHD: register base 0x800, expected a multiple of 0x1000, the size "
      "of the register set; the nearest is 0x1000\n" },
    { "base-beyond-width", "0x8000000000 ioapic",
      "1: DRHD: register base 0x8000000000 does not fit into the host "
      "address width of 39 bits: choose a free address, such as "
      "0xfed90000\n" },
    { "base-twice", OK_UNIT ";0xfed90000 endpoint=00:03.0",
      "31: DRHD: the register sets of two units overlap, at 0xfed90000 and "
      "0xfed90000: move one to 0xfed91000, or beyond\n" },
    { "base-within", "0xfed90000 size=64K ioapic;0xfed91000 endpoint=00:03.0",
      "28: DRHD: the register sets of two units overlap, at 0xfed90000 and "
      "0xfed91000: move one to 0xfeda0000, or beyond\n" },
    { "base-unaligned-in-other", OK_UNIT ";0xfed91000 size=64K "
      "endpoint=00:03.0",
      "31: DRHD: register base 0xfed91000, expected a multiple of 0x10000, "
      "the size of the register set; the nearest is 0xfeda0000\n" },
    { "no-device", OK_UNIT ";0xfed91000",
      "31: DRHD: unit 0xfed91000 owns no device, expected device scopes or "
      "INCLUDE_PCI_ALL (include-all)\n" },
    { "two-include-all", OK_UNIT ";0xfed91000 include-all",
      "31: DRHD: units 0xfed90000 and 0xfed91000 are both INCLUDE_PCI_ALL in "
      "segment 0, expected one\n" },
    { "endpoint-under-include-all", OK_UNIT " endpoint=00:03.0",
      "31: DRHD: endpoint 00:03.0 is listed under an INCLUDE_PCI_ALL unit, "
      "which has every device that no other unit lists: remove it\n" },
    { "bridge-under-include-all", OK_UNIT " bridge=00:03.0",
      "31: DRHD: bridge 00:03.0 is listed under an INCLUDE_PCI_ALL unit, "
      "which has every device that no other unit lists: remove it\n" },
    { "device-twice", OK_UNIT ";0xfed91000 endpoint=00:03.0 bridge=00:03.0",
      "59: DRHD: bridge 00:03.0 is listed twice, expected it under one unit "
      "only\n" },
    { "ioapic-twice", OK_UNIT ";0xfed91000 ioapic",
      "42: DRHD: IOAPIC 0 ff:00.0 is listed twice, expected it under one "
      "unit only\n" },
    { "ioapic-missing", "0xfed90000 include-all",
      "1: no unit lists the IOAPIC, so that guests will not remap "
      "interrupts: add \"ioapic\" to one unit\n" },
    { "ioapic-source-id-0", "0xfed90000 ioapic=0@00:00.0",
      "12: DRHD: IOAPIC 0 00:00.0 has source-id 0, which guests refuse: give "
      "another one\n" },
    { "ioapic-behind-bridge", "0xfed90000 ioapic=0@00:1c.0/00.0",
      "12: DRHD: IOAPIC 0 00:1c.0/00.0 is behind a bridge, its source-id is "
      "unknown: expected a path of one step\n" },
    { "in-the-order-of-the-text", "0x0 ioapic;x",
      "1: DRHD: register base 0, " NOT_0 "12: \"x\": " A_BASE },
    { "all-at-once", "fed90000 hpet=x;0x800 ioapic bridge;0x0 include-all",
      "1: \"fed90000\": " A_BASE "15: \"x\": " AN_ID
      "36: expected '=' and a device after the word, such as =00:03.0\n"
      "37: DRHD: register base 0, " NOT_0 },
};

/* Numbers without a name, which only all texts together show. */
static void test_namespace_without_name(void)
{
    g_autoptr(VTDMDmar) dmar = units("0xfed90000 include-all ioapic "
                                     "namespace=7@f0:01.2");
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *text = NULL;

    vtdm_dmar_check_statements(dmar, VTDM_DMAR_RMRR, errors);
    g_assert_cmpuint(errors->count, ==, 0);
    vtdm_dmar_check_statements(dmar, VTDM_DMAR_DRHD, errors);
    text = columns(errors);
    g_assert_cmpstr(text, ==, "31: DRHD: no ANDD (andd=) gives the namespace "
                    "device 7 a name, so that guests will not find it: add "
                    "one\n");
    vtdm_dmar_notes_free(g_steal_pointer(&errors));
    errors = vtdm_dmar_notes_new();
    g_assert_true(vtdm_dmar_from_string(dmar, VTDM_DMAR_ANDD, "7 path=\\A",
                                        errors));
    vtdm_dmar_check_statements(dmar, VTDM_DMAR_DRHD, errors);
    g_assert_cmpuint(errors->count, ==, 0);
}

static void test_path_too_long(void)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GString) path = g_string_new("0x1000 bridge=00:00.0");
    g_autofree char *text = NULL;

    for (int i = 0; i < 123; i++) {
        g_string_append(path, "/01.0");
    }
    g_assert_true(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, path->str,
                                        errors));
    g_ptr_array_set_size(dmar->units, 0);
    g_string_append(path, "/02.0");
    g_assert_false(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, path->str,
                                        errors));
    text = columns(errors);
    g_assert_cmpstr(text, ==, "638: \"02.0\": expected the end of a path: no "
                    "table has room for more steps\n");
}

static void test_caret(void)
{
    static const char text[] = "0xfed90000 ioapic; 0xfed91000 endpoint=00.3";
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *notes = NULL;

    g_assert_false(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, text,
                                         errors));
    notes = vtdm_dmar_notes_for_text(errors, "units", text);
    g_assert_cmpstr(notes, ==,
                    "units, column 42: \".3\": " A_PATH
                    "    0xfed91000 endpoint=00.3\n"
                    "                          ^\n");
}

static void test_regions(void)
{
    g_autoptr(VTDMDmar) dmar = units(OK_UNIT);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    const VTDMDmarRegion *region;

    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_RMRR,
        "0x7d000000-0x7d7fffff@00:14.0+00:1c.0/00.0 ;"
              " 0xe0000-0xeffff@00:02.0", errors));
    g_assert_cmpuint(errors->count, ==, 0);
    g_assert_cmpuint(dmar->regions->len, ==, 2);
    region = dmar->regions->pdata[0];
    g_assert_cmphex(region->base, ==, 0x7d000000);
    g_assert_cmphex(region->limit, ==, 0x7d7fffff);
    g_assert_cmpuint(region->scopes->len, ==, 2);
    g_assert_cmpuint(scope_of(region->scopes, 0)->path[0].device, ==, 0x14);
    g_assert_cmpuint(scope_of(region->scopes, 1)->steps, ==, 2);
    region = dmar->regions->pdata[1];
    g_assert_cmphex(region->base, ==, 0xe0000);
}

/* A listed bridge owns itself and what is below it. */
static void test_regions_of_bridge(void)
{
    g_autoptr(VTDMDmar) dmar = units("0xfed90000 bridge=00:1c.0 ioapic");
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_RMRR,
        "0x1000-0x1fff@00:1c.0+00:1c.0/00.0", errors));
}

/* Where the units are wrong, the regions are not blamed for it. */
static void test_regions_without_units(void)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_RMRR, "0x1000-0x1fff@00:03.0", errors));
}

static void test_regions_error(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(VTDMDmar) dmar = units("0xfed90000 endpoint=00:03.0 "
                                     "bridge=00:1c.0 ioapic");
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *text = NULL;

    g_assert_false(vtdm_dmar_from_string(dmar, VTDM_DMAR_RMRR, c->text,
                                         errors));
    text = columns(errors);
    g_assert_cmpstr(text, ==, c->errors);
    g_assert_cmpuint(dmar->regions->len, ==, 0);
}

static const Case regions_errors[] = {
    { "empty", "", "1: expected BASE-LIMIT@BB:DD.F, such as "
      "0x7d000000-0x7d7fffff@00:14.0\n" },
    { "no-limit", "0x1000@00:03.0", "7: \"@00:03.0\": expected '-' and the "
      "last byte of the region\n" },
    { "bad-limit", "0x1000-1fff@00:03.0", "8: \"1fff@00:03.0\": expected the "
      "last byte of the region, such as 0x7d7fffff\n" },
    { "no-device", "0x1000-0x1fff", "1: RMRR: no device uses the region at "
      "0x1000, expected a device scope (@BB:DD.F)\n" },
    { "device-empty", "0x1000-0x1fff@00:03.0+", "22: nothing follows this "
      "'+': remove it\n" },
    { "two-plus", "0x1000-0x1fff@00:03.0++00:1c.0", "22: nothing follows this "
      "'+': remove it\n" },
    { "device-twice", "0x1000-0x1fff@00:03.0 endpoint=00:03.0", "23: RMRR: "
      "endpoint 00:03.0 is listed twice, once is enough: remove this one\n" },
    { "interrupts", "0xfee00000-0xfeefffff@00:03.0", "1: RMRR: 0xfee00000 to "
      "0xfeefffff reaches into the interrupt range, where no memory can be: "
      "choose another place\n" },
    { "width", "0x8000000000-0x8000000fff@00:03.0", "1: RMRR: 0x8000000000 to "
      "0x8000000fff does not fit into the host address width of 39 bits: "
      "choose another place\n" },
    { "comma", "0x1000-0x1fff@00:03.0,00:04.0", "22: \",00:04.0\": expected "
      "'+' and another device, or a space\n" },
    { "backwards", "0x2000-0x1fff@00:03.0", "1: RMRR: the region ends before "
      "it starts: write BASE-LIMIT, LIMIT being its last byte\n" },
    { "one-byte", "0x1000-0x1000@00:03.0", "1: RMRR: limit 0x1000, expected "
      "the last byte of a page, such as 0x1fff\n" },
    { "base-unaligned", "0x1001-0x1fff@00:03.0", "1: RMRR: base 0x1001, "
      "expected a multiple of 0x1000, such as 0x1000\n" },
    { "limit-unaligned", "0x1000-0x2000@00:03.0", "1: RMRR: limit 0x2000, "
      "expected the last byte of a page, such as 0x2fff\n" },
    { "device-without-unit", "0x1000-0x1fff@00:04.0", "15: RMRR: endpoint "
      "00:04.0 is under no unit: list it, or make a unit INCLUDE_PCI_ALL "
      "(include-all)\n" },
    { "device-on-another-bus", "0x1000-0x1fff@80:03.0", "15: RMRR: endpoint "
      "80:03.0 is under no unit: list it, or make a unit INCLUDE_PCI_ALL "
      "(include-all)\n" },
    { "overlap", "0x1000-0x2fff@00:03.0;0x2000-0x2fff@00:1c.0/00.0",
      "23: RMRR: the regions at 0x1000 and 0x2000 overlap: make them one "
      "region with the devices of both\n" },
    { "registers", "0xfed90000-0xfed90fff@00:03.0", "1: RMRR: 0xfed90000 to "
      "0xfed90fff overlaps the registers at 0xfed90000: choose another "
      "place\n" },
};

/* A text of a property of @type, and what is wrong in it. */
typedef struct OtherCase {
    VTDMDmarType type;
    Case c;
} OtherCase;

static void test_other_error(gconstpointer data)
{
    const OtherCase *other = data;
    g_autoptr(VTDMDmar) dmar = units("0xfed90000 namespace=7@f0:01.2 ioapic");
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *text = NULL;

    g_assert_false(vtdm_dmar_from_string(dmar, other->type, other->c.text,
                                         errors));
    text = columns(errors);
    g_assert_cmpstr(text, ==, other->c.errors);
}

#define ATSR_WORDS "expected all-ports, bridge=BB:DD.F or segment=N\n"
#define A_SIZE "expected =4K, =8K, =16K or another power of two up to " \
    "=128M\n"

static const OtherCase other_errors[] = {
    { VTDM_DMAR_DRHD, { "segment-too-large", "0x1000 segment=65536 bridge=0"
      "1:00.0", "16: \"65536\": expected segment=N, 0 to 65535\n" } },
    { VTDM_DMAR_DRHD, { "segment-twice", "0x1000 segment=0 segment=1 bridge="
      "01:00.0", "18: segment is there twice: remove this one\n" } },
    { VTDM_DMAR_DRHD, { "size-not-a-power", "0x1000 size=12K include-all",
      "12: \"=12K\": " A_SIZE } },
    { VTDM_DMAR_DRHD, { "size-too-small", "0x1000 size=2K include-all",
      "12: \"=2K\": " A_SIZE } },
    { VTDM_DMAR_DRHD, { "size-too-large", "0x1000 size=256M include-all",
      "12: \"=256M\": " A_SIZE } },
    { VTDM_DMAR_DRHD, { "size-wraps", "0x1000 size=134217728M include-all",
      "12: \"=134217728M\": " A_SIZE } },
    { VTDM_DMAR_DRHD, { "size-and-more", "0x1000 size=4Kx include-all",
      "15: \"x\": expected a space or ';' after it\n" } },
    { VTDM_DMAR_DRHD, { "size-missing", "0x1000 size include-all",
      "12: " A_SIZE } },
    { VTDM_DMAR_DRHD, { "size-and-base", "0x1000 size=8K include-all",
      "1: DRHD: register base 0x1000, expected a multiple of 0x2000, the "
      "size of the register set; the nearest is 0x2000\n" } },
    { VTDM_DMAR_DRHD, { "namespace-without-number", "0x1000 include-all "
      "namespace=f0:01.2", "30: \"f0:01.2\": " AN_ID } },
    { VTDM_DMAR_ATSR, { "atsr-empty", "", "1: " ATSR_WORDS } },
    { VTDM_DMAR_ATSR, { "atsr-endpoint", "endpoint=00:03.0",
      "1: \"endpoint=00:03.0\": " ATSR_WORDS } },
    { VTDM_DMAR_ATSR, { "atsr-both", "all-ports bridge=00:1c.0", "1: ATSR: "
      "ALL_PORTS and a list of ports, expected one of them\n" } },
    { VTDM_DMAR_ATSR, { "atsr-neither", "segment=0", "1: ATSR: names no "
      "device, expected a device scope or ALL_PORTS\n" } },
    { VTDM_DMAR_RHSA, { "rhsa-without-node", "0xfed90000",
      "11: expected node=N\n" } },
    { VTDM_DMAR_RHSA, { "rhsa-node-too-large", "0xfed90000 node=4294967296",
      "17: \"4294967296\": expected node=N, 0 to 4294967295\n" } },
    { VTDM_DMAR_RHSA, { "rhsa-without-unit", "0xfed91000 node=0",
      "1: RHSA: no unit has the register base 0xfed91000, the first one has "
      "0xfed90000\n" } },
    { VTDM_DMAR_RHSA, { "rhsa-twice", "0xfed90000 node=1;0xfed90000 node=0",
      "19: RHSA: the unit at 0xfed90000 has a node already, 1: remove this "
      "one\n" } },
    { VTDM_DMAR_ANDD, { "andd-number", "256 path=\\A",
      "1: \"256\": expected the number of an ACPI device, 0 to 255\n" } },
    { VTDM_DMAR_ANDD, { "andd-path", "7 path=A", "8: \"A\": expected a path "
      "that begins with \\, such as \\_SB.PC00.UA00\n" } },
    { VTDM_DMAR_ANDD, { "andd-path-empty", "7 path=", "8: expected a path "
      "that begins with \\, such as \\_SB.PC00.UA00\n" } },
    { VTDM_DMAR_ANDD, { "andd-path-without-sign", "7 path", "7: expected '=' "
      "and the path of an ACPI object, such as =\\_SB.PC00.UA00\n" } },
    { VTDM_DMAR_ANDD, { "andd-number-twice", "7 path=\\A; 7 path=\\B",
      "12: ANDD: the number 7 has a name already: choose another number\n" } },
    { VTDM_DMAR_ANDD, { "andd-without-path", "7",
      "2: expected path=\\_SB.PC00.UA00\n" } },
    { VTDM_DMAR_ANDD, { "andd-without-scope", "8 path=\\A",
      "1: ANDD: no unit lists the namespace device 8: add "
      "namespace=8@BB:DD.F to one\n" } },
    { VTDM_DMAR_ANDD, { "andd-twice", "7 path=\\A path=\\B",
      "11: path is there twice: remove this one\n" } },
    { VTDM_DMAR_SATC, { "satc-alone", "atc-required",
      "1: SATC: names no device, expected a device scope\n" } },
    { VTDM_DMAR_SATC, { "satc-value", "atc-required=1 endpoint=00:02.0",
      "13: \"=1\": expected a space or ';' after it\n" } },
    { VTDM_DMAR_ATSR, { "atsr-all-ports-twice", "all-ports; segment=1 "
      "all-ports; all-ports", "33: ATSR: all ports of segment 0 are listed "
      "already: remove this one\n" } },
    { VTDM_DMAR_ATSR, { "atsr-port-twice", "bridge=00:1c.0; bridge=00:1c.1 "
      "bridge=00:1c.0", "32: ATSR: bridge 00:1c.0 is listed twice, once is "
      "enough: remove this one\n" } },
    { VTDM_DMAR_SATC, { "satc-twice", "endpoint=00:02.0; atc-required "
      "endpoint=00:02.0", "32: SATC: endpoint 00:02.0 is listed twice, once "
      "is enough: remove this one\n" } },
    { VTDM_DMAR_SIDP, { "sidp-twice", "endpoint=00:02.0+no-pwsnp "
      "endpoint=00:02.0+no-pgsnp", "27: SIDP: endpoint 00:02.0 is listed "
      "twice, once is enough: remove this one\n" } },
    { VTDM_DMAR_SIDP, { "sidp-plus-at-end", "endpoint=00:02.0+",
      "17: nothing follows this '+': remove it\n" } },
    { VTDM_DMAR_DRHD, { "segment-in-hexadecimal", "0x1000 segment=0x1 bridge="
      "01:00.0", "16: \"0x1\": expected segment=N, 0 to 65535\n" } },
    { VTDM_DMAR_DRHD, { "path-with-segment", "0x1000 endpoint=0000:00:03.0 "
      "bridge=0001:00:1c.0", "17: \"0000:\": leave out the segment, 0 goes "
      "without saying\n37: \"0001:\": leave out the segment, and say "
      "segment=1\n" } },
    { VTDM_DMAR_SIDP, { "sidp-property", "endpoint=00:02.0+no-snoop",
      "18: \"no-snoop\": expected no-nested, no-pwsnp, no-pgsnp, "
      "atc-hardened or atc-required\n" } },
};

static void add_cases(const char *folder, const Case *cases, size_t count,
                      GTestDataFunc test)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *path = g_strconcat(folder, cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/dmar/units/example", test_example);
    g_test_add_func("/vtdm/dmar/units/items", test_items);
    g_test_add_func("/vtdm/dmar/units/default", test_default);
    g_test_add_func("/vtdm/dmar/units/more-words", test_more_words);
    g_test_add_func("/vtdm/dmar/units/register-size", test_register_size);
    g_test_add_func("/vtdm/dmar/words/every-structure",
                    test_every_structure);
    g_test_add_func("/vtdm/dmar/units/ioapic-not-needed",
                    test_ioapic_not_needed);
    add_cases("/vtdm/dmar/units/refuse/", units_errors,
              G_N_ELEMENTS(units_errors), test_units_error);
    g_test_add_func("/vtdm/dmar/units/namespace-without-name",
                    test_namespace_without_name);
    g_test_add_func("/vtdm/dmar/units/refuse/path-too-long",
                    test_path_too_long);
    g_test_add_func("/vtdm/dmar/units/caret", test_caret);
    g_test_add_func("/vtdm/dmar/rmrr/regions", test_regions);
    g_test_add_func("/vtdm/dmar/rmrr/of-bridge", test_regions_of_bridge);
    g_test_add_func("/vtdm/dmar/rmrr/without-units",
                    test_regions_without_units);
    add_cases("/vtdm/dmar/rmrr/refuse/", regions_errors,
              G_N_ELEMENTS(regions_errors), test_regions_error);
    for (size_t i = 0; i < G_N_ELEMENTS(other_errors); i++) {
        g_autofree char *path = g_strconcat("/vtdm/dmar/words/refuse/",
                                            other_errors[i].c.name, NULL);

        g_test_add_data_func(path, &other_errors[i], test_other_error);
    }
    return g_test_run();
}
