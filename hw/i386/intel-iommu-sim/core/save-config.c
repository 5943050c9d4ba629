/*
 * What a unit advertises: a column for each row of the capabilities. A stream
 * without it is of a version that did not have the capability, so it was off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/config-row.h"
#include "save-config.h"
#include "unit.h"

#define WIDTH_NAME "host-address-width"

static void add_column(GArray *columns, const char *name, unsigned width,
                       uint64_t standard)
{
    VTDMColumn column = {
        .name = name,
        .offset = columns->len * sizeof(uint64_t),
        .size = sizeof(uint64_t),
        .width = width,
        .later = true,
        .standard = standard,
    };

    g_array_append_val(columns, column);
}

static GArray *make_columns(const VTDMUnit *unit)
{
    GArray *columns = g_array_new(FALSE, FALSE, sizeof(VTDMColumn));

    add_column(columns, WIDTH_NAME, 1, 0);
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        add_column(columns, row->name, row->size,
                   row->kind == VTDM_SWITCH ? 0 : row->standard);
    }
    return columns;
}

static void save(const VTDMUnit *unit, GArray *records)
{
    uint64_t *value;

    g_array_set_size(records, 1);
    value = (uint64_t *)records->data;
    *value++ = unit->config.host_address_width;
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        *value++ = vtdm_config_get(&unit->config, row);
    }
}

static char *text_of(const VTDMConfigRow *row, uint64_t value)
{
    return row->kind == VTDM_SWITCH ? g_strdup(value ? "on" : "off") :
           row->kind == VTDM_WIDTHS && !value ? g_strdup("off") :
           g_strdup_printf("%" G_GUINT64_FORMAT, value);
}

static void compare(VTDMLoad *load, const VTDMConfigRow *row, uint64_t theirs)
{
    uint32_t value = vtdm_config_get(&load->unit->config, row);
    g_autofree char *that = text_of(row, theirs);
    g_autofree char *this = text_of(row, value);

    if (theirs != value) {
        vtdm_load_refuse(load, "the stream's unit has %s=%s, this one %s=%s: "
                         "start both with the same", row->name, that,
                         row->name, this);
    }
}

/* The widths go with the widest, which has a line of its own. */
static bool is_said_by_width(const VTDMConfig *config, const VTDMConfigRow *row,
                             const uint64_t *values, uint64_t theirs)
{
    const VTDMConfigRow *width = vtdm_config_row("aw-bits");

    return row->kind == VTDM_WIDTHS && theirs && config->sagaw &&
           values[width - vtdm_config_rows] != config->mgaw;
}

void vtdm_save_config_compare(VTDMLoad *load)
{
    const GArray *records = vtdm_load_records(load, vtdm_save_config.name);
    const VTDMConfig *config = &load->unit->config;
    const uint64_t *value = (const uint64_t *)records->data;
    const uint64_t *rows = value + 1;

    if (*value != config->host_address_width) {
        vtdm_load_refuse(load, "the stream's unit has host addresses of "
                         "%" G_GUINT64_FORMAT " bits, this one of %u: start "
                         "both with the same CPU and " WIDTH_NAME, *value,
                         config->host_address_width);
    }
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        uint64_t theirs = rows[row - vtdm_config_rows];

        if (!row->unseen && !is_said_by_width(config, row, rows, theirs)) {
            compare(load, row, theirs);
        }
    }
}

uint64_t vtdm_save_config_theirs(const VTDMLoad *load, const char *name)
{
    const GArray *records = vtdm_load_records(load, vtdm_save_config.name);
    const uint64_t *rows = (const uint64_t *)records->data + 1;

    return rows[vtdm_config_row(name) - vtdm_config_rows];
}

const VTDMSection vtdm_save_config = {
    .name = "config",
    .least = 1, .most = 1,
    .make_columns = make_columns,
    .save = save,
};
