/*
 * What a unit advertises: defaults, the values that users give, and the
 * rules between them.
 * Spec: "Capability Register", "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "config-conflict.h"

void vtdm_config_init(VTDMConfig *config)
{
    *config = (VTDMConfig) { .host_address_width = 39 };
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        vtdm_config_put(config, row, row->standard);
    }
}

bool vtdm_config_set_width(VTDMConfig *config, unsigned bits)
{
    if (bits != 39 && bits != 48 && bits != 57) {
        return false;
    }
    config->mgaw = bits;
    config->sagaw = VTDM_SAGAW_39 | (bits >= 48 ? VTDM_SAGAW_48 : 0) |
                    (bits >= 57 ? VTDM_SAGAW_57 : 0);
    return true;
}

unsigned vtdm_config_widest(const VTDMConfig *config)
{
    return config->sagaw & VTDM_SAGAW_57 ? 57 :
           config->sagaw & VTDM_SAGAW_48 ? 48 : 39;
}

unsigned vtdm_config_widest_input(const VTDMConfig *config)
{
    unsigned first = !config->fsts ? 0 : config->fs5lp ? 57 : 48;

    return MAX(first, vtdm_config_widest(config));
}

/* Off: SAGAW is 0. On: it is as it was, or goes with MGAW. */
static bool set_translation(VTDMConfig *config, bool on)
{
    if (!on) {
        config->sagaw = 0;
    }
    return !on || config->sagaw || vtdm_config_set_width(config, config->mgaw);
}

bool vtdm_config_set(VTDMConfig *config, const VTDMConfigRow *row,
                     uint64_t value)
{
    if (row->kind == VTDM_WIDTH) {
        return value <= row->max && vtdm_config_set_width(config, value);
    }
    if (row->kind == VTDM_NUMBER ? !vtdm_config_row_has(row, value)
                                 : value > 1) {
        return false;
    }
    if (row->kind == VTDM_WIDTHS) {
        return set_translation(config, value);
    }
    if (row == vtdm_config_row("scalable-mode")) {
        vtdm_config_set_mode(config, value);
    }
    vtdm_config_put(config, row, value);
    if (value) {
        vtdm_config_bring(config, row, NULL);
    }
    return true;
}

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

uint16_t vtdm_function_mask(unsigned fm)
{
    static const uint16_t masks[] = { 0xffff, 0xfffb, 0xfff9, 0xfff8 };

    return masks[fm];
}
