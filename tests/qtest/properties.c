/*
 * Each row of capabilities is a property, of its type and with its default
 * and its help, whoever made it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/config-row.h"
#include "libqtest.h"

static char *help;

static void read_help(void)
{
    g_autoptr(GError) error = NULL;
    const char *argv[] = {
        g_getenv("QTEST_QEMU_BINARY"), "-device", "intel-iommu-sim,help", NULL,
    };

    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                 &help, NULL, NULL, &error);
    g_assert_no_error(error);
}

/* "NAME=<TYPE> - REGISTER.FIELD: HELP (default: DEFAULT)" */
static void expect_line(const char *pattern)
{
    if (!g_regex_match_simple(pattern, help, G_REGEX_MULTILINE, 0)) {
        g_error("no line like %s in:\n%s", pattern, help);
    }
}

static void expect_property(const VTDMConfigRow *row)
{
    g_autofree char *noun = g_strndup(row->help, strcspn(row->help, ";"));
    g_autofree char *quoted = g_regex_escape_string(noun, -1);
    bool number = row->kind == VTDM_NUMBER || row->kind == VTDM_WIDTH;
    g_autofree char *type = number ? g_strdup_printf("uint%zu", 8 * row->size)
        : g_strdup(row->has_auto ? "OnOffAuto" : "bool");
    g_autofree char *value = number ? g_strdup_printf("%u", row->standard)
        : g_strdup(row->has_auto ? "auto" : row->standard ? "on" : "off");
    g_autofree char *pattern = g_strdup_printf(
        "^ *%s=<%s> +- (E?CAP\\.|VER\\.|)[^:]*:? ?%s.*\\(default: %s\\)$",
        row->name, type, quoted, value);

    expect_line(pattern);
}

#define ROW(kind_, type, field, name_, ...) \
    { .name = name_, .kind = kind_, .size = sizeof(type), __VA_ARGS__ },

static void test_rows(void)
{
    static const VTDMConfigRow rows[] = {
#include "hw/i386/vtdm/config-rows.h.inc"
    };

    read_help();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        expect_property(&rows[i]);
    }
    g_free(help);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/properties/rows", test_rows);
    return g_test_run();
}
