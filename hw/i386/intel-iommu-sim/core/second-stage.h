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

static inline uint8_t vtdm_ss_perm(uint64_t entry)
{
    return (entry & VTDM_SS_R ? VTDM_PERM_R : 0) |
           (entry & VTDM_SS_W ? VTDM_PERM_W : 0);
}

/* Bit n of SSLPS allows pages at level n + 2. */
static inline bool vtdm_ss_is_leaf(const VTDMConfig *config, uint64_t entry,
                                   unsigned level)
{
    return level == 1 || ((entry & VTDM_SS_PS) && level <= 3 &&
                          (config->sslps & VTDM_BIT(level - 2)));
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
    .address = VTDM_SS_ADDR,
    .snoop = VTDM_SS_SNP,
    .accessed = VTDM_SS_A,
    .dirty = VTDM_SS_D,
    .perm = vtdm_ss_perm,
    .is_leaf = vtdm_ss_is_leaf,
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
