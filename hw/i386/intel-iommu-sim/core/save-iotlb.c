/*
 * Translations that a unit has cached, the oldest first; and a range of them
 * that has not been dropped to its last page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "format.h"
#include "iotlb-range.h"
#include "save-config.h"
#include "save-iotlb.h"
#include "save-limits.h"
#include "unit.h"

static uint64_t no_snoop(const VTDMConfig *config)
{
    return config->sc ? 0 : UINT64_MAX;
}

static uint64_t no_first_stage(const VTDMConfig *config)
{
    return config->fsts ? 0 : UINT64_MAX;
}

static uint64_t no_supervisor(const VTDMConfig *config)
{
    return config->srs ? 0 : UINT64_MAX;
}

static const VTDMColumn iotlb_columns[] = {
    VTDM_COLUMN("input", VTDMIotlbEntry, tag.input, 8),
    VTDM_COLUMN("pasid", VTDMIotlbEntry, tag.pasid, 4),
    VTDM_COLUMN("source-id", VTDMIotlbEntry, tag.source_id, 2),
    VTDM_COLUMN("level", VTDMIotlbEntry, tag.level, 1, .min = 1, .max = 3),
    VTDM_COLUMN("domain-id", VTDMIotlbEntry, domain_id, 2,
                .reserved = vtdm_no_domain),
    VTDM_COLUMN("own-pasid", VTDMIotlbEntry, own_pasid, 4,
                .max = VTDM_MOST_PASID),
    VTDM_COLUMN("first-stage", VTDMIotlbEntry, first_stage, 1, .max = 1,
                .reserved = no_first_stage),
    VTDM_COLUMN("rid-priv", VTDMIotlbEntry, rid_priv, 1, .max = 1,
                .reserved = no_supervisor),
    VTDM_COLUMN("sre", VTDMIotlbEntry, sre, 1, .max = 1,
                .reserved = no_supervisor),
    VTDM_FLAG("fpd", VTDMIotlbEntry, fpd),
    VTDM_COLUMN("condition", VTDMIotlbEntry, translation.condition, 2,
                .max = VTDM_SGN_5),
    VTDM_COLUMN("output", VTDMIotlbEntry, translation.output, 8,
                .reserved = vtdm_no_page),
    VTDM_COLUMN("span", VTDMIotlbEntry, translation.span, 8),
    VTDM_COLUMN("perm", VTDMIotlbEntry, translation.perm, 1,
                .max = VTDM_PERM_RW),
    VTDM_COLUMN("supervisor-perm", VTDMIotlbEntry,
                translation.supervisor_perm, 1, .max = VTDM_PERM_RW),
    VTDM_FLAG("user-denied", VTDMIotlbEntry, translation.user_denied),
    VTDM_COLUMN("snoop", VTDMIotlbEntry, translation.snoop, 1, .max = 1,
                .reserved = no_snoop),
    VTDM_FLAG("dirty", VTDMIotlbEntry, translation.dirty),
    VTDM_COLUMN("stage", VTDMIotlbEntry, translation.stage, 1,
                .min = VTDM_FIRST_STAGE, .max = VTDM_SECOND_STAGE),
    /* Earlier versions kept paging entries, too; a second one, if nested. */
    VTDM_COLUMN("entry-address", VTDMIotlbEntry, translation.entry_address,
                8, .reserved = vtdm_no_entry),
    VTDM_COLUMN("entry", VTDMIotlbEntry, translation.entry, 8),
    VTDM_COLUMN("second-address", VTDMIotlbEntry, translation.second_address,
                8, .later = true),
    VTDM_COLUMN("second-entry", VTDMIotlbEntry, translation.second_entry, 8,
                .later = true),
    VTDM_COLUMN("second-perm", VTDMIotlbEntry, translation.second_perm, 1,
                .max = VTDM_PERM_RW, .later = true),
    VTDM_COLUMN("nested", VTDMIotlbEntry, translation.nested, 1, .max = 1,
                .later = true),
};

static void add_translation(void *opaque, const VTDMIotlbEntry *entry)
{
    g_array_append_vals(opaque, entry, 1);
}

static void save_iotlb(const VTDMUnit *unit, GArray *records)
{
    vtdm_iotlb_for_each(unit, add_translation, records);
}

/* Whether requests have such a PASID, and it is the entry's own. */
static bool is_own_pasid(const VTDMConfig *config, const VTDMIotlbEntry *entry)
{
    if (entry->tag.pasid != VTDM_NO_PASID) {
        return config->pasid && entry->tag.pasid == entry->own_pasid;
    }
    return config->smts || !entry->own_pasid;
}

/* Whether tables of this unit map pages of such a size. */
static bool is_page_size(const VTDMConfig *config, const VTDMIotlbEntry *entry)
{
    switch (entry->tag.level) {
    case 1:
        return true;
    case 2:
        return entry->first_stage || (config->sslps & VTDM_BIT(0));
    default:
        return entry->first_stage ? config->fs1gp
                                  : config->sslps & VTDM_BIT(1);
    }
}

static bool is_input(const VTDMConfig *config, const VTDMIotlbEntry *entry)
{
    uint64_t input = entry->tag.input;

    if (input & vtdm_level_mask(entry->tag.level)) {
        return false;
    }
    return entry->first_stage
        ? vtdm_is_canonical(config, input)
        : entry->translation.condition != VTDM_NO_FAULT ||
          input <= vtdm_mask_below(config->mgaw);
}

static bool is_of_walk(VTDMCondition condition)
{
    static const VTDMCondition conditions[] = {
        VTDM_NO_FAULT, VTDM_LGN_1_1, VTDM_LCT_4_3, VTDM_LSS_1, VTDM_LSS_2,
        VTDM_SGN_5, VTDM_SSS_1, VTDM_SSS_2, VTDM_SSS_3, VTDM_SSS_4,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(conditions); i++) {
        if (conditions[i] == condition) {
            return true;
        }
    }
    return false;
}

/* What does not map a page is kept in caching mode, of second stages only. */
static const char *check_unmapped(const VTDMConfig *config,
                                  const VTDMIotlbEntry *entry)
{
    if (!config->cm || entry->first_stage) {
        return "what is not mapped is cached with caching-mode=on only, and "
               "not of first-stage tables";
    }
    return is_of_walk(entry->translation.condition) && entry->tag.level == 1 &&
           !entry->translation.output && !entry->translation.supervisor_perm
        ? NULL : "no walk ends so";
}

static bool maps(const VTDMTranslation *end)
{
    return end->condition == VTDM_NO_FAULT && (end->perm |
                                               end->supervisor_perm);
}

static const char *check_translation(const VTDMLoad *load,
                                     const GArray *records, guint at)
{
    const VTDMIotlbEntry *entry = &g_array_index(records, VTDMIotlbEntry, at);
    const VTDMTranslation *end = &entry->translation;
    const VTDMConfig *config = &load->unit->config;

    if (at >= vtdm_save_config_theirs(load, "iotlb-entries")) {
        return "it is beyond the iotlb-entries of the stream's unit";
    }
    if (!is_own_pasid(config, entry)) {
        return "no request has such a pasid and own-pasid";
    }
    if (!is_page_size(config, entry) || !is_input(config, entry) ||
        (end->output & vtdm_level_mask(entry->tag.level))) {
        return "there is no page with such an input, output and level";
    }
    if ((end->perm & ~end->supervisor_perm) ||
        (end->user_denied && (end->perm || !entry->first_stage)) ||
        (end->stage == VTDM_FIRST_STAGE && !entry->first_stage)) {
        return "perm, supervisor-perm, user-denied and stage do not agree";
    }
    return maps(end) ? NULL : check_unmapped(config, entry);
}

/* Where there is less room than there was, the oldest are let go. */
static void load_iotlb(VTDMUnit *unit, const GArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        VTDMIotlbEntry *entry = &g_array_index(records, VTDMIotlbEntry, i);

        entry->translation.mask = vtdm_level_mask(entry->tag.level);
        entry->translation.nested |= entry->translation.second_entry != 0;
        vtdm_iotlb_insert(unit, entry);
    }
}

const VTDMSection vtdm_save_iotlb = {
    .name = "iotlb", .cached = true,
    .columns = iotlb_columns, .count = G_N_ELEMENTS(iotlb_columns),
    .record = sizeof(VTDMIotlbEntry), .keys = 4,
    .most = UINT32_MAX,
    .save = save_iotlb, .check = check_translation, .load = load_iotlb,
};

static const VTDMColumn range_columns[] = {
    VTDM_COLUMN("scope", VTDMIotlbRange, what.scope, 1,
                .max = VTDM_SCOPE_PASID_PAGES),
    VTDM_COLUMN("domain-id", VTDMIotlbRange, what.domain_id, 2,
                .reserved = vtdm_no_domain),
    VTDM_COLUMN("pasid", VTDMIotlbRange, what.pasid, 4,
                .max = VTDM_MOST_PASID),
    VTDM_COLUMN("address", VTDMIotlbRange, what.address, 8),
    VTDM_COLUMN("mask", VTDMIotlbRange, what.mask, 8),
    VTDM_FLAG("leaf-only", VTDMIotlbRange, what.leaf_only),
    VTDM_COLUMN("level", VTDMIotlbRange, level, 1, .min = 1, .max = 3),
    VTDM_COLUMN("next", VTDMIotlbRange, next, 8),
};

/* How far it has come depends on the slots: it begins anew. */
static void save_range(const VTDMUnit *unit, GArray *records)
{
    VTDMIotlbRange range = unit->iotlb.range;

    if (range.level) {
        range.level = 1;
        range.next = range.what.address;
        g_array_append_val(records, range);
    }
}

static const char *check_range(const VTDMLoad *load, const GArray *records,
                               guint at)
{
    const VTDMIotlbRange *range = &g_array_index(records, VTDMIotlbRange, at);
    const VTDMInvalidation *what = &range->what;

    if (what->scope != VTDM_SCOPE_PASID_PAGES &&
        (what->scope != VTDM_SCOPE_PAGES || what->pasid)) {
        return "scope and pasid are not those of a range of addresses";
    }
    if (!vtdm_is_range(what->address, what->mask)) {
        return "address and mask are not those of a range of pages";
    }
    return range->next < what->address ||
           range->next > (what->address | what->mask)
        ? "next is outside of the range" : NULL;
}

static void load_range(VTDMUnit *unit, const GArray *records)
{
    if (records->len) {
        VTDMInvalidation what = g_array_index(records, VTDMIotlbRange,
                                              0).what;

        what.cache = VTDM_CACHE_IOTLB;
        vtdm_iotlb_drop_later(unit, &what);
    }
}

const VTDMSection vtdm_save_range = {
    .name = "iotlb-range", .cached = true,
    .columns = range_columns, .count = G_N_ELEMENTS(range_columns),
    .record = sizeof(VTDMIotlbRange), .most = 1,
    .save = save_range, .check = check_range, .load = load_range,
};
