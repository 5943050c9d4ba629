/*
 * A part of a table's bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_SPAN_H
#define VTDM_DMAR_SPAN_H

#include <stdint.h>

#include "notes.h"

/* Bytes of a table, and where what is wrong with them goes. */
typedef struct VTDMDmarSpan {
    const uint8_t *bytes;
    size_t length;
    size_t at;                      /* offset of @bytes in the table */
    VTDMDmarNotes *errors;
    VTDMDmarNotes *warnings;
} VTDMDmarSpan;

/* The part of @span that starts at byte @from of it. */
VTDMDmarSpan vtdm_dmar_rest(const VTDMDmarSpan *span, size_t from);

/*
 * Warns of bits in @reserved that are set in the first @count bytes of @span,
 * which has as many; @name is what they are part of.
 */
void vtdm_dmar_warn_reserved(const VTDMDmarSpan *span, const char *name,
                             const uint8_t *reserved, size_t count);

#endif
