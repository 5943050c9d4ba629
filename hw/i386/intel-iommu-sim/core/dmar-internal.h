/*
 * What the files of the DMAR table share: the kinds of structure, scopes,
 * notes and the checks that hold for bytes and text alike.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_INTERNAL_H
#define VTDM_DMAR_INTERNAL_H

#include "hw/i386/vtdm/dmar.h"

#define VTDM_DMAR_PAGE 4096

/* Prints an address. */
#define HEX64 "0x%" G_GINT64_MODIFIER "x"

void vtdm_dmar_note(VTDMDmarNotes *notes, size_t at, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

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

/* One kind of structure; what it becomes in memory starts with `at`. */
typedef struct VTDMDmarKind {
    const char *name;
    size_t fixed;                   /* bytes before the first scope */
    uint8_t reserved[sizeof(VTDMDmarRmrr)];     /* bits, byte by byte */
    size_t list;                    /* offset in VTDMDmar */
    size_t scopes;                  /* offset in the structure; 0: none */
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

static inline VTDMDmarScope *vtdm_dmar_scope(const GArray *scopes,
                                             size_t index)
{
    return &g_array_index(scopes, VTDMDmarScope, index);
}

/* The elements of @list, which keeps owning them, in another order. */
static inline GPtrArray *vtdm_dmar_sorted(GPtrArray *list, GCompareFunc order)
{
    GPtrArray *sorted = g_ptr_array_new();

    g_ptr_array_extend(sorted, list, NULL, NULL);
    g_ptr_array_sort(sorted, order);
    return sorted;
}

/* The scopes in @span, which ends where the structure ends. */
GArray *vtdm_dmar_read_scopes(const VTDMDmarSpan *span, unsigned type);
void vtdm_dmar_write_scopes(const GArray *scopes, GByteArray *out);

/* Makes the length and the checksum in the header right. */
void vtdm_dmar_seal(GByteArray *out);

/* "endpoint 00:1c.0/00.0"; the caller frees it. */
char *vtdm_dmar_scope_name(const VTDMDmarScope *scope);

static inline bool vtdm_dmar_scope_is_pci(const VTDMDmarScope *scope)
{
    return scope->type == VTDM_SCOPE_ENDPOINT ||
           scope->type == VTDM_SCOPE_BRIDGE;
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

/*
 * Rules that hold for a description however it was written. What makes it
 * unusable goes to @errors, what is merely wrong to @warnings; they may be
 * the same list.
 */
void vtdm_dmar_check_units(const VTDMDmar *dmar, VTDMDmarNotes *errors,
                           VTDMDmarNotes *warnings);
void vtdm_dmar_check_regions(const VTDMDmar *dmar, VTDMDmarNotes *warnings);
void vtdm_dmar_check_affinities(const VTDMDmar *dmar,
                                VTDMDmarNotes *warnings);
void vtdm_dmar_fit_nodes(VTDMDmar *dmar, unsigned nodes,
                         VTDMDmarNotes *changes);
void vtdm_dmar_check_names(const VTDMDmar *dmar, VTDMDmarNotes *warnings);
void vtdm_dmar_check_groups(const VTDMDmar *dmar, VTDMDmarType type,
                            VTDMDmarNotes *warnings);

/* All of them, and those that hold for a whole table; warns in @dmar. */
void vtdm_dmar_check_table(const VTDMDmar *dmar, VTDMDmarNotes *errors);

bool vtdm_dmar_lists_ioapic(const VTDMDmar *dmar);

#endif
