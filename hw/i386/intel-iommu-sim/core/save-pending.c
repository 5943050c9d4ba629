/*
 * What a unit has fetched or begun, and not completed: a wait, a page group
 * response, what registers will show.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "copies.h"
#include "descriptor.h"
#include "save-limits.h"
#include "save-pending.h"
#include "save-registers.h"
#include "unit.h"

static const VTDMColumn wait_columns[] = {
    VTDM_COLUMN("word0", VTDMDescriptor, q[0], 8),
    VTDM_COLUMN("word1", VTDMDescriptor, q[1], 8),
    VTDM_COLUMN("word2", VTDMDescriptor, q[2], 8),
    VTDM_COLUMN("word3", VTDMDescriptor, q[3], 8),
};

static const VTDMLatched *latched_of(const VTDMLoad *load)
{
    return &g_array_index(vtdm_load_records(load, "latched"), VTDMLatched, 0);
}

static void save_wait(const VTDMUnit *unit, GArray *records)
{
    if (unit->latched.wait.pending) {
        g_array_append_val(records, unit->latched.wait.descriptor);
    }
}

static const char *check_wait(const VTDMLoad *load, const GArray *records,
                              guint at)
{
    const VTDMDescriptor *wait = &g_array_index(records, VTDMDescriptor, at);
    const VTDMLatched *latched = latched_of(load);

    if (!vtdm_descriptor_is_wait(load->unit, wait)) {
        return "this is no valid wait descriptor";
    }
    if (!(latched->gsts & VTDM_GSTS_QIES)) {
        return "nothing waits, as the queue is off";
    }
    if (!latched->fetching && !vtdm_load_records(load,
                                                 "device-tlb-asked")->len) {
        return "there is no device-TLB invalidation that it waits for";
    }
    return NULL;
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
    .save = save_wait, .check = check_wait, .load = load_wait,
};

static const VTDMColumn response_columns[] = {
    VTDM_COLUMN("pasid", VTDMPageResponse, pasid, 4),
    VTDM_COLUMN("source-id", VTDMPageResponse, source_id, 2),
    VTDM_COLUMN("group", VTDMPageResponse, group, 2, .max = 511),
    VTDM_COLUMN("code", VTDMPageResponse, code, 1, .max = 15),
};

static uint32_t most_responses(const VTDMConfig *config)
{
    return config->prs;
}

static void save_response(const VTDMUnit *unit, GArray *records)
{
    if (unit->latched.page_response.unsent) {
        g_array_append_val(records, unit->latched.page_response.response);
    }
}

static const char *check_response(const VTDMLoad *load, const GArray *records,
                                  guint at)
{
    return vtdm_is_pasid(g_array_index(records, VTDMPageResponse, at).pasid)
        ? NULL : "there is no such pasid";
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
    .record = sizeof(VTDMPageResponse), .most_of = most_responses,
    .save = save_response, .check = check_response, .load = load_response,
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

/* GSTS and PMEN will show what is in effect, the others that they are done. */
static const char *check_completion(const VTDMLoad *load,
                                    const GArray *records, guint at)
{
    const VTDMCompletion *completion =
        &g_array_index(records, VTDMCompletion, at);
    const VTDMLatched *latched = latched_of(load);
    const struct {
        uint32_t offset;
        uint64_t clear;
        uint64_t may_set;
        uint64_t must_set;
    } registers[] = {
        { VTDM_REG_GSTS, UINT32_MAX, latched->gsts, latched->gsts },
        { VTDM_REG_PMEN, VTDM_PMEN_PRS, latched->protects ? VTDM_PMEN_PRS : 0,
          latched->protects ? VTDM_PMEN_PRS : 0 },
        { VTDM_REG_CCMD, VTDM_CCMD_ICC | VTDM_CCMD_CAIG, VTDM_CCMD_CAIG, 0 },
        { vtdm_iotlb_offset(&load->unit->config) + VTDM_REG_IOTLB,
          VTDM_IOTLB_IVT | VTDM_IOTLB_IAIG, VTDM_IOTLB_IAIG, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(registers); i++) {
        if (registers[i].offset == completion->offset) {
            return completion->clear != registers[i].clear ||
                   (completion->set & ~registers[i].may_set) ||
                   (registers[i].must_set & ~completion->set)
                ? "the register never changes so" : NULL;
        }
    }
    return "there is no register that completes later at this offset";
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
    .save = save_completions, .check = check_completion,
    .load = load_completions,
};
