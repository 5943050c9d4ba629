/*
 * What a translation grants a request; and which requests it grants so plainly
 * that the IOTLB can say so.
 * Spec: "Access Rights", "Interrupt Address Range", "Details of IOTLB Use"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_GRANT_H
#define VTDM_CORE_GRANT_H

#include "answer.h"
#include "interrupt-range.h"
#include "permission.h"
#include "unit.h"

/* A translation request is one for writing, too, unless it says otherwise. */
static inline bool vtdm_wants_to_write(const VTDMAnswer *answer)
{
    const VTDMRequest *request = answer->request;

    if (request->type == VTDM_AT_TRANSLATION) {
        return !(request->no_write && answer->unit->config.nwfs);
    }
    return request->access != VTDM_READ;
}

/* Whether the request, which @found answers, is made in supervisor mode. */
static inline bool vtdm_is_privileged(const VTDMRequest *request,
                                      const VTDMIotlbEntry *found)
{
    return request->pasid == VTDM_NO_PASID ? found->rid_priv
                                           : request->privileged;
}

static inline uint8_t vtdm_grant_perm(const VTDMRequest *request,
                                      const VTDMIotlbEntry *found)
{
    return vtdm_translation_perm(&found->translation,
                                 vtdm_is_privileged(request, found));
}

/*
 * A page that merely overlaps the interrupt range is fine outside of it; a
 * translation completion speaks for the whole page.
 */
static inline bool vtdm_grant_hits_interrupts(const VTDMRequest *request,
                                              const VTDMTranslation *end)
{
    if (request->type == VTDM_AT_TRANSLATION) {
        return vtdm_in_interrupt_range(end->output, end->mask + 1);
    }
    return vtdm_in_interrupt_range(end->output +
                                   (request->address & end->mask), 1);
}

/* What is wrong with @found as an answer. */
static inline VTDMCondition vtdm_grant_check(const VTDMAnswer *answer,
                                             const VTDMIotlbEntry *found)
{
    const VTDMRequest *request = answer->request;
    const VTDMTranslation *end = &found->translation;
    VTDMCondition condition = end->condition;

    if (condition == VTDM_NO_FAULT) {
        condition = vtdm_permission_check(
            &answer->unit->config, answer->mode->permissions, request,
            vtdm_is_privileged(request, found), end);
    }
    if (condition == VTDM_NO_FAULT && vtdm_grant_perm(request, found) &&
        vtdm_grant_hits_interrupts(request, end)) {
        condition = answer->mode->interrupts[request->type];
    }
    return condition;
}

/* An answer holds neither beyond the page nor beyond MGAW. */
static inline void vtdm_grant_fill(const VTDMAnswer *answer,
                                   const VTDMIotlbEntry *found)
{
    const VTDMRequest *request = answer->request;
    const VTDMTranslation *end = &found->translation;
    VTDMResult *result = answer->result;
    uint64_t mask = end->mask & vtdm_mask_below(answer->unit->config.mgaw);

    result->translated = true;
    result->address = end->output + (request->address & end->mask);
    result->perm = vtdm_grant_perm(request, found);
    if (request->type == VTDM_AT_TRANSLATION && !vtdm_wants_to_write(answer)) {
        result->perm &= ~VTDM_PERM_W;
    }
    result->clean = !end->dirty;
    result->snoop = end->snoop;
    result->first_stage = found->first_stage;
    result->mask = vtdm_answer_mask(request->address, mask) &
                   vtdm_answer_mask(result->address, mask);
}

/*
 * Whether @cached speaks for the request: a page may reach beyond MGAW, its
 * translation does not; SRE and a dirty bit are found out in the tables.
 */
static inline bool vtdm_grant_is_of_use(const VTDMAnswer *answer,
                                        const VTDMIotlbEntry *cached)
{
    const VTDMRequest *request = answer->request;

    if (!cached->first_stage &&
        request->address > vtdm_mask_below(answer->unit->config.mgaw)) {
        return false;
    }
    if (request->pasid != VTDM_NO_PASID && request->privileged &&
        !cached->sre) {
        return false;
    }
    return cached->translation.dirty || !vtdm_wants_to_write(answer) ||
           !(vtdm_grant_perm(request, cached) & VTDM_PERM_W);
}

/* It does not matter what is wrong, only whether anything is. */
static const VTDMWalkConditions vtdm_any_condition = {
    .no_user = VTDM_SGN_4_2,
    .no_write = VTDM_SGN_4_2,
    .no_read = VTDM_SGN_4_2,
};

static const VTDMMode vtdm_any_mode = {
    .permissions = &vtdm_any_condition,
    .interrupts = { [VTDM_AT_UNTRANSLATED] = VTDM_SGN_4_2 },
};

/* Whether @found is the answer for its whole page, if it is one. */
static inline bool vtdm_grant_is_whole(const VTDMAnswer *answer,
                                       const VTDMIotlbEntry *found)
{
    const VTDMRequest *request = answer->request;

    vtdm_grant_fill(answer, found);
    return answer->result->mask == found->translation.mask &&
           (request->pasid != VTDM_NO_PASID ||
            !vtdm_in_interrupt_range(request->address, 1));
}

/*
 * What may be done with any byte of the page of @found, VTDM_PERM_R and _W, by
 * an untranslated request of those it was cached for, not to execute, and of a
 * user if it has a PASID: without anything else to be said or done, in either
 * mode of tables. Nothing, if memory is protected now: a lookup may have begun
 * before.
 */
static inline uint8_t vtdm_grant_plain(VTDMUnit *unit,
                                       const VTDMIotlbEntry *found)
{
    VTDMRequest request = {
        .address = found->tag.input, .pasid = found->tag.pasid,
    };
    VTDMResult result;
    VTDMAnswer answer = { unit, &vtdm_any_mode, &request, &result };
    uint8_t plain = 0;

    if (unit->latched.protects || !vtdm_grant_is_whole(&answer, found)) {
        return 0;
    }
    for (unsigned i = VTDM_READ; i <= VTDM_WRITE; i++) {
        request.access = i;
        if (vtdm_grant_is_of_use(&answer, found) &&
            vtdm_grant_check(&answer, found) == VTDM_NO_FAULT) {
            plain |= i == VTDM_READ ? VTDM_PERM_R : VTDM_PERM_W;
        }
    }
    return plain;
}

#endif
