/*
 * Context and PASID entries that a unit has cached, the oldest first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "context-cache.h"
#include "legacy-context.h"
#include "pasid-cache.h"
#include "pasid.h"
#include "save-contexts.h"
#include "save-limits.h"
#include "unit.h"

static const VTDMColumn context_columns[] = {
    VTDM_COLUMN("source-id", VTDMContext, source_id, 2),
    VTDM_FLAG("scalable", VTDMContext, scalable),
    VTDM_FLAG("fpd", VTDMContext, fpd),
    VTDM_COLUMN("condition", VTDMContext, condition, 2,
                .max = VTDM_SCT_4_2),
    VTDM_COLUMN("entry-address", VTDMContext, entry_address, 8,
                .reserved = vtdm_no_entry),
    VTDM_COLUMN("entry-low", VTDMContext, entry.lo, 8),
    VTDM_COLUMN("entry-high", VTDMContext, entry.hi, 8),
    VTDM_COLUMN("domain-id", VTDMContext, domain_id, 2,
                .reserved = vtdm_no_domain),
    VTDM_COLUMN("tt", VTDMContext, tt, 1, .max = VTDM_TT_PASS_THROUGH),
    VTDM_COLUMN("levels", VTDMContext, levels, 1, .max = 5),
    VTDM_COLUMN("ssptptr", VTDMContext, ssptptr, 8),
    VTDM_FLAG("dte", VTDMContext, dte),
    VTDM_FLAG("paside", VTDMContext, paside),
    VTDM_FLAG("pre", VTDMContext, pre),
    VTDM_FLAG("rid-priv", VTDMContext, rid_priv),
    VTDM_COLUMN("rid-pasid", VTDMContext, rid_pasid, 4,
                .max = VTDM_MOST_PASID),
    VTDM_COLUMN("pasids", VTDMContext, pasids, 4,
                .max = VTDM_MOST_PASID + 1),
    VTDM_COLUMN("pasiddirptr", VTDMContext, pasiddirptr, 8,
                .reserved = vtdm_no_page),
};

static void add_context(void *opaque, const VTDMContext *context)
{
    g_array_append_vals(opaque, context, 1);
}

static void save_contexts(const VTDMUnit *unit, GArray *records)
{
    vtdm_contexts_for_each(unit, add_context, records);
}

/* What faults is kept in caching mode only, under domain 0. */
static const char *check_faulting(const VTDMConfig *config,
                                  VTDMCondition condition, bool possible,
                                  uint16_t domain_id)
{
    if (condition == VTDM_NO_FAULT) {
        return NULL;
    }
    if (!config->cm) {
        return "entries that fault are cached with caching-mode=on only";
    }
    return possible && !domain_id ? NULL : "no such entry has this condition";
}

static const char *check_legacy(const VTDMConfig *config,
                                const VTDMContext *context)
{
    uint64_t reserved = context->tt == VTDM_TT_PASS_THROUGH
        ? VTDM_PAGE_SIZE - 1 : vtdm_no_page(config);

    if (context->condition != VTDM_NO_FAULT) {
        return check_faulting(config, context->condition,
                              context->condition <= VTDM_LCT_4_2,
                              context->domain_id);
    }
    return context->levels < 3 ||
           vtdm_legacy_context_check(config, context->tt,
                                     context->levels - 2) != VTDM_NO_FAULT ||
           (context->ssptptr & reserved)
        ? "this unit refuses an entry with such a tt, levels or ssptptr"
        : NULL;
}

static bool is_directory_size(uint32_t pasids)
{
    return pasids >> VTDM_PASID_PDTS_BITS && !(pasids & (pasids - 1));
}

static bool has_capabilities(const VTDMConfig *config,
                             const VTDMContext *context)
{
    return (!context->dte || config->dt) &&
           (!context->paside || config->pasid) &&
           (!context->pre || config->prs) &&
           (!context->rid_pasid || config->rps) &&
           (!context->rid_priv || config->rprivs);
}

static const char *check_scalable(const VTDMConfig *config,
                                  const VTDMContext *context)
{
    VTDMCondition condition = context->condition;

    if (!config->smts) {
        return "there is no such entry without scalable-mode";
    }
    if (!has_capabilities(config, context)) {
        return "this unit refuses an entry with such flags";
    }
    if (condition != VTDM_NO_FAULT) {
        return check_faulting(config, condition, condition >= VTDM_SRT_1,
                              context->domain_id);
    }
    return context->domain_id || !is_directory_size(context->pasids) ||
           context->rid_pasid >= context->pasids ||
           (context->pre && !context->dte)
        ? "this unit refuses an entry with such a domain-id, pasids, "
          "rid-pasid or pre" : NULL;
}

static const char *check_context(const VTDMLoad *load, const GArray *records,
                                 guint at)
{
    const VTDMContext *context = &g_array_index(records, VTDMContext, at);
    const VTDMConfig *config = &load->unit->config;

    return context->scalable ? check_scalable(config, context)
                             : check_legacy(config, context);
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
    .save = save_contexts, .check = check_context, .load = load_contexts,
};

static const VTDMColumn pasid_columns[] = {
    VTDM_COLUMN("source-id", VTDMPasidEntry, source_id, 2),
    VTDM_COLUMN("pasid", VTDMPasidEntry, pasid, 4, .max = VTDM_MOST_PASID),
    VTDM_COLUMN("domain-id", VTDMPasidEntry, domain_id, 2,
                .reserved = vtdm_no_domain),
    VTDM_FLAG("fpd", VTDMPasidEntry, fpd),
    VTDM_COLUMN("condition", VTDMPasidEntry, condition, 2,
                .max = VTDM_SPT_4_4),
    VTDM_COLUMN("entry-address", VTDMPasidEntry, entry_address, 8,
                .reserved = vtdm_no_entry),
    VTDM_COLUMN("entry-low", VTDMPasidEntry, entry.lo, 8),
    VTDM_COLUMN("entry-high", VTDMPasidEntry, entry.hi, 8),
    VTDM_COLUMN("pgtt", VTDMPasidEntry, pgtt, 1, .max = 7),
    VTDM_COLUMN("ss-levels", VTDMPasidEntry, ss_levels, 1, .max = 9),
    VTDM_COLUMN("fs-levels", VTDMPasidEntry, fs_levels, 1, .max = 7),
    VTDM_COLUMN("ssptptr", VTDMPasidEntry, ssptptr, 8,
                .reserved = vtdm_no_page),
    VTDM_COLUMN("fsptptr", VTDMPasidEntry, fsptptr, 8,
                .reserved = vtdm_no_page),
    VTDM_FLAG("ssade", VTDMPasidEntry, ssade),
    VTDM_FLAG("eafe", VTDMPasidEntry, eafe),
    VTDM_FLAG("pwsnp", VTDMPasidEntry, pwsnp),
    VTDM_FLAG("pgsnp", VTDMPasidEntry, pgsnp),
    VTDM_FLAG("sre", VTDMPasidEntry, sre),
    VTDM_FLAG("wpe", VTDMPasidEntry, wpe),
};

static uint32_t most_pasids(const VTDMConfig *config)
{
    return config->smts ? VTDM_PASID_CACHE_ENTRIES : 0;
}

static void add_pasid(void *opaque, const VTDMPasidEntry *entry)
{
    g_array_append_vals(opaque, entry, 1);
}

static void save_pasids(const VTDMUnit *unit, GArray *records)
{
    vtdm_pasids_for_each(unit, add_pasid, records);
}

static bool has_pasid_capabilities(const VTDMConfig *config,
                                   const VTDMPasidEntry *entry)
{
    return (!entry->ssade || config->ssads) &&
           (!entry->eafe || config->eafs) &&
           (!entry->pwsnp || config->smpwcs) &&
           (!entry->pgsnp || config->sc) &&
           (!entry->sre || config->srs) &&
           (!entry->wpe || config->fsts);
}

static const char *check_pasid(const VTDMLoad *load, const GArray *records,
                               guint at)
{
    const VTDMPasidEntry *entry = &g_array_index(records, VTDMPasidEntry, at);
    const VTDMConfig *config = &load->unit->config;
    VTDMCondition condition = entry->condition;

    if (!has_pasid_capabilities(config, entry)) {
        return "this unit refuses an entry with such flags";
    }
    if (condition != VTDM_NO_FAULT) {
        return check_faulting(config, condition, condition >= VTDM_SPD_1,
                              entry->domain_id);
    }
    return entry->fs_levels < 4 ||
           vtdm_pasid_check_types(config, entry) != VTDM_NO_FAULT
        ? "this unit refuses an entry with such a pgtt, levels or fsptptr"
        : NULL;
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
    .record = sizeof(VTDMPasidEntry), .keys = 2, .most_of = most_pasids,
    .save = save_pasids, .check = check_pasid, .load = load_pasids,
};
