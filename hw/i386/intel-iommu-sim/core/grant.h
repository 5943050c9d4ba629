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

/*
 * The low bits of @address over which an answer of @end holds: neither beyond
 * the page nor beyond MGAW.
 */
static inline uint64_t vtdm_grant_mask(const VTDMUnit *unit, uint64_t address,
                                       const VTDMTranslation *end)
{
    uint64_t mask = end->mask & vtdm_mask_below(unit->config.mgaw);

    return vtdm_answer_mask(address, mask) &
           vtdm_answer_mask(end->output + (address & end->mask), mask);
}

static inline void vtdm_grant_fill(const VTDMAnswer *answer,
                                   const VTDMIotlbEntry *found)
{
    const VTDMRequest *request = answer->request;
    const VTDMTranslation *end = &found->translation;
    VTDMResult *result = answer->result;

    result->translated = true;
    result->address = end->output + (request->address & end->mask);
    result->perm = vtdm_grant_perm(request, found);
    if (request->type == VTDM_AT_TRANSLATION && !vtdm_wants_to_write(answer)) {
        result->perm &= ~VTDM_PERM_W;
    }
    result->clean = !end->dirty;
    result->snoop = end->snoop;
    result->first_stage = found->first_stage;
    result->mask = vtdm_grant_mask(answer->unit, request->address, end);
}

/* A page may reach beyond MGAW, its translation does not. */
static inline bool vtdm_grant_is_in_reach(const VTDMUnit *unit,
                                          uint64_t address,
                                          const VTDMIotlbEntry *found)
{
    return found->first_stage ||
           address <= vtdm_mask_below(unit->config.mgaw);
}

/*
 * Whether @cached speaks for the request: SRE and a dirty bit are found out in
 * the tables.
 */
static inline bool vtdm_grant_is_of_use(const VTDMAnswer *answer,
                                        const VTDMIotlbEntry *cached)
{
    const VTDMRequest *request = answer->request;

    if (!vtdm_grant_is_in_reach(answer->unit, request->address, cached)) {
        return false;
    }
    if (request->pasid != VTDM_NO_PASID && request->privileged &&
        !cached->sre) {
        return false;
    }
    return cached->translation.dirty || !vtdm_wants_to_write(answer) ||
           !(vtdm_grant_perm(request, cached) & VTDM_PERM_W);
}

/*
 * Whether what is said of one byte of the page of @found holds for all of it,
 * and for the address that it gives: the interrupt range is not in it.
 */
static inline bool vtdm_grant_is_whole(const VTDMUnit *unit,
                                       const VTDMIotlbEntry *found)
{
    const VTDMTranslation *end = &found->translation;
    uint64_t address = found->tag.input;

    return vtdm_grant_mask(unit, address, end) == end->mask &&
           vtdm_grant_is_in_reach(unit, address, found) &&
           !vtdm_in_interrupt_range(end->output, 1) &&
           (found->tag.pasid != VTDM_NO_PASID ||
            !vtdm_in_interrupt_range(address, 1));
}

/*
 * What may be done with any byte of the page of @found, VTDM_PERM_R and _W, by
 * an untranslated request of those it was cached for, not to execute, and of a
 * user if it has a PASID: without anything else to be said or done, in either
 * mode of tables. Nothing, if memory is protected now: a lookup may have begun
 * before.
 */
static inline uint8_t vtdm_grant_plain(const VTDMUnit *unit,
                                       const VTDMIotlbEntry *found)
{
    const VTDMRequest request = { .pasid = found->tag.pasid };
    const VTDMTranslation *end = &found->translation;

    if (unit->latched.protects || end->condition != VTDM_NO_FAULT ||
        (end->user_denied && !vtdm_is_privileged(&request, found)) ||
        !vtdm_grant_is_whole(unit, found)) {
        return 0;
    }
    return vtdm_grant_perm(&request, found) &
           (end->dirty ? VTDM_PERM_R | VTDM_PERM_W : VTDM_PERM_R);
}

#endif
