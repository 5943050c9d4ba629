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

#include "config.h"
#include "context.h"
#include "fault.h"
#include "host.h"
#include "interrupt-range.h"
#include "iotlb.h"
#include "legacy.h"
#include "permission.h"
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

/* Spec: "Second-Stage Translation": the input is min(MGAW, AGAW) wide. */
VTDMTable vtdm_legacy_table(const VTDMUnit *unit, const VTDMContext *context)
{
    unsigned agaw = VTDM_PAGE_BITS + VTDM_LEVEL_BITS * context->levels;

    return (VTDMTable) {
        .format = &vtdm_second_stage,
        .conditions = &walk_conditions,
        .root = context->ssptptr,
        .reach = vtdm_mask_below(MIN(agaw, unit->config.mgaw)),
        .levels = context->levels,
        .domain_id = context->domain_id,
    };
}

static void set_domain(VTDMResult *result, uint16_t domain_id)
{
    result->has_domain = true;
    result->domain_id = domain_id;
}

static VTDMCondition identity(VTDMUnit *unit, const VTDMRequest *request,
                              VTDMResult *result, VTDMCondition too_wide)
{
    if (request->address & vtdm_above_haw(&unit->config)) {
        return too_wide;
    }
    if (vtdm_in_interrupt_range(request->address, 1)) {
        return VTDM_LGN_4;
    }
    result->address = request->address;
    result->mask = vtdm_answer_mask(request->address, VTDM_IDENTITY_MASK);
    result->perm = VTDM_PERM_R | VTDM_PERM_W;
    return VTDM_NO_FAULT;
}

/*
 * A page that merely overlaps the interrupt range is fine outside of it; a
 * translation completion speaks for the whole page.
 */
static bool hits_interrupt_range(const VTDMRequest *request,
                                 const VTDMTranslation *end)
{
    if (request->type == VTDM_AT_TRANSLATION) {
        return vtdm_in_interrupt_range(end->output, end->mask + 1);
    }
    return vtdm_in_interrupt_range(end->output +
                                   (request->address & end->mask), 1);
}

/* The answer that @end gives to @request; or what is wrong with it. */
static VTDMCondition check(VTDMUnit *unit, const VTDMRequest *request,
                           const VTDMTranslation *end)
{
    VTDMCondition condition = end->condition;

    if (condition == VTDM_NO_FAULT) {
        condition = vtdm_permission_check(&unit->config, &walk_conditions,
                                          request, false, end);
    }
    if (condition == VTDM_NO_FAULT && end->perm &&
        hits_interrupt_range(request, end)) {
        condition = VTDM_LGN_4;
    }
    return condition;
}

/* An answer holds neither beyond the page nor beyond MGAW. */
static void answer(VTDMUnit *unit, const VTDMRequest *request,
                   const VTDMTranslation *end, VTDMResult *result)
{
    uint64_t mask = end->mask & vtdm_mask_below(unit->config.mgaw);

    result->translated = true;
    result->address = end->output + (request->address & end->mask);
    result->perm = end->perm;
    result->snoop = end->snoop;
    result->mask = vtdm_answer_mask(request->address, mask) &
                   vtdm_answer_mask(result->address, mask);
}

/* What of @end caused the fault of @request. */
static void blame(const VTDMRequest *request, const VTDMTranslation *end,
                  bool fpd, VTDMFault *fault)
{
    vtdm_fault_begin(fault, request);
    fault->entry_address = end->entry_address;
    fault->entry = (VTDMEntry128) { .lo = end->entry };
    fault->stage = end->stage;
    fault->fpd = fpd;
}

static VTDMCondition apply(VTDMUnit *unit, const VTDMRequest *request,
                           const VTDMTranslation *end, bool fpd,
                           VTDMResult *result)
{
    VTDMCondition condition = check(unit, request, end);

    if (condition == VTDM_NO_FAULT) {
        answer(unit, request, end, result);
    } else {
        blame(request, end, fpd, &result->fault);
    }
    return condition;
}

/*
 * Whether the IOTLB had an answer, which is then @condition and @result. A
 * page may reach beyond MGAW, its translation does not.
 */
static bool from_iotlb(VTDMUnit *unit, const VTDMRequest *request,
                       VTDMResult *result, VTDMCondition *condition)
{
    const VTDMIotlbEntry *cached;

    if (request->view == VTDM_TABLES ||
        request->address > vtdm_mask_below(unit->config.mgaw)) {
        return false;
    }
    cached = vtdm_iotlb_lookup(unit, request->source_id, VTDM_NO_PASID,
                               request->address);
    if (!cached) {
        return false;
    }
    set_domain(result, cached->domain_id);
    *condition = apply(unit, request, &cached->translation, cached->fpd,
                       result);
    return true;
}

static void tell_translation(VTDMUnit *unit, const VTDMRequest *request,
                             const VTDMContext *context,
                             const VTDMTranslation *end)
{
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_TRANSLATION,
        .translation = {
            .request = *request,
            .output = end->output + (request->address & end->mask),
            .mask = end->mask,
            .domain_id = context->domain_id,
            .perm = end->perm,
        },
    });
}

/* Only what succeeded is kept; in caching mode what failed is, too. */
static void keep(VTDMUnit *unit, const VTDMRequest *request,
                 const VTDMContext *context, const VTDMTranslation *end,
                 bool success)
{
    if (success || unit->config.cm) {
        vtdm_iotlb_insert(unit, &(VTDMIotlbEntry) {
            .tag = { .input = request->address, .pasid = VTDM_NO_PASID,
                     .source_id = request->source_id },
            .domain_id = context->domain_id,
            .fpd = context->fpd,
            .translation = *end,
        });
    }
    if (success) {
        tell_translation(unit, request, context, end);
    }
}

static VTDMCondition from_tables(VTDMUnit *unit, const VTDMRequest *request,
                                 const VTDMContext *context,
                                 VTDMResult *result)
{
    VTDMTable table = vtdm_legacy_table(unit, context);
    VTDMWalkAccess access = { .view = request->view };
    VTDMTranslation end;
    VTDMCondition condition;

    vtdm_walk(unit, &table, request->address, &access, &end);
    condition = apply(unit, request, &end, context->fpd, result);
    if (request->view == VTDM_USE) {
        keep(unit, request, context, &end,
             condition == VTDM_NO_FAULT && end.perm);
    }
    return condition;
}

/* A completion that lets a device write interrupts, untranslated only. */
static VTDMCondition interrupt_completion(const VTDMRequest *request,
                                          VTDMResult *result)
{
    result->address = request->address;
    result->mask = VTDM_PAGE_SIZE - 1;
    result->perm = VTDM_PERM_W;
    result->untranslated_only = true;
    return VTDM_NO_FAULT;
}

/* Steps 3 to 5. */
static VTDMCondition by_type(VTDMUnit *unit, const VTDMRequest *request,
                             const VTDMContext *context, VTDMResult *result)
{
    VTDMCondition condition;

    if (request->type != VTDM_AT_UNTRANSLATED &&
        context->tt != VTDM_TT_DEVICE_TLB) {
        return VTDM_LCT_5;
    }
    if (request->type == VTDM_AT_TRANSLATED) {
        return identity(unit, request, result, VTDM_LGN_1_2);
    }
    if (context->tt == VTDM_TT_PASS_THROUGH) {
        return identity(unit, request, result, VTDM_LGN_1_3);
    }
    if (request->type == VTDM_AT_TRANSLATION) {
        if (vtdm_in_interrupt_range(request->address, 1)) {
            return interrupt_completion(request, result);
        }
        if (from_iotlb(unit, request, result, &condition)) {
            return condition;
        }
    }
    return from_tables(unit, request, context, result);
}

VTDMCondition vtdm_legacy_translate(VTDMUnit *unit,
                                    const VTDMRequest *request,
                                    VTDMResult *result)
{
    VTDMContext context;
    VTDMCondition condition;

    /* 1 */
    if (request->type == VTDM_AT_UNTRANSLATED &&
        from_iotlb(unit, request, result, &condition)) {
        return condition;
    }
    /* 2 */
    vtdm_context_find(unit, request->source_id, request->view, &context);
    vtdm_fault_begin(&result->fault, request);
    result->fault.entry_address = context.entry_address;
    result->fault.entry = context.entry;
    result->fault.fpd = context.fpd;
    if (context.condition != VTDM_NO_FAULT) {
        return context.condition;
    }
    set_domain(result, context.domain_id);
    /* 3 to 5 */
    return by_type(unit, request, &context, result);
}
