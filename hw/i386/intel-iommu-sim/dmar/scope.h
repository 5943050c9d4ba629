/*
 * Device scopes in bytes, and what they name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_SCOPE_H
#define VTDM_DMAR_SCOPE_H

#include "structures.h"

static inline VTDMDmarScope *vtdm_dmar_scope(const GArray *scopes,
                                             size_t index)
{
    return &g_array_index(scopes, VTDMDmarScope, index);
}

/* What a SIDP says of a device: a word for each flag. */
typedef struct VTDMDmarProperty {
    const char *name;               /* NULL: the end of the list */
    uint8_t flag;
} VTDMDmarProperty;

extern const VTDMDmarProperty vtdm_dmar_properties[];

/* "endpoint 00:1c.0/00.0"; the caller frees it. */
char *vtdm_dmar_scope_name(const VTDMDmarScope *scope);

static inline bool vtdm_dmar_scope_is_pci(const VTDMDmarScope *scope)
{
    return scope->type == VTDM_DMAR_SCOPE_ENDPOINT ||
           scope->type == VTDM_DMAR_SCOPE_BRIDGE;
}

/* The source-id that a path of one step gives. */
static inline uint16_t vtdm_dmar_scope_source_id(const VTDMDmarScope *scope)
{
    return scope->start_bus << 8 | (scope->path[0].device & 0x1f) << 3 |
           (scope->path[0].function & 7);
}

/* Does @outer name the device of @inner, or a bridge above it? */
bool vtdm_dmar_scope_covers(const VTDMDmarScope *outer,
                            const VTDMDmarScope *inner);

/* The scopes in @span, which ends where the structure ends. */
GArray *vtdm_dmar_read_scopes(const VTDMDmarSpan *span, unsigned type);
void vtdm_dmar_write_scopes(const GArray *scopes, GByteArray *out);

#endif
