/*
 * From the text of a property to structures of a description: statements,
 * each a head and the words that follow it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "dmar-words.h"

/* The words of @grammar as a sentence lists them; the caller frees it. */
static char *words_expected(const VTDMGrammar *grammar)
{
    GString *list = g_string_new(NULL);

    for (const VTDMWord *word = grammar->words; word->name; word++) {
        if (word > grammar->words) {
            g_string_append(list, word[1].name ? ", " : " or ");
        }
        g_string_append(list, word->usage);
    }
    return g_string_free(list, FALSE);
}

static void expected_word(VTDMText *text, const VTDMGrammar *grammar)
{
    g_autofree char *list = words_expected(grammar);

    vtdm_text_expected(text, list);
}

/* The word of @grammar that comes next, or NULL. */
static const VTDMWord *find_word(const VTDMText *text,
                                 const VTDMGrammar *grammar)
{
    size_t len = strcspn(text->p, "=" VTDM_TEXT_WORD_END);

    for (const VTDMWord *word = grammar->words; word->name; word++) {
        if (strlen(word->name) == len && !memcmp(word->name, text->p, len)) {
            return word;
        }
    }
    return NULL;
}

static void take_word(VTDMText *text, const VTDMGrammar *grammar,
                      void *structure, unsigned *seen)
{
    const VTDMWord *word = find_word(text, grammar);

    if (!word) {
        expected_word(text, grammar);
        return;
    }
    if (!word->many && *seen & 1u << (word - grammar->words)) {
        vtdm_dmar_note(text->errors, vtdm_text_at(text), "%s is there "
                       "twice: remove this one", word->name);
        return;
    }
    *seen |= 1u << (word - grammar->words);
    text->word = vtdm_text_at(text);
    text->p += strlen(word->name);
    if (word->take(text, word, (char *)structure + word->offset) &&
        !vtdm_text_at_word_end(text)) {
        vtdm_text_expected(text, "a space or ';' after it");
    }
}

static void take_words(VTDMText *text, const VTDMGrammar *grammar,
                       void *structure)
{
    unsigned seen = 0;

    while (vtdm_text_skip_blanks(text), !vtdm_text_at_word_end(text)) {
        take_word(text, grammar, structure, &seen);
        text->p += strcspn(text->p, VTDM_TEXT_WORD_END);
    }
    for (const VTDMWord *word = grammar->words; word->name; word++) {
        if (word->required && !(seen & 1u << (word - grammar->words))) {
            vtdm_text_expected(text, word->usage);
        }
    }
}

/* [HEAD] WORD WORD ... */
static void take_statement(VTDMText *text, VTDMDmar *dmar, unsigned type)
{
    const VTDMGrammar *grammar = &vtdm_dmar_grammars[type];
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
    GPtrArray *list = *vtdm_dmar_list(kind, dmar);
    void *structure = g_malloc0(grammar->size);
    unsigned before = text->errors->len;

    *(size_t *)structure = vtdm_text_at(text);
    if (kind->scopes) {
        *vtdm_dmar_scopes(kind, structure) =
            g_array_new(FALSE, FALSE, sizeof(VTDMDmarScope));
    }
    if (grammar->take_head) {
        grammar->take_head(text, dmar, structure);
        text->p += strcspn(text->p, VTDM_TEXT_WORD_END);
    } else if (vtdm_text_at_word_end(text)) {
        expected_word(text, grammar);
    }
    take_words(text, grammar, structure);
    g_ptr_array_add(list, structure);
    if (text->errors->len > before) {
        g_ptr_array_set_size(list, list->len - 1);
    }
}

static void take_statements(VTDMText *text, VTDMDmar *dmar, unsigned type)
{
    const char *separator = NULL;

    do {
        vtdm_text_skip_blanks(text);
        if (separator && vtdm_text_at_word_end(text)) {
            vtdm_dmar_note(text->errors, separator - text->start,
                           "nothing follows this ';': remove it");
        } else {
            take_statement(text, dmar, type);
        }
        separator = text->p;
    } while (vtdm_text_take(text, ';'));
}

static int by_position(const void *a, const void *b)
{
    const VTDMDmarNote *x = *(VTDMDmarNote *const *)a;
    const VTDMDmarNote *y = *(VTDMDmarNote *const *)b;

    return x->at < y->at ? -1 : x->at > y->at;
}

bool vtdm_dmar_from_string(VTDMDmar *dmar, VTDMDmarType type,
                           const char *text, VTDMDmarNotes *errors)
{
    VTDMText reader = { .start = text, .p = text,
                        .errors = vtdm_dmar_notes_new() };
    GPtrArray *list = *vtdm_dmar_list(&vtdm_dmar_kinds[type], dmar);
    unsigned before = list->len;
    bool ok;

    take_statements(&reader, dmar, type);
    vtdm_dmar_grammars[type].check(dmar, reader.errors);
    ok = !reader.errors->len;
    if (!ok) {
        g_ptr_array_set_size(list, before);
    }
    g_ptr_array_sort(reader.errors, by_position);
    g_ptr_array_extend_and_steal(errors, reader.errors);
    return ok;
}
