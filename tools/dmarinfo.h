/*
 * dmarinfo: a DMAR table with what was found wrong in it, and the ways to
 * print it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef DMARINFO_H
#define DMARINFO_H

#include "scope.h"

typedef struct Table {
    VTDMDmarHeader header;
    VTDMDmar *dmar;
    VTDMDmarNotes *errors;
    GPtrArray *structures;          /* of Structure, as the table has them */
} Table;

/* A structure of dmar, with its kind. */
typedef struct Structure {
    const VTDMDmarKind *kind;
    const void *data;
    size_t at;
} Structure;

/* A property of a structure, ready to be printed. */
typedef struct Field {
    const char *name;
    char *value;
    bool is_text;                   /* JSON quotes it */
} Field;

/* The flags of the header that are set, names of the specification. */
GPtrArray *dmarinfo_flags(const Table *table);

/* Its fields, an array of Field that the caller unrefs. */
GArray *dmarinfo_fields(const Structure *structure);

/* The scopes of a structure, or NULL if its kind has none. */
const GArray *dmarinfo_scopes(const Structure *structure);

/* The flags of a scope that are set: names in a SIDP, else a number. */
GPtrArray *dmarinfo_scope_flags(const Structure *structure,
                                const VTDMDmarScope *scope);

/* Text of the header's without its blanks; the caller frees it. */
char *dmarinfo_string(const char *text, size_t len);

/* One for each form of output. */
void dmarinfo_print_text(const Table *table);
void dmarinfo_print_json(const Table *table);
void dmarinfo_print_dot(const Table *table);

#endif
