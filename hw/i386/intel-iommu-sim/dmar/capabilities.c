/*
 * Units that differ in what they can do, and the text that says how.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "capability-grammar.h"
#include "hw/i386/vtdm/dmar-match.h"

VTDMCapabilities *vtdm_capabilities_new(const VTDMConfig *all)
{
    VTDMCapabilities *capabilities = g_new(VTDMCapabilities, 1);

    capabilities->all = *all;
    capabilities->units = g_array_new(FALSE, FALSE,
                                      sizeof(VTDMUnitCapabilities));
    return capabilities;
}

void vtdm_capabilities_free(VTDMCapabilities *capabilities)
{
    if (capabilities) {
        g_array_unref(capabilities->units);
        g_free(capabilities);
    }
}

static VTDMUnitCapabilities *unit_at(const VTDMCapabilities *capabilities,
                                     unsigned index)
{
    return &g_array_index(capabilities->units, VTDMUnitCapabilities, index);
}

static VTDMUnitCapabilities *find(const VTDMCapabilities *capabilities,
                                  uint64_t base)
{
    for (unsigned i = 0; i < capabilities->units->len; i++) {
        if (unit_at(capabilities, i)->base == base) {
            return unit_at(capabilities, i);
        }
    }
    return NULL;
}

const VTDMConfig *vtdm_capabilities_of(const VTDMCapabilities *capabilities,
                                       uint64_t base)
{
    const VTDMUnitCapabilities *unit = find(capabilities, base);

    return unit ? &unit->config : &capabilities->all;
}

bool vtdm_capabilities_any(const VTDMCapabilities *capabilities, size_t flag)
{
    bool any = *(bool *)((char *)&capabilities->all + flag);

    for (unsigned i = 0; i < capabilities->units->len; i++) {
        any |= *(bool *)((char *)&unit_at(capabilities, i)->config + flag);
    }
    return any;
}

uint8_t vtdm_capabilities_width(const VTDMCapabilities *capabilities)
{
    uint8_t width = capabilities->all.mgaw;

    for (unsigned i = 0; i < capabilities->units->len; i++) {
        width = MIN(width, unit_at(capabilities, i)->config.mgaw);
    }
    return width;
}

void vtdm_capabilities_set_host_width(VTDMCapabilities *capabilities,
                                      uint8_t bits)
{
    capabilities->all.host_address_width = bits;
    for (unsigned i = 0; i < capabilities->units->len; i++) {
        unit_at(capabilities, i)->config.host_address_width = bits;
    }
}

/* The configuration that the statement at @text is about, or NULL. */
static VTDMConfig *take_subject(VTDMText *text, VTDMCapabilities *into)
{
    VTDMUnitCapabilities unit = { .at = vtdm_text_at(text),
                                  .config = into->all };

    if (strcspn(text->p, VTDM_TEXT_WORD_END) == strlen("all") &&
        g_str_has_prefix(text->p, "all")) {
        if (into->units->len) {
            vtdm_dmar_note(text->errors, unit.at, "\"all\" comes before the "
                           "units that differ from it: move it to the front");
        }
        text->p += strlen("all");
        return &into->all;
    }
    if (!vtdm_text_take_address(text, &unit.base, "all, or the register base "
                                "of a unit, such as 0xfed90000")) {
        return NULL;
    }
    if (find(into, unit.base)) {
        vtdm_dmar_note(text->errors, unit.at, "this unit is there twice: put "
                       "all of its words into one statement");
    }
    g_array_append_val(into->units, unit);
    return &unit_at(into, into->units->len - 1)->config;
}

/* SUBJECT WORD WORD ... */
static void take_statement(VTDMText *text, void *opaque)
{
    VTDMConfig unused = ((VTDMCapabilities *)opaque)->all;
    VTDMConfig *config = take_subject(text, opaque);

    if (config && !vtdm_text_at_word_end(text)) {
        vtdm_text_expected(text, "a space after it");
    }
    text->p += strcspn(text->p, VTDM_TEXT_WORD_END);
    vtdm_text_skip_blanks(text);
    if (config || !vtdm_text_at_word_end(text)) {
        vtdm_capability_take_words(text, config ? config : &unused);
    }
}

bool vtdm_capabilities_from_string(VTDMCapabilities *capabilities,
                                   const char *text, VTDMDmarNotes *errors,
                                   VTDMDmarNotes *warnings)
{
    g_autoptr(VTDMCapabilities) read =
        vtdm_capabilities_new(&capabilities->all);
    g_autoptr(VTDMDmarNotes) noticed = vtdm_dmar_notes_new();
    VTDMText reader = { .start = text, .p = text,
                        .errors = vtdm_dmar_notes_new(),
                        .warnings = noticed };

    vtdm_text_take_statements(&reader, take_statement, read);
    if (!vtdm_text_finish(&reader, errors)) {
        return false;
    }
    vtdm_dmar_notes_move(warnings, g_steal_pointer(&noticed));
    capabilities->all = read->all;
    g_array_set_size(capabilities->units, 0);
    g_array_append_vals(capabilities->units, read->units->data,
                        read->units->len);
    return true;
}

/* "0xfed90000, 0xfed91000"; the caller frees it. */
static char *bases_of(const VTDMDmar *dmar)
{
    GString *list = g_string_new(NULL);

    for (unsigned i = 0; i < dmar->units->len; i++) {
        g_string_append_printf(list, "%s" HEX64, i ? ", " : "",
                               vtdm_dmar_unit(dmar, i)->base);
    }
    return g_string_free(list, FALSE);
}

void vtdm_capabilities_check_bases(const VTDMCapabilities *capabilities,
                                   const VTDMDmar *dmar,
                                   VTDMDmarNotes *errors)
{
    g_autofree char *bases = bases_of(dmar);

    for (unsigned i = 0; i < capabilities->units->len; i++) {
        const VTDMUnitCapabilities *unit = unit_at(capabilities, i);

        if (vtdm_dmar_unit_at(dmar, unit->base) < 0) {
            vtdm_dmar_note(errors, unit->at, "no unit has its registers "
                           "there: choose from %s", bases);
        }
    }
}
