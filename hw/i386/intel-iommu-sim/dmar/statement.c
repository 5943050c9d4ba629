/*
 * From the text of a property to structures of a description: statements,
 * each a head and the words that follow it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "grammar.h"
#include "hw/i386/vtdm/dmar-statement.h"
#include "name.h"

/* What a text adds to, and structures of which type. */
typedef struct Target {
    VTDMDmar *dmar;
    VTDMDmarType type;
} Target;

/* [HEAD] WORD WORD ... */
static void take_statement(VTDMText *text, void *opaque)
{
    const Target *target = opaque;
    const VTDMGrammar *grammar = &vtdm_dmar_grammars[target->type];
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[target->type];
    GPtrArray *list = *vtdm_dmar_list(kind, target->dmar);
    void *structure = g_malloc0(grammar->size);
    unsigned before = text->errors->count;

    *(size_t *)structure = vtdm_text_at(text);
    if (kind->scopes) {
        *vtdm_dmar_scopes(kind, structure) =
            g_array_new(FALSE, FALSE, sizeof(VTDMDmarScope));
    }
    if (grammar->take_head) {
        grammar->take_head(text, target->dmar, structure);
        text->p += strcspn(text->p, VTDM_TEXT_WORD_END);
    } else if (vtdm_text_at_word_end(text)) {
        vtdm_text_expected_word(text, grammar->words);
    }
    vtdm_text_take_words(text, grammar->words, structure);
    g_ptr_array_add(list, structure);
    if (text->errors->count > before) {
        g_ptr_array_set_size(list, list->len - 1);
    }
}

bool vtdm_dmar_from_string(VTDMDmar *dmar, VTDMDmarType type,
                           const char *text, VTDMDmarNotes *errors)
{
    VTDMText reader = { .start = text, .p = text,
                        .errors = vtdm_dmar_notes_new() };
    Target target = { dmar, type };
    GPtrArray *list = *vtdm_dmar_list(&vtdm_dmar_kinds[type], dmar);
    unsigned before = list->len;

    vtdm_text_take_statements(&reader, take_statement, &target);
    vtdm_dmar_grammars[type].check(dmar, reader.errors);
    if (vtdm_text_finish(&reader, errors)) {
        return true;
    }
    g_ptr_array_set_size(list, before);
    return false;
}

void vtdm_dmar_check_statements(const VTDMDmar *dmar, VTDMDmarType type,
                                VTDMDmarNotes *errors)
{
    vtdm_dmar_check_named(dmar, type, errors);
}
