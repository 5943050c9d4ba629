/*
 * Reads the text of a property: numbers, paths to devices, words and
 * statements.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "text.h"

/* Of a word that is wrong. */
#define MAX_QUOTED 40

size_t vtdm_text_at(const VTDMText *text)
{
    return text->p - text->start;
}

void vtdm_text_skip_blanks(VTDMText *text)
{
    text->p += strspn(text->p, " ");
}

bool vtdm_text_at_word_end(const VTDMText *text)
{
    return !*text->p || strchr(VTDM_TEXT_WORD_END, *text->p);
}

bool vtdm_text_expected(VTDMText *text, const char *what)
{
    size_t len = strcspn(text->p, VTDM_TEXT_WORD_END);

    if (len) {
        vtdm_dmar_note(text->errors, vtdm_text_at(text), "\"%.*s%s\": "
                       "expected %s", (int)MIN(len, MAX_QUOTED), text->p,
                       len > MAX_QUOTED ? "..." : "", what);
    } else {
        vtdm_dmar_note(text->errors, vtdm_text_at(text), "expected %s", what);
    }
    return false;
}

bool vtdm_text_take(VTDMText *text, char c)
{
    if (*text->p != c) {
        return false;
    }
    text->p++;
    return true;
}

bool vtdm_text_follows(VTDMText *text, char c)
{
    if (!vtdm_text_at_word_end(text) && *text->p != c) {
        return true;
    }
    vtdm_dmar_note(text->errors, vtdm_text_at(text) - 1, "nothing follows "
                   "this '%c': remove it", c);
    return false;
}

bool vtdm_text_take_number(VTDMText *text, int base, uint64_t max,
                           uint64_t *value)
{
    const char *p = text->p;
    int digit;

    *value = 0;
    for (; digit = g_ascii_xdigit_value(*p), digit >= 0 && digit < base; p++) {
        if ((uint64_t)digit > max || *value > (max - digit) / base) {
            return false;
        }
        *value = *value * base + digit;
    }
    if (p == text->p) {
        return false;
    }
    text->p = p;
    return true;
}

bool vtdm_text_take_address(VTDMText *text, uint64_t *address,
                            const char *what)
{
    const char *start = text->p;

    if (g_str_has_prefix(start, "0x")) {
        text->p += 2;
        if (vtdm_text_take_number(text, 16, UINT64_MAX, address)) {
            return true;
        }
        text->p = start;
        if (g_ascii_isxdigit(start[2])) {
            what = "at most 16 hexadecimal digits after 0x";
        }
    }
    return vtdm_text_expected(text, what);
}

bool vtdm_text_take_byte(VTDMText *text, int base, uint8_t max, uint8_t *byte)
{
    uint64_t value;

    if (!vtdm_text_take_number(text, base, max, &value)) {
        return false;
    }
    *byte = value;
    return true;
}

bool vtdm_text_take_value(VTDMText *text, const VTDMWord *word,
                          uint64_t *value)
{
    bool is_given = vtdm_text_take(text, '=');
    VTDMText number = *text;
    g_autofree char *what = NULL;

    if (is_given && vtdm_text_take_number(text, 10, word->value, value) &&
        vtdm_text_at_word_end(text)) {
        return true;
    }
    what = g_strdup_printf("%s, 0 to %u", word->usage, word->value);
    return vtdm_text_expected(&number, what);
}

/* The length of up to four hexadecimal digits and a colon, 0 if not so. */
static size_t digits_and_colon(const char *p)
{
    size_t len = strspn(p, "0123456789abcdefABCDEF");

    return len && len <= 4 && p[len] == ':' ? len + 1 : 0;
}

/* Complains of a path that begins with a segment, as lspci -D prints it. */
static bool refuse_segment(VTDMText *text)
{
    size_t len = digits_and_colon(text->p);
    uint64_t segment = len ? g_ascii_strtoull(text->p, NULL, 16) : 0;

    if (!len || !digits_and_colon(text->p + len)) {
        return false;
    }
    if (segment) {
        vtdm_dmar_note(text->errors, vtdm_text_at(text), "\"%.*s\": leave "
                       "out the segment, and say segment=%u", (int)len,
                       text->p, (unsigned)segment);
    } else {
        vtdm_dmar_note(text->errors, vtdm_text_at(text), "\"%.*s\": leave "
                       "out the segment, 0 goes without saying", (int)len,
                       text->p);
    }
    return true;
}

bool vtdm_text_take_path(VTDMText *text, VTDMDmarScope *scope)
{
    if (refuse_segment(text)) {
        return false;
    }
    if (!vtdm_text_take_byte(text, 16, 0xff, &scope->start_bus) ||
        !vtdm_text_take(text, ':')) {
        return vtdm_text_expected(text, "a path BB:DD.F[/DD.F...], bus 00 to "
                                  "ff, such as 00:1c.0/00.0");
    }
    do {
        VTDMDmarStep *step = &scope->path[scope->steps];

        if (scope->steps == VTDM_DMAR_SCOPE_MAX_STEPS) {
            return vtdm_text_expected(text, "the end of a path: no table "
                                      "has room for more steps");
        }
        if (!vtdm_text_take_byte(text, 16, 0x1f, &step->device) ||
            !vtdm_text_take(text, '.') ||
            !vtdm_text_take_byte(text, 16, 7, &step->function)) {
            return vtdm_text_expected(text, "DD.F, device 00 to 1f and "
                                      "function 0 to 7, such as 03.0");
        }
        scope->steps++;
    } while (vtdm_text_take(text, '/'));
    return true;
}

/* The words of @words as a sentence lists them; the caller frees it. */
static char *words_expected(const VTDMWord *words)
{
    GString *list = g_string_new(NULL);

    for (const VTDMWord *word = words; word->name; word++) {
        if (word > words) {
            g_string_append(list, word[1].name ? ", " : " or ");
        }
        g_string_append(list, word->usage);
    }
    return g_string_free(list, FALSE);
}

void vtdm_text_expected_word(VTDMText *text, const VTDMWord *words)
{
    g_autofree char *list = words_expected(words);

    vtdm_text_expected(text, list);
}

/* The word of @words that comes next, or NULL. */
static const VTDMWord *find_word(const VTDMText *text,
                                 const VTDMWord *words)
{
    size_t len = strcspn(text->p, "=" VTDM_TEXT_WORD_END);

    for (const VTDMWord *word = words; word->name; word++) {
        if (strlen(word->name) == len && !memcmp(word->name, text->p, len)) {
            return word;
        }
    }
    return NULL;
}

static void take_word(VTDMText *text, const VTDMWord *words,
                      void *structure, uint64_t *seen)
{
    const VTDMWord *word = find_word(text, words);

    if (!word) {
        vtdm_text_expected_word(text, words);
        return;
    }
    if (!word->many && *seen & UINT64_C(1) << (word - words)) {
        vtdm_dmar_note(text->errors, vtdm_text_at(text), "%s is there "
                       "twice: remove this one", word->name);
        return;
    }
    *seen |= UINT64_C(1) << (word - words);
    text->word = vtdm_text_at(text);
    text->p += strlen(word->name);
    if (word->take(text, word, (char *)structure + word->offset) &&
        !vtdm_text_at_word_end(text)) {
        vtdm_text_expected(text, "a space or ';' after it");
    }
}

void vtdm_text_take_words(VTDMText *text, const VTDMWord *words,
                          void *structure)
{
    uint64_t seen = 0;

    while (vtdm_text_skip_blanks(text), !vtdm_text_at_word_end(text)) {
        take_word(text, words, structure, &seen);
        text->p += strcspn(text->p, VTDM_TEXT_WORD_END);
    }
    for (const VTDMWord *word = words; word->name; word++) {
        if (word->required && !(seen & UINT64_C(1) << (word - words))) {
            vtdm_text_expected(text, word->usage);
        }
    }
}

void vtdm_text_take_statements(VTDMText *text,
                               void (*take)(VTDMText *text, void *opaque),
                               void *opaque)
{
    const char *separator = NULL;
    size_t len = strlen(text->p);

    if (len > VTDM_TEXT_MAX) {
        vtdm_dmar_note(text->errors, 0, "a text of %zu characters: the "
                       "largest table needs fewer than %u: describe less",
                       len, VTDM_TEXT_MAX);
        return;
    }
    do {
        vtdm_text_skip_blanks(text);
        if (separator && vtdm_text_at_word_end(text)) {
            vtdm_dmar_note(text->errors, separator - text->start,
                           "nothing follows this ';': remove it");
        } else {
            take(text, opaque);
        }
        separator = text->p;
    } while (vtdm_text_take(text, ';'));
}

bool vtdm_text_finish(VTDMText *text, VTDMDmarNotes *errors)
{
    bool ok = !text->errors->count;

    vtdm_dmar_notes_sort(text->errors);
    vtdm_dmar_notes_move(errors, text->errors);
    return ok;
}
