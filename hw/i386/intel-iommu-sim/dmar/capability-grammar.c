/*
 * Capabilities as words: each has the name of the property that gives it to
 * all units, and two take a whole register of a real machine.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "capability-grammar.h"
#include "hw/i386/vtdm/capability-names.h"
#include "hw/i386/vtdm/config-register.h"

/* The register of a real unit; @at is the offset of the word. */
typedef struct Given {
    uint64_t value;
    uint64_t unmet;             /* bits that need others */
    size_t at;
} Given;

typedef struct Statement {
    VTDMConfig *config;
    Given cap;
    Given ecap;
} Statement;

static Given *given_register(Statement *statement, uint32_t reg)
{
    return reg == VTDM_REG_CAP ? &statement->cap : &statement->ecap;
}

static bool take_on_or_off(VTDMText *text, uint64_t *value)
{
    static const char *const values[] = { "=off", "=on" };
    size_t len = strcspn(text->p, VTDM_TEXT_WORD_END);

    for (size_t on = 0; on < G_N_ELEMENTS(values); on++) {
        if (strlen(values[on]) == len && !memcmp(values[on], text->p, len)) {
            text->p += len;
            *value = on;
            return true;
        }
    }
    return vtdm_text_expected(text, "=on or =off");
}

static bool take_switch(VTDMText *text, const VTDMWord *word, void *opaque)
{
    VTDMConfig *config = ((Statement *)opaque)->config;
    uint64_t on = 0;

    return take_on_or_off(text, &on) &&
           (vtdm_config_set(config, vtdm_config_row(word->name), on) ||
            vtdm_text_expected(text, "aw-bits= before it"));
}

static bool take_number(VTDMText *text, const VTDMWord *word, void *opaque)
{
    VTDMConfig *config = ((Statement *)opaque)->config;
    const VTDMConfigRow *row = vtdm_config_row(word->name);
    g_autofree char *choice = vtdm_config_row_choice(row);
    g_autofree char *what = g_strdup_printf("%s, %s", word->usage, choice);
    uint64_t value;
    VTDMText number;

    if (!vtdm_text_take(text, '=')) {
        return vtdm_text_expected(text, what);
    }
    number = *text;
    return (vtdm_text_take_number(text, 10, UINT32_MAX, &value) &&
            vtdm_config_set(config, row, value)) ||
           vtdm_text_expected(&number, what);
}

static bool is_possible(VTDMText *text, const VTDMWord *word, uint64_t value)
{
    uint32_t number;
    const VTDMConfigRow *row = vtdm_config_impossible(word->value, value,
                                                      &number);
    g_autofree char *names = NULL;
    g_autofree char *values = NULL;

    if (row) {
        names = vtdm_capability_names(word->value, row->mask);
        values = vtdm_config_row_values(row);
        vtdm_dmar_note(text->errors, text->word, "%s=" HEX64 " is no unit's: "
                       "%s would be %u, where units of PCs have %s: check "
                       "that all digits are there", word->name, value, names,
                       number, values);
    }
    return !row;
}

static void warn_of(VTDMText *text, size_t at, uint32_t reg, uint64_t bits,
                    const char *why)
{
    g_autofree char *names = vtdm_capability_names(reg, bits);

    if (bits) {
        vtdm_dmar_note(text->warnings, at, "%s= has bits that %s, they are "
                       "clear: %s", reg == VTDM_REG_CAP ? "cap" : "ecap", why,
                       names);
    }
}

static bool take_register(VTDMText *text, const VTDMWord *word, void *opaque)
{
    Statement *statement = opaque;
    Given *given = given_register(statement, word->value);
    uint64_t lost;

    if (!vtdm_text_take(text, '=')) {
        return vtdm_text_expected(text, "'=' and a register");
    }
    if (!vtdm_text_take_address(text, &given->value, "0x and the "
                                "digits that the kernel prints, such as "
                                "0xd2008c40660462") ||
        !is_possible(text, word, given->value)) {
        return false;
    }
    given->at = text->word;
    lost = vtdm_config_set_register(statement->config, word->value,
                                    given->value);
    given->unmet = lost & vtdm_config_zeroes(statement->config, word->value);
    warn_of(text, given->at, word->value, lost & ~given->unmet,
            "this model lacks");
    return true;
}

/* What a register has without the rest of the unit having what it needs. */
static void drop_unmet(VTDMText *text, Statement *statement, uint32_t reg)
{
    Given *given = given_register(statement, reg);

    given->unmet |= vtdm_config_drop_unmet(statement->config, reg,
                                           given->value);
    warn_of(text, given->at, reg, given->unmet,
            "need others which this unit lacks");
}

#define IS_SWITCH(kind) ((kind) == VTDM_SWITCH || (kind) == VTDM_WIDTHS)
#define ROW(kind, type, field, name, ...) \
    { name, IS_SWITCH(kind) ? name "=on" : name "=N", \
      IS_SWITCH(kind) ? take_switch : take_number },

static const VTDMWord words[] = {
    { "cap", "cap=0x...", take_register, .value = VTDM_REG_CAP },
    { "ecap", "ecap=0x...", take_register, .value = VTDM_REG_ECAP },
#include "hw/i386/vtdm/config-rows.h.inc"
    { NULL }
};

void vtdm_capability_take_words(VTDMText *text, VTDMConfig *config)
{
    Statement statement = { .config = config };

    if (vtdm_text_at_word_end(text)) {
        vtdm_text_expected_word(text, words);
    }
    vtdm_text_take_words(text, words, &statement);
    drop_unmet(text, &statement, VTDM_REG_ECAP);
    drop_unmet(text, &statement, VTDM_REG_CAP);
}
