/*
 * What a unit advertises: defaults, and the values that users give.
 * Spec: "Capability Register", "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "hw/i386/vtdm/config-mode.h"

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
