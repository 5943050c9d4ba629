/*
 * Scalable mode: IOTLB, context entry, PASID entry, translation type, walk.
 *
 *   1. an untranslated request that the IOTLB knows is answered from it
 *   2. the context entry, from its cache or the tables: what it lets through
 *   3. translated requests pass, translation requests ask the IOTLB
 *   4. the PASID entry, from its cache or the tables: what it lets through
 *   5. its translation type: pass-through, or the paging tables
 *
 * Spec: "Scalable Mode Address Translation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "answer.h"
#include "config.h"
#include "context.h"
#include "fault.h"
#include "first-stage.h"
#include "pasid.h"
#include "scalable.h"
#include "second-stage.h"
#include "unit.h"

static const VTDMMode scalable = {
    .translate = vtdm_scalable_translate,
    .permissions = &vtdm_first_stage_conditions,
    .too_wide = {
        [VTDM_AT_UNTRANSLATED] = VTDM_SGN_4_2,
        [VTDM_AT_TRANSLATION] = VTDM_SGN_4_2,
        [VTDM_AT_TRANSLATED] = VTDM_SGN_4_1,
    },
    .interrupts = {
        [VTDM_AT_UNTRANSLATED] = VTDM_SGN_8_1,
        [VTDM_AT_TRANSLATION] = VTDM_SGN_8_2,
        [VTDM_AT_TRANSLATED] = VTDM_SGN_8_3,
    },
};

static bool has_pasid(const VTDMRequest *request)
{
    return request->pasid != VTDM_NO_PASID;
}

/* Without PASID there is no request to execute. */
static bool executes(const VTDMRequest *request)
{
    return has_pasid(request) && request->execute;
}

/* What @context says of requests with @pasid. */
static VTDMCondition check_pasid(const VTDMContext *context, uint32_t pasid)
{
    if (!context->paside) {
        return VTDM_SCT_6;
    }
    if (pasid >= context->pasids) {
        return VTDM_SCT_7;
    }
    return pasid == context->rid_pasid ? VTDM_SCT_9 : VTDM_NO_FAULT;
}

static VTDMCondition check_context(const VTDMConfig *config,
                                   const VTDMContext *context,
                                   const VTDMRequest *request)
{
    if (context->condition != VTDM_NO_FAULT) {
        return context->condition;
    }
    if (request->type != VTDM_AT_UNTRANSLATED && !context->dte) {
        return VTDM_SCT_5;
    }
    if (!has_pasid(request)) {
        return VTDM_NO_FAULT;
    }
    if (request->pasid > vtdm_mask_below(config->pss)) {
        return VTDM_SGN_10;
    }
    return check_pasid(context, request->pasid);
}

/* What @entry says of the request's attributes. */
static VTDMCondition check_entry(const VTDMPasidEntry *entry,
                                 const VTDMRequest *request, bool privileged)
{
    if (entry->condition != VTDM_NO_FAULT) {
        return entry->condition;
    }
    if (executes(request)) {
        return VTDM_SPT_5;
    }
    return privileged && !entry->sre ? VTDM_SPT_6 : VTDM_NO_FAULT;
}

/* Spec: "Snoop Behavior": table walks */
static bool is_snooped(const VTDMConfig *config, const VTDMPasidEntry *entry)
{
    return config->smpwcs && entry->pwsnp;
}

static VTDMTable second_stage(const VTDMConfig *config,
                              const VTDMPasidEntry *entry)
{
    return (VTDMTable) {
        .format = &vtdm_second_stage,
        .conditions = &vtdm_second_stage_conditions,
        .root = entry->ssptptr,
        .reach = vtdm_second_stage_reach(config, entry->ss_levels),
        .levels = entry->ss_levels,
        .flags = entry->ssade,
        .snooped = is_snooped(config, entry),
        .domain_id = entry->domain_id,
    };
}

static VTDMTable first_stage(const VTDMConfig *config,
                             const VTDMPasidEntry *entry)
{
    unsigned width = VTDM_PAGE_BITS + VTDM_LEVEL_BITS * entry->fs_levels;

    return (VTDMTable) {
        .format = &vtdm_first_stage,
        .conditions = &vtdm_first_stage_conditions,
        .root = entry->fsptptr,
        .reach = vtdm_mask_below(width - 1),
        .canonical = true,
        .levels = entry->fs_levels,
        .flags = true,
        .extended = entry->eafe,
        .snooped = is_snooped(config, entry),
        .write_protect = entry->wpe,
        .domain_id = entry->domain_id,
        .pasid = entry->pasid,
    };
}

const VTDMTable *vtdm_scalable_stages(const VTDMConfig *config,
                                      const VTDMPasidEntry *entry,
                                      VTDMStages *stages)
{
    stages->second = second_stage(config, entry);
    if (entry->pgtt == VTDM_PGTT_SECOND_STAGE) {
        return &stages->second;
    }
    stages->first = first_stage(config, entry);
    if (entry->pgtt == VTDM_PGTT_NESTED) {
        stages->first.second = &stages->second;
    }
    return &stages->first;
}

static void blame(VTDMFault *fault, uint64_t entry_address,
                  VTDMEntry128 entry, bool fpd)
{
    fault->entry_address = entry_address;
    fault->entry = entry;
    fault->fpd |= fpd;
}

static void blame_context(VTDMFault *fault, const VTDMContext *context)
{
    blame(fault, context->entry_address, context->entry, context->fpd);
}

static void blame_pasid(VTDMFault *fault, const VTDMPasidEntry *entry)
{
    blame(fault, entry->entry_address, entry->entry, entry->fpd);
}

/*
 * Whatever @condition there is before the tables, @entry caused it, or, where
 * there is none yet, @context.
 */
static VTDMCondition blame_last(const VTDMAnswer *answer,
                                const VTDMContext *context,
                                const VTDMPasidEntry *entry,
                                VTDMCondition condition)
{
    VTDMFault *fault = &answer->result->fault;

    if (condition != VTDM_NO_FAULT) {
        vtdm_fault_begin(fault, answer->request);
        blame_context(fault, context);
        if (entry) {
            blame_pasid(fault, entry);
        }
    }
    return condition;
}

static VTDMCondition from_tables(const VTDMAnswer *answer,
                                 const VTDMContext *context,
                                 const VTDMPasidEntry *entry)
{
    VTDMStages stages;
    VTDMIotlbEntry found = {
        .domain_id = entry->domain_id,
        .own_pasid = entry->pasid,
        .first_stage = entry->pgtt != VTDM_PGTT_SECOND_STAGE,
        .rid_priv = context->rid_priv,
        .sre = entry->sre,
        .fpd = context->fpd || entry->fpd,
        .translation.snoop = entry->pgsnp,
    };

    return vtdm_answer_from_tables(
        answer, vtdm_scalable_stages(&answer->unit->config, entry, &stages),
        &found);
}

/* Step 5. */
static VTDMCondition by_type(const VTDMAnswer *answer,
                             const VTDMContext *context,
                             const VTDMPasidEntry *entry)
{
    if (vtdm_asks_for_interrupts(answer->request)) {
        return vtdm_answer_interrupts(answer);
    }
    if (entry->pgtt == VTDM_PGTT_PASS_THROUGH) {
        answer->result->snoop = entry->pgsnp;
        return blame_last(answer, context, entry,
                          vtdm_answer_pass_through(answer));
    }
    return from_tables(answer, context, entry);
}

/* Steps 4 and 5. */
static VTDMCondition by_pasid(const VTDMAnswer *answer,
                              const VTDMContext *context)
{
    const VTDMRequest *request = answer->request;
    VTDMResult *result = answer->result;
    uint32_t pasid = has_pasid(request) ? request->pasid
                                        : context->rid_pasid;
    bool privileged = has_pasid(request) ? request->privileged
                                         : context->rid_priv;
    VTDMPasidEntry room;
    const VTDMPasidEntry *entry = vtdm_pasid_find(
        answer->unit, context, pasid, request->view, &room);
    VTDMCondition condition = check_entry(entry, request, privileged);

    if (condition != VTDM_NO_FAULT) {
        return blame_last(answer, context, entry, condition);
    }
    result->has_domain = true;
    result->domain_id = entry->domain_id;
    return by_type(answer, context, entry);
}

VTDMCondition vtdm_scalable_translate(VTDMUnit *unit,
                                      const VTDMRequest *request,
                                      VTDMResult *result)
{
    VTDMAnswer answer = { unit, &scalable, request, result };
    VTDMContext room;
    const VTDMContext *context;
    VTDMCondition condition;

    result->privileged = has_pasid(request) && request->privileged;
    /* 1 */
    if (request->type == VTDM_AT_UNTRANSLATED && !executes(request) &&
        vtdm_answer_from_iotlb(&answer, &condition)) {
        return condition;
    }
    /* 2 */
    context = vtdm_context_find(unit, request->source_id, request->view,
                                &room);
    condition = check_context(&unit->config, context, request);
    if (condition != VTDM_NO_FAULT) {
        return blame_last(&answer, context, NULL, condition);
    }
    /* 3 */
    if (request->type == VTDM_AT_TRANSLATED) {
        return blame_last(&answer, context, NULL,
                          vtdm_answer_identity(&answer));
    }
    if (request->type == VTDM_AT_TRANSLATION && !executes(request) &&
        !vtdm_asks_for_interrupts(request) &&
        vtdm_answer_from_iotlb(&answer, &condition)) {
        return condition;
    }
    /* 4 and 5 */
    return by_pasid(&answer, context);
}

VTDMCondition vtdm_scalable_check_page_request(VTDMUnit *unit,
                                               VTDMFault *fault,
                                               VTDMPasidEntry *entry)
{
    VTDMContext room;
    const VTDMContext *context;
    bool with_pasid = fault->pasid != VTDM_NO_PASID;
    uint32_t pasid = fault->pasid;
    VTDMCondition condition;

    context = vtdm_context_find(unit, fault->source_id, VTDM_USE, &room);
    blame_context(fault, context);
    if (context->condition != VTDM_NO_FAULT) {
        return context->condition;
    }
    if (!context->pre) {
        return VTDM_SCT_8;
    }
    if (with_pasid) {
        condition = check_pasid(context, pasid);
        if (condition != VTDM_NO_FAULT) {
            return condition;
        }
    } else {
        pasid = context->rid_pasid;
    }
    *entry = *vtdm_pasid_find(unit, context, pasid, VTDM_USE, entry);
    blame_pasid(fault, entry);
    return entry->condition;
}
