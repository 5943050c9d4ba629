/*
 * dmarinfo: a table as text, one line for each structure and scope.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "dmarinfo.h"

static void print_header(const Table *table)
{
    const VTDMDmarHeader *raw = &table->header;
    g_autofree char *oem = dmarinfo_string(raw->oem_id, sizeof(raw->oem_id));
    g_autofree char *name = dmarinfo_string(raw->oem_table_id,
                                            sizeof(raw->oem_table_id));
    g_autofree char *creator = dmarinfo_string(raw->creator_id,
                                               sizeof(raw->creator_id));
    g_autoptr(GPtrArray) flags = dmarinfo_flags(table);

    printf("DMAR: %u bytes, revision %u, OEM \"%s\" \"%s\", creator "
           "\"%s\"\n", GUINT32_FROM_LE(raw->length), raw->revision, oem,
           name, creator);
    printf("host address width: %u bits\nflags:",
           table->dmar->host_address_width);
    for (unsigned i = 0; i < flags->len; i++) {
        printf(" %s", (char *)flags->pdata[i]);
    }
    printf("%s\n\n", flags->len ? "" : " none");
}

static void print_scope(const Structure *structure,
                        const VTDMDmarScope *scope)
{
    g_autoptr(GPtrArray) flags = dmarinfo_scope_flags(structure, scope);
    g_autofree char *name = vtdm_dmar_scope_name(scope);

    printf("0x%04zx        %s", scope->at, name);
    for (unsigned i = 0; i < flags->len; i++) {
        printf("%s%s", i ? "+" : " flags=", (char *)flags->pdata[i]);
    }
    putchar('\n');
}

static void print_structure(const Structure *structure)
{
    g_autoptr(GArray) fields = dmarinfo_fields(structure);
    const GArray *scopes = dmarinfo_scopes(structure);

    printf("0x%04zx  %s ", structure->at, structure->kind->name);
    for (unsigned i = 0; i < fields->len; i++) {
        const Field *field = &g_array_index(fields, Field, i);

        g_autofree char *value = vtdm_dmar_escape(field->value,
                                                  strlen(field->value));

        printf(" %s=%s", field->name, value);
    }
    putchar('\n');
    for (unsigned i = 0; scopes && i < scopes->len; i++) {
        print_scope(structure, vtdm_dmar_scope(scopes, i));
    }
}

static void print_notes(const char *what, const VTDMDmarNotes *notes)
{
    for (unsigned i = 0; i < notes->kept->len; i++) {
        const VTDMDmarNote *note = notes->kept->pdata[i];

        printf("%s: offset 0x%zx: %s\n", what, note->at, note->text);
    }
    if (notes->count > notes->kept->len) {
        printf("%s: and %u more\n", what, notes->count - notes->kept->len);
    }
}

void dmarinfo_print_text(const Table *table)
{
    print_header(table);
    for (unsigned i = 0; i < table->structures->len; i++) {
        print_structure(table->structures->pdata[i]);
    }
    putchar('\n');
    print_notes("error", table->errors);
    print_notes("warning", table->dmar->warnings);
    if (!table->errors->count && !table->dmar->warnings->count) {
        puts("no problem found");
    }
}
