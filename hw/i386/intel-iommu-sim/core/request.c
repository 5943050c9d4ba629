/*
 * One request, from the device to its answer: what comes before the
 * tables, the mode, and what becomes of a fault.
 *
 *   1. the interrupt address range
 *   2. translation that is off
 *   3. what ATS forbids by itself
 *   4. the translation table mode, and the tables
 *   5. protected memory, which the translated address meets
 *
 * Spec: "Fault Conditions and Remapping Hardware Behavior for Various
 * Requests"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "count.h"
#include "fault.h"
#include "host.h"
#include "interrupt-range.h"
#include "legacy.h"
#include "protected.h"
#include "registers.h"
#include "request.h"
#include "scalable.h"
#include "unit.h"

/* Blocked without a record. */
static void refuse(VTDMResult *result)
{
    result->response = VTDM_UR;
    result->perm = 0;
}

static void block(VTDMUnit *unit, const VTDMRequest *request,
                  VTDMResult *result, VTDMCondition condition)
{
    const VTDMConditionInfo *info = vtdm_condition_info(condition);
    VTDMFault *fault = &result->fault;

    result->response = request->type == VTDM_AT_TRANSLATION
                           ? info->translation :
                       request->type == VTDM_AT_TRANSLATED
                           ? info->translated : info->untranslated;
    result->mask = VTDM_PAGE_SIZE - 1;
    fault->condition = condition;
    if (request->view == VTDM_USE &&
        (result->response == VTDM_UR || result->response == VTDM_CA ||
         info->always_recorded)) {
        vtdm_fault_report(unit, fault);
    }
}

static void pass(const VTDMRequest *request, VTDMResult *result)
{
    result->address = request->address;
    result->mask = vtdm_answer_mask(request->address, VTDM_IDENTITY_MASK);
    result->perm = VTDM_PERM_R | VTDM_PERM_W;
}

/* The limits are host physical: the translated address counts. */
static void check_protection(VTDMUnit *unit, const VTDMRequest *request,
                             VTDMResult *result)
{
    if (result->response != VTDM_OK ||
        request->type == VTDM_AT_TRANSLATION) {
        return;
    }
    if (unit->latched.protects) {
        result->mask &= VTDM_PAGE_SIZE - 1;
    }
    if (vtdm_protected_blocks(unit, result->address, result->translated)) {
        vtdm_tell(unit, &(VTDMEvent) {
            .kind = VTDM_EVENT_PROTECTED,
            .translation = { *request, .output = result->address },
        });
        refuse(result);
    }
}

VTDMCondition vtdm_request_check_mode(const VTDMUnit *unit)
{
    switch (unit->latched.root.ttm) {
    case VTDM_TTM_LEGACY:
        return VTDM_NO_FAULT;
    case VTDM_TTM_ABORT:
        return unit->config.adms ? VTDM_RTA_4 : VTDM_RTA_1_1;
    case VTDM_TTM_SCALABLE:
        return unit->config.smts ? VTDM_NO_FAULT : VTDM_RTA_1_3;
    default:
        return VTDM_RTA_1_2;
    }
}

/* What the mode says of a request with PASID. */
static VTDMCondition check_pasid(const VTDMUnit *unit,
                                 const VTDMRequest *request)
{
    if (unit->latched.root.ttm == VTDM_TTM_LEGACY) {
        return VTDM_RTA_2;
    }
    return request->execute && unit->config.version_major >= 8
               ? VTDM_RTA_5 : VTDM_NO_FAULT;
}

static VTDMCondition check_mode(const VTDMUnit *unit,
                                const VTDMRequest *request)
{
    VTDMCondition condition = vtdm_request_check_mode(unit);

    return condition == VTDM_NO_FAULT && request->pasid != VTDM_NO_PASID
               ? check_pasid(unit, request) : condition;
}

static VTDMCondition translate(VTDMUnit *unit, const VTDMRequest *request,
                               VTDMResult *result)
{
    VTDMCondition condition = check_mode(unit, request);

    if (condition != VTDM_NO_FAULT) {
        vtdm_fault_begin(&result->fault, request);
        return condition;
    }
    return unit->latched.root.ttm == VTDM_TTM_SCALABLE
        ? vtdm_scalable_translate(unit, request, result)
        : vtdm_legacy_translate(unit, request, result);
}

/* A request that the interrupt range takes out of DMA remapping. */
static bool is_for_interrupt_range(VTDMUnit *unit,
                                   const VTDMRequest *request)
{
    bool pasid = request->pasid != VTDM_NO_PASID &&
                 vtdm_is_enabled(unit, VTDM_GSTS_TES);

    return request->type == VTDM_AT_UNTRANSLATED && !pasid &&
           vtdm_in_interrupt_range(request->address, 1);
}

/*
 * Translated requests with PASID need ECAP.PTRS, which is not modelled.
 * Spec: "Handling of ATS Protocol Errors"
 */
static bool breaks_ats_rules(const VTDMUnit *unit,
                             const VTDMRequest *request)
{
    return request->type == VTDM_AT_RESERVED ||
           (request->type == VTDM_AT_TRANSLATION &&
            request->access != VTDM_READ) ||
           (request->type == VTDM_AT_TRANSLATED &&
            request->pasid != VTDM_NO_PASID &&
            unit->latched.root.ttm == VTDM_TTM_SCALABLE && unit->config.smts);
}

static void run(VTDMUnit *unit, const VTDMRequest *request,
                VTDMResult *result)
{
    VTDMCondition condition;

    /* 1 */
    if (is_for_interrupt_range(unit, request)) {
        if (request->zero_length && request->access == VTDM_READ) {
            pass(request, result);
        } else {
            vtdm_fault_begin(&result->fault, request);
            block(unit, request, result, VTDM_IR_29);
        }
        return;
    }
    /* 2 */
    if (!vtdm_is_enabled(unit, VTDM_GSTS_TES)) {
        if (request->type == VTDM_AT_UNTRANSLATED) {
            pass(request, result);
        } else {
            refuse(result);
        }
        return;
    }
    /* 3 */
    if (breaks_ats_rules(unit, request)) {
        refuse(result);
        return;
    }
    /* 4 */
    condition = translate(unit, request, result);
    if (condition != VTDM_NO_FAULT) {
        block(unit, request, result, condition);
    }
}

static void run_counted(VTDMUnit *unit, const VTDMRequest *request,
                        VTDMResult *result)
{
    uint64_t before = vtdm_memory_clocks(unit);

    vtdm_count(unit, VTDM_COUNT_IOMMU_REQUESTS, &(VTDMCountSubject) {
        .source_id = request->source_id,
        .pasid = request->pasid,
        .type = request->type,
    });
    run(unit, request, result);
    vtdm_count_many(unit, VTDM_COUNT_TOTAL_OCCUPANCY,
                    VTDM_CLOCKS_OF_REQUEST + vtdm_memory_clocks(unit) -
                    before, NULL);
}

void vtdm_request_run(VTDMUnit *unit, const VTDMRequest *request,
                      VTDMResult *result)
{
    result->response = VTDM_OK;
    result->address = 0;
    result->mask = 0;
    result->perm = 0;
    result->clean = false;
    result->snoop = false;
    result->untranslated_only = false;
    result->privileged = false;
    result->first_stage = false;
    result->translated = false;
    result->has_domain = false;
    result->fault.condition = VTDM_NO_FAULT;
    result->fault.recorded = false;
    if (request->view == VTDM_USE) {
        run_counted(unit, request, result);
    } else {
        run(unit, request, result);
    }
    /* 5 */
    check_protection(unit, request, result);
}
