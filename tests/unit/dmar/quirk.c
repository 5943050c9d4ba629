/*
 * Tables made wrong on purpose: what exactly is wrong with each, as the
 * parser sees it, and that nothing else has changed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "dmar-bytes.h"
#include "hw/i386/vtdm/dmar-check.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-quirk.h"

/* Names of quirks, and what the parser has to say about the result. */
typedef struct Case {
    const char *name;
    const char *quirks;
    const char *errors;
    const char *warnings;
} Case;

static void test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(GByteArray) good = dmar_bytes_sample();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) bad = vtdm_dmar_spoil(good, c->quirks, errors);
    g_autoptr(VTDMDmar) read = NULL;
    g_autofree char *text = NULL;
    g_autofree char *warnings = NULL;

    g_assert_nonnull(bad);
    read = vtdm_dmar_read(bad->data, bad->len, errors);
    vtdm_dmar_check(read, errors);
    text = vtdm_dmar_notes_for_table(errors);
    warnings = vtdm_dmar_notes_for_table(read->warnings);
    g_assert_cmpstr(text, ==, c->errors);
    g_assert_cmpstr(warnings, ==, c->warnings);
}

static const Case cases[] = {
    { "zero-base", "zero-base",
      "offset 0x30: DRHD: register base 0, where no unit can be: choose a "
      "free address, such as 0xfed90000\n", "" },
    { "ones-registers", "ones-registers", "", "" },
    { "ones-address", "ones-address",
      "offset 0x30: DRHD: register base 0xffffffffffffffff, expected a "
      "multiple of 0x1000, the size of the register set; the nearest is "
      "0xfffffffffffff000\n", "" },
    { "duplicate-unit", "duplicate-unit",
      "offset 0x48: DRHD: the register sets of two units overlap, at "
      "0xfed90000 and 0xfed90000: move one to 0xfed91000, or beyond\n",
      "offset 0x58: DRHD: endpoint 00:03.0 is listed twice, expected it "
      "under one unit only\n" },
    { "no-include-all", "no-include-all", "",
      "offset 0x80: RMRR: endpoint 00:14.0 is under no unit: list it, or "
      "make a unit INCLUDE_PCI_ALL (include-all)\n" },
    { "empty-unit", "empty-unit", "",
      "offset 0x30: DRHD: unit 0xfed90000 owns no device, expected device "
      "scopes or INCLUDE_PCI_ALL (include-all)\n" },
    { "two-include-all", "two-include-all",
      "offset 0x68: DRHD: units 0xfed91000 and 0xfed91000 are both "
      "INCLUDE_PCI_ALL in segment 0, expected one\n"
      "offset 0x68: DRHD: the register sets of two units overlap, at "
      "0xfed91000 and 0xfed91000: move one to 0xfed92000, or beyond\n",
      "offset 0x78: DRHD: IOAPIC 0 ff:00.0 is listed twice, expected it "
      "under one unit only\n"
      "offset 0x80: DRHD: HPET 0 ff:0f.0 is listed twice, expected it under "
      "one unit only\n" },
    { "include-all-first", "include-all-first", "",
      "offset 0x50: DRHD: unit 0xfed90000 after the INCLUDE_PCI_ALL unit "
      "0xfed91000, which should be the last of segment 0\n" },
    { "rhsa-unknown", "rhsa-unknown", "",
      "offset 0x88: RHSA: no unit has the register base 0xdead0000, the "
      "first one has 0xfed90000\n" },
    { "small-width", "small-width",
      "offset 0x24: table: a host address width of 8 bits, expected 12 to "
      "64\n",
      "offset 0x30: DRHD: register base 0xfed90000 does not fit into the host "
      "address width of 8 bits: choose a free address, such as 0xfed90000\n"
      "offset 0x48: DRHD: register base 0xfed91000 does not fit into the host "
      "address width of 8 bits: choose a free address, such as 0xfed90000\n"
      "offset 0x68: RMRR: 0x7d000000 to 0x7d7fffff does not fit into the host "
      "address width of 8 bits: choose another place\n" },
    { "unlisted-unit", "unlisted-unit", "", "" },
    { "zero-tail", "zero-tail",
      "offset 0x88: DRHD: a length of 0, expected at least 16\n", "" },
    { "no-ioapic", "no-ioapic", "",
      "offset 0x25: table: INTR_REMAP is set, but no unit lists an IOAPIC: "
      "guests will not remap interrupts\n" },
    { "absent-device", "absent-device", "", "" },
    { "rmrr-unreserved", "rmrr-unreserved", "", "" },
    { "rmrr-backwards", "rmrr-backwards", "",
      "offset 0x68: RMRR: ignored, its limit 0x7cffffff is below its base "
      "0x7d000000\n" },
    { "truncated", "truncated",
      "offset 0x68: RMRR: runs past the end of the table (length 32, 30 "
      "bytes left)\n", "" },
    { "bad-checksum", "bad-checksum",
      "offset 0x9: table: the checksum is 0x2b, expected 0x2a\n", "" },
    { "several", "bad-checksum+truncated+zero-base",
      "offset 0x9: table: the checksum is 0x18, expected 0x17\n"
      "offset 0x68: RMRR: runs past the end of the table (length 32, 30 "
      "bytes left)\n", "" },
};

/* The scope that names no device is one that a unit lists. */
static void test_absent_device(void)
{
    g_autoptr(GByteArray) good = dmar_bytes_sample();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) bad = vtdm_dmar_spoil(good, "absent-device", errors);
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_parse(bad->data, bad->len, errors);
    const VTDMDmarHop hop = { 0, 0x1e << 3 | 7 };
    const VTDMDmarDevice device = { .hop = &hop, .hops = 1 };

    g_assert_cmpint(vtdm_dmar_find_unit(dmar, &device), ==, 0);
    g_assert_cmpuint(bad->len, ==, good->len + 8);
}

/* A device that is none becomes a bridge with all below it. */
static void test_wrong_scope_type(void)
{
    g_autoptr(GByteArray) good = dmar_bytes_sample();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) bad = vtdm_dmar_spoil(good, "wrong-scope-type",
                                                errors);
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_parse(bad->data, bad->len, errors);
    const VTDMDmarHop hops[] = { { 0, 3 << 3 }, { 1, 0 } };
    const VTDMDmarDevice below = { .hop = hops, .hops = 2 };

    g_assert_cmpint(vtdm_dmar_find_unit(dmar, &below), ==, 0);
    g_assert_cmpuint(bad->len, ==, good->len);
}

/* The other units stay. */
static void test_unlisted_unit(void)
{
    g_autoptr(GByteArray) good = dmar_bytes_sample();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) bad = vtdm_dmar_spoil(good, "unlisted-unit", errors);
    g_autoptr(VTDMDmar) before = vtdm_dmar_parse(good->data, good->len,
                                                 errors);
    g_autoptr(VTDMDmar) after = vtdm_dmar_parse(bad->data, bad->len, errors);

    g_assert_cmpuint(after->units->len, ==, before->units->len - 1);
    g_assert_cmphex(((VTDMDmarUnit *)after->units->pdata[0])->base, ==,
                    ((VTDMDmarUnit *)before->units->pdata[1])->base);
}

/* A unit of more than 255 bytes before the one that moves. */
static void test_long_unit(void)
{
    g_autoptr(GByteArray) good = dmar_bytes_new();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) bad = NULL;
    g_autoptr(VTDMDmar) dmar = NULL;

    dmar_hex(good, "00 00 58 01 00 00 00 00 00 00 d9 fe 00 00 00 00");
    for (int i = 0; i < (0x158 - 16) / 8; i++) {
        dmar_hex(good, "01 08 00 00 00 00 03 00");
    }
    dmar_hex(good, "00 00 10 00 01 00 00 00 00 10 d9 fe 00 00 00 00");
    dmar_seal(good);
    bad = vtdm_dmar_spoil(good, "include-all-first", errors);
    dmar = vtdm_dmar_parse(bad->data, bad->len, errors);
    g_assert_cmpuint(errors->count, ==, 0);
    g_assert_cmpuint(dmar->units->len, ==, 2);
    g_assert_cmphex(((VTDMDmarUnit *)dmar->units->pdata[0])->base, ==,
                    0xfed91000);
    g_assert_cmphex(((VTDMDmarUnit *)dmar->units->pdata[1])->base, ==,
                    0xfed90000);
}

/* Quirks of the memory map leave the table as it is. */
static void test_same_structures(void)
{
    g_autoptr(GByteArray) good = dmar_bytes_sample();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) same = vtdm_dmar_spoil(good, "rmrr-unreserved",
                                                 errors);

    g_assert_cmpmem(same->data + sizeof(VTDMDmarHeader),
                    same->len - sizeof(VTDMDmarHeader),
                    good->data + sizeof(VTDMDmarHeader),
                    good->len - sizeof(VTDMDmarHeader));
}

/* What a table without regions, IOAPIC or INCLUDE_PCI_ALL cannot have. */
static void test_nothing_to_spoil(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_new();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *text = NULL;

    dmar_hex(table, "00 00 18 00 00 00 00 00 00 00 d9 fe 00 00 00 00"
                    "01 08 00 00 00 00 03 00");
    dmar_seal(table);
    g_assert_null(vtdm_dmar_spoil(
        table, "no-include-all+two-include-all+include-all-first+no-ioapic"
        "+rmrr-unreserved+rmrr-backwards", errors));
    text = vtdm_dmar_notes_for_table(errors);
    g_assert_cmpstr(text, ==,
        "offset 0x0: no-include-all needs a unit with include-all\n"
        "offset 0xf: two-include-all needs a unit with include-all\n"
        "offset 0x1f: include-all-first needs a unit with include-all\n"
        "offset 0x31: no-ioapic needs a unit with the ioapic\n"
        "offset 0x3b: rmrr-unreserved needs a reserved memory region: set "
        "rmrr=\n"
        "offset 0x4b: rmrr-backwards needs a reserved memory region: set "
        "rmrr=\n");
}

/* Nor can a table whose one unit is INCLUDE_PCI_ALL. */
static void test_nothing_to_empty(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_new();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *text = NULL;

    dmar_hex(table, "00 00 10 00 01 00 00 00 00 00 d9 fe 00 00 00 00");
    dmar_seal(table);
    g_assert_null(vtdm_dmar_spoil(
        table, "empty-unit+wrong-scope-type+unlisted-unit", errors));
    text = vtdm_dmar_notes_for_table(errors);
    g_assert_cmpstr(text, ==,
        "offset 0x0: empty-unit needs a first unit without include-all\n"
        "offset 0xb: wrong-scope-type needs a unit with an endpoint or a "
        "bridge\n"
        "offset 0x1c: unlisted-unit needs a second unit\n");
}

static void test_not_a_table(void)
{
    g_autoptr(GByteArray) table = g_byte_array_new();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    g_assert_null(vtdm_dmar_spoil(table, "zero-base", errors));
    g_assert_cmpuint(errors->count, ==, 1);
}

#define KNOWN \
    "zero-base, ones-address, ones-registers, duplicate-unit, empty-unit, " \
    "no-include-all, two-include-all, include-all-first, no-ioapic, " \
    "absent-device, wrong-scope-type, rmrr-unreserved, rmrr-backwards, " \
    "rhsa-unknown, small-width, unlisted-unit, zero-tail, truncated or " \
    "bad-checksum"

static void test_names(void)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    const char *wrong = "zero+truncated++truncated+";
    g_autofree char *text = NULL;
    uint32_t bits;

    g_assert_true(vtdm_dmar_quirks_from_string("truncated+zero-base", &bits,
                                               errors));
    g_assert_cmphex(bits, ==, VTDM_QUIRK_BIT(TRUNCATED) |
                    VTDM_QUIRK_BIT(ZERO_BASE));
    g_assert_false(vtdm_dmar_quirks_from_string(wrong, &bits, errors));
    text = vtdm_dmar_notes_for_text(errors, "dmar-quirk", wrong);
    g_assert_cmpstr(text, ==,
        "dmar-quirk, column 1: there is no such quirk, expected "
        KNOWN "\n"
        "    zero+truncated++truncated+\n"
        "    ^\n"
        "dmar-quirk, column 15: nothing follows this '+': remove it\n"
        "    zero+truncated++truncated+\n"
        "                  ^\n"
        "dmar-quirk, column 17: truncated is there twice: remove this one\n"
        "    zero+truncated++truncated+\n"
        "                    ^\n"
        "dmar-quirk, column 26: nothing follows this '+': remove it\n"
        "    zero+truncated++truncated+\n"
        "                             ^\n");
}

static void test_no_names(void)
{
    static const struct {
        const char *text, *note;
    } cases[] = {
        { "", "there is no such quirk, expected " KNOWN },
        { "+zero-base", "nothing is before this '+': remove it" },
        { "zero-base+", "nothing follows this '+': remove it" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
        uint32_t bits;

        g_assert_false(vtdm_dmar_quirks_from_string(cases[i].text, &bits,
                                                    errors));
        g_assert_cmpuint(errors->count, ==, 1);
        g_assert_cmpstr(((VTDMDmarNote *)errors->kept->pdata[0])->text, ==,
                        cases[i].note);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/vtdm/dmar/quirk/",
                                            cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/vtdm/dmar/quirk/device-is-listed", test_absent_device);
    g_test_add_func("/vtdm/dmar/quirk/scope-is-a-bridge",
                    test_wrong_scope_type);
    g_test_add_func("/vtdm/dmar/quirk/first-unit-is-missing",
                    test_unlisted_unit);
    g_test_add_func("/vtdm/dmar/quirk/long-unit", test_long_unit);
    g_test_add_func("/vtdm/dmar/quirk/same-structures",
                    test_same_structures);
    g_test_add_func("/vtdm/dmar/quirk/nothing-to-spoil",
                    test_nothing_to_spoil);
    g_test_add_func("/vtdm/dmar/quirk/nothing-to-empty",
                    test_nothing_to_empty);
    g_test_add_func("/vtdm/dmar/quirk/not-a-table", test_not_a_table);
    g_test_add_func("/vtdm/dmar/quirk/names", test_names);
    g_test_add_func("/vtdm/dmar/quirk/no-names", test_no_names);
    return g_test_run();
}
