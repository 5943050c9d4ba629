/*
 * Prints the manual's table of capabilities, for scripts/check/docs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "hw/i386/vtdm/capability-names.h"
#include "hw/i386/vtdm/config-mode.h"

static bool is_number(const VTDMConfigRow *row)
{
    return row->kind == VTDM_NUMBER || row->kind == VTDM_WIDTH;
}

/* What a user who says nothing gets; the caller frees it. */
static char *usual(const VTDMConfigRow *row, bool scalable)
{
    uint32_t value = vtdm_config_usual(row, scalable);

    return is_number(row) ? g_strdup_printf("%u", value) :
           g_strdup(row->has_auto ? "auto" : value ? "on" : "off");
}

static void print_row(const VTDMConfigRow *row)
{
    g_autofree char *choice = vtdm_config_row_choice(row);
    g_autofree char *fields = vtdm_capability_fields(row->reg, row->mask);
    g_autofree char *legacy = usual(row, false);
    g_autofree char *scalable = usual(row, true);

    printf("| `%s` | %s | %s | %s | %s | %s | %s |\n", row->name,
           is_number(row) ? "number" : row->has_auto ? "on/off/auto"
                                                     : "on/off",
           legacy, strcmp(legacy, scalable) ? scalable : "",
           is_number(row) ? choice : "", *fields ? fields : "-", row->help);
}

int main(void)
{
    printf("| capability | type | default | in scalable mode | range | field "
           "| effect |\n|---|---|---|---|---|---|---|\n");
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        print_row(row);
    }
    return 0;
}
