/*
 * Prints the manual's table of capabilities, for scripts/check/docs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "hw/i386/vtdm/capability-names.h"
#include "hw/i386/vtdm/config-row.h"

static void print_row(const VTDMConfigRow *row)
{
    bool number = row->kind == VTDM_NUMBER || row->kind == VTDM_WIDTH;
    g_autofree char *choice = vtdm_config_row_choice(row);
    g_autofree char *fields = vtdm_capability_fields(row->reg, row->mask);
    g_autofree char *standard = g_strdup_printf("%u", row->standard);

    printf("| `%s` | %s | %s | %s | %s | %s |\n", row->name,
           number ? "number" : row->has_auto ? "on/off/auto" : "on/off",
           number ? standard : row->has_auto ? "auto" :
           row->standard ? "on" : "off", number ? choice : "",
           *fields ? fields : "-", row->help);
}

int main(void)
{
    printf("| capability | type | default | range | field | effect |\n"
           "|---|---|---|---|---|---|\n");
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        print_row(row);
    }
    return 0;
}
