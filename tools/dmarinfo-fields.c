/*
 * dmarinfo: what a structure says, as a list of named values.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "dmarinfo.h"

static void field_clear(void *field)
{
    g_free(((Field *)field)->value);
}

static void add_number(GArray *fields, const char *name, uint64_t value)
{
    Field field = { name, g_strdup_printf("%" G_GUINT64_FORMAT, value) };

    g_array_append_val(fields, field);
}

static void add_address(GArray *fields, const char *name, uint64_t value)
{
    Field field = { name, g_strdup_printf(HEX64, value), true };

    g_array_append_val(fields, field);
}

static void add_text(GArray *fields, const char *name, const char *value)
{
    Field field = { name, g_strdup(value), true };

    g_array_append_val(fields, field);
}

static void add_flag(GArray *fields, const char *name, bool value)
{
    Field field = { name, g_strdup(value ? "true" : "false") };

    g_array_append_val(fields, field);
}

static void unit_fields(const void *structure, GArray *fields)
{
    const VTDMDmarUnit *unit = structure;

    add_address(fields, "base", unit->base);
    add_number(fields, "size", unit->size);
    add_number(fields, "segment", unit->segment);
    add_flag(fields, "include_pci_all", unit->include_all);
}

static void region_fields(const void *structure, GArray *fields)
{
    const VTDMDmarRegion *region = structure;

    add_address(fields, "base", region->base);
    add_address(fields, "limit", region->limit);
    add_number(fields, "segment", region->segment);
}

static void atsr_fields(const void *structure, GArray *fields)
{
    const VTDMDmarGroup *group = structure;

    add_number(fields, "segment", group->segment);
    add_flag(fields, "all_ports", group->flags & VTDM_ATSR_ALL_PORTS);
}

static void affinity_fields(const void *structure, GArray *fields)
{
    const VTDMDmarAffinity *affinity = structure;

    add_address(fields, "base", affinity->base);
    add_number(fields, "proximity_domain", affinity->proximity_domain);
}

static void name_fields(const void *structure, GArray *fields)
{
    const VTDMDmarName *name = structure;

    add_number(fields, "device_number", name->device_number);
    add_text(fields, "path", name->path);
}

static void satc_fields(const void *structure, GArray *fields)
{
    const VTDMDmarGroup *group = structure;

    add_number(fields, "segment", group->segment);
    add_flag(fields, "atc_required", group->flags & VTDM_SATC_ATC_REQUIRED);
}

static void sidp_fields(const void *structure, GArray *fields)
{
    add_number(fields, "segment", ((VTDMDmarGroup *)structure)->segment);
}

GArray *dmarinfo_fields(const Structure *structure)
{
    static void (*const readers[VTDM_DMAR_TYPES])(const void *, GArray *) = {
        [VTDM_DMAR_DRHD] = unit_fields,
        [VTDM_DMAR_RMRR] = region_fields,
        [VTDM_DMAR_ATSR] = atsr_fields,
        [VTDM_DMAR_RHSA] = affinity_fields,
        [VTDM_DMAR_ANDD] = name_fields,
        [VTDM_DMAR_SATC] = satc_fields,
        [VTDM_DMAR_SIDP] = sidp_fields,
    };
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(Field));

    g_array_set_clear_func(fields, field_clear);
    readers[structure->kind - vtdm_dmar_kinds](structure->data, fields);
    return fields;
}

const GArray *dmarinfo_scopes(const Structure *structure)
{
    GArray **scopes = vtdm_dmar_scopes(structure->kind, structure->data);

    return scopes ? *scopes : NULL;
}

GPtrArray *dmarinfo_scope_flags(const Structure *structure,
                                const VTDMDmarScope *scope)
{
    bool named = structure->kind == &vtdm_dmar_kinds[VTDM_DMAR_SIDP];
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    unsigned rest = scope->flags;

    for (const VTDMDmarProperty *p = vtdm_dmar_properties;
         named && p->name; p++) {
        if (rest & p->flag) {
            g_ptr_array_add(names, g_strdup(p->name));
            rest &= ~p->flag;
        }
    }
    if (rest) {
        g_ptr_array_add(names, g_strdup_printf("0x%02x", rest));
    }
    return names;
}

GPtrArray *dmarinfo_flags(const Table *table)
{
    static const struct {
        uint8_t flag;
        const char *name;
    } flags[] = {
        { VTDM_DMAR_INTR_REMAP, "INTR_REMAP" },
        { VTDM_DMAR_X2APIC_OPT_OUT, "X2APIC_OPT_OUT" },
        { VTDM_DMAR_DMA_CTRL_OPT_IN, "DMA_CTRL_PLATFORM_OPT_IN_FLAG" },
    };
    GPtrArray *names = g_ptr_array_new();

    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (table->dmar->flags & flags[i].flag) {
            g_ptr_array_add(names, (char *)flags[i].name);
        }
    }
    return names;
}

char *dmarinfo_string(const char *text, size_t len)
{
    char *copy = g_strndup(text, len);

    for (char *p = copy; *p; p++) {
        if (!g_ascii_isprint(*p)) {
            *p = '?';
        }
    }
    return g_strchomp(copy);
}
