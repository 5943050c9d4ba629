/*
 * Where the reader of a property's text is, and the steps it can take:
 * numbers, paths, words out of a table, statements.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_TEXT_READER_H
#define VTDM_DMAR_TEXT_READER_H

#include "notes.h"
#include "scope.h"

/* A text that is longer describes more than the largest table holds. */
#define VTDM_TEXT_MAX (256u << 10)

/* What a word cannot contain. */
#define VTDM_TEXT_WORD_END " ;"

typedef struct VTDMText {
    const char *start;
    const char *p;                  /* what comes next */
    size_t word;                    /* offset of the word that is taken */
    VTDMDmarNotes *errors;          /* of this text alone */
    VTDMDmarNotes *warnings;        /* NULL: no word has any */
} VTDMText;

/* A word that a statement may contain. */
typedef struct VTDMWord {
    const char *name;               /* NULL ends a table, of at most 64 */
    const char *usage;              /* as an error shows it */

    /* Takes what follows the name into @field; false after a complaint. */
    bool (*take)(VTDMText *text, const struct VTDMWord *word, void *field);
    size_t offset;                  /* of the field in the structure */
    uint32_t value;                 /* a flag, a scope type, or a maximum */
    const char *standard;           /* what the name alone means */
    bool many;                      /* may be there several times */
    bool required;
} VTDMWord;

/* The offset of what comes next. */
size_t vtdm_text_at(const VTDMText *text);

void vtdm_text_skip_blanks(VTDMText *text);
bool vtdm_text_at_word_end(const VTDMText *text);

/* Complains that the next word is not @what; returns false. */
bool vtdm_text_expected(VTDMText *text, const char *what);

/* Goes past @c if it comes next. */
bool vtdm_text_take(VTDMText *text, char c);

/* Complains, and returns false, if nothing comes after a @c that was taken. */
bool vtdm_text_follows(VTDMText *text, char c);

/* A number of at most @max in @base; these do not complain. */
bool vtdm_text_take_number(VTDMText *text, int base, uint64_t max,
                           uint64_t *value);
bool vtdm_text_take_byte(VTDMText *text, int base, uint8_t max,
                         uint8_t *byte);

/* 0x and hexadecimal digits, or a complaint that it is not @what. */
bool vtdm_text_take_address(VTDMText *text, uint64_t *address,
                            const char *what);

/* '=' and a decimal number of at most word->value, or a complaint. */
bool vtdm_text_take_value(VTDMText *text, const VTDMWord *word,
                          uint64_t *value);

/* BB:DD.F[/DD.F...], in hexadecimal as lspci prints them, or a complaint. */
bool vtdm_text_take_path(VTDMText *text, VTDMDmarScope *scope);

/* Complains that the next word is none of @words. */
void vtdm_text_expected_word(VTDMText *text, const VTDMWord *words);

/* The words of one statement, into @structure. */
void vtdm_text_take_words(VTDMText *text, const VTDMWord *words,
                          void *structure);

/*
 * Calls @take for each of the statements between semicolons, or complains
 * that the text is too long.
 */
void vtdm_text_take_statements(VTDMText *text,
                               void (*take)(VTDMText *text, void *opaque),
                               void *opaque);

/*
 * Hands what is wrong over to @errors, in the order of the text; returns
 * whether nothing is.
 */
bool vtdm_text_finish(VTDMText *text, VTDMDmarNotes *errors);

#endif
