/*
 * dmarinfo: a table as a graph for Graphviz: units, the devices that they
 * own, and the reserved memory regions that the devices use.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "dmarinfo.h"

/* An edge from @from to each device of @scopes. */
static void print_devices(const char *from, unsigned segment,
                          const GArray *scopes)
{
    for (unsigned i = 0; i < scopes->len; i++) {
        g_autofree char *name =
            vtdm_dmar_scope_name(vtdm_dmar_scope(scopes, i));

        printf("  \"%s\" -> \"%u: %s\";\n", from, segment, name);
    }
}

static void print_unit(const VTDMDmarUnit *unit)
{
    g_autofree char *name = g_strdup_printf("unit " HEX64, unit->base);

    printf("  \"%s\" [shape=box, style=bold];\n", name);
    print_devices(name, unit->segment, unit->scopes);
    if (unit->include_all) {
        printf("  \"%s\" -> \"%u: every other PCI device\";\n", name,
               unit->segment);
    }
}

static void print_region(const VTDMDmarRegion *region)
{
    g_autofree char *name = g_strdup_printf("region " HEX64 " to " HEX64,
                                            region->base, region->limit);

    printf("  \"%s\" [shape=note];\n", name);
    print_devices(name, region->segment, region->scopes);
}

void dmarinfo_print_dot(const Table *table)
{
    puts("digraph DMAR {\n  rankdir=LR;");
    for (unsigned i = 0; i < table->dmar->units->len; i++) {
        print_unit(table->dmar->units->pdata[i]);
    }
    for (unsigned i = 0; i < table->dmar->regions->len; i++) {
        print_region(table->dmar->regions->pdata[i]);
    }
    puts("}");
}
