/*
 * What each quirk does to a table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_QUIRK_KINDS_H
#define VTDM_DMAR_QUIRK_KINDS_H

#include "hw/i386/vtdm/dmar-quirk.h"

/* A quirk changes the description, or the bytes that are made of it. */
typedef struct VTDMDmarQuirkKind {
    const char *name;
    bool (*change)(VTDMDmar *dmar); /* false: there is nothing to spoil */
    void (*spoil)(GByteArray *table);
    const char *needs;              /* in an error */
} VTDMDmarQuirkKind;

extern const VTDMDmarQuirkKind vtdm_dmar_quirks[VTDM_QUIRKS];

#endif
