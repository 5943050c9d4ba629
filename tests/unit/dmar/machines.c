/*
 * Tables of real machines, which lie beside the clone and not in it: each one
 * can be said in the words of the properties and becomes the same bytes, or is
 * refused with a reason.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/dmar-build.h"
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

static void test_said(gconstpointer opaque)
{
    g_autofree char *bytes = NULL;
    gsize len;
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = NULL;
    g_autoptr(VTDMDmar) said = NULL;
    g_autoptr(GByteArray) wanted = NULL;
    g_autoptr(GByteArray) built = NULL;

    g_assert_true(g_file_get_contents(opaque, &bytes, &len, NULL));
    dmar = vtdm_dmar_parse(bytes, len, errors);
    if (!dmar) {
        g_assert_cmpuint(errors->count, >, 0);
        return;
    }
    said = say_all(dmar);
    wanted = vtdm_dmar_build(dmar, errors);
    built = vtdm_dmar_build(said, errors);
    g_assert_cmpuint(errors->count, ==, 0);
    g_assert_cmpmem(wanted->data, wanted->len, built->data, built->len);
    if (!dmar->names->len) {            /* firmware pads those of an ANDD */
        g_assert_cmpmem(bytes, len, wanted->data, wanted->len);
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
        g_autofree char *path = g_strconcat("/vtdm/dmar/said/", name, NULL);

        if (g_str_has_suffix(name, ".dmar")) {
            g_test_add_data_func_full(path, g_build_filename(tables, name,
                                                             NULL),
                                      test_said, g_free);
        }
    }
    if (!folder) {
        g_test_add_func("/vtdm/dmar/said/tables", test_absent);
    }
    return g_test_run();
}
