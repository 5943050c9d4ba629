/*
 * Notes stay few and short, however large and odd the input is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-quirk.h"
#include "hw/i386/vtdm/dmar-statement.h"
#include "dmar-bytes.h"

/* Enough for 20 notes with their places, far less than the input. */
#define ENOUGH 16384

/* @start and then @again, until there are @len bytes. */
static char *repeat(const char *start, const char *again, size_t len)
{
    GString *text = g_string_new(start);

    while (text->len < len) {
        g_string_append(text, again);
    }
    return g_string_free(text, FALSE);
}

static void read_units(const char *text, VTDMDmarNotes *errors)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);

    vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, text, errors);
}

static void read_caps(const char *text, VTDMDmarNotes *errors)
{
    g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();
    g_autoptr(VTDMCapabilities) capabilities = NULL;
    VTDMConfig config;

    vtdm_config_init(&config);
    capabilities = vtdm_capabilities_new(&config);
    vtdm_capabilities_from_string(capabilities, text, errors, warnings);
}

static void read_quirks(const char *text, VTDMDmarNotes *errors)
{
    uint32_t quirks;

    vtdm_dmar_quirks_from_string(text, &quirks, errors);
}

typedef struct Case {
    const char *name;
    void (*read)(const char *text, VTDMDmarNotes *errors);
    const char *start, *again;
    size_t len;
    unsigned count;                 /* of the errors, 0: enough of them */
} Case;

static const Case cases[] = {
    { "unknown-words", read_units, "0xfed90000", " x", 110 << 10 },
    { "one-long-word", read_units, "", "x", 110 << 10, 1 },
    { "one-long-value", read_units, "0xfed90000 endpoint=", "0", 110 << 10,
      1 },
    { "statements", read_units, "", "x;", 110 << 10 },
    { "endpoints", read_units, "0xfed90000 include-all",
      " endpoint=00:03.0", 102 << 10 },
    { "units", read_units, "", "0xfed90000 include-all;", 110 << 10 },
    { "too-long", read_units, "", "0xfed90000 ", (256 << 10) + 1, 1 },
    { "caps", read_caps, "all", " x", 72 << 10 },
    { "caps-of-units", read_caps, "all", ";0x1000 pt=on", 72 << 10 },
    { "quirks", read_quirks, "a", "+a", 100 << 10 },
};

static void test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *text = repeat(c->start, c->again, c->len);
    g_autofree char *shown = NULL;
    g_autofree char *end = NULL;

    c->read(text, errors);
    shown = vtdm_dmar_notes_for_text(errors, "units", text);
    g_assert_cmpuint(strlen(shown), <, ENOUGH);
    if (c->count) {
        g_assert_cmpuint(errors->count, ==, c->count);
        g_assert_null(strstr(shown, " more\n"));
        return;
    }
    g_assert_cmpuint(errors->count, >, 1000);
    g_assert_cmpuint(errors->kept->len, ==, 20);
    end = g_strdup_printf("units: and %u more\n", errors->count - 20);
    g_assert_true(g_str_has_suffix(shown, end));
}

/* Many scopes, each of a reserved type. */
static void test_table(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_new();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = NULL;
    g_autofree char *shown = NULL;

    dmar_hex(table, "00 00 f0 fd 01 00 00 00 00 00 d9 fe 00 00 00 00");
    for (int i = 0; i < (0xfdf0 - 16) / 8; i++) {
        dmar_hex(table, "09 08 00 00 00 00 00 00");
    }
    dmar_seal(table);
    dmar = vtdm_dmar_parse(table->data, table->len, errors);
    g_assert_nonnull(dmar);
    g_assert_cmpuint(dmar->warnings->count, ==, (0xfdf0 - 16) / 8 + 1);
    shown = vtdm_dmar_notes_for_table(dmar->warnings);
    g_assert_cmpuint(strlen(shown), <, ENOUGH);
    g_assert_true(g_str_has_suffix(shown, "\nand 8105 more\n"));
}

static void assert_shown(const char *text, const char *expected)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *shown = NULL;
    g_auto(GStrv) lines = NULL;
    g_autofree char *place = NULL;

    read_units(text, errors);
    shown = vtdm_dmar_notes_for_text(errors, "units", text);
    lines = g_strsplit(shown, "\n", -1);
    place = g_strdup_printf("%s\n%s", lines[1], lines[2]);
    g_assert_cmpstr(place, ==, expected);
}

/* The place stays readable: its line is cut, and the caret moves along. */
static void test_place(void)
{
    assert_shown("0xfed90000 include-all ioapic x",
                 "    0xfed90000 include-all ioapic x\n"
                 "                                  ^");
    assert_shown("0xfed90000 endpoint=00:03.0 endpoint=00:04.0 x "
                 "endpoint=00:05.0 endpoint=00:06.0 endpoint=00:07.0",
                 "    ...0 endpoint=00:03.0 endpoint=00:04.0 x endpoint="
                 "00:05.0 endpoint=00:06....\n"
                 "                                           ^");
    assert_shown("0123456789012345678901234567890123456789!",
                 "    0123456789012345678901234567890123456789!\n"
                 "    ^");
    assert_shown("0xfed91000 include-all hpet;  0xfed90000 x; 0xfed92000",
                 "    0xfed90000 x\n"
                 "               ^");
}

/* So does a word that is quoted. */
static void test_word(void)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    read_units("0123456789012345678901234567890123456789!", errors);
    g_assert_cmpstr(((VTDMDmarNote *)errors->kept->pdata[0])->text, ==,
                    "\"0123456789012345678901234567890123456789...\": "
                    "expected the register base of a unit, such as "
                    "0xfed90000");
}

/* No byte of the input reaches the terminal that could do something there. */
static void test_control_characters(void)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    const char *text = "0xfed90000 \x1b[2J\t\xe2\x80\x93 include-all";
    g_autofree char *shown = NULL;

    read_units(text, errors);
    shown = vtdm_dmar_notes_for_text(errors, "units", text);
    g_assert_true(g_str_has_prefix(shown, "units, column 12: "
                                   "\"\\x1b[2J\\x09\\xe2\\x80\\x93\": "));
    g_assert_nonnull(strstr(shown, "\n    0xfed90000 \\x1b[2J\\x09"
                            "\\xe2\\x80\\x93 include-all\n"
                            "               ^\n"));
    for (const char *p = shown; *p; p++) {
        g_assert_true(*p == '\n' || g_ascii_isprint(*p));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/vtdm/dmar/notes/many/",
                                            cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/vtdm/dmar/notes/table", test_table);
    g_test_add_func("/vtdm/dmar/notes/place", test_place);
    g_test_add_func("/vtdm/dmar/notes/word", test_word);
    g_test_add_func("/vtdm/dmar/notes/control-characters",
                    test_control_characters);
    return g_test_run();
}
