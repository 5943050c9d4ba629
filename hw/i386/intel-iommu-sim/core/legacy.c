/*
 * Legacy mode: IOTLB, context entry, translation type, walk.
 * Spec: "Legacy Mode Address Translation", "Translating Address Using
 * Caches in Legacy Mode"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "context.h"
#include "host.h"
#include "interrupt-range.h"
#include "iotlb.h"
#include "legacy.h"
#include "unit.h"

static void set_domain(VTDMResult *result, uint16_t domain_id, bool fpd)
{
    result->has_domain = true;
    result->domain_id = domain_id;
    result->fault.fpd = fpd;
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
 * Whether @perm lets @request through. A translation request asks for
 * whatever there is.
 */
static VTDMCondition check_perm(VTDMUnit *unit, const VTDMRequest *request,
                                uint8_t perm)
{
    bool blind = request->zero_length && unit->config.zlr;

    if (request->type == VTDM_AT_TRANSLATION) {
        return VTDM_NO_FAULT;
    }
    if (request->access != VTDM_READ && !(perm & VTDM_PERM_W)) {
        return VTDM_LGN_2;
    }
    if (request->access != VTDM_WRITE && !(perm & VTDM_PERM_R) &&
        !(blind && (perm & VTDM_PERM_W))) {
        return VTDM_LGN_3;
    }
    return VTDM_NO_FAULT;
}

/*
 * A page that merely overlaps the interrupt range is fine outside of it; a
 * translation completion speaks for the whole page.
 */
static bool hits_interrupt_range(const VTDMRequest *request,
                                 const VTDMWalk *walk)
{
    if (request->type == VTDM_AT_TRANSLATION) {
        return vtdm_in_interrupt_range(walk->output, walk->mask + 1);
    }
    return vtdm_in_interrupt_range(walk->output +
                                   (request->address & walk->mask), 1);
}

static VTDMCondition apply_walk(VTDMUnit *unit, const VTDMRequest *request,
                                const VTDMWalk *walk, VTDMResult *result)
{
    VTDMCondition condition = walk->condition;

    result->fault.entry_address = walk->entry_address;
    result->fault.entry = (VTDMEntry128) { .lo = walk->entry };
    if (condition == VTDM_NO_FAULT) {
        condition = check_perm(unit, request, walk->perm);
    }
    if (condition != VTDM_NO_FAULT) {
        return condition;
    }
    if (walk->perm && hits_interrupt_range(request, walk)) {
        return VTDM_LGN_4;
    }
    result->translated = true;
    result->address = walk->output + (request->address & walk->mask);
    result->perm = walk->perm;
    result->snoop = walk->snoop;
    result->mask = vtdm_answer_mask(request->address, walk->mask) &
                   vtdm_answer_mask(walk->output, walk->mask);
    return VTDM_NO_FAULT;
}

/* Whether the IOTLB had an answer, which is then @condition and @result. */
static bool from_iotlb(VTDMUnit *unit, const VTDMRequest *request,
                       VTDMResult *result, VTDMCondition *condition)
{
    const VTDMTranslation *cached =
        vtdm_iotlb_lookup(unit, request->source_id, request->address);

    if (!cached) {
        return false;
    }
    set_domain(result, cached->domain_id, cached->fpd);
    *condition = apply_walk(unit, request, &cached->walk, result);
    return true;
}

static void tell_translation(VTDMUnit *unit, const VTDMRequest *request,
                             const VTDMContext *context,
                             const VTDMWalk *walk)
{
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_TRANSLATION,
        .translation = {
            .request = *request,
            .output = walk->output + (request->address & walk->mask),
            .mask = walk->mask,
            .domain_id = context->domain_id,
            .perm = walk->perm,
        },
    });
}

/* Only what succeeded is kept; in caching mode what failed is, too. */
static VTDMCondition second_stage(VTDMUnit *unit, const VTDMRequest *request,
                                  const VTDMContext *context,
                                  VTDMResult *result)
{
    VTDMWalk walk;
    VTDMCondition condition;
    bool success;

    vtdm_walk(unit, context, request->address, &walk);
    condition = apply_walk(unit, request, &walk, result);
    success = condition == VTDM_NO_FAULT && walk.perm;
    if (request->observe) {
        return condition;
    }
    if (success || unit->config.cm) {
        vtdm_iotlb_insert(unit, context, request->address, &walk);
    }
    if (success) {
        tell_translation(unit, request, context, &walk);
    }
    return condition;
}

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
    if (request->type == VTDM_AT_TRANSLATION &&
        vtdm_in_interrupt_range(request->address, 1)) {
        result->perm = VTDM_PERM_W;
        result->untranslated_only = true;
        return VTDM_NO_FAULT;
    }
    if (from_iotlb(unit, request, result, &condition)) {
        return condition;
    }
    return second_stage(unit, request, context, result);
}

/*
 * The IOTLB comes first, but only the context entry says whether a device
 * may ask for translations or use them.
 */
VTDMCondition vtdm_legacy_translate(VTDMUnit *unit,
                                    const VTDMRequest *request,
                                    VTDMResult *result)
{
    VTDMContext context;
    VTDMCondition condition;

    if (request->type == VTDM_AT_UNTRANSLATED &&
        from_iotlb(unit, request, result, &condition)) {
        return condition;
    }
    vtdm_context_find(unit, request, &context);
    result->fault.entry_address = context.entry_address;
    result->fault.entry = context.entry;
    result->fault.fpd = context.fpd;
    if (context.condition != VTDM_NO_FAULT) {
        return context.condition;
    }
    set_domain(result, context.domain_id, context.fpd);
    return by_type(unit, request, &context, result);
}
