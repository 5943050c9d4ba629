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
    raw.flags = dmar->flags;
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

static bool write_structure(unsigned type, const void *structure,
                            GByteArray *out, VTDMDmarNotes *errors)
{
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
    GArray **scopes = vtdm_dmar_scopes(kind, structure);
    size_t at = out->len;
    VTDMDmarPrefix prefix;

    kind->write(structure, out);
    if (scopes) {
        vtdm_dmar_write_scopes(*scopes, out);
    }
    if (out->len - at > UINT16_MAX) {
        vtdm_dmar_note(errors, *(const size_t *)structure,
                       "%s: %zu bytes, a structure has at most %u: list "
                       "fewer devices, or a bridge above them", kind->name,
                       out->len - at, UINT16_MAX);
        return false;
    }
    prefix.type = GUINT16_TO_LE(type);
    prefix.length = GUINT16_TO_LE(out->len - at);
    memcpy(out->data + at, &prefix, sizeof(prefix));
    return true;
}

/*
 * A list of units in which those that own all other devices come last.
 *
 * Spec: "DMA Remapping Hardware Unit Definition Structure"
 */
static GPtrArray *units_in_order(const VTDMDmar *dmar)
{
    GPtrArray *order = g_ptr_array_new();

    for (int include_all = 0; include_all < 2; include_all++) {
        for (unsigned i = 0; i < dmar->units->len; i++) {
            if (vtdm_dmar_unit(dmar, i)->include_all == include_all) {
                g_ptr_array_add(order, vtdm_dmar_unit(dmar, i));
            }
        }
    }
    return order;
}

static bool write_list(unsigned type, const GPtrArray *list, GByteArray *out,
                       VTDMDmarNotes *errors)
{
    bool ok = true;

    for (unsigned i = 0; i < list->len; i++) {
        ok &= write_structure(type, list->pdata[i], out, errors);
    }
    return ok;
}

GByteArray *vtdm_dmar_build(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    g_autoptr(GPtrArray) units = units_in_order(dmar);
    bool ok;

    write_header(dmar, out);
    ok = write_list(VTDM_DMAR_DRHD, units, out, errors);
    for (unsigned type = VTDM_DMAR_DRHD + 1; type < VTDM_DMAR_TYPES; type++) {
        ok &= write_list(type, *vtdm_dmar_list(&vtdm_dmar_kinds[type], dmar),
                         out, errors);
    }
    vtdm_dmar_seal(out);
    return ok ? g_steal_pointer(&out) : NULL;
}
