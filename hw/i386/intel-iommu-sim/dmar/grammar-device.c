/*
 * The words of a text that name devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "grammar-device.h"

/* [ID@]PATH */
static bool take_device(VTDMText *text, VTDMDmarScope *scope)
{
    if (!vtdm_dmar_scope_is_pci(scope) &&
        !(vtdm_text_take_byte(text, 10, 255, &scope->enumeration_id) &&
          vtdm_text_take(text, '@'))) {
        return vtdm_text_expected(text, "ID@BB:DD.F, id 0 to 255, such as "
                                  "0@ff:00.0");
    }
    return vtdm_text_take_path(text, scope);
}

/* Adds the scope that follows the word to the array in @field. */
static VTDMDmarScope *take_new_scope(VTDMText *text, const VTDMWord *word,
                                     void *field)
{
    VTDMDmarScope scope = { .at = text->word, .type = word->value };
    GArray *scopes = *(GArray **)field;
    VTDMText standard = *text;
    bool ok;

    if (vtdm_text_take(text, '=')) {
        ok = take_device(text, &scope);
    } else if (word->standard && vtdm_text_at_word_end(text)) {
        standard.p = word->standard;
        ok = take_device(&standard, &scope);
    } else {
        ok = vtdm_text_expected(text, "'=' and a device after the word, "
                                "such as =00:03.0");
    }
    if (!ok) {
        return NULL;
    }
    g_array_append_val(scopes, scope);
    return vtdm_dmar_scope(scopes, scopes->len - 1);
}

bool vtdm_grammar_take_scope(VTDMText *text, const VTDMWord *word,
                             void *field)
{
    return take_new_scope(text, word, field);
}

static bool take_property(VTDMText *text, uint8_t *flags)
{
    size_t len = strcspn(text->p, "+" VTDM_TEXT_WORD_END);

    for (const VTDMDmarProperty *p = vtdm_dmar_properties; p->name; p++) {
        if (strlen(p->name) == len && !memcmp(p->name, text->p, len)) {
            *flags |= p->flag;
            text->p += len;
            return true;
        }
    }
    return vtdm_text_expected(text, "no-nested, no-pwsnp, no-pgsnp, "
                              "atc-hardened or atc-required");
}

bool vtdm_grammar_take_properties(VTDMText *text, const VTDMWord *word,
                                  void *field)
{
    VTDMDmarScope *scope = take_new_scope(text, word, field);
    bool ok = scope;

    while (ok && vtdm_text_take(text, '+')) {
        ok = vtdm_text_follows(text, '+') &&
             take_property(text, &scope->flags);
    }
    return ok;
}
