/*
 * Paging-structure entries that a unit has cached, in order of their places.
 * The places are the unit's own affair: another version may put them elsewhere.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "format.h"
#include "save-limits.h"
#include "save-structures.h"
#include "structure-cache.h"
#include "unit.h"

static uint64_t no_perm(const VTDMConfig *config)
{
    return ~(uint64_t)(VTDM_PERM_RW | VTDM_PERM_USER);
}

static const VTDMColumn columns[] = {
    VTDM_COLUMN("stage", VTDMStructure, tag.stage, 1,
                .min = VTDM_FIRST_STAGE, .max = VTDM_SECOND_STAGE),
    VTDM_COLUMN("domain-id", VTDMStructure, tag.domain_id, 2,
                .reserved = vtdm_no_domain),
    VTDM_COLUMN("pasid", VTDMStructure, tag.pasid, 4,
                .max = VTDM_MOST_PASID),
    VTDM_COLUMN("level", VTDMStructure, table.level, 1, .min = 1, .max = 4),
    VTDM_COLUMN("input", VTDMStructure, input, 8),
    VTDM_COLUMN("address", VTDMStructure, table.address, 8,
                .reserved = vtdm_no_page),
    VTDM_COLUMN("perm", VTDMStructure, table.perm, 1, .min = 1,
                .reserved = no_perm),
    VTDM_FLAG("writable", VTDMStructure, table.writable),
};

static void add(void *opaque, const VTDMStructure *structure)
{
    g_array_append_vals(opaque, structure, 1);
}

static void save(const VTDMUnit *unit, GArray *records)
{
    vtdm_structures_for_each(unit, add, records);
}

static const char *check(const VTDMLoad *load, const GArray *records, guint at)
{
    const VTDMStructure *entry = &g_array_index(records, VTDMStructure, at);
    const VTDMConfig *config = &load->unit->config;
    bool first = entry->tag.stage == VTDM_FIRST_STAGE;

    if (first ? !config->fsts : entry->tag.pasid ||
                                (entry->table.perm & VTDM_PERM_USER)) {
        return "this unit has no such tables";
    }
    if ((entry->input & vtdm_level_mask(entry->table.level + 1)) ||
        (first ? !vtdm_is_canonical(config, entry->input)
               : entry->input > vtdm_mask_below(config->mgaw))) {
        return "there is no entry with such an input and level";
    }
    return NULL;
}

static void load_all(VTDMUnit *unit, const GArray *records)
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
    .columns = columns, .count = G_N_ELEMENTS(columns),
    .record = sizeof(VTDMStructure), .keys = 5, .most = VTDM_STRUCTURES,
    .save = save, .check = check, .load = load_all,
};
