/*
 * Legacy mode: IOTLB, context entry, translation type, walk.
 *
 *   1. an untranslated request that the IOTLB knows is answered from it
 *   2. the context entry, from its cache or the tables
 *   3. its translation type: pass-through, or what ATS may ask
 *   4. translation requests: the IOTLB
 *   5. the second-stage tables, the IOTLB keeps what they gave
 *
 * Spec: "Legacy Mode Address Translation", "Translating Address Using
 * Caches in Legacy Mode"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "answer.h"
#include "config.h"
#include "context.h"
#include "fault.h"
#include "legacy.h"
#include "second-stage.h"
#include "unit.h"

static const VTDMWalkConditions walk_conditions = {
    .too_wide = VTDM_LGN_1_1,
    .first_unreadable = VTDM_LCT_4_3,
    .unreadable = VTDM_LSS_1,
    .reserved = VTDM_LSS_2,
    .no_write = VTDM_LGN_2,
    .no_read = VTDM_LGN_3,
};

static const VTDMMode legacy = {
    .translate = vtdm_legacy_translate,
    .permissions = &walk_conditions,
    .too_wide = {
        [VTDM_AT_UNTRANSLATED] = VTDM_LGN_1_3,
        [VTDM_AT_TRANSLATED] = VTDM_LGN_1_2,
    },
    .interrupts = {
        [VTDM_AT_UNTRANSLATED] = VTDM_LGN_4,
        [VTDM_AT_TRANSLATION] = VTDM_LGN_4,
        [VTDM_AT_TRANSLATED] = VTDM_LGN_4,
    },
};

VTDMTable vtdm_legacy_table(const VTDMUnit *unit, const VTDMContext *context)
{
    return (VTDMTable) {
        .format = &vtdm_second_stage,
        .conditions = &walk_conditions,
        .root = context->ssptptr,
        .reach = vtdm_second_stage_reach(&unit->config, context->levels),
        .levels = context->levels,
        .domain_id = context->domain_id,
    };
}

static VTDMCondition from_tables(const VTDMAnswer *answer,
                                 const VTDMContext *context)
{
    VTDMTable table = vtdm_legacy_table(answer->unit, context);
    VTDMIotlbEntry found = {
        .domain_id = context->domain_id,
        .fpd = context->fpd,
    };

    return vtdm_answer_from_tables(answer, &table, &found);
}

/* Whatever @condition there is before the tables, @context caused it. */
static VTDMCondition blame_context(const VTDMAnswer *answer,
                                   const VTDMContext *context,
                                   VTDMCondition condition)
{
    VTDMFault *fault = &answer->result->fault;

    if (condition != VTDM_NO_FAULT) {
        vtdm_fault_begin(fault, answer->request);
        fault->entry_address = context->entry_address;
        fault->entry = context->entry;
        fault->fpd = context->fpd;
    }
    return condition;
}

/* Steps 3 to 5. */
static VTDMCondition by_type(VTDMAnswer *answer, const VTDMContext *context)
{
    VTDMAddressType type = answer->request->type;
    VTDMCondition condition;

    if (type != VTDM_AT_UNTRANSLATED && context->tt != VTDM_TT_DEVICE_TLB) {
        return blame_context(answer, context, VTDM_LCT_5);
    }
    if (type == VTDM_AT_TRANSLATED) {
        return blame_context(answer, context, vtdm_answer_identity(answer));
    }
    if (context->tt == VTDM_TT_PASS_THROUGH) {
        return blame_context(answer, context,
                             vtdm_answer_pass_through(answer));
    }
    if (vtdm_asks_for_interrupts(answer->request)) {
        return vtdm_answer_interrupts(answer);
    }
    if (type == VTDM_AT_TRANSLATION &&
        vtdm_answer_from_iotlb(answer, &condition)) {
        return condition;
    }
    return from_tables(answer, context);
}

VTDMCondition vtdm_legacy_translate(VTDMUnit *unit,
                                    const VTDMRequest *request,
                                    VTDMResult *result)
{
    VTDMAnswer answer = { unit, &legacy, request, result };
    VTDMContext room;
    const VTDMContext *context;
    VTDMCondition condition;

    /* 1 */
    if (request->type == VTDM_AT_UNTRANSLATED &&
        vtdm_answer_from_iotlb(&answer, &condition)) {
        return condition;
    }
    /* 2 */
    context = vtdm_context_find(unit, request->source_id, request->view,
                                &room);
    if (context->condition != VTDM_NO_FAULT) {
        return blame_context(&answer, context, context->condition);
    }
    result->has_domain = true;
    result->domain_id = context->domain_id;
    /* 3 to 5 */
    return by_type(&answer, context);
}
