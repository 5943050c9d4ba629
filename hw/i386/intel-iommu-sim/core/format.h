/*
 * What one kind of paging entry says, bit by bit. A format knows no levels
 * to walk, the walk knows no bits. A level is 1 for the table of 4 KiB pages,
 * 2 for the one above.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_FORMAT_H
#define VTDM_CORE_FORMAT_H

#include "hw/i386/vtdm/vtdm.h"

#define VTDM_PERM_RW            (VTDM_PERM_R | VTDM_PERM_W)

/* Beside VTDM_PERM_*: user requests are let in, U/S = 1. */
#define VTDM_PERM_USER          VTDM_BIT(3)

typedef struct VTDMFormat {
    VTDMStage stage;            /* whose entries these are */
    uint64_t address;           /* bits of the page, or of the next table */
    uint64_t snoop;             /* the bit of a leaf that forces snooping */
    uint64_t accessed;          /* the flags: of every entry... */
    uint64_t extended;          /* ... of every entry with EAFE... */
    uint64_t dirty;             /* ... and of a leaf */

    /* VTDM_PERM_* that @entry gives; 0: it is not present. */
    uint8_t (*perm)(uint64_t entry);
    bool (*is_leaf)(const VTDMConfig *config, uint64_t entry,
                    unsigned level);
    /* The bits that must be 0 in a present entry. */
    uint64_t (*reserved)(const VTDMConfig *config, unsigned level,
                         bool leaf);
} VTDMFormat;

/* The low bits of an address that an entry of @level leaves untranslated. */
static inline uint64_t vtdm_level_mask(unsigned level)
{
    return vtdm_mask_below(VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1));
}

/* The entry of a table of @level that @address selects. */
static inline unsigned vtdm_level_index(uint64_t address, unsigned level)
{
    return (address >> (VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1))) &
           vtdm_mask_below(VTDM_LEVEL_BITS);
}

#endif
