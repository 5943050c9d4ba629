/*
 * Sections of what a unit is saved as, and how they are written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/save.h"
#include "save-bytes.h"
#include "save-form.h"
#include "save-section.h"

GArray *vtdm_section_columns(const VTDMSection *section, const VTDMUnit *unit)
{
    GArray *columns;

    if (!section->columns) {
        return section->make_columns(unit);
    }
    columns = g_array_new(FALSE, FALSE, sizeof(VTDMColumn));
    return g_array_append_vals(columns, section->columns, section->count);
}

size_t vtdm_section_record(const VTDMSection *section, const GArray *columns)
{
    return section->columns ? section->record
                            : columns->len * sizeof(uint64_t);
}

uint64_t vtdm_column_get(const VTDMColumn *column, const void *record)
{
    const char *field = (const char *)record + column->offset;

    switch (column->size) {
    case 1:
        return *(const uint8_t *)field;
    case 2:
        return *(const uint16_t *)field;
    case 4:
        return *(const uint32_t *)field;
    default:
        return *(const uint64_t *)field;
    }
}

void vtdm_column_put(const VTDMColumn *column, void *record, uint64_t value)
{
    char *field = (char *)record + column->offset;

    switch (column->size) {
    case 1:
        *(uint8_t *)field = value;
        break;
    case 2:
        *(uint16_t *)field = value;
        break;
    case 4:
        *(uint32_t *)field = value;
        break;
    default:
        *(uint64_t *)field = value;
    }
}

static void save_columns(const GArray *columns, GByteArray *bytes)
{
    vtdm_bytes_put(bytes, columns->len, 2);
    for (guint i = 0; i < columns->len; i++) {
        const VTDMColumn *column = &g_array_index(columns, VTDMColumn, i);

        vtdm_bytes_put_name(bytes, column->name);
        vtdm_bytes_put(bytes, column->width, 1);
    }
}

static void save_records(const GArray *columns, const GArray *records,
                         size_t record, GByteArray *bytes)
{
    vtdm_bytes_put(bytes, records->len, 4);
    for (guint i = 0; i < records->len; i++) {
        const char *at = records->data + i * record;

        for (guint j = 0; j < columns->len; j++) {
            const VTDMColumn *column = &g_array_index(columns, VTDMColumn, j);

            vtdm_bytes_put(bytes, vtdm_column_get(column, at), column->width);
        }
    }
}

void vtdm_section_save(const VTDMSection *section, const VTDMUnit *unit,
                       GByteArray *bytes)
{
    g_autoptr(GArray) columns = vtdm_section_columns(section, unit);
    g_autoptr(GByteArray) payload = g_byte_array_new();
    size_t record = vtdm_section_record(section, columns);
    g_autoptr(GArray) records = g_array_new(FALSE, TRUE, record);

    section->save(unit, records);
    save_columns(columns, payload);
    save_records(columns, records, record, payload);
    vtdm_bytes_put_name(bytes, section->name);
    vtdm_bytes_put(bytes, section->cached || section->later
                              ? 0 : VTDM_SECTION_REQUIRED, 1);
    vtdm_bytes_put(bytes, payload->len, 8);
    g_byte_array_append(bytes, payload->data, payload->len);
}

void vtdm_load_refuse(VTDMLoad *load, const char *format, ...)
{
    va_list args;

    load->refused++;
    if (load->problems && load->refused <= VTDM_LOAD_PROBLEMS) {
        va_start(args, format);
        g_ptr_array_add(load->problems, g_strdup_vprintf(format, args));
        va_end(args);
    }
}

const GArray *vtdm_load_records(const VTDMLoad *load, const char *name)
{
    return g_hash_table_lookup(load->records, name);
}
