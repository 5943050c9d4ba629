/*
 * Reads the text of acpidump: for each table a line "NAME @ 0xADDRESS", then
 * lines of an offset, 16 bytes in hexadecimal, and the bytes as characters.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdint.h>
#include <string.h>

#include "acpidump.h"

#define LINE_BYTES  16
#define TITLE       " @ 0x"
#define NAME_CHARS  4

/* A line of the text: @p is what comes next in it. */
typedef struct Line {
    const char *p;
    const char *end;
    unsigned number;                /* 0: before the first one */
} Line;

/* The next line of a text that ends at @limit; false after the last one. */
static bool next_line(Line *line, const char *limit)
{
    const char *start = line->number ? line->end + 1 : line->p;
    const char *newline;

    if (start >= limit) {
        return false;
    }
    newline = memchr(start, '\n', limit - start);
    line->p = start;
    line->end = newline ? newline : limit;
    line->number++;
    return true;
}

static bool is_title(const Line *line)
{
    size_t title = strlen(TITLE);

    return (size_t)(line->end - line->p) > NAME_CHARS + title &&
           !memcmp(line->p + NAME_CHARS, TITLE, title);
}

static bool is_title_of_dmar(const Line *line)
{
    return is_title(line) && !memcmp(line->p, "DMAR", NAME_CHARS);
}

static int take_digit(Line *line)
{
    int digit = line->p < line->end ? g_ascii_xdigit_value(*line->p) : -1;

    line->p += digit >= 0;
    return digit;
}

/* OFFSET: of the line, which must be @expected. */
static bool take_offset(Line *line, size_t expected)
{
    size_t offset = 0;
    int digit;

    while (line->p < line->end && *line->p == ' ') {
        line->p++;
    }
    while (offset <= expected && (digit = take_digit(line)) >= 0) {
        offset = offset << 4 | digit;
    }
    return offset == expected && line->p < line->end && *line->p++ == ':';
}

/* One blank and two digits; more blanks end the bytes of a line. */
static bool take_byte(Line *line, uint8_t *byte)
{
    int high, low;

    if (line->p >= line->end || *line->p != ' ') {
        return false;
    }
    line->p++;
    high = take_digit(line);
    low = take_digit(line);
    *byte = (unsigned)high << 4 | (unsigned)low;
    return high >= 0 && low >= 0;
}

/* Appends the bytes of a line to @table; false if it is of another kind. */
static bool take_bytes(Line *line, GByteArray *table)
{
    unsigned before = table->len;
    uint8_t byte;

    if (!take_offset(line, before)) {
        return false;
    }
    while (table->len - before < LINE_BYTES && take_byte(line, &byte)) {
        g_byte_array_append(table, &byte, 1);
    }
    return table->len > before;
}

bool vtdm_acpidump_is_text(const GByteArray *bytes)
{
    Line line = { .p = (const char *)bytes->data };

    return bytes->len && next_line(&line, line.p + bytes->len) &&
           is_title(&line);
}

GByteArray *vtdm_acpidump_table(const GByteArray *text, char **error)
{
    const char *limit = (const char *)text->data + text->len;
    Line line = { .p = (const char *)text->data };
    g_autoptr(GByteArray) table = g_byte_array_new();
    bool found = false;

    while (!found && next_line(&line, limit)) {
        found = is_title_of_dmar(&line);
    }
    if (!found) {
        *error = g_strdup("it is the text of acpidump, without a DMAR table");
        return NULL;
    }
    while (next_line(&line, limit) && take_bytes(&line, table)) {
    }
    if (!table->len) {
        *error = g_strdup_printf("line %u of acpidump's text is not an "
                                 "offset and bytes, such as \"0000: 44 4D\"",
                                 line.number);
        return NULL;
    }
    return g_steal_pointer(&table);
}
