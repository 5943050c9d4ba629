/*
 * First-stage paging entries: what their bits say, and what can go wrong
 * with them.
 * Spec: "First-Stage Paging Entries"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_FIRST_STAGE_H
#define VTDM_CORE_FIRST_STAGE_H

#include "config.h"
#include "walk.h"

/* A leaf of more than 4 KiB has a bit of its memory type here. */
#define VTDM_FS_LARGE_PAT       VTDM_BIT(12)

static inline uint64_t vtdm_fs_leaf(const VTDMConfig *config, unsigned level)
{
    bool large = level == 2 || (level == 3 && config->fs1gp);

    return level == 1 ? VTDM_FS_P : large ? VTDM_FS_PS : 0;
}

static inline uint64_t vtdm_fs_reserved(const VTDMConfig *config,
                                        unsigned level, bool leaf)
{
    uint64_t above = vtdm_above_haw(config) & VTDM_FS_ADDR;

    if (leaf) {
        return above | (vtdm_level_mask(level) & VTDM_FS_ADDR &
                        ~VTDM_FS_LARGE_PAT);
    }
    return above | VTDM_FS_PS;
}

static const VTDMFormat vtdm_first_stage = {
    .stage = VTDM_FIRST_STAGE,
    .present = VTDM_FS_P,
    .read = VTDM_FS_P,
    .write = VTDM_FS_RW,
    .user = VTDM_FS_US,
    .address = VTDM_FS_ADDR,
    .accessed = VTDM_FS_A,
    .extended = VTDM_FS_EA,
    .dirty = VTDM_FS_D,
    .leaf = vtdm_fs_leaf,
    .reserved = vtdm_fs_reserved,
};

static const VTDMWalkConditions vtdm_first_stage_conditions = {
    .too_wide = VTDM_SGN_1,
    .first_unreadable = VTDM_SFS_4,
    .unreadable = VTDM_SFS_1,
    .not_present = VTDM_SFS_2,
    .reserved = VTDM_SFS_3,
    .not_snooped = VTDM_SFS_9,
    .not_updated = VTDM_SFS_10,
    .beyond_second = VTDM_SFS_5,
    .first_denied = VTDM_SFS_6,
    .denied = VTDM_SFS_7,
    .update_denied = VTDM_SFS_8,
    .no_user = VTDM_SGN_2,
    .no_write = VTDM_SGN_6,
    .no_read = VTDM_SGN_7,
};

#endif
