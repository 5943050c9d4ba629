/*
 * From a description to the bytes of a DMAR table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/dmar-build.h"
#include "scope.h"

/* Spec: "DMA Remapping Reporting Structure" */
static void write_header(const VTDMDmar *dmar, GByteArray *out)
{
    VTDMDmarHeader raw = dmar->header;

    raw.host_address_width = dmar->host_address_width - 1;
    raw.flags = dmar->flags | (raw.flags & VTDM_DMAR_FLAGS_RESERVED);
    g_byte_array_append(out, (const uint8_t *)&raw, sizeof(raw));
}

void vtdm_dmar_seal(GByteArray *out)
{
    VTDMDmarHeader *raw = (VTDMDmarHeader *)out->data;
    uint8_t sum = 0;

    raw->length = GUINT32_TO_LE(out->len);
    raw->checksum = 0;
    for (unsigned i = 0; i < out->len; i++) {
        sum += out->data[i];
    }
    raw->checksum = -sum;
}

/* A structure and its kind, NULL for one that is kept as it was read. */
typedef struct Entry {
    const VTDMDmarKind *kind;
    const VTDMDmarStructure *structure;
} Entry;

/* Reserved bits, and what follows the part that has a meaning. */
static void restore_raw(const VTDMDmarKind *kind, GBytes *raw, size_t at,
                        GByteArray *out)
{
    size_t len;
    const uint8_t *bytes = g_bytes_get_data(raw, &len);

    for (size_t i = 0; i < kind->fixed; i++) {
        out->data[at + i] |= bytes[i] & kind->reserved[i];
    }
    if (!kind->scopes) {
        g_byte_array_append(out, bytes + kind->fixed, len - kind->fixed);
    }
}

static bool write_prefix(const Entry *entry, size_t at, GByteArray *out,
                         VTDMDmarNotes *errors)
{
    VTDMDmarPrefix prefix = {
        .type = GUINT16_TO_LE(entry->kind - vtdm_dmar_kinds),
        .length = GUINT16_TO_LE(out->len - at),
    };

    if (out->len - at > UINT16_MAX) {
        vtdm_dmar_note(errors, entry->structure->at,
                       "%s: %zu bytes, a structure has at most %u: list "
                       "fewer devices, or a bridge above them",
                       entry->kind->name, out->len - at, UINT16_MAX);
        return false;
    }
    memcpy(out->data + at, &prefix, sizeof(prefix));
    return true;
}

static bool write_known(const Entry *entry, GByteArray *out,
                        VTDMDmarNotes *errors)
{
    GArray **scopes = vtdm_dmar_scopes(entry->kind, entry->structure);
    size_t at = out->len;

    entry->kind->write(entry->structure, out);
    if (entry->structure->raw) {
        restore_raw(entry->kind, entry->structure->raw, at, out);
    }
    if (scopes) {
        vtdm_dmar_write_scopes(*scopes, out);
    }
    return write_prefix(entry, at, out, errors);
}

static bool write_entry(const Entry *entry, GByteArray *out,
                        VTDMDmarNotes *errors)
{
    size_t len;
    const uint8_t *bytes;

    if (entry->kind) {
        return write_known(entry, out, errors);
    }
    bytes = g_bytes_get_data(entry->structure->raw, &len);
    g_byte_array_append(out, bytes, len);
    return true;
}

static void add_entries(GArray *entries, const VTDMDmarKind *kind,
                        const GPtrArray *list)
{
    for (unsigned i = 0; i < list->len; i++) {
        Entry entry = { kind, list->pdata[i] };

        g_array_append_val(entries, entry);
    }
}

static bool is_include_all(const Entry *entry)
{
    return entry->kind == &vtdm_dmar_kinds[VTDM_DMAR_DRHD] &&
           ((const VTDMDmarUnit *)entry->structure)->include_all;
}

/* By type; among units, those that own all other devices come last. */
static int by_type(const void *a, const void *b)
{
    const Entry *x = a, *y = b;

    return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1)
                              : is_include_all(x) - is_include_all(y);
}

static int by_offset(const void *a, const void *b)
{
    const Entry *x = a, *y = b;

    return x->structure->at < y->structure->at
               ? -1 : x->structure->at > y->structure->at;
}

/*
 * All structures, in the order of the table that they were read from.
 *
 * Spec: "Remapping Structure Types",
 * "DMA Remapping Hardware Unit Definition Structure"
 */
static GArray *entries_in_order(const VTDMDmar *dmar)
{
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));

    for (unsigned type = 0; type < VTDM_DMAR_TYPES; type++) {
        add_entries(entries, &vtdm_dmar_kinds[type],
                    *vtdm_dmar_list(&vtdm_dmar_kinds[type], dmar));
    }
    add_entries(entries, NULL, dmar->others);
    g_array_sort(entries, dmar->is_loaded ? by_offset : by_type);
    return entries;
}

GByteArray *vtdm_dmar_build(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GArray) entries = entries_in_order(dmar);
    bool ok = true;

    write_header(dmar, out);
    for (unsigned i = 0; i < entries->len; i++) {
        ok &= write_entry(&g_array_index(entries, Entry, i), out, errors);
    }
    vtdm_dmar_seal(out);
    return ok ? g_steal_pointer(&out) : NULL;
}
