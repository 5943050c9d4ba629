/*
 * dmarinfo: a table as one JSON object. Addresses are strings, because JSON
 * has no integers of 64 bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "dmarinfo.h"

static void print_string(const char *text)
{
    putchar('"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') {
            printf("\\%c", *p);
        } else if (g_ascii_isprint(*p)) {
            putchar(*p);
        } else {
            printf("\\u%04x", (unsigned char)*p);
        }
    }
    putchar('"');
}

static void print_named(const char *name, const char *text)
{
    print_string(name);
    fputs(": ", stdout);
    print_string(text);
}

/* A string of the header, its blanks cut off, and a comma. */
static void print_id(const char *name, const char *id, size_t len)
{
    g_autofree char *text = dmarinfo_string(id, len);

    printf("  ");
    print_named(name, text);
    puts(",");
}

static void print_list(const GPtrArray *texts)
{
    putchar('[');
    for (unsigned i = 0; i < texts->len; i++) {
        fputs(i ? ", " : "", stdout);
        print_string(texts->pdata[i]);
    }
    putchar(']');
}

static void print_header(const Table *table)
{
    const VTDMDmarHeader *raw = &table->header;
    g_autoptr(GPtrArray) flags = dmarinfo_flags(table);

    printf("  \"length\": %u,\n  \"revision\": %u,\n",
           GUINT32_FROM_LE(raw->length), raw->revision);
    print_id("oem_id", raw->oem_id, sizeof(raw->oem_id));
    print_id("oem_table_id", raw->oem_table_id, sizeof(raw->oem_table_id));
    print_id("creator_id", raw->creator_id, sizeof(raw->creator_id));
    printf("  \"host_address_width\": %u,\n  \"flags\": ",
           table->dmar->host_address_width);
    print_list(flags);
    puts(",");
}

static void print_scope(const Structure *structure,
                        const VTDMDmarScope *scope)
{
    g_autoptr(GPtrArray) flags = dmarinfo_scope_flags(structure, scope);
    g_autofree char *name = vtdm_dmar_scope_name(scope);

    printf("{\"offset\": %zu, \"type\": %u, \"enumeration_id\": %u, "
           "\"flags\": %u, \"flag_names\": ", scope->at, scope->type,
           scope->enumeration_id, scope->flags);
    print_list(flags);
    printf(", \"bus\": %u, \"path\": [", scope->start_bus);
    for (unsigned i = 0; i < scope->steps; i++) {
        printf("%s[%u, %u]", i ? ", " : "", scope->path[i].device,
               scope->path[i].function);
    }
    fputs("], ", stdout);
    print_named("name", name);
    putchar('}');
}

static void print_structure(const Structure *structure)
{
    g_autoptr(GArray) fields = dmarinfo_fields(structure);
    const GArray *scopes = dmarinfo_scopes(structure);

    printf("    {\"offset\": %zu, ", structure->at);
    print_named("type", structure->kind->name);
    for (unsigned i = 0; i < fields->len; i++) {
        const Field *field = &g_array_index(fields, Field, i);

        printf(", \"%s\": ", field->name);
        if (field->is_text) {
            print_string(field->value);
        } else {
            fputs(field->value, stdout);
        }
    }
    fputs(scopes ? ", \"scopes\": [" : "", stdout);
    for (unsigned i = 0; scopes && i < scopes->len; i++) {
        fputs(i ? ",\n      " : "\n      ", stdout);
        print_scope(structure, vtdm_dmar_scope(scopes, i));
    }
    fputs(scopes ? "]}" : "}", stdout);
}

static void print_notes(const char *name, const VTDMDmarNotes *notes)
{
    printf("  \"%s\": [", name);
    for (unsigned i = 0; i < notes->kept->len; i++) {
        const VTDMDmarNote *note = notes->kept->pdata[i];

        printf("%s    {\"offset\": %zu, ", i ? ",\n" : "\n", note->at);
        print_named("text", note->text);
        putchar('}');
    }
    printf("],\n  \"more_%s\": %u", name, notes->count - notes->kept->len);
}

void dmarinfo_print_json(const Table *table)
{
    puts("{");
    print_header(table);
    fputs("  \"structures\": [", stdout);
    for (unsigned i = 0; i < table->structures->len; i++) {
        puts(i ? "," : "");
        print_structure(table->structures->pdata[i]);
    }
    puts("],");
    print_notes("errors", table->errors);
    puts(",");
    print_notes("warnings", table->dmar->warnings);
    puts("\n}");
}
