/*
 * A part of a table's bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "span.h"

VTDMDmarSpan vtdm_dmar_rest(const VTDMDmarSpan *span, size_t from)
{
    VTDMDmarSpan rest = *span;

    rest.bytes += from;
    rest.length -= from;
    rest.at += from;
    return rest;
}

void vtdm_dmar_warn_reserved(const VTDMDmarSpan *span, const char *name,
                             const uint8_t *reserved, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span->bytes[i] & reserved[i]) {
            vtdm_dmar_note(span->warnings, span->at + i,
                           "%s: reserved bits 0x%02x are set", name,
                           span->bytes[i] & reserved[i]);
        }
    }
}
