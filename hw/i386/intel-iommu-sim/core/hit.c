/*
 * The answers that take no lock, and write nothing that others read: to
 * untranslated requests that the IOTLB lets pass, or of who passes through. The quick one is what was
 * found out when the translation was cached. Whatever else there is to be said
 * of a request is said with the lock.
 * Spec: "Details of IOTLB Use"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "atomic.h"
#include "config.h"
#include "grant.h"
#include "hit.h"
#include "hits.h"
#include "unit.h"

/* In legacy mode there are no PASIDs. */
static bool may_hit(const VTDMUnit *unit, VTDMWho who)
{
    uint32_t least = who & VTDM_WHO_WITHOUT_PASID ? VTDM_HITS_WITHOUT_PASID
                                                  : VTDM_HITS_OF_ALL;

    return vtdm_load(&unit->hit_mode) >= least;
}

/* Whether @who passes, and its @address may. */
static bool pass(VTDMUnit *unit, VTDMWho who, uint64_t address, VTDMHit *hit)
{
    uint64_t word = vtdm_pass_find(&unit->passes, who);

    if (!word || (address & vtdm_above_haw(&unit->config)) ||
        vtdm_in_interrupt_range(address, 1)) {
        return false;
    }
    hit->mask = vtdm_answer_mask(address, VTDM_IDENTITY_MASK);
    hit->output = address & ~hit->mask;
    hit->tables = vtdm_hit_tables(vtdm_pass_domain(word), false) |
                  VTDM_HIT_WITHOUT_TABLES;
    hit->perm = VTDM_PERM_R | VTDM_PERM_W;
    vtdm_hits_count(&unit->hits, word & VTDM_PASS_SCALABLE
                                     ? VTDM_HIT_PASSED_SCALABLE
                                     : VTDM_HIT_PASSED);
    return true;
}

bool vtdm_unit_hit(VTDMUnit *unit, VTDMWho who, uint64_t address,
                   uint8_t perm, VTDMHit *hit)
{
    VTDMSlotWords words;

    if (!may_hit(unit, who)) {
        return false;
    }
    if (!vtdm_iotlb_find(&unit->iotlb, who, address, &words)) {
        return pass(unit, who, address, hit);
    }
    if (perm & ~vtdm_slot_plain(words.to)) {
        return false;
    }
    hit->output = words.to & VTDM_SLOT_OUTPUT;
    hit->mask = vtdm_level_mask(vtdm_slot_level(words.page));
    hit->tables = vtdm_iotlb_key_tables(words.key);
    hit->perm = vtdm_slot_plain(words.to);
    vtdm_hits_count(&unit->hits, VTDM_HIT_CACHED);
    return true;
}

/* What has nothing to do with the IOTLB, or has more to be asked than it. */
static bool is_for_iotlb(const VTDMRequest *request)
{
    if (request->type != VTDM_AT_UNTRANSLATED ||
        request->view == VTDM_TABLES) {
        return false;
    }
    return request->pasid == VTDM_NO_PASID
        ? !vtdm_in_interrupt_range(request->address, 1) : !request->execute;
}

bool vtdm_hit(VTDMUnit *unit, const VTDMRequest *request, VTDMResult *result)
{
    VTDMAnswer answer = { unit, &vtdm_any_mode, request, result };
    VTDMWho who = vtdm_who(request->source_id, request->pasid);
    VTDMIotlbEntry found;

    if (!is_for_iotlb(request) || !may_hit(unit, who) ||
        !vtdm_iotlb_copy(&unit->iotlb, who, request->address, &found) ||
        !vtdm_grant_is_of_use(&answer, &found) ||
        vtdm_grant_check(&answer, &found) != VTDM_NO_FAULT) {
        return false;
    }
    result->response = VTDM_OK;
    result->untranslated_only = false;
    result->privileged = request->pasid != VTDM_NO_PASID &&
                         request->privileged;
    result->has_domain = true;
    result->domain_id = found.domain_id;
    result->fault.condition = VTDM_NO_FAULT;
    vtdm_grant_fill(&answer, &found);
    if (request->view == VTDM_USE) {
        vtdm_hits_count(&unit->hits, VTDM_HIT_CACHED);
    }
    return true;
}
