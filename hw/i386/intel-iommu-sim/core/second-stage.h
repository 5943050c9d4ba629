/*
 * Second-stage paging entries: what their bits say, and what can go wrong
 * with them in scalable mode.
 * Spec: "Second-Stage Paging Entries"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SECOND_STAGE_H
#define VTDM_CORE_SECOND_STAGE_H

#include "config.h"
#include "walk.h"

/* Bit n of SSLPS allows pages at level n + 2. */
static inline uint64_t vtdm_ss_leaf(const VTDMConfig *config, unsigned level)
{
    if (level == 1) {
        return VTDM_SS_R | VTDM_SS_W;
    }
    return level <= 3 && (config->sslps & VTDM_BIT(level - 2)) ? VTDM_SS_PS
                                                               : 0;
}

static inline uint64_t vtdm_ss_reserved(const VTDMConfig *config,
                                        unsigned level, bool leaf)
{
    uint64_t above = vtdm_above_haw(config) & VTDM_SS_ADDR;

    if (leaf) {
        return above | (config->sc ? 0 : VTDM_SS_SNP) |
               (config->stale_tm ? 0 : VTDM_SS_IW) |
               (vtdm_level_mask(level) & VTDM_SS_ADDR);
    }
    return above | VTDM_SS_IW | VTDM_SS_SNP | VTDM_SS_PS;
}

static const VTDMFormat vtdm_second_stage = {
    .stage = VTDM_SECOND_STAGE,
    .present = VTDM_SS_R | VTDM_SS_W,
    .read = VTDM_SS_R,
    .write = VTDM_SS_W,
    .address = VTDM_SS_ADDR,
    .snoop = VTDM_SS_SNP,
    .accessed = VTDM_SS_A,
    .dirty = VTDM_SS_D,
    .leaf = vtdm_ss_leaf,
    .reserved = vtdm_ss_reserved,
};

static const VTDMWalkConditions vtdm_second_stage_conditions = {
    .too_wide = VTDM_SGN_5,
    .first_unreadable = VTDM_SSS_4,
    .unreadable = VTDM_SSS_1,
    .not_present = VTDM_SSS_2,
    .reserved = VTDM_SSS_3,
    .not_snooped = VTDM_SSS_5,
    .not_updated = VTDM_SSS_6,
    .no_write = VTDM_SGN_6,
    .no_read = VTDM_SGN_7,
};

#endif
