/*
 * Units as the text of a property describes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "dmar-text.h"

#define DEFAULT_UNITS "0xfed90000 include-all ioapic hpet"

/* What a unit may own, by its word in the text. */
typedef struct Item {
    const char *word;
    VTDMScopeType type;
    const char *standard;           /* the word alone; NULL: it has no id */
} Item;

static const Item items[] = {
    { "endpoint", VTDM_SCOPE_ENDPOINT, NULL },
    { "bridge", VTDM_SCOPE_BRIDGE, NULL },
    { "ioapic", VTDM_SCOPE_IOAPIC, "0@ff:00.0" },
    { "hpet", VTDM_SCOPE_HPET, "0@ff:0f.0" },
};

static const Item *find_item(const char *word, size_t len)
{
    for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
        if (strlen(items[i].word) == len
            && !memcmp(items[i].word, word, len)) {
            return &items[i];
        }
    }
    return NULL;
}

/* [ID@]PATH, up to the end of the word. */
static bool take_device(VTDMText *text, const Item *item,
                        VTDMDmarScope *scope)
{
    if (item->standard
        && !(vtdm_text_take_byte(text, 10, 255, &scope->enumeration_id)
             && vtdm_text_take(text, '@'))) {
        return vtdm_text_expected(text, "ID@BB:DD.F, id 0 to 255, such as "
                                  "0@ff:00.0");
    }
    if (!vtdm_text_take_path(text, scope)) {
        return false;
    }
    return vtdm_text_at_word_end(text)
           || vtdm_text_expected(text, "a space or ';' after the device");
}

static bool take_item(VTDMText *text, VTDMDmarUnit *unit)
{
    size_t len = strcspn(text->p, "=" VTDM_TEXT_WORD_END);
    const Item *item = find_item(text->p, len);
    VTDMDmarScope scope = { .at = vtdm_text_at(text) };
    VTDMText standard = *text;
    bool ok;

    if (!item) {
        return vtdm_text_expected(text, "endpoint=BB:DD.F, bridge=BB:DD.F, "
                                  "ioapic[=ID@BB:DD.F], hpet[=N@BB:DD.F] or "
                                  "include-all");
    }
    scope.type = item->type;
    text->p += len;
    if (vtdm_text_take(text, '=')) {
        ok = take_device(text, item, &scope);
    } else if (item->standard) {
        standard.p = item->standard;
        ok = take_device(&standard, item, &scope);
    } else {
        ok = vtdm_text_expected(text, "'=' and a path after the word, such "
                                "as =00:03.0");
    }
    if (ok) {
        g_array_append_val(unit->scopes, scope);
    }
    return ok;
}

/* Takes "include-all" if that is the next word. */
static bool take_include_all(VTDMText *text, VTDMDmarUnit *unit)
{
    static const char word[] = "include-all";
    size_t len = strcspn(text->p, VTDM_TEXT_WORD_END);

    if (len != strlen(word) || memcmp(text->p, word, len)) {
        return false;
    }
    if (unit->include_all) {
        vtdm_text_expected(text, "include-all once in a unit: remove this "
                           "one");
    }
    text->p += len;
    unit->include_all = true;
    return true;
}

/* BASE ITEM ITEM ... */
static void take_unit(VTDMText *text, VTDMDmar *dmar)
{
    unsigned before = text->errors->len;
    VTDMDmarUnit *unit = g_new0(VTDMDmarUnit, 1);

    unit->at = vtdm_text_at(text);
    unit->size = VTDM_DMAR_PAGE;
    unit->scopes = g_array_new(FALSE, FALSE, sizeof(VTDMDmarScope));
    if (vtdm_text_take_address(text, &unit->base, "the register base of a "
                               "unit, such as 0xfed90000")
        && !vtdm_text_at_word_end(text)) {
        vtdm_text_expected(text, "a space after the register base");
    }
    for (;;) {
        text->p += strcspn(text->p, VTDM_TEXT_WORD_END);
        vtdm_text_skip_blanks(text);
        if (vtdm_text_at_word_end(text)) {
            break;
        }
        if (!take_include_all(text, unit)) {
            take_item(text, unit);
        }
    }
    g_ptr_array_add(dmar->units, unit);
    if (text->errors->len > before) {
        g_ptr_array_set_size(dmar->units, dmar->units->len - 1);
    }
}

bool vtdm_dmar_units_from_string(VTDMDmar *dmar, const char *text,
                                 VTDMDmarNotes *errors)
{
    VTDMText reader = { text, text, vtdm_dmar_notes_new() };
    unsigned before = dmar->units->len;

    vtdm_text_take_statements(&reader, dmar, take_unit);
    if (dmar->units->len) {
        vtdm_dmar_check_units(dmar, reader.errors, reader.errors);
    }
    if (!reader.errors->len && dmar->flags & VTDM_DMAR_INTR_REMAP
        && !vtdm_dmar_lists_ioapic(dmar)) {
        vtdm_dmar_note(reader.errors, 0, "no unit lists the IOAPIC, so that "
                       "guests will not remap interrupts: add \"ioapic\" to "
                       "one unit");
    }
    return vtdm_text_finish(&reader, errors, dmar->units, before);
}

VTDMDmar *vtdm_dmar_default(uint8_t host_address_width, uint8_t flags)
{
    VTDMDmar *dmar = vtdm_dmar_new(host_address_width, flags);
    g_autoptr(GPtrArray) errors = vtdm_dmar_notes_new();
    bool ok = vtdm_dmar_units_from_string(dmar, DEFAULT_UNITS, errors);

    g_assert(ok);
    return dmar;
}
