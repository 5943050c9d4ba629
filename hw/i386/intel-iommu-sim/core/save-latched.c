/*
 * What a unit remembers beside its registers, and work that is half done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "copies.h"
#include "save-latched.h"
#include "unit.h"

static const VTDMColumn latched_columns[] = {
    VTDM_COLUMN("gsts", VTDMLatched, gsts, 4),
    VTDM_COLUMN("root", VTDMLatched, root.table, 8),
    VTDM_COLUMN("ttm", VTDMLatched, root.ttm, 1, .max = VTDM_TTM_ABORT),
    VTDM_COLUMN("interrupts", VTDMLatched, interrupts.table, 8),
    VTDM_COLUMN("interrupt-entries", VTDMLatched, interrupts.entries, 4,
                .max = 65536),
    VTDM_FLAG("eime", VTDMLatched, interrupts.eime),
    VTDM_FLAG("protects", VTDMLatched, protects),
    VTDM_COLUMN("low-base", VTDMLatched, protected_ranges[0].base, 8),
    VTDM_COLUMN("low-limit", VTDMLatched, protected_ranges[0].limit, 8),
    VTDM_COLUMN("high-base", VTDMLatched, protected_ranges[1].base, 8),
    VTDM_COLUMN("high-limit", VTDMLatched, protected_ranges[1].limit, 8),
    VTDM_COLUMN("next-record", VTDMLatched, next_record, 2),
    VTDM_FLAG("fetching", VTDMLatched, fetching),
};

static void save_latched(const VTDMUnit *unit, GArray *records)
{
    g_array_append_val(records, unit->latched);
}

static const char *check_latched(const VTDMLoad *load, const GArray *records,
                                 guint at)
{
    const VTDMLatched *latched = &g_array_index(records, VTDMLatched, at);

    if (latched->next_record >= load->unit->config.fault_records) {
        return "next-record is beyond the fault recording registers";
    }
    return NULL;
}

static void load_latched(VTDMUnit *unit, const GArray *records)
{
    unit->latched = g_array_index(records, VTDMLatched, 0);
}

const VTDMSection vtdm_save_latched = {
    .name = "latched",
    .columns = latched_columns, .count = G_N_ELEMENTS(latched_columns),
    .record = sizeof(VTDMLatched), .least = 1, .most = 1,
    .save = save_latched, .check = check_latched, .load = load_latched,
};

static const VTDMColumn wait_columns[] = {
    VTDM_COLUMN("word0", VTDMDescriptor, q[0], 8),
    VTDM_COLUMN("word1", VTDMDescriptor, q[1], 8),
    VTDM_COLUMN("word2", VTDMDescriptor, q[2], 8),
    VTDM_COLUMN("word3", VTDMDescriptor, q[3], 8),
};

static void save_wait(const VTDMUnit *unit, GArray *records)
{
    if (unit->latched.wait.pending) {
        g_array_append_val(records, unit->latched.wait.descriptor);
    }
}

static void load_wait(VTDMUnit *unit, const GArray *records)
{
    if (records->len) {
        unit->latched.wait = (VTDMPendingWait) {
            true, g_array_index(records, VTDMDescriptor, 0),
        };
    }
}

const VTDMSection vtdm_save_wait = {
    .name = "wait",
    .columns = wait_columns, .count = G_N_ELEMENTS(wait_columns),
    .record = sizeof(VTDMDescriptor), .most = 1,
    .save = save_wait, .load = load_wait,
};

static const VTDMColumn response_columns[] = {
    VTDM_COLUMN("pasid", VTDMPageResponse, pasid, 4),
    VTDM_COLUMN("source-id", VTDMPageResponse, source_id, 2),
    VTDM_COLUMN("group", VTDMPageResponse, group, 2, .max = 511),
    VTDM_COLUMN("code", VTDMPageResponse, code, 1, .max = 15),
};

static void save_response(const VTDMUnit *unit, GArray *records)
{
    if (unit->latched.page_response.unsent) {
        g_array_append_val(records, unit->latched.page_response.response);
    }
}

static void load_response(VTDMUnit *unit, const GArray *records)
{
    if (records->len) {
        unit->latched.page_response = (VTDMUnsentResponse) {
            true, g_array_index(records, VTDMPageResponse, 0),
        };
    }
}

const VTDMSection vtdm_save_response = {
    .name = "page-response",
    .columns = response_columns, .count = G_N_ELEMENTS(response_columns),
    .record = sizeof(VTDMPageResponse), .most = 1,
    .save = save_response, .load = load_response,
};

static const VTDMColumn completion_columns[] = {
    VTDM_COLUMN("offset", VTDMCompletion, offset, 4),
    VTDM_COLUMN("clear", VTDMCompletion, clear, 8),
    VTDM_COLUMN("set", VTDMCompletion, set, 8),
};

static void save_completions(const VTDMUnit *unit, GArray *records)
{
    for (unsigned i = 0; i < VTDM_COMPLETIONS; i++) {
        const VTDMCompletion *completion = &unit->copies.completions[i];

        if (completion->pending) {
            g_array_append_val(records, *completion);
        }
    }
}

/* What else there is of the copies has been forgotten before. */
static void load_completions(VTDMUnit *unit, const GArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        const VTDMCompletion *completion =
            &g_array_index(records, VTDMCompletion, i);

        vtdm_copies_complete(unit, completion->offset, completion->clear,
                             completion->set);
    }
}

const VTDMSection vtdm_save_completions = {
    .name = "completions",
    .columns = completion_columns, .count = G_N_ELEMENTS(completion_columns),
    .record = sizeof(VTDMCompletion), .keys = 1, .most = VTDM_COMPLETIONS,
    .save = save_completions, .load = load_completions,
};

static const VTDMColumn asked_columns[] = {
    VTDM_COLUMN("itag", VTDMAsked, itag, 1, .max = VTDM_ITAGS - 1),
    VTDM_COLUMN("source-id", VTDMAsked, source_id, 2),
    VTDM_COLUMN("completions", VTDMAsked, completions, 4),
    VTDM_COLUMN("age", VTDMAsked, age, 1, .max = VTDM_AGE_SILENT),
};

static void save_asked(const VTDMUnit *unit, GArray *records)
{
    const VTDMDeviceTlb *tlb = &unit->latched.device_tlb;

    g_array_append_vals(records, tlb->asked, tlb->count);
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
    .record = sizeof(VTDMAsked), .keys = 1, .most = VTDM_ITAGS,
    .save = save_asked, .load = load_asked,
};

static const VTDMColumn unsent_columns[] = {
    VTDM_COLUMN("scope", VTDMInvalidation, scope, 1,
                .max = VTDM_SCOPE_PASID_PAGES),
    VTDM_COLUMN("source-id", VTDMInvalidation, source_id, 2),
    VTDM_COLUMN("pfsid", VTDMInvalidation, pfsid, 2),
    VTDM_COLUMN("itag", VTDMInvalidation, itag, 1, .max = VTDM_ITAGS - 1),
    VTDM_COLUMN("pasid", VTDMInvalidation, pasid, 4, .max = 0xfffff),
    VTDM_COLUMN("address", VTDMInvalidation, address, 8),
    VTDM_COLUMN("mask", VTDMInvalidation, mask, 8),
    VTDM_FLAG("with-pasid", VTDMInvalidation, with_pasid),
    VTDM_FLAG("all-pasids", VTDMInvalidation, all_pasids),
};

static void save_unsent(const VTDMUnit *unit, GArray *records)
{
    if (unit->latched.device_tlb.unsent) {
        g_array_append_val(records, unit->latched.device_tlb.what);
    }
}

static void load_unsent(VTDMUnit *unit, const GArray *records)
{
    VTDMDeviceTlb *tlb = &unit->latched.device_tlb;

    if (records->len) {
        tlb->unsent = true;
        tlb->what = g_array_index(records, VTDMInvalidation, 0);
        tlb->what.cache = VTDM_CACHE_DEVICE_TLB;
    }
}

const VTDMSection vtdm_save_unsent = {
    .name = "device-tlb-unsent",
    .columns = unsent_columns, .count = G_N_ELEMENTS(unsent_columns),
    .record = sizeof(VTDMInvalidation), .most = 1,
    .save = save_unsent, .load = load_unsent,
};
