/*
 * What a unit has cached, the oldest first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "context-cache.h"
#include "format.h"
#include "interrupt-entries.h"
#include "iotlb.h"
#include "pasid-cache.h"
#include "save-caches.h"
#include "structure-cache.h"
#include "unit.h"

static const VTDMColumn context_columns[] = {
    VTDM_COLUMN("source-id", VTDMContext, source_id, 2),
    VTDM_FLAG("scalable", VTDMContext, scalable),
    VTDM_FLAG("fpd", VTDMContext, fpd),
    VTDM_COLUMN("condition", VTDMContext, condition, 2,
                .max = VTDM_CONDITION_COUNT - 1),
    VTDM_COLUMN("entry-address", VTDMContext, entry_address, 8),
    VTDM_COLUMN("entry-low", VTDMContext, entry.lo, 8),
    VTDM_COLUMN("entry-high", VTDMContext, entry.hi, 8),
    VTDM_COLUMN("domain-id", VTDMContext, domain_id, 2),
    VTDM_COLUMN("tt", VTDMContext, tt, 1, .max = 3),
    VTDM_COLUMN("levels", VTDMContext, levels, 1, .max = 5),
    VTDM_COLUMN("ssptptr", VTDMContext, ssptptr, 8),
    VTDM_FLAG("dte", VTDMContext, dte),
    VTDM_FLAG("paside", VTDMContext, paside),
    VTDM_FLAG("pre", VTDMContext, pre),
    VTDM_FLAG("rid-priv", VTDMContext, rid_priv),
    VTDM_COLUMN("rid-pasid", VTDMContext, rid_pasid, 4, .max = 0xfffff),
    VTDM_COLUMN("pasids", VTDMContext, pasids, 4, .max = 1 << 20),
    VTDM_COLUMN("pasiddirptr", VTDMContext, pasiddirptr, 8),
};

static void add_context(void *opaque, const VTDMContext *context)
{
    g_array_append_vals(opaque, context, 1);
}

static void save_contexts(const VTDMUnit *unit, GArray *records)
{
    vtdm_contexts_for_each(unit, add_context, records);
}

static void load_contexts(VTDMUnit *unit, const GArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        vtdm_context_insert(unit, &g_array_index(records, VTDMContext, i));
    }
}

const VTDMSection vtdm_save_contexts = {
    .name = "contexts", .cached = true,
    .columns = context_columns, .count = G_N_ELEMENTS(context_columns),
    .record = sizeof(VTDMContext), .keys = 1,
    .most = VTDM_CONTEXT_CACHE_ENTRIES,
    .save = save_contexts, .load = load_contexts,
};

static const VTDMColumn pasid_columns[] = {
    VTDM_COLUMN("source-id", VTDMPasidEntry, source_id, 2),
    VTDM_COLUMN("pasid", VTDMPasidEntry, pasid, 4, .max = 0xfffff),
    VTDM_COLUMN("domain-id", VTDMPasidEntry, domain_id, 2),
    VTDM_FLAG("fpd", VTDMPasidEntry, fpd),
    VTDM_COLUMN("condition", VTDMPasidEntry, condition, 2,
                .max = VTDM_CONDITION_COUNT - 1),
    VTDM_COLUMN("entry-address", VTDMPasidEntry, entry_address, 8),
    VTDM_COLUMN("entry-low", VTDMPasidEntry, entry.lo, 8),
    VTDM_COLUMN("entry-high", VTDMPasidEntry, entry.hi, 8),
    VTDM_COLUMN("pgtt", VTDMPasidEntry, pgtt, 1, .max = 7),
    VTDM_COLUMN("ss-levels", VTDMPasidEntry, ss_levels, 1, .max = 9),
    VTDM_COLUMN("fs-levels", VTDMPasidEntry, fs_levels, 1, .max = 7),
    VTDM_COLUMN("ssptptr", VTDMPasidEntry, ssptptr, 8),
    VTDM_COLUMN("fsptptr", VTDMPasidEntry, fsptptr, 8),
    VTDM_FLAG("ssade", VTDMPasidEntry, ssade),
    VTDM_FLAG("eafe", VTDMPasidEntry, eafe),
    VTDM_FLAG("pwsnp", VTDMPasidEntry, pwsnp),
    VTDM_FLAG("pgsnp", VTDMPasidEntry, pgsnp),
    VTDM_FLAG("sre", VTDMPasidEntry, sre),
    VTDM_FLAG("wpe", VTDMPasidEntry, wpe),
};

static void add_pasid(void *opaque, const VTDMPasidEntry *entry)
{
    g_array_append_vals(opaque, entry, 1);
}

static void save_pasids(const VTDMUnit *unit, GArray *records)
{
    vtdm_pasids_for_each(unit, add_pasid, records);
}

static void load_pasids(VTDMUnit *unit, const GArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        vtdm_pasid_insert(unit, &g_array_index(records, VTDMPasidEntry, i));
    }
}

const VTDMSection vtdm_save_pasids = {
    .name = "pasids", .cached = true,
    .columns = pasid_columns, .count = G_N_ELEMENTS(pasid_columns),
    .record = sizeof(VTDMPasidEntry), .keys = 2,
    .most = VTDM_PASID_CACHE_ENTRIES,
    .save = save_pasids, .load = load_pasids,
};

static const VTDMColumn iotlb_columns[] = {
    VTDM_COLUMN("input", VTDMIotlbEntry, tag.input, 8),
    VTDM_COLUMN("pasid", VTDMIotlbEntry, tag.pasid, 4),
    VTDM_COLUMN("source-id", VTDMIotlbEntry, tag.source_id, 2),
    VTDM_COLUMN("level", VTDMIotlbEntry, tag.level, 1, .min = 1, .max = 3),
    VTDM_COLUMN("domain-id", VTDMIotlbEntry, domain_id, 2),
    VTDM_COLUMN("own-pasid", VTDMIotlbEntry, own_pasid, 4, .max = 0xfffff),
    VTDM_FLAG("first-stage", VTDMIotlbEntry, first_stage),
    VTDM_FLAG("rid-priv", VTDMIotlbEntry, rid_priv),
    VTDM_FLAG("sre", VTDMIotlbEntry, sre),
    VTDM_FLAG("fpd", VTDMIotlbEntry, fpd),
    VTDM_COLUMN("condition", VTDMIotlbEntry, translation.condition, 2,
                .max = VTDM_CONDITION_COUNT - 1),
    VTDM_COLUMN("output", VTDMIotlbEntry, translation.output, 8),
    VTDM_COLUMN("span", VTDMIotlbEntry, translation.span, 8),
    VTDM_COLUMN("perm", VTDMIotlbEntry, translation.perm, 1,
                .max = VTDM_PERM_RW),
    VTDM_COLUMN("supervisor-perm", VTDMIotlbEntry,
                translation.supervisor_perm, 1, .max = VTDM_PERM_RW),
    VTDM_FLAG("user-denied", VTDMIotlbEntry, translation.user_denied),
    VTDM_FLAG("snoop", VTDMIotlbEntry, translation.snoop),
    VTDM_FLAG("dirty", VTDMIotlbEntry, translation.dirty),
    VTDM_COLUMN("stage", VTDMIotlbEntry, translation.stage, 1,
                .min = VTDM_FIRST_STAGE, .max = VTDM_SECOND_STAGE),
    VTDM_COLUMN("entry-address", VTDMIotlbEntry, translation.entry_address,
                8),
    VTDM_COLUMN("entry", VTDMIotlbEntry, translation.entry, 8),
};

static uint32_t iotlb_most(const VTDMConfig *config)
{
    return config->iotlb_entries;
}

static void add_translation(void *opaque, const VTDMIotlbEntry *entry)
{
    g_array_append_vals(opaque, entry, 1);
}

static void save_iotlb(const VTDMUnit *unit, GArray *records)
{
    vtdm_iotlb_for_each(unit, add_translation, records);
}

static void load_iotlb(VTDMUnit *unit, const GArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        VTDMIotlbEntry *entry = &g_array_index(records, VTDMIotlbEntry, i);

        entry->translation.mask = vtdm_level_mask(entry->tag.level);
        vtdm_iotlb_insert(unit, entry);
    }
}

const VTDMSection vtdm_save_iotlb = {
    .name = "iotlb", .cached = true,
    .columns = iotlb_columns, .count = G_N_ELEMENTS(iotlb_columns),
    .record = sizeof(VTDMIotlbEntry), .keys = 4, .most_of = iotlb_most,
    .save = save_iotlb, .load = load_iotlb,
};

static const VTDMColumn range_columns[] = {
    VTDM_COLUMN("scope", VTDMIotlbRange, what.scope, 1,
                .min = VTDM_SCOPE_PAGES, .max = VTDM_SCOPE_PASID_PAGES),
    VTDM_COLUMN("domain-id", VTDMIotlbRange, what.domain_id, 2),
    VTDM_COLUMN("pasid", VTDMIotlbRange, what.pasid, 4, .max = 0xfffff),
    VTDM_COLUMN("address", VTDMIotlbRange, what.address, 8),
    VTDM_COLUMN("mask", VTDMIotlbRange, what.mask, 8),
    VTDM_FLAG("leaf-only", VTDMIotlbRange, what.leaf_only),
    VTDM_COLUMN("level", VTDMIotlbRange, level, 1, .min = 1, .max = 3),
    VTDM_COLUMN("next", VTDMIotlbRange, next, 8),
};

static void save_range(const VTDMUnit *unit, GArray *records)
{
    if (unit->iotlb.range.level) {
        g_array_append_val(records, unit->iotlb.range);
    }
}

static void load_range(VTDMUnit *unit, const GArray *records)
{
    if (records->len) {
        unit->iotlb.range = g_array_index(records, VTDMIotlbRange, 0);
        unit->iotlb.range.what.cache = VTDM_CACHE_IOTLB;
    }
}

const VTDMSection vtdm_save_range = {
    .name = "iotlb-range", .cached = true,
    .columns = range_columns, .count = G_N_ELEMENTS(range_columns),
    .record = sizeof(VTDMIotlbRange), .most = 1,
    .save = save_range, .load = load_range,
};

static const VTDMColumn structure_columns[] = {
    VTDM_COLUMN("stage", VTDMStructure, tag.stage, 1,
                .min = VTDM_FIRST_STAGE, .max = VTDM_SECOND_STAGE),
    VTDM_COLUMN("domain-id", VTDMStructure, tag.domain_id, 2),
    VTDM_COLUMN("pasid", VTDMStructure, tag.pasid, 4, .max = 0xfffff),
    VTDM_COLUMN("level", VTDMStructure, table.level, 1, .min = 1, .max = 4),
    VTDM_COLUMN("input", VTDMStructure, input, 8),
    VTDM_COLUMN("address", VTDMStructure, table.address, 8),
    VTDM_COLUMN("perm", VTDMStructure, table.perm, 1, .min = 1,
                .max = VTDM_PERM_ALL | VTDM_PERM_USER),
    VTDM_FLAG("writable", VTDMStructure, table.writable),
};

static void add_structure(void *opaque, const VTDMStructure *structure)
{
    g_array_append_vals(opaque, structure, 1);
}

static void save_structures(const VTDMUnit *unit, GArray *records)
{
    vtdm_structures_for_each(unit, add_structure, records);
}

static void load_structures(VTDMUnit *unit, const GArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        const VTDMStructure *entry = &g_array_index(records, VTDMStructure,
                                                    i);

        vtdm_structures_insert(unit, &entry->tag, entry->input,
                               &entry->table);
    }
}

const VTDMSection vtdm_save_structures = {
    .name = "structures", .cached = true,
    .columns = structure_columns, .count = G_N_ELEMENTS(structure_columns),
    .record = sizeof(VTDMStructure), .keys = 5, .most = VTDM_STRUCTURES,
    .save = save_structures, .load = load_structures,
};

typedef struct Irte {
    uint32_t index;
    VTDMEntry128 entry;
} Irte;

static const VTDMColumn irte_columns[] = {
    VTDM_COLUMN("index", Irte, index, 2, .max = 0xffff),
    VTDM_COLUMN("low", Irte, entry.lo, 8),
    VTDM_COLUMN("high", Irte, entry.hi, 8),
};

static void add_irte(void *opaque, uint32_t index, const VTDMEntry128 *entry)
{
    Irte irte = { index, *entry };

    g_array_append_vals(opaque, &irte, 1);
}

static void save_irtes(const VTDMUnit *unit, GArray *records)
{
    vtdm_irtes_for_each(unit, add_irte, records);
}

static void load_irtes(VTDMUnit *unit, const GArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        const Irte *irte = &g_array_index(records, Irte, i);

        vtdm_irte_insert(unit, irte->index, &irte->entry);
    }
}

const VTDMSection vtdm_save_irtes = {
    .name = "interrupt-entries", .cached = true,
    .columns = irte_columns, .count = G_N_ELEMENTS(irte_columns),
    .record = sizeof(Irte), .keys = 1,
    .most = VTDM_IRTE_GROUP * VTDM_IRTE_GROUPS,
    .save = save_irtes, .load = load_irtes,
};

void vtdm_save_empty_caches(VTDMUnit *unit)
{
    const VTDMInvalidation all = { .scope = VTDM_SCOPE_GLOBAL };

    vtdm_iotlb_destroy(unit);
    vtdm_iotlb_init(unit);
    vtdm_structures_invalidate(unit, &all);
    vtdm_pasids_invalidate(unit, &all);
    vtdm_contexts_invalidate(unit, &all);
    vtdm_irtes_invalidate(unit, &all);
}
