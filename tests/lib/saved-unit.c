/*
 * A saved unit taken apart and put together again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "saved-unit.h"

#define MAGIC "VTDMUNIT"

/* ---- apart ---- */

/* What has still to be read; bad: it is no saved unit. */
typedef struct Reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
} Reader;

static bool has(Reader *reader, uint64_t length)
{
    reader->bad |= length > (uint64_t)(reader->end - reader->at);
    return !reader->bad;
}

static uint64_t take(Reader *reader, unsigned width)
{
    uint64_t value = 0;

    if (width > 8 || !has(reader, width)) {
        reader->bad = true;
        return 0;
    }
    for (unsigned i = 0; i < width; i++) {
        value |= (uint64_t)*reader->at++ << (8 * i);
    }
    return value;
}

static char *take_name(Reader *reader)
{
    unsigned length = take(reader, 1);
    char *name;

    if (!has(reader, length)) {
        return g_strdup("");
    }
    name = g_strndup((const char *)reader->at, length);
    reader->at += length;
    return name;
}

static void free_column(gpointer column)
{
    g_free(((SavedColumn *)column)->name);
}

static void free_section(gpointer opaque)
{
    SavedSection *section = opaque;

    g_free(section->name);
    g_array_unref(section->columns);
    g_array_unref(section->numbers);
    g_free(section);
}

static SavedSection *new_section(char *name, unsigned flags)
{
    SavedSection *section = g_new0(SavedSection, 1);

    section->name = name;
    section->flags = flags;
    section->columns = g_array_new(FALSE, FALSE, sizeof(SavedColumn));
    g_array_set_clear_func(section->columns, free_column);
    section->numbers = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    return section;
}

static void take_columns(Reader *reader, SavedSection *section)
{
    for (unsigned left = take(reader, 2); left && !reader->bad; left--) {
        SavedColumn column = { .name = take_name(reader) };

        column.width = take(reader, 1);
        g_array_append_val(section->columns, column);
    }
}

static void take_numbers(Reader *reader, SavedSection *section)
{
    unsigned columns = section->columns->len;
    uint64_t count = take(reader, 4) * columns;

    for (uint64_t i = 0; i < count && !reader->bad; i++) {
        uint64_t number = take(reader, g_array_index(
                                   section->columns, SavedColumn,
                                   i % columns).width);

        g_array_append_val(section->numbers, number);
    }
}

static SavedSection *take_section(Reader *reader)
{
    SavedSection *section = new_section(take_name(reader), 0);
    uint64_t length;

    section->flags = take(reader, 1);
    length = take(reader, 8);
    if (has(reader, length)) {
        Reader rest = { reader->at, reader->at + length };

        take_columns(&rest, section);
        take_numbers(&rest, section);
        reader->at = rest.end;
        reader->bad |= rest.bad || rest.at != rest.end;
    }
    return section;
}

SavedUnit *saved_unit_parse(const GByteArray *bytes)
{
    SavedUnit *unit = g_new0(SavedUnit, 1);
    Reader reader = { bytes->data, bytes->data + bytes->len };

    reader.bad = bytes->len < 28 || memcmp(bytes->data, MAGIC, strlen(MAGIC));
    unit->sections = g_ptr_array_new_with_free_func(free_section);
    if (!reader.bad) {
        reader.at += strlen(MAGIC);
        reader.end -= 8;
        unit->form = take(&reader, 4);
        reader.bad |= take(&reader, 8) != (uint64_t)(reader.end - reader.at);
    }
    while (!reader.bad && reader.at < reader.end) {
        g_ptr_array_add(unit->sections, take_section(&reader));
    }
    if (reader.bad) {
        g_clear_pointer(&unit, saved_unit_free);
    }
    return unit;
}

void saved_unit_free(SavedUnit *unit)
{
    g_ptr_array_unref(unit->sections);
    g_free(unit);
}

/* ---- together ---- */

static void put(GByteArray *bytes, uint64_t value, unsigned width)
{
    uint8_t byte;

    for (unsigned i = 0; i < width; i++) {
        byte = i < 8 ? value >> (8 * i) : 0;
        g_byte_array_append(bytes, &byte, 1);
    }
}

static void put_name(GByteArray *bytes, const char *name)
{
    put(bytes, strlen(name), 1);
    g_byte_array_append(bytes, (const guint8 *)name, strlen(name));
}

static void put_section(GByteArray *bytes, const SavedSection *section)
{
    unsigned columns = section->columns->len;
    g_autoptr(GByteArray) rest = g_byte_array_new();

    put(rest, columns, 2);
    for (guint i = 0; i < columns; i++) {
        const SavedColumn *column = &g_array_index(section->columns,
                                                   SavedColumn, i);

        put_name(rest, column->name);
        put(rest, column->width, 1);
    }
    put(rest, saved_section_count(section), 4);
    for (guint i = 0; i < section->numbers->len; i++) {
        put(rest, g_array_index(section->numbers, uint64_t, i),
            g_array_index(section->columns, SavedColumn, i % columns).width);
    }
    put_name(bytes, section->name);
    put(bytes, section->flags, 1);
    put(bytes, rest->len, 8);
    g_byte_array_append(bytes, rest->data, rest->len);
}

void saved_unit_seal(GByteArray *bytes)
{
    uint64_t sum = 0xcbf29ce484222325;

    g_byte_array_set_size(bytes, bytes->len - 8);
    for (guint i = 0; i < bytes->len; i++) {
        sum = (sum ^ bytes->data[i]) * 0x100000001b3;
    }
    put(bytes, sum, 8);
}

GByteArray *saved_unit_bytes(const SavedUnit *unit)
{
    GByteArray *bytes = g_byte_array_new();
    g_autoptr(GByteArray) sections = g_byte_array_new();

    for (guint i = 0; i < unit->sections->len; i++) {
        put_section(sections, unit->sections->pdata[i]);
    }
    g_byte_array_append(bytes, (const guint8 *)MAGIC, strlen(MAGIC));
    put(bytes, unit->form, 4);
    put(bytes, sections->len, 8);
    g_byte_array_append(bytes, sections->data, sections->len);
    put(bytes, 0, 8);
    saved_unit_seal(bytes);
    return bytes;
}

/* ---- to look at and to change ---- */

SavedSection *saved_unit_section(SavedUnit *unit, const char *name)
{
    for (guint i = 0; i < unit->sections->len; i++) {
        SavedSection *section = unit->sections->pdata[i];

        if (!strcmp(section->name, name)) {
            return section;
        }
    }
    g_error("there is no section %s", name);
}

unsigned saved_section_count(const SavedSection *section)
{
    return section->columns->len
        ? section->numbers->len / section->columns->len : 0;
}

uint64_t *saved_unit_number(SavedUnit *unit, const char *name,
                            unsigned record, const char *column)
{
    SavedSection *section = saved_unit_section(unit, name);

    g_assert_cmpuint(record, <, saved_section_count(section));
    for (guint i = 0; i < section->columns->len; i++) {
        if (!strcmp(g_array_index(section->columns, SavedColumn, i).name,
                    column)) {
            return &g_array_index(section->numbers, uint64_t,
                                  record * section->columns->len + i);
        }
    }
    g_error("there is no column %s in section %s", column, name);
}

static void add_record(SavedSection *section, bool like_first)
{
    guint columns = section->columns->len;

    g_array_set_size(section->numbers, section->numbers->len + columns);
    if (like_first) {
        uint64_t *numbers = (uint64_t *)section->numbers->data;

        memcpy(numbers + section->numbers->len - columns, numbers,
               columns * sizeof(*numbers));
    }
}

/* "SECTION[RECORD].COLUMN=NUMBER" */
static void set_number(SavedUnit *unit, const char *edit)
{
    g_auto(GStrv) sides = g_strsplit(edit, "=", 2);
    g_auto(GStrv) names = g_strsplit(sides[0], ".", 2);
    g_auto(GStrv) record = g_strsplit(names[0], "[", 2);

    *saved_unit_number(unit, record[0], record[1] ? strtoul(record[1], NULL, 0)
                                                  : 0, names[1]) =
        g_ascii_strtoull(sides[1], NULL, 0);
}

static void edit_once(SavedUnit *unit, const char *edit)
{
    switch (*edit) {
    case '-':
        g_ptr_array_remove(unit->sections,
                           saved_unit_section(unit, edit + 1));
        break;
    case '~':
        g_array_set_size(saved_unit_section(unit, edit + 1)->numbers, 0);
        break;
    case '+':
    case '=':
        add_record(saved_unit_section(unit, edit + 1), *edit == '=');
        break;
    default:
        set_number(unit, edit);
    }
}

void saved_unit_edit(SavedUnit *unit, const char *edits)
{
    g_auto(GStrv) words = g_strsplit(edits, " ", -1);

    for (unsigned i = 0; words[i]; i++) {
        if (*words[i]) {
            edit_once(unit, words[i]);
        }
    }
}
