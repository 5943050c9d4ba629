/*
 * Reads the text of a property: numbers, words, and paths to
 * devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "dmar-text.h"

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
        vtdm_dmar_note(text->errors, vtdm_text_at(text), "\"%.*s\": expected "
                       "%s", (int)len, text->p, what);
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

bool vtdm_text_take_path(VTDMText *text, VTDMDmarScope *scope)
{
    if (!vtdm_text_take_byte(text, 16, 0xff, &scope->start_bus) ||
        !vtdm_text_take(text, ':')) {
        return vtdm_text_expected(text, "a path BB:DD.F[/DD.F...], bus 00 to "
                                  "ff, such as 00:1c.0/00.0");
    }
    do {
        VTDMDmarStep *step = &scope->path[scope->steps];

        if (scope->steps == VTDM_SCOPE_MAX_STEPS) {
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
