/*
 * What the statements of a property may contain: for each kind of structure
 * a grammar, which is a head and a table of words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_GRAMMAR_H
#define VTDM_DMAR_GRAMMAR_H

#include "text.h"

typedef struct VTDMGrammar {
    size_t size;                    /* of the structure */
    void (*take_head)(VTDMText *text, const VTDMDmar *dmar,
                      void *structure);
    const VTDMWord *words;
    void (*check)(const VTDMDmar *dmar, VTDMDmarNotes *errors);
} VTDMGrammar;

extern const VTDMGrammar vtdm_dmar_grammars[VTDM_DMAR_TYPES];

#endif
