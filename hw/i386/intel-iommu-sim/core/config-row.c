/*
 * The rows of capabilities, and what each of them says.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/capability-names.h"
#include "hw/i386/vtdm/config-row.h"

#define ROW(kind_, type, field, name_, ...) \
    { .name = name_, .kind = kind_, .offset = offsetof(VTDMConfig, field), \
      .size = sizeof(type), __VA_ARGS__ },

const VTDMConfigRow vtdm_config_rows[] = {
#include "hw/i386/vtdm/config-rows.h.inc"
    { NULL }
};

const VTDMConfigRow *vtdm_config_row(const char *name)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        if (!strcmp(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

uint32_t vtdm_config_get(const VTDMConfig *config, const VTDMConfigRow *row)
{
    const char *field = (const char *)config + row->offset;

    return row->size == 1 ? *(const uint8_t *)field :
           row->size == 2 ? *(const uint16_t *)field :
                            *(const uint32_t *)field;
}

void vtdm_config_put(VTDMConfig *config, const VTDMConfigRow *row,
                     uint32_t value)
{
    char *field = (char *)config + row->offset;

    if (row->size == 1) {
        *(uint8_t *)field = value;
    } else if (row->size == 2) {
        *(uint16_t *)field = value;
    } else {
        *(uint32_t *)field = value;
    }
}

bool vtdm_config_has(const VTDMConfig *config, const char *name)
{
    return vtdm_config_get(config, vtdm_config_row(name));
}

bool vtdm_config_is_met(const VTDMConfig *config, const VTDMConfigRow *row)
{
    bool met = !row->excludes || !vtdm_config_has(config, row->excludes);

    for (size_t i = 0; row->needs[i]; i++) {
        met &= vtdm_config_has(config, row->needs[i]);
    }
    return met;
}

bool vtdm_config_lacks_widths(const VTDMConfig *config)
{
    return config->version_major >= 6 && !config->ssts;
}

bool vtdm_config_row_has(const VTDMConfigRow *row, uint64_t value)
{
    return value >= row->min && value <= row->max &&
           (value > 63 || !(row->gaps & VTDM_BIT(value)));
}

/* "0, 1 or 3" */
static char *list_values(const VTDMConfigRow *row)
{
    GString *list = g_string_new(NULL);

    for (uint32_t value = row->min; value < row->max; value++) {
        if (vtdm_config_row_has(row, value)) {
            g_string_append_printf(list, "%s%u", list->len ? ", " : "", value);
        }
    }
    g_string_append_printf(list, " or %u", row->max);
    return g_string_free(list, FALSE);
}

char *vtdm_config_row_values(const VTDMConfigRow *row)
{
    return row->gaps ? list_values(row) :
           g_strdup_printf("%u to %u", row->min, row->max);
}

char *vtdm_config_row_choice(const VTDMConfigRow *row)
{
    return row->kind == VTDM_NUMBER ? vtdm_config_row_values(row) :
           g_strdup(row->kind == VTDM_WIDTH ? "39, 48 or 57" : "on or off");
}

int vtdm_config_row_noun(const VTDMConfigRow *row)
{
    return strcspn(row->help, ";");
}

char *vtdm_config_row_help(const VTDMConfigRow *row)
{
    bool number = row->kind == VTDM_NUMBER || row->kind == VTDM_WIDTH;
    int noun = vtdm_config_row_noun(row);
    g_autofree char *choice = vtdm_config_row_choice(row);
    g_autofree char *fields = vtdm_capability_fields(row->reg, row->mask);

    return g_strdup_printf("%s%s%.*s%s%s%s", fields, *fields ? ": " : "",
                           noun, row->help, number ? ", " : "",
                           number ? choice : "", row->help + noun);
}
