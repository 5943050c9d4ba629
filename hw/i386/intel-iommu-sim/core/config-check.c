/*
 * Which configurations there may be: values that exist, and rows that go
 * together.
 * Spec: "Capability Register", "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config-conflict.h"
#include "hw/i386/vtdm/config-check.h"

/* Adds a line to @problems, if it is wanted, unless @holds. */
static bool G_GNUC_PRINTF(3, 4) require(bool holds, GPtrArray *problems,
                                        const char *format, ...)
{
    va_list args;

    if (!holds && problems) {
        va_start(args, format);
        g_ptr_array_add(problems, g_strdup_vprintf(format, args));
        va_end(args);
    }
    return holds;
}

static bool check_value(const VTDMConfig *config, const VTDMConfigRow *row,
                        GPtrArray *problems)
{
    uint32_t value = vtdm_config_get(config, row);
    g_autofree char *range = NULL;

    if (row->kind != VTDM_NUMBER || vtdm_config_row_has(row, value)) {
        return true;
    }
    range = vtdm_config_row_choice(row);
    return require(false, problems, "%s must be %s, not %u", row->name, range,
                   value);
}

/* What is more than one capability's, or the machine's. */
static bool check_widths(const VTDMConfig *c, GPtrArray *problems)
{
    bool exists = c->host_address_width >= 12 && c->host_address_width <= 52;
    bool ok = require(exists, problems, "host-address-width must be 12 to "
                      "52, not %u", c->host_address_width);

    ok &= require(c->mgaw <= 64 && !(c->sagaw & ~VTDM_SAGAW_ALL), problems,
                  "aw-bits must be 39, 48 or 57");
    ok &= require(!exists || c->mgaw >= c->host_address_width, problems,
                  "host addresses of %u bits are wider than aw-bits=%u: use "
                  "a larger aw-bits or a smaller host-address-width",
                  c->host_address_width, c->mgaw);
    return ok;
}

bool vtdm_config_check_said(const VTDMConfig *config,
                            const VTDMConfigSaid *said, GPtrArray *problems)
{
    bool good = check_widths(config, problems);

    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        good &= check_value(config, row, problems);
    }
    return good & vtdm_config_conflicts(config, said, problems);
}

bool vtdm_config_check(const VTDMConfig *config, GPtrArray *problems)
{
    return vtdm_config_check_said(config, NULL, problems);
}
