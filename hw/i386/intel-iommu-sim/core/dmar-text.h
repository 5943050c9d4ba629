/*
 * Where the reader of a property's text is, and the steps it can take.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_TEXT_H
#define VTDM_DMAR_TEXT_H

#include "dmar-internal.h"

/* What a word cannot contain. */
#define VTDM_TEXT_WORD_END " ;"

typedef struct VTDMText {
    const char *start;
    const char *p;                  /* what comes next */
    size_t word;                    /* offset of the word that is taken */
    VTDMDmarNotes *errors;          /* of this text alone */
} VTDMText;

/* The offset of what comes next. */
size_t vtdm_text_at(const VTDMText *text);

void vtdm_text_skip_blanks(VTDMText *text);
bool vtdm_text_at_word_end(const VTDMText *text);

/* Complains that the next word is not @what; returns false. */
bool vtdm_text_expected(VTDMText *text, const char *what);

/* Goes past @c if it comes next. */
bool vtdm_text_take(VTDMText *text, char c);

/* A number of at most @max in @base; these do not complain. */
bool vtdm_text_take_number(VTDMText *text, int base, uint64_t max,
                           uint64_t *value);
bool vtdm_text_take_byte(VTDMText *text, int base, uint8_t max,
                         uint8_t *byte);

/* 0x and hexadecimal digits, or a complaint that it is not @what. */
bool vtdm_text_take_address(VTDMText *text, uint64_t *address,
                            const char *what);

/* BB:DD.F[/DD.F...], in hexadecimal as lspci prints them, or a complaint. */
bool vtdm_text_take_path(VTDMText *text, VTDMDmarScope *scope);

#endif
