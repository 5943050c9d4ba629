/*
 * From the bytes of a DMAR table to a description: the header, then one
 * structure after the other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/dmar-check.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "scope.h"

/* Spec: "DMA Remapping Reporting Structure" */
static const uint8_t header_reserved[sizeof(VTDMDmarHeader)] = {
    [offsetof(VTDMDmarHeader, flags)] = VTDM_DMAR_FLAGS_RESERVED,
    [offsetof(VTDMDmarHeader, reserved) ...
     sizeof(VTDMDmarHeader) - 1] = 0xff,
};

static uint8_t sum_of(const uint8_t *bytes, size_t count)
{
    uint8_t sum = 0;

    while (count--) {
        sum += *bytes++;
    }
    return sum;
}

/* Can a table have this length, and is it all there? */
static bool check_length(const VTDMDmarSpan *span, uint32_t length)
{
    size_t at = offsetof(VTDMDmarHeader, length);

    if (length < sizeof(VTDMDmarHeader)) {
        vtdm_dmar_note(span->errors, at, "table: the header gives a length of "
                       "%u, it alone needs %zu", length,
                       sizeof(VTDMDmarHeader));
    } else if (length > VTDM_DMAR_MAX_LENGTH) {
        vtdm_dmar_note(span->errors, at, "table: %u bytes, QEMU takes ACPI "
                       "tables of up to %u", length, VTDM_DMAR_MAX_LENGTH);
    } else if (length > span->length) {
        vtdm_dmar_note(span->errors, at, "table: the header gives a length of "
                       "%u, but %zu bytes are there: the end is cut off",
                       length, span->length);
    } else {
        return true;
    }
    return false;
}

/* Is @span a whole ACPI table with the signature DMAR? Cuts its tail off. */
static bool check_frame(VTDMDmarSpan *span)
{
    VTDMDmarHeader raw;
    uint32_t length;

    if (span->length < sizeof(raw)) {
        vtdm_dmar_note(span->errors, 0, "table: %zu bytes, the header alone "
                       "needs %zu", span->length, sizeof(raw));
        return false;
    }
    memcpy(&raw, span->bytes, sizeof(raw));
    if (memcmp(raw.signature, VTDM_DMAR_SIGNATURE, sizeof(raw.signature))) {
        vtdm_dmar_note(span->errors, 0, "table: the signature is %02x %02x "
                       "%02x %02x, expected \"" VTDM_DMAR_SIGNATURE "\"",
                       span->bytes[0], span->bytes[1], span->bytes[2],
                       span->bytes[3]);
        return false;
    }
    length = GUINT32_FROM_LE(raw.length);
    if (!check_length(span, length)) {
        return false;
    }
    if (length < span->length) {
        vtdm_dmar_note(span->warnings, length, "table: %zu bytes after its "
                       "end are ignored", span->length - length);
    }
    span->length = length;
    return true;
}

static void check_header(const VTDMDmarSpan *span, const VTDMDmarHeader *raw,
                         unsigned width)
{
    uint8_t sum = sum_of(span->bytes, span->length);

    if (sum) {
        vtdm_dmar_note(span->errors, offsetof(VTDMDmarHeader, checksum),
                       "table: the checksum is 0x%02x, expected 0x%02x",
                       raw->checksum, (uint8_t)(raw->checksum - sum));
    }
    if (width < VTDM_DMAR_MIN_ADDRESS_WIDTH ||
        width > VTDM_DMAR_MAX_ADDRESS_WIDTH) {
        vtdm_dmar_note(span->errors,
                       offsetof(VTDMDmarHeader, host_address_width),
                       "table: a host address width of %u bits, expected %u "
                       "to %u", width, VTDM_DMAR_MIN_ADDRESS_WIDTH,
                       VTDM_DMAR_MAX_ADDRESS_WIDTH);
    }
    if (raw->revision < VTDM_DMAR_REVISION ||
        raw->revision > VTDM_DMAR_REVISION_LAST) {
        vtdm_dmar_note(span->warnings, offsetof(VTDMDmarHeader, revision),
                       "table: revision %u, expected %u", raw->revision,
                       VTDM_DMAR_REVISION);
    }
    vtdm_dmar_warn_reserved(span, "table", header_reserved,
                            sizeof(header_reserved));
}

static void set_origin(VTDMDmarStructure *structure,
                       const VTDMDmarSpan *span)
{
    structure->at = span->at;
    structure->raw = g_bytes_new(span->bytes, span->length);
}

static void keep_other(VTDMDmar *dmar, const VTDMDmarSpan *span)
{
    VTDMDmarStructure *other = g_new(VTDMDmarStructure, 1);

    set_origin(other, span);
    g_ptr_array_add(dmar->others, other);
}

/* A structure of a known kind, at least as long as its fixed part. */
static void read_known(VTDMDmar *dmar, unsigned type,
                       const VTDMDmarSpan *span)
{
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
    VTDMDmarStructure *structure = kind->read(span);
    GArray **scopes;

    vtdm_dmar_warn_reserved(span, kind->name, kind->reserved,
                  MIN(kind->fixed, sizeof(kind->reserved)));
    if (!structure) {
        keep_other(dmar, span);
        return;
    }
    set_origin(structure, span);
    scopes = vtdm_dmar_scopes(kind, structure);
    if (scopes) {
        VTDMDmarSpan rest = vtdm_dmar_rest(span, kind->fixed);

        *scopes = vtdm_dmar_read_scopes(&rest, type);
    }
    g_ptr_array_add(*vtdm_dmar_list(kind, dmar), structure);
}

/* Does a structure of the length that it claims fit? */
static bool structure_fits(const VTDMDmarSpan *span, unsigned type,
                           size_t length)
{
    size_t expected = sizeof(VTDMDmarPrefix);
    const char *name = "structure of unknown type";

    if (type < VTDM_DMAR_TYPES) {
        expected = vtdm_dmar_kinds[type].fixed;
        name = vtdm_dmar_kinds[type].name;
    }
    if (length < expected) {
        vtdm_dmar_note(span->errors, span->at, "%s: a length of %zu, "
                       "expected at least %zu", name, length, expected);
        return false;
    }
    if (length > span->length) {
        vtdm_dmar_note(span->errors, span->at, "%s: runs past the end of the "
                       "table (length %zu, %zu bytes left)", name, length,
                       span->length);
        return false;
    }
    return true;
}

/*
 * The structure at the start of @span; returns its length, 0 if the next
 * one cannot be found. *@last is the highest type so far.
 *
 * Spec: "Remapping Structure Types"
 */
static size_t read_structure(VTDMDmar *dmar, VTDMDmarSpan span,
                             unsigned *last)
{
    VTDMDmarPrefix prefix;
    unsigned type;

    if (span.length < sizeof(prefix)) {
        vtdm_dmar_note(span.errors, span.at, "structure: its type and length "
                       "need %zu bytes, %zu are left", sizeof(prefix),
                       span.length);
        return 0;
    }
    memcpy(&prefix, span.bytes, sizeof(prefix));
    type = GUINT16_FROM_LE(prefix.type);
    if (!structure_fits(&span, type, GUINT16_FROM_LE(prefix.length))) {
        return 0;
    }
    span.length = GUINT16_FROM_LE(prefix.length);

    if (type < *last) {
        vtdm_dmar_note(span.warnings, span.at, "structure: type %u after "
                       "type %u, expected increasing types", type, *last);
    }
    *last = MAX(*last, type);
    if (type < VTDM_DMAR_TYPES) {
        read_known(dmar, type, &span);
    } else {
        vtdm_dmar_note(span.warnings, span.at, "structure: unknown type %u, "
                       "%zu bytes skipped", type, span.length);
        keep_other(dmar, &span);
    }
    return span.length;
}

static void read_structures(VTDMDmar *dmar, const VTDMDmarSpan *span)
{
    size_t from = sizeof(VTDMDmarHeader);
    size_t length = 1;
    unsigned last = 0;

    while (from < span->length && length) {
        length = read_structure(dmar, vtdm_dmar_rest(span, from), &last);
        from += length;
    }
}

VTDMDmar *vtdm_dmar_read(const void *table, size_t len,
                         VTDMDmarNotes *errors)
{
    VTDMDmarSpan span = { .bytes = table, .length = len, .errors = errors };
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(0, 0);
    VTDMDmarHeader raw;
    unsigned before;

    span.warnings = dmar->warnings;
    if (!check_frame(&span)) {
        return NULL;
    }
    memcpy(&raw, table, sizeof(raw));
    dmar->header = raw;
    dmar->is_loaded = true;
    dmar->host_address_width = raw.host_address_width + 1;
    dmar->flags = raw.flags & ~VTDM_DMAR_FLAGS_RESERVED;
    check_header(&span, &raw, raw.host_address_width + 1);
    before = errors->count;
    read_structures(dmar, &span);
    dmar->is_broken = errors->count > before;
    return g_steal_pointer(&dmar);
}

VTDMDmar *vtdm_dmar_parse(const void *table, size_t len,
                          VTDMDmarNotes *errors)
{
    unsigned before = errors->count;
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_read(table, len, errors);

    if (dmar) {
        vtdm_dmar_check(dmar, errors);
    }
    return errors->count == before ? g_steal_pointer(&dmar) : NULL;
}
