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
    uint64_t mask;              /* page size - 1 */
    uint64_t span;              /* low bits that the last entry speaks for */
    uint8_t perm;               /* all levels agree; 0: not present */
    bool snoop;
    uint64_t entry_address;     /* of the last entry that was read */
    uint64_t entry;
} VTDMTranslation;

#endif
