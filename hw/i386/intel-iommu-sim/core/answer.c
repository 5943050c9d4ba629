/*
 * From a translation to the answer of a request: permissions, the interrupt
 * address range, what the IOTLB keeps. A mode adds how it names faults.
 * Spec: "Access Rights", "Interrupt Address Range", "Details of IOTLB Use"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "answer.h"
#include "config.h"
#include "count.h"
#include "fault.h"
#include "grant.h"
#include "host.h"
#include "pass.h"
#include "unit.h"

/* The largest page that tables could map. */
static uint64_t largest_page_mask(const VTDMConfig *config)
{
    bool large = config->sslps & VTDM_BIT(0) || config->fsts;
    bool huge = config->sslps & VTDM_BIT(1) || config->fs1gp;

    return vtdm_level_mask(huge ? 3 : large ? 2 : 1) &
           ~vtdm_above_haw(config);
}

/* What passes as it is, asked for by a device, as far as one may ask. */
static VTDMCondition complete_identity(const VTDMAnswer *answer)
{
    uint64_t address = answer->request->address;
    VTDMResult *result = answer->result;

    result->address = address;
    result->mask = vtdm_answer_mask(
        address, largest_page_mask(&answer->unit->config));
    if (!vtdm_in_interrupt_range(address, 1)) {
        result->perm = VTDM_PERM_R |
                       (vtdm_wants_to_write(answer) ? VTDM_PERM_W : 0);
    }
    return VTDM_NO_FAULT;
}

VTDMCondition vtdm_answer_identity(const VTDMAnswer *answer)
{
    const VTDMRequest *request = answer->request;
    VTDMResult *result = answer->result;

    if (request->address & vtdm_above_haw(&answer->unit->config)) {
        return answer->mode->too_wide[request->type];
    }
    if (request->type == VTDM_AT_TRANSLATION) {
        return complete_identity(answer);
    }
    if (vtdm_in_interrupt_range(request->address, 1)) {
        return answer->mode->interrupts[request->type];
    }
    result->address = request->address;
    result->mask = vtdm_answer_mask(request->address, VTDM_IDENTITY_MASK);
    result->perm = VTDM_PERM_R | VTDM_PERM_W;
    return VTDM_NO_FAULT;
}

/* What every request of the same requester gets, whatever the access. */
static bool is_plain(const VTDMUnit *unit, const VTDMRequest *request)
{
    return request->view == VTDM_USE && !unit->latched.protects &&
           request->type == VTDM_AT_UNTRANSLATED && !request->execute &&
           !(request->pasid != VTDM_NO_PASID && request->privileged);
}

VTDMCondition vtdm_answer_pass_through(const VTDMAnswer *answer)
{
    const VTDMRequest *request = answer->request;
    VTDMCondition condition = vtdm_answer_identity(answer);

    if (condition == VTDM_NO_FAULT && is_plain(answer->unit, request)) {
        vtdm_pass_keep(answer->unit,
                       vtdm_who(request->source_id, request->pasid),
                       answer->result->domain_id);
    }
    return condition;
}

bool vtdm_asks_for_interrupts(const VTDMRequest *request)
{
    return request->type == VTDM_AT_TRANSLATION &&
           request->pasid == VTDM_NO_PASID &&
           vtdm_in_interrupt_range(request->address, 1);
}

VTDMCondition vtdm_answer_interrupts(const VTDMAnswer *answer)
{
    VTDMResult *result = answer->result;

    result->address = answer->request->address;
    result->mask = VTDM_PAGE_SIZE - 1;
    result->untranslated_only = vtdm_wants_to_write(answer);
    result->perm = result->untranslated_only ? VTDM_PERM_W : 0;
    return VTDM_NO_FAULT;
}

/*
 * Whether the leaf of the second stage, below a first one, caused @condition:
 * a right that it does not give, or the address that it gave.
 */
static bool is_of_second(const VTDMWalkConditions *permissions,
                         VTDMCondition condition, const VTDMTranslation *end)
{
    if (!end->nested || condition == end->condition ||
        condition == permissions->no_user) {
        return false;
    }
    return condition == permissions->no_write
               ? !(end->second_perm & VTDM_PERM_W) :
           condition == permissions->no_read
               ? !(end->second_perm & VTDM_PERM_R) : true;
}

/* What of @found caused @condition. */
static void blame(const VTDMAnswer *answer, VTDMCondition condition,
                  const VTDMIotlbEntry *found)
{
    const VTDMTranslation *end = &found->translation;
    bool second = is_of_second(answer->mode->permissions, condition, end);
    VTDMFault *fault = &answer->result->fault;

    vtdm_fault_begin(fault, answer->request);
    fault->entry_address = second ? end->second_address : end->entry_address;
    fault->entry.lo = second ? end->second_entry : end->entry;
    fault->entry.hi = 0;
    fault->stage = second ? VTDM_SECOND_STAGE : end->stage;
    fault->fpd = found->fpd;
}

/*
 * What is cached does not tell the paging entry that caused @condition: it is
 * looked for. None is to blame where the tables do not say the same any more.
 */
static void look_up_blamed(const VTDMAnswer *answer, VTDMCondition condition)
{
    VTDMRequest again = *answer->request;
    VTDMResult result;
    VTDMFault *fault = &answer->result->fault;

    again.view = VTDM_TABLES;
    if (answer->mode->translate(answer->unit, &again, &result) == condition &&
        result.fault.stage == fault->stage) {
        fault->entry_address = result.fault.entry_address;
        fault->entry = result.fault.entry;
    }
}

static VTDMCondition apply(const VTDMAnswer *answer,
                           const VTDMIotlbEntry *found)
{
    VTDMCondition condition = vtdm_grant_check(answer, found);

    answer->result->has_domain = true;
    answer->result->domain_id = found->domain_id;
    if (condition == VTDM_NO_FAULT) {
        vtdm_grant_fill(answer, found);
    } else {
        blame(answer, condition, found);
    }
    return condition;
}

static void count_lookup(VTDMUnit *unit, const VTDMRequest *request,
                         const VTDMIotlbEntry *hit)
{
    vtdm_count(unit, VTDM_COUNT_IOTLB_LOOKUP, &(VTDMCountSubject) {
        .source_id = request->source_id,
        .pasid = request->pasid,
    });
    if (hit) {
        vtdm_count(unit, VTDM_COUNT_IOTLB_HIT, &(VTDMCountSubject) {
            .source_id = request->source_id,
            .domain_id = hit->domain_id,
            .pasid = request->pasid,
            .level = hit->tag.level,
        });
    }
}

bool vtdm_answer_from_iotlb(VTDMAnswer *answer, VTDMCondition *condition)
{
    const VTDMRequest *request = answer->request;
    const VTDMIotlbEntry *cached = request->view == VTDM_TABLES
        ? NULL : vtdm_iotlb_lookup(answer->unit, request->source_id,
                                   request->pasid, request->address);

    answer->absent = !cached;
    if (cached && !vtdm_grant_is_of_use(answer, cached)) {
        cached = NULL;
    }
    if (request->view == VTDM_USE) {
        count_lookup(answer->unit, request, cached);
    }
    if (!cached) {
        return false;
    }
    *condition = apply(answer, cached);
    if (*condition != VTDM_NO_FAULT) {
        look_up_blamed(answer, *condition);
    }
    return true;
}

static void tell_translation(const VTDMAnswer *answer,
                             const VTDMIotlbEntry *found)
{
    const VTDMRequest *request = answer->request;
    const VTDMTranslation *end = &found->translation;

    vtdm_tell(answer->unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_TRANSLATION,
        .translation = {
            .request = *request,
            .output = end->output + (request->address & end->mask),
            .mask = end->mask,
            .domain_id = found->domain_id,
            .perm = vtdm_grant_perm(request, found),
        },
    });
}

/* A flag that could not be set is needed by some requests, not by others. */
static bool is_of_address(const VTDMTable *table, VTDMCondition condition)
{
    return condition == VTDM_NO_FAULT ||
           (condition != table->conditions->not_snooped &&
            condition != table->conditions->not_updated);
}

/*
 * Only what succeeded is kept; in caching mode what failed is, too, unless a
 * first stage was part of it.
 */
static bool may_keep(const VTDMAnswer *answer, const VTDMTable *table,
                     const VTDMIotlbEntry *found, bool success)
{
    return success ||
           (answer->unit->config.cm && !found->first_stage &&
            is_of_address(table, found->translation.condition));
}

static void keep(const VTDMAnswer *answer, VTDMIotlbEntry *found)
{
    const VTDMRequest *request = answer->request;

    found->tag = (VTDMTag) {
        .input = request->address,
        .pasid = request->pasid,
        .source_id = request->source_id,
    };
    if (answer->absent) {
        vtdm_iotlb_add(answer->unit, found);
    } else {
        vtdm_iotlb_insert(answer->unit, found);
    }
}

/* A walk, and what it is for. */
typedef struct Walk {
    const VTDMAnswer *answer;
    const VTDMIotlbEntry *found;
} Walk;

static bool may_write(const void *opaque, const VTDMTranslation *end)
{
    const Walk *walk = opaque;

    return vtdm_grant_check(walk->answer, walk->found) == VTDM_NO_FAULT &&
           (vtdm_grant_perm(walk->answer->request, walk->found) & VTDM_PERM_W);
}

VTDMCondition vtdm_answer_from_tables(const VTDMAnswer *answer,
                                      const VTDMTable *table,
                                      VTDMIotlbEntry *found)
{
    const VTDMRequest *request = answer->request;
    Walk walk = { answer, found };
    VTDMWalkAccess access = {
        .view = request->view,
        .writes = vtdm_wants_to_write(answer) ? may_write : NULL,
        .opaque = &walk,
    };
    bool snooped = found->translation.snoop;
    bool success;
    VTDMCondition condition;

    vtdm_walk(answer->unit, table, request->address, &access,
              &found->translation);
    found->translation.snoop |= snooped;
    condition = apply(answer, found);
    success = condition == VTDM_NO_FAULT && vtdm_grant_perm(request, found);
    if (request->view == VTDM_USE) {
        if (may_keep(answer, table, found, success)) {
            keep(answer, found);
        }
        if (success && vtdm_is_heard(answer->unit, VTDM_EVENT_TRANSLATION)) {
            tell_translation(answer, found);
        }
    }
    return condition;
}
