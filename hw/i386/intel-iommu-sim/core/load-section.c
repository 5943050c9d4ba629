/*
 * Reading a section of a saved unit: the columns that it has, then the records,
 * each number against what its column allows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>
#include <string.h>

#include "load-section.h"
#include "unit.h"

/* A column of the stream, and where it goes to. */
typedef struct Source {
    const VTDMColumn *column;   /* NULL: of a later version... */
    char *name;                 /* ... that has given it this name */
    unsigned width;
} Source;

typedef struct Reading {
    const VTDMSection *section;
    VTDMLoad *load;
    VTDMBytes *bytes;
    GArray *columns;            /* VTDMColumn, that the section has */
    GHashTable *unread;         /* the same by name, not in the stream yet */
    GArray *sources;            /* Source, in the stream's order */
    size_t width;               /* of a record in the stream */
} Reading;

static const VTDMColumn *column_at(const Reading *reading, guint i)
{
    return &g_array_index(reading->columns, VTDMColumn, i);
}

static void refuse(const Reading *reading, const char *what)
{
    vtdm_load_refuse(reading->load, "section %s %s: " VTDM_DAMAGED,
                     reading->section->name, what);
}

static bool take_column(Reading *reading)
{
    char name[VTDM_NAME_SIZE];
    bool named = vtdm_bytes_take_name(reading->bytes, name);
    Source source = { .width = vtdm_bytes_take(reading->bytes, 1) };

    if (!named || source.width < 1 || source.width > 8) {
        refuse(reading, "has a column without a name or a width");
        return false;
    }
    source.column = g_hash_table_lookup(reading->unread, name);
    source.name = source.column ? NULL : g_strdup(name);
    g_hash_table_remove(reading->unread, name);
    reading->width += source.width;
    g_array_append_val(reading->sources, source);
    return true;
}

static void take_columns(Reading *reading)
{
    unsigned count = vtdm_bytes_take(reading->bytes, 2);

    while (count && take_column(reading)) {
        count--;
    }
    for (guint i = 0; !count && i < reading->columns->len; i++) {
        const VTDMColumn *column = column_at(reading, i);

        if (!column->later &&
            g_hash_table_contains(reading->unread, column->name)) {
            vtdm_load_refuse(reading->load, "section %s lacks column %s: "
                             VTDM_DAMAGED, reading->section->name,
                             column->name);
        }
    }
}

static uint64_t max_of(const VTDMColumn *column)
{
    return column->max ? column->max
                       : UINT64_MAX >> (64 - 8 * column->size);
}

/* The bits of @value that are not as they have to be. */
static uint64_t wrong_bits(const VTDMConfig *config, const VTDMColumn *column,
                           uint64_t value)
{
    uint64_t fixed = column->fixed |
        (column->reserved ? column->reserved(config) : 0);

    return (value ^ column->standard) & fixed;
}

static void check_value(const Reading *reading, const VTDMColumn *column,
                        guint at, uint64_t value)
{
    const char *section = reading->section->name;
    uint64_t max = max_of(column);
    uint64_t wrong = wrong_bits(&reading->load->unit->config, column, value);

    if (value < column->min || value > max) {
        vtdm_load_refuse(reading->load, "section %s, record %u: %s is "
                         "%" PRIu64 ", not %" PRIu64 " to %" PRIu64 ": "
                         VTDM_DAMAGED, section, at, column->name, value,
                         column->min, max);
    } else if (wrong) {
        vtdm_load_refuse(reading->load, "section %s, record %u: %s is "
                         "0x%" PRIx64 ", whose bits 0x%" PRIx64 " cannot be "
                         "so in this unit: " VTDM_DAMAGED, section, at,
                         column->name, value, wrong);
    }
}

/* What the stream lacks is what it was before there was such a column. */
static void put_standards(const Reading *reading, void *record)
{
    GHashTableIter iter;
    gpointer column;

    g_hash_table_iter_init(&iter, reading->unread);
    while (g_hash_table_iter_next(&iter, NULL, &column)) {
        vtdm_column_put(column, record, ((VTDMColumn *)column)->standard);
    }
}

/* What this version does not know may be left out where it is 0. */
static void take_unknown(const Reading *reading, const Source *source,
                         uint64_t value)
{
    if (value) {
        vtdm_load_refuse(reading->load, "section %s has %s=%" PRIu64 ", twice "
                         "or of a later version of this device: load it with "
                         "the version that saved it", reading->section->name,
                         source->name, value);
    }
}

static void take_record(const Reading *reading, guint at, void *record)
{
    for (guint i = 0; i < reading->sources->len; i++) {
        const Source *source = &g_array_index(reading->sources, Source, i);
        uint64_t value = vtdm_bytes_take(reading->bytes, source->width);

        if (source->column) {
            check_value(reading, source->column, at, value);
            vtdm_column_put(source->column, record, value);
        } else {
            take_unknown(reading, source, value);
        }
    }
    put_standards(reading, record);
}

static uint32_t most_of(const Reading *reading)
{
    const VTDMSection *section = reading->section;

    return section->most_of ? section->most_of(&reading->load->unit->config)
                            : section->most;
}

/* Whether there are as many records as there may be, and bytes for them. */
static bool check_count(const Reading *reading, uint32_t count)
{
    uint32_t most = most_of(reading);

    if (reading->bytes->ended ||
        reading->bytes->left != (uint64_t)count * reading->width ||
        (count && !reading->width)) {
        refuse(reading, "is not as long as it says");
        return false;
    }
    if (count < reading->section->least || count > most) {
        vtdm_load_refuse(reading->load, "section %s has %u records, not %u to "
                         "%u: " VTDM_DAMAGED, reading->section->name, count,
                         reading->section->least, most);
        return false;
    }
    return true;
}

static void take_records(const Reading *reading)
{
    size_t record = vtdm_section_record(reading->section, reading->columns);
    uint32_t count = vtdm_bytes_take(reading->bytes, 4);
    GArray *records = g_array_new(FALSE, TRUE, record);

    g_hash_table_insert(reading->load->records,
                        (gpointer)reading->section->name, records);
    if (!check_count(reading, count)) {
        return;
    }
    g_array_set_size(records, count);
    for (uint32_t i = 0; i < count; i++) {
        take_record(reading, i, records->data + i * record);
    }
}

/* Two records, by the columns that no two may share. */
typedef struct Order {
    const VTDMColumn *columns;
    size_t keys;
    const char *data;
    size_t record;
} Order;

static gint by_keys(gconstpointer a, gconstpointer b, gpointer opaque)
{
    const Order *order = opaque;

    for (size_t i = 0; i < order->keys; i++) {
        const VTDMColumn *column = &order->columns[i];
        uint64_t left = vtdm_column_get(
            column, order->data + *(const guint *)a * order->record);
        uint64_t right = vtdm_column_get(
            column, order->data + *(const guint *)b * order->record);

        if (left != right) {
            return left > right ? 1 : -1;
        }
    }
    return 0;
}

/* Sorted, so that no choice of keys makes it slow. */
static void check_twins(const Reading *reading)
{
    const GArray *records = vtdm_load_records(reading->load,
                                              reading->section->name);
    Order order = {
        (VTDMColumn *)reading->columns->data, reading->section->keys,
        records->data, reading->section->record,
    };
    g_autofree guint *places = g_new(guint, records->len + 1);

    for (guint i = 0; i < records->len; i++) {
        places[i] = i;
    }
    g_qsort_with_data(places, records->len, sizeof(*places), by_keys, &order);
    for (guint i = 1; i < records->len; i++) {
        if (!by_keys(&places[i - 1], &places[i], &order)) {
            vtdm_load_refuse(reading->load, "section %s, record %u: record %u "
                             "is of the same: " VTDM_DAMAGED,
                             reading->section->name,
                             MAX(places[i - 1], places[i]),
                             MIN(places[i - 1], places[i]));
        }
    }
}

static void free_name(gpointer source)
{
    g_free(((Source *)source)->name);
}

void vtdm_section_read(const VTDMSection *section, VTDMLoad *load,
                       VTDMBytes *bytes)
{
    Reading reading = {
        .section = section,
        .load = load,
        .bytes = bytes,
        .columns = vtdm_section_columns(section, load->unit),
        .unread = g_hash_table_new(g_str_hash, g_str_equal),
        .sources = g_array_new(FALSE, FALSE, sizeof(Source)),
    };
    unsigned refused = load->refused;

    g_array_set_clear_func(reading.sources, free_name);
    for (guint i = 0; i < reading.columns->len; i++) {
        VTDMColumn *column = &g_array_index(reading.columns, VTDMColumn, i);

        g_hash_table_insert(reading.unread, (gpointer)column->name, column);
    }
    take_columns(&reading);
    if (load->refused == refused) {
        take_records(&reading);
    }
    if (load->refused == refused && section->keys) {
        check_twins(&reading);
    }
    g_array_unref(reading.sources);
    g_hash_table_unref(reading.unread);
    g_array_unref(reading.columns);
}

void vtdm_section_check(const VTDMSection *section, VTDMLoad *load)
{
    const GArray *records = vtdm_load_records(load, section->name);

    for (guint i = 0; section->check && i < records->len; i++) {
        const char *wrong = section->check(load, records, i);

        if (wrong) {
            vtdm_load_refuse(load, "section %s, record %u: %s: " VTDM_DAMAGED,
                             section->name, i, wrong);
        }
    }
}
