/*
 * intel-iommu-sim: what a unit advertises where its user says nothing, which
 * is another thing in scalable mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CONFIG_MODE_H
#define VTDM_CONFIG_MODE_H

#include "hw/i386/vtdm/config-row.h"

/* How many rows there are. */
enum {
#define ROW(...) + 1
    VTDM_CONFIG_ROWS = 0
#include "hw/i386/vtdm/config-rows.h.inc"
#undef ROW
};

/* Of which capabilities the user has spoken, in the order of the rows. */
typedef struct VTDMConfigSaid {
    bool row[VTDM_CONFIG_ROWS];
} VTDMConfigSaid;

void vtdm_config_say(VTDMConfigSaid *said, const VTDMConfigRow *row);
bool vtdm_config_is_said(const VTDMConfigSaid *said, const VTDMConfigRow *row);

/* What a fresh unit has of a capability, in scalable mode or without it. */
uint32_t vtdm_config_usual(const VTDMConfigRow *row, bool scalable);

/*
 * Makes what the user has not spoken of follow from what he has: a capability
 * brings others; with scalable mode comes what a current server has, but
 * nothing that lacks what it needs. What has_auto stays as it is.
 */
void vtdm_config_follow(VTDMConfig *config, const VTDMConfigSaid *said);

/*
 * Switches on what comes with a capability that is on, but for what @said
 * (NULL: nothing) names.
 */
void vtdm_config_bring(VTDMConfig *config, const VTDMConfigRow *row,
                       const VTDMConfigSaid *said);

/*
 * Switches scalable mode on or off, and with it all in which fresh units of
 * both kinds differ, but what has_auto.
 */
void vtdm_config_set_mode(VTDMConfig *config, bool scalable);

#endif
