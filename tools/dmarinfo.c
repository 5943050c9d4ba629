/*
 * dmarinfo: prints a DMAR table, and what is wrong with it as the model's
 * parser sees it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dmarinfo.h"
#include "hw/i386/vtdm/dmar-check.h"
#include "hw/i386/vtdm/dmar-file.h"
#include "hw/i386/vtdm/dmar-parse.h"

enum { FINE, PROBLEMS, NO_TABLE };

static const char help[] =
    "usage: dmarinfo [--json | --dot] [FILE]\n"
    "\n"
    "Prints an ACPI DMAR table, binary as /sys/firmware/acpi/tables/DMAR or\n"
    "in the text of acpidump, from FILE or standard input: each structure\n"
    "with its offset, and the problems found.\n"
    "\n"
    "  --json     as a JSON object\n"
    "  --dot      as a graph of units, devices and regions for Graphviz\n"
    "  --help     this text\n"
    "  --version  the version\n"
    "\n"
    "Exit status: 0 the table is fine, 1 it has problems, 2 there is no\n"
    "table to print.\n";

typedef void Printer(const Table *table);

static int by_offset(const void *a, const void *b)
{
    const Structure *x = *(Structure *const *)a;
    const Structure *y = *(Structure *const *)b;

    return x->at < y->at ? -1 : x->at > y->at;
}

/* All structures in one list, in the order of the table. */
static GPtrArray *collect(const VTDMDmar *dmar)
{
    GPtrArray *structures = g_ptr_array_new_with_free_func(g_free);

    for (int type = 0; type < VTDM_DMAR_TYPES; type++) {
        const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
        const GPtrArray *list = *vtdm_dmar_list(kind, dmar);

        for (unsigned i = 0; i < list->len; i++) {
            Structure *structure = g_new(Structure, 1);

            *structure = (Structure) { kind, list->pdata[i],
                                       *(size_t *)list->pdata[i] };
            g_ptr_array_add(structures, structure);
        }
    }
    g_ptr_array_sort(structures, by_offset);
    return structures;
}

/* The table of a file, or of standard input, or NULL after a complaint. */
static GByteArray *load(const char *name)
{
    g_autofree char *error = NULL;
    g_autofree char *shown = vtdm_dmar_escape(name, strlen(name));
    GByteArray *bytes = strcmp(name, "-")
                            ? vtdm_dmar_file_read(name, &error)
                            : vtdm_dmar_stream_read(STDIN_FILENO, &error);

    if (!bytes) {
        fprintf(stderr, "dmarinfo: %s: %s\n", shown, error);
    }
    return bytes;
}

static int show(const GByteArray *bytes, Printer *print)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_read(bytes->data, bytes->len,
                                              errors);
    Table table = { .dmar = dmar, .errors = errors };

    if (!dmar) {
        g_autofree char *text = vtdm_dmar_notes_for_table(errors);

        fprintf(stderr, "dmarinfo: this is no DMAR table: %s", text);
        return NO_TABLE;
    }
    vtdm_dmar_check(dmar, errors);
    memcpy(&table.header, bytes->data, sizeof(table.header));
    table.structures = collect(dmar);
    print(&table);
    g_ptr_array_unref(table.structures);
    return errors->count || dmar->warnings->count ? PROBLEMS : FINE;
}

static int usage(const char *what, const char *argument)
{
    g_autofree char *shown = vtdm_dmar_escape(argument, strlen(argument));

    fprintf(stderr, "dmarinfo: %s %s; dmarinfo --help says what there is\n",
            what, shown);
    return NO_TABLE;
}

/* What an option asks for, or NULL. */
static Printer *find_printer(const char *option)
{
    static const struct {
        const char *option;
        Printer *print;
    } printers[] = {
        { "--json", dmarinfo_print_json },
        { "--dot", dmarinfo_print_dot },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(printers); i++) {
        if (!strcmp(option, printers[i].option)) {
            return printers[i].print;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    g_autoptr(GByteArray) bytes = NULL;
    Printer *print = dmarinfo_print_text;
    const char *file = NULL;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            fputs(help, stdout);
            return FINE;
        }
        if (!strcmp(argv[i], "--version")) {
            puts("dmarinfo (intel-iommu-sim) " VTDM_VERSION);
            return FINE;
        }
        if (argv[i][0] == '-' && argv[i][1]) {
            print = find_printer(argv[i]);
            if (!print) {
                return usage("there is no option", argv[i]);
            }
        } else if (file) {
            return usage("one file at a time, not also", argv[i]);
        } else {
            file = argv[i];
        }
    }
    if (!file && isatty(STDIN_FILENO)) {
        return usage("name a file, such as",
                     "/sys/firmware/acpi/tables/DMAR");
    }
    bytes = load(file ? file : "-");
    return bytes ? show(bytes, print) : NO_TABLE;
}
