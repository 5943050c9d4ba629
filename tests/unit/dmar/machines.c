/*
 * Tables of real machines, which lie beside the clone and not in it: each one
 * can be said in the words of the properties and becomes the same bytes, or is
 * refused with a reason.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-check.h"
#include "hw/i386/vtdm/dmar-file.h"
#include "hw/i386/vtdm/dmar-fit.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-statement.h"

#define HEX G_GINT64_MODIFIER "x"

static const char *const scope_words[] = {
    [VTDM_DMAR_SCOPE_ENDPOINT] = "endpoint",
    [VTDM_DMAR_SCOPE_BRIDGE] = "bridge",
    [VTDM_DMAR_SCOPE_IOAPIC] = "ioapic",
    [VTDM_DMAR_SCOPE_HPET] = "hpet",
    [VTDM_DMAR_SCOPE_NAMESPACE] = "namespace",
};

static const char *const sidp_words[] = {
    "+no-nested", "+no-pwsnp", "+no-pgsnp", "+atc-hardened", "+atc-required",
};

static void say_scopes(GString *text, const GArray *scopes)
{
    for (unsigned i = 0; i < scopes->len; i++) {
        const VTDMDmarScope *scope = &g_array_index(scopes, VTDMDmarScope, i);

        g_string_append_printf(text, " %s=", scope_words[scope->type]);
        if (scope->type > VTDM_DMAR_SCOPE_BRIDGE) {
            g_string_append_printf(text, "%u@", scope->enumeration_id);
        }
        g_string_append_printf(text, "%02x", scope->start_bus);
        for (unsigned k = 0; k < scope->steps; k++) {
            g_string_append_printf(text, "%c%02x.%u", k ? '/' : ':',
                                   scope->path[k].device,
                                   scope->path[k].function);
        }
        for (unsigned k = 0; k < G_N_ELEMENTS(sidp_words); k++) {
            if (scope->flags & 1u << k) {
                g_string_append(text, sidp_words[k]);
            }
        }
    }
}

static void say_unit(GString *text, const void *structure)
{
    const VTDMDmarUnit *unit = structure;

    g_string_append_printf(text, "0x%" HEX " size=%uK segment=%u%s",
                           unit->base, (unsigned)(unit->size >> 10),
                           unit->segment,
                           unit->include_all ? " include-all" : "");
    say_scopes(text, unit->scopes);
}

static void say_region(GString *text, const void *structure)
{
    const VTDMDmarRegion *region = structure;

    g_string_append_printf(text, "0x%" HEX "-0x%" HEX " segment=%u",
                           region->base, region->limit, region->segment);
    say_scopes(text, region->scopes);
}

static void say_atsr(GString *text, const void *structure)
{
    const VTDMDmarGroup *group = structure;

    g_string_append_printf(text, "segment=%u%s", group->segment,
                           group->flags & VTDM_ATSR_ALL_PORTS ? " all-ports"
                                                              : "");
    say_scopes(text, group->scopes);
}

static void say_satc(GString *text, const void *structure)
{
    const VTDMDmarGroup *group = structure;

    g_string_append_printf(text, "segment=%u%s", group->segment,
                           group->flags & VTDM_SATC_ATC_REQUIRED
                               ? " atc-required" : "");
    say_scopes(text, group->scopes);
}

static void say_affinity(GString *text, const void *structure)
{
    const VTDMDmarAffinity *affinity = structure;

    g_string_append_printf(text, "0x%" HEX " node=%u", affinity->base,
                           affinity->proximity_domain);
}

static void say_name(GString *text, const void *structure)
{
    const VTDMDmarName *name = structure;

    g_string_append_printf(text, "%u path=%s", name->device_number,
                           name->path);
}

/* One kind of structure: where the table has it, and how it is said. */
static const struct {
    size_t list;
    void (*say)(GString *text, const void *structure);
} kinds[VTDM_DMAR_TYPES] = {
    [VTDM_DMAR_DRHD] = { offsetof(VTDMDmar, units), say_unit },
    [VTDM_DMAR_RMRR] = { offsetof(VTDMDmar, regions), say_region },
    [VTDM_DMAR_ATSR] = { offsetof(VTDMDmar, atsr), say_atsr },
    [VTDM_DMAR_RHSA] = { offsetof(VTDMDmar, affinities), say_affinity },
    [VTDM_DMAR_ANDD] = { offsetof(VTDMDmar, names), say_name },
    [VTDM_DMAR_SATC] = { offsetof(VTDMDmar, satc), say_satc },
    [VTDM_DMAR_SIDP] = { offsetof(VTDMDmar, sidp), say_atsr },
};

/* All structures of one type as the text of their property; "" for none. */
static char *say(const VTDMDmar *dmar, VTDMDmarType type)
{
    const GPtrArray *list = *(GPtrArray **)((char *)dmar + kinds[type].list);
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < list->len; i++) {
        g_string_append(text, i ? "; " : "");
        kinds[type].say(text, list->pdata[i]);
    }
    return g_string_free(text, FALSE);
}

static VTDMDmar *say_all(const VTDMDmar *dmar)
{
    VTDMDmar *said = vtdm_dmar_new(dmar->host_address_width, dmar->flags);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    said->header = dmar->header;
    for (VTDMDmarType type = 0; type < VTDM_DMAR_TYPES; type++) {
        g_autofree char *text = say(dmar, type);
        g_autofree char *notes = NULL;

        if (*text) {
            vtdm_dmar_from_string(said, type, text, errors);
        }
        notes = vtdm_dmar_notes_for_text(errors, "text", text);
        g_assert_cmpstr(notes, ==, "");
    }
    return said;
}

static GByteArray *load(const char *path)
{
    g_autofree char *error = NULL;
    GByteArray *bytes = vtdm_dmar_file_read(path, &error);

    g_assert_cmpstr(error, ==, NULL);
    return bytes;
}

static void assert_same_text(const VTDMDmar *x, const VTDMDmar *y)
{
    for (VTDMDmarType type = 0; type < VTDM_DMAR_TYPES; type++) {
        g_autofree char *of_x = say(x, type);
        g_autofree char *of_y = say(y, type);

        g_assert_cmpstr(of_x, ==, of_y);
    }
}

static void test_said(gconstpointer opaque)
{
    g_autoptr(GByteArray) table = load(opaque);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_parse(table->data, table->len,
                                               errors);
    g_autoptr(VTDMDmar) said = NULL;
    g_autoptr(GByteArray) built = NULL;
    g_autoptr(VTDMDmar) again = NULL;

    if (!dmar) {
        g_assert_cmpuint(errors->count, >, 0);
        return;
    }
    said = say_all(dmar);
    built = vtdm_dmar_build(said, errors);
    again = vtdm_dmar_parse(built->data, built->len, errors);
    g_assert_cmpuint(errors->count, ==, 0);
    assert_same_text(dmar, again);
    if (!dmar->names->len) {            /* firmware pads those of an ANDD */
        g_assert_cmpmem(built->data, built->len, table->data, table->len);
    }
}

/* Read and written, each table is what it was, with all its padding. */
static void test_same_bytes(gconstpointer opaque)
{
    g_autoptr(GByteArray) table = load(opaque);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_read(table->data, table->len,
                                              errors);
    g_autoptr(GByteArray) built = NULL;

    g_assert_cmpuint(errors->count, ==, 0);
    built = vtdm_dmar_build(dmar, errors);
    g_assert_cmpmem(built->data, built->len, table->data, table->len);
}

/* Is a change at an offset from @first to @last reported? */
static const char *change_between(const VTDMDmarNotes *changes, size_t first,
                                  size_t last)
{
    for (unsigned i = 0; i < changes->kept->len; i++) {
        const VTDMDmarNote *note = changes->kept->pdata[i];

        if (note->at >= first && note->at <= last) {
            return note->text;
        }
    }
    return NULL;
}

/* All of the header but the length and the checksum. */
static void assert_header_reported(const GByteArray *table,
                                   const GByteArray *fitted,
                                   const VTDMDmarNotes *changes)
{
    for (size_t at = 0; at < sizeof(VTDMDmarHeader); at++) {
        bool follows = at == offsetof(VTDMDmarHeader, checksum) ||
            (at >= offsetof(VTDMDmarHeader, length) &&
             at < offsetof(VTDMDmarHeader, revision));

        if (!follows && table->data[at] != fitted->data[at]) {
            g_assert_nonnull(change_between(changes, at, at));
        }
    }
}

/* Every structure of @fitted is that of @table, or its change is reported. */
static void assert_reported(const GByteArray *table, const GByteArray *fitted,
                            const VTDMDmarNotes *changes)
{
    size_t to = sizeof(VTDMDmarHeader), len;

    assert_header_reported(table, fitted, changes);
    for (size_t at = to; at < table->len; at += len) {
        const char *change;

        len = table->data[at + 2] | table->data[at + 3] << 8;
        change = change_between(changes, at, at + len - 1);
        if (change && strstr(change, "left out")) {
            continue;
        }
        g_assert_cmpuint(to + len, <=, fitted->len);
        if (memcmp(table->data + at, fitted->data + to, len)) {
            g_assert_nonnull(change);
        }
        to += len;
    }
    g_assert_cmpuint(to, ==, fitted->len);
}

/* A VM of 2 GiB can have each of them, and only what is said is changed. */
static void test_fitted(gconstpointer opaque)
{
    static const VTDMPlatformRange ranges[] = {
        { 0x0, 0x9ffff, "pc.ram", VTDM_RANGE_RAM },
        { 0xe0000, 0xfffff, "pc.bios", VTDM_RANGE_ROM },
        { 0x100000, 0x7fffffff, "pc.ram", VTDM_RANGE_RAM },
        { 0xb0000000, 0xbfffffff, "ECAM", VTDM_RANGE_DEVICE },
        { 0xfec00000, 0xfec00fff, "ioapic", VTDM_RANGE_DEVICE },
        { 0xfed00000, 0xfed003ff, "hpet", VTDM_RANGE_DEVICE },
    };
    g_autoptr(GArray) taken = g_array_new(FALSE, FALSE, sizeof(ranges[0]));
    VTDMPlatform vm = { .taken = taken, .address_width = 39, .nodes = 1 };
    g_autoptr(GByteArray) table = load(opaque);
    g_autoptr(VTDMDmarNotes) notes = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_read(table->data, table->len, notes);
    g_autoptr(GByteArray) fitted = NULL;
    g_autofree char *text = NULL;

    g_array_append_vals(taken, ranges, G_N_ELEMENTS(ranges));
    vtdm_dmar_fit(dmar, &vm, notes);
    g_assert_cmpuint(notes->count, <=, VTDM_DMAR_NOTES_MAX);
    fitted = vtdm_dmar_build(dmar, notes);
    assert_reported(table, fitted, notes);

    vtdm_dmar_notes_free(g_steal_pointer(&notes));
    notes = vtdm_dmar_notes_new();
    dmar->platform = &vm;
    vtdm_dmar_check(dmar, notes);
    text = vtdm_dmar_notes_for_table(notes);
    g_assert_cmpstr(text, ==, "");
}

static void add_tests(const char *folder, const char *name)
{
    static const struct {
        const char *name;
        void (*test)(gconstpointer path);
    } tests[] = {
        { "said", test_said },
        { "same-bytes", test_same_bytes },
        { "fitted", test_fitted },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/vtdm/dmar/%s/%s",
                                                tests[i].name, name);

        g_test_add_data_func_full(path, g_build_filename(folder, name, NULL),
                                  tests[i].test, g_free);
    }
}

static void test_absent(void)
{
    g_test_skip("no tables of real machines beside the clone");
}

int main(int argc, char **argv)
{
    g_autofree char *beside = g_canonicalize_filename("../shared/dmar",
                                                      VTDM_ROOT);
    const char *tables = g_getenv("DMAR_TABLES") ?: beside;
    g_autoptr(GDir) folder = g_dir_open(tables, 0, NULL);
    const char *name;

    g_test_init(&argc, &argv, NULL);
    while (folder && (name = g_dir_read_name(folder))) {
        if (g_str_has_suffix(name, ".dmar")) {
            add_tests(tables, name);
        }
    }
    if (!folder) {
        g_test_add_func("/vtdm/dmar/said/tables", test_absent);
    }
    return g_test_run();
}
