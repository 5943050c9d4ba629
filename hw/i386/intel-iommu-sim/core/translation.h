/*
 * How a walk ended: what the IOTLB keeps and what requests are answered from.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_TRANSLATION_H
#define VTDM_CORE_TRANSLATION_H

#include "hw/i386/vtdm/vtdm.h"

typedef struct VTDMTranslation {
    VTDMCondition condition;    /* VTDM_NO_FAULT: the rest is valid */
    uint64_t output;            /* of the first byte of the page */
    uint64_t mask;              /* page size - 1: the smaller of both stages */
    uint64_t span;              /* low bits that the last entry speaks for */
    uint8_t perm;               /* of user requests: all entries agree */
    uint8_t supervisor_perm;    /* of supervisor requests, likewise */
    bool user_denied;           /* U/S = 0: perm is 0 for that */
    bool snoop;                 /* the second stage's leaf forces it */
    bool dirty;                 /* a write has no dirty bit left to set */
    VTDMStage stage;            /* of the last entry, or why it failed... */
    uint64_t entry_address;     /* ... where it is... */
    uint64_t entry;             /* ... and its contents */
    bool nested;                /* there is a second stage's leaf, too... */
    uint8_t second_perm;        /* ... what it gives, VTDM_PERM_RW... */
    uint64_t second_address;    /* ... where it is... */
    uint64_t second_entry;      /* ... and its contents */
} VTDMTranslation;

/* What @end lets a request do, VTDM_PERM_*; 0: nothing, or not present. */
static inline uint8_t vtdm_translation_perm(const VTDMTranslation *end,
                                            bool privileged)
{
    return privileged ? end->supervisor_perm : end->perm;
}

#endif
