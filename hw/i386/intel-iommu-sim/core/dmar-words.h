/*
 * What the statements of a property may contain: for each kind of structure
 * a grammar, which is a head and a table of words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_WORDS_H
#define VTDM_DMAR_WORDS_H

#include "dmar-text.h"

/* A word that a statement may contain. */
typedef struct VTDMWord {
    const char *name;               /* NULL ends a table */
    const char *usage;              /* as an error shows it */

    /* Takes what follows the name into @field; false after a complaint. */
    bool (*take)(VTDMText *text, const struct VTDMWord *word, void *field);
    size_t offset;                  /* of the field in the structure */
    uint32_t value;                 /* a flag, a scope type, or a maximum */
    const char *standard;           /* what the name alone means */
    bool many;                      /* may be there several times */
    bool required;
} VTDMWord;

typedef struct VTDMGrammar {
    size_t size;                    /* of the structure */
    void (*take_head)(VTDMText *text, const VTDMDmar *dmar,
                      void *structure);
    const VTDMWord *words;          /* at most 32 */
    void (*check)(const VTDMDmar *dmar, VTDMDmarNotes *errors);
} VTDMGrammar;

extern const VTDMGrammar vtdm_dmar_grammars[VTDM_DMAR_TYPES];

#endif
