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

/* The deepest tables. */
#define VTDM_MOST_LEVELS        5

typedef struct VTDMFormat {
    VTDMStage stage;            /* whose entries these are */
    uint64_t present;           /* there is an entry with one of these */
    uint64_t read;              /* what gives VTDM_PERM_R... */
    uint64_t write;
    uint64_t user;
    uint64_t address;           /* bits of the page, or of the next table */
    uint64_t snoop;             /* the bit of a leaf that forces snooping */
    uint64_t accessed;          /* the flags: of every entry... */
    uint64_t extended;          /* ... of every entry with EAFE... */
    uint64_t dirty;             /* ... and of a leaf */

    /* An entry of @level with one of these is a leaf. */
    uint64_t (*leaf)(const VTDMConfig *config, unsigned level);
    /* The bits that must be 0 in a present entry. */
    uint64_t (*reserved)(const VTDMConfig *config, unsigned level,
                         bool leaf);
} VTDMFormat;

/* VTDM_PERM_* that @entry gives; 0: it is not present. */
static inline uint8_t vtdm_format_perm(const VTDMFormat *format,
                                       uint64_t entry)
{
    if (!(entry & format->present)) {
        return 0;
    }
    return (entry & format->read ? VTDM_PERM_R : 0) |
           (entry & format->write ? VTDM_PERM_W : 0) |
           (entry & format->user ? VTDM_PERM_USER : 0);
}

/* The low bits of an address that an entry of @level leaves untranslated. */
static inline uint64_t vtdm_level_mask(unsigned level)
{
    return VTDM_BIT(VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1)) - 1;
}

/* The entry of a table of @level that @address selects. */
static inline unsigned vtdm_level_index(uint64_t address, unsigned level)
{
    return (address >> (VTDM_PAGE_BITS + VTDM_LEVEL_BITS * (level - 1))) &
           vtdm_mask_below(VTDM_LEVEL_BITS);
}

#endif
