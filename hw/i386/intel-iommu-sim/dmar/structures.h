/*
 * The kinds of structure that a table contains, as rows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_STRUCTURES_H
#define VTDM_DMAR_STRUCTURES_H

#include "hw/i386/vtdm/dmar.h"
#include "span.h"

#define VTDM_DMAR_PAGE 4096

/* One kind of structure; what it becomes in memory starts with `at`. */
typedef struct VTDMDmarKind {
    const char *name;
    size_t fixed;                   /* bytes before the first scope */
    uint8_t reserved[sizeof(VTDMDmarRmrr)];     /* bits, byte by byte */
    size_t list;                    /* offset in VTDMDmar */
    size_t segment;                 /* offset in the structure; 0: none */
    size_t scopes;                  /* the same */
    unsigned scope_types;           /* those that it may contain, as bits */
    void *(*read)(const VTDMDmarSpan *span);    /* NULL: ignore it */
    void (*write)(const void *structure, GByteArray *out);
    GDestroyNotify free;
} VTDMDmarKind;

extern const VTDMDmarKind vtdm_dmar_kinds[VTDM_DMAR_TYPES];

static inline GPtrArray **vtdm_dmar_list(const VTDMDmarKind *kind,
                                         const VTDMDmar *dmar)
{
    return (GPtrArray **)((char *)dmar + kind->list);
}

/* Where @structure keeps its scopes, or NULL if its kind has none. */
static inline GArray **vtdm_dmar_scopes(const VTDMDmarKind *kind,
                                        const void *structure)
{
    return kind->scopes ? (GArray **)((char *)structure + kind->scopes) : NULL;
}

static inline VTDMDmarUnit *vtdm_dmar_unit(const VTDMDmar *dmar, size_t index)
{
    return dmar->units->pdata[index];
}

/* The elements of @list, which keeps owning them, in another order. */
static inline GPtrArray *vtdm_dmar_sorted(GPtrArray *list, GCompareFunc order)
{
    GPtrArray *sorted = g_ptr_array_new();

    g_ptr_array_extend(sorted, list, NULL, NULL);
    g_ptr_array_sort(sorted, order);
    return sorted;
}

#endif
