/*
 * Second-stage paging entries: what their bits say. No levels are walked
 * here. A level is 1 for the table of 4 KiB pages, 2 for the one above.
 * Spec: "Second-Stage Paging Entries"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SECOND_STAGE_H
#define VTDM_CORE_SECOND_STAGE_H

#include "config.h"
#include "hw/i386/vtdm/vtdm.h"

/* The low bits of an address that an entry of @level leaves untranslated. */
static inline uint64_t vtdm_ss_page_mask(unsigned level)
{
    return vtdm_mask_below(VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1));
}

static inline unsigned vtdm_ss_index(uint64_t address, unsigned level)
{
    return (address >> (VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1))) &
           vtdm_mask_below(VTDM_LEVEL_BITS);
}

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

/* The bits that must be 0 in a present entry. */
static inline uint64_t vtdm_ss_reserved(const VTDMConfig *config,
                                        unsigned level, bool leaf)
{
    uint64_t above = vtdm_above_haw(config) & VTDM_SS_ADDR;

    if (leaf) {
        return above | VTDM_SS_IW | (config->sc ? 0 : VTDM_SS_SNP) |
               (vtdm_ss_page_mask(level) & VTDM_SS_ADDR);
    }
    return above | VTDM_SS_IW | VTDM_SS_SNP | VTDM_SS_PS;
}

#endif
