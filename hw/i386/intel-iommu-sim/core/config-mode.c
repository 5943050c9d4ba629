/*
 * What a unit is where its user says nothing: without scalable mode what
 * users of QEMU expect, with it a server of today.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "hw/i386/vtdm/config-mode.h"

/*
 * VER, CAP and ECAP of the units of a Sapphire Rapids server that are not in
 * front of its accelerators; those also have PRS and PASID.
 */
#define SERVER_VER              0x60
#define SERVER_CAP              0x19ed008c40780c66
#define SERVER_ECAP             0x3ee9e86f050df

void vtdm_config_say(VTDMConfigSaid *said, const VTDMConfigRow *row)
{
    said->row[row - vtdm_config_rows] = true;
}

bool vtdm_config_is_said(const VTDMConfigSaid *said, const VTDMConfigRow *row)
{
    return said->row[row - vtdm_config_rows];
}

uint32_t vtdm_config_usual(const VTDMConfigRow *row, bool scalable)
{
    uint64_t server = row->reg == VTDM_REG_VER ? SERVER_VER :
                      row->reg == VTDM_REG_CAP ? SERVER_CAP : SERVER_ECAP;

    return scalable && row->mask && !row->has_auto
               ? vtdm_config_from_field(row, server) : row->standard;
}

static bool differs(const VTDMConfigRow *row)
{
    return vtdm_config_usual(row, true) != vtdm_config_usual(row, false);
}

/* Turns off what needs something that is off; returns whether it was on. */
static bool drop(VTDMConfig *config, const VTDMConfigRow *row)
{
    bool gone = row->kind == VTDM_SWITCH && vtdm_config_get(config, row) &&
                !vtdm_config_is_met(config, row);

    if (gone) {
        vtdm_config_put(config, row, false);
    }
    return gone;
}

/* The mode brings no posting to a unit that remaps no interrupts. */
void vtdm_config_set_mode(VTDMConfig *config, bool scalable)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        if (differs(row)) {
            vtdm_config_put(config, row, vtdm_config_usual(row, scalable));
        }
    }
    drop(config, vtdm_config_row("posted-interrupts"));
}

/* Of the widths aw-bits speaks, too, but "on" does not say which. */
static bool is_settled(const VTDMConfig *config, const VTDMConfigRow *row,
                       const VTDMConfigSaid *said)
{
    return row->kind == VTDM_WIDTHS
               ? !config->sagaw ||
                 vtdm_config_is_said(said, vtdm_config_row("aw-bits"))
               : vtdm_config_is_said(said, row);
}

static void follow_mode(VTDMConfig *config, const VTDMConfigSaid *said)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        if (differs(row) && !is_settled(config, row, said)) {
            vtdm_config_put(config, row, vtdm_config_usual(row, true));
        }
    }
}

void vtdm_config_bring(VTDMConfig *config, const VTDMConfigRow *row,
                       const VTDMConfigSaid *said)
{
    for (size_t i = 0; i < G_N_ELEMENTS(row->brings); i++) {
        const VTDMConfigRow *other = row->brings[i]
            ? vtdm_config_row(row->brings[i]) : NULL;

        if (other && !(said && vtdm_config_is_said(said, other))) {
            vtdm_config_put(config, other, true);
        }
    }
}

static void follow_each(VTDMConfig *config, const VTDMConfigSaid *said)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        if (vtdm_config_is_said(said, row) && vtdm_config_get(config, row)) {
            vtdm_config_bring(config, row, said);
        }
    }
}

static void follow_needs(VTDMConfig *config, const VTDMConfigSaid *said)
{
    bool again;

    do {
        again = false;
        for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
            again |= !row->has_auto && !vtdm_config_is_said(said, row) &&
                     drop(config, row);
        }
    } while (again);
}

/* Spec: "Capability Register": SAGAW where there is no second stage */
static void follow_widths(VTDMConfig *config, const VTDMConfigSaid *said)
{
    if (config->smts && vtdm_config_lacks_widths(config) &&
        !vtdm_config_is_said(said, vtdm_config_row("dma-translation"))) {
        config->sagaw = 0;
    }
}

/* In QEMU's intel-iommu, pasid-bits=0 says that there are no PASIDs. */
static void follow_pasid_bits(VTDMConfig *config)
{
    if (!config->pss) {
        config->pss = vtdm_config_row("pasid-bits")->standard;
    }
}

void vtdm_config_follow(VTDMConfig *config, const VTDMConfigSaid *said)
{
    if (config->smts) {
        follow_mode(config, said);
    }
    follow_each(config, said);
    follow_pasid_bits(config);
    follow_needs(config, said);
    follow_widths(config, said);
}
