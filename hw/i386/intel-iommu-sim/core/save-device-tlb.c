/*
 * Device-TLB invalidations that are on their way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "save-device-tlb.h"
#include "save-limits.h"
#include "unit.h"

static const VTDMColumn asked_columns[] = {
    VTDM_COLUMN("itag", VTDMAsked, itag, 1, .max = VTDM_ITAGS - 1),
    VTDM_COLUMN("source-id", VTDMAsked, source_id, 2),
    VTDM_COLUMN("completions", VTDMAsked, completions, 4),
    VTDM_COLUMN("age", VTDMAsked, age, 1, .max = VTDM_AGE_SILENT),
};

static uint32_t most_asked(const VTDMConfig *config)
{
    return config->dt ? VTDM_ITAGS : 0;
}

static void save_asked(const VTDMUnit *unit, GArray *records)
{
    const VTDMDeviceTlb *tlb = &unit->latched.device_tlb;

    g_array_append_vals(records, tlb->asked, tlb->count);
}

/* All grow old at once, and new ones come behind them. */
static const char *check_asked(const VTDMLoad *load, const GArray *records,
                               guint at)
{
    bool old = g_array_index(records, VTDMAsked, at).age == VTDM_AGE_OLD;

    return old && at && g_array_index(records, VTDMAsked,
                                      at - 1).age == VTDM_AGE_NEW
        ? "it is older than the one before" : NULL;
}

static void load_asked(VTDMUnit *unit, const GArray *records)
{
    VTDMDeviceTlb *tlb = &unit->latched.device_tlb;

    tlb->count = records->len;
    for (guint i = 0; i < records->len; i++) {
        tlb->asked[i] = g_array_index(records, VTDMAsked, i);
    }
}

const VTDMSection vtdm_save_asked = {
    .name = "device-tlb-asked",
    .columns = asked_columns, .count = G_N_ELEMENTS(asked_columns),
    .record = sizeof(VTDMAsked), .keys = 1, .most_of = most_asked,
    .save = save_asked, .check = check_asked, .load = load_asked,
};

static uint64_t no_function(const VTDMConfig *config)
{
    return config->dit ? 0 : UINT64_MAX;
}

static const VTDMColumn unsent_columns[] = {
    VTDM_COLUMN("source-id", VTDMInvalidation, source_id, 2),
    VTDM_COLUMN("pfsid", VTDMInvalidation, pfsid, 2,
                .reserved = no_function),
    VTDM_COLUMN("itag", VTDMInvalidation, itag, 1, .max = VTDM_ITAGS - 1),
    VTDM_COLUMN("pasid", VTDMInvalidation, pasid, 4, .max = VTDM_MOST_PASID),
    VTDM_COLUMN("address", VTDMInvalidation, address, 8),
    VTDM_COLUMN("mask", VTDMInvalidation, mask, 8),
    VTDM_FLAG("with-pasid", VTDMInvalidation, with_pasid),
    VTDM_FLAG("all-pasids", VTDMInvalidation, all_pasids),
};

static uint32_t most_unsent(const VTDMConfig *config)
{
    return config->dt;
}

static void save_unsent(const VTDMUnit *unit, GArray *records)
{
    if (unit->latched.device_tlb.unsent) {
        g_array_append_val(records, unit->latched.device_tlb.what);
    }
}

/* Whether another device is asked with this ITag. */
static bool is_of_another(const VTDMLoad *load, const VTDMInvalidation *what)
{
    const GArray *asked = vtdm_load_records(load, "device-tlb-asked");

    for (guint i = 0; i < asked->len; i++) {
        const VTDMAsked *other = &g_array_index(asked, VTDMAsked, i);

        if (other->itag == what->itag &&
            other->source_id != what->source_id) {
            return true;
        }
    }
    return false;
}

static const char *check_unsent(const VTDMLoad *load, const GArray *records,
                                guint at)
{
    const VTDMInvalidation *what = &g_array_index(records, VTDMInvalidation,
                                                  at);

    if (!vtdm_is_range(what->address, what->mask)) {
        return "address and mask are not those of a range of pages";
    }
    if ((what->pasid || what->all_pasids) && !what->with_pasid) {
        return "it is of requests without PASID, and names one";
    }
    if (what->pasid && what->all_pasids) {
        return "it is of all PASIDs, and names one";
    }
    return is_of_another(load, what)
        ? "another device is asked with its itag" : NULL;
}

static void load_unsent(VTDMUnit *unit, const GArray *records)
{
    VTDMDeviceTlb *tlb = &unit->latched.device_tlb;

    if (records->len) {
        tlb->unsent = true;
        tlb->what = g_array_index(records, VTDMInvalidation, 0);
        tlb->what.cache = VTDM_CACHE_DEVICE_TLB;
        tlb->what.scope = tlb->what.with_pasid ? VTDM_SCOPE_PASID_PAGES
                                               : VTDM_SCOPE_PAGES;
    }
}

const VTDMSection vtdm_save_unsent = {
    .name = "device-tlb-unsent",
    .columns = unsent_columns, .count = G_N_ELEMENTS(unsent_columns),
    .record = sizeof(VTDMInvalidation), .most_of = most_unsent,
    .save = save_unsent, .check = check_unsent, .load = load_unsent,
};
