/*
 * The answer that takes no lock, and writes nothing that others read: an
 * untranslated request that the IOTLB lets pass. Whatever else there is to be
 * said of a request is said with the lock.
 * Spec: "Details of IOTLB Use"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "atomic.h"
#include "grant.h"
#include "hit.h"
#include "hits.h"
#include "unit.h"

/* It does not matter what is wrong, only whether anything is. */
static const VTDMWalkConditions some_condition = {
    .no_user = VTDM_SGN_4_2,
    .no_write = VTDM_SGN_4_2,
    .no_read = VTDM_SGN_4_2,
};

static const VTDMMode any_mode = {
    .permissions = &some_condition,
    .interrupts = { [VTDM_AT_UNTRANSLATED] = VTDM_SGN_4_2 },
};

static bool may_hit(const VTDMUnit *unit, const VTDMRequest *request)
{
    uint32_t hits = vtdm_load(&unit->hit_mode);

    if (request->type != VTDM_AT_UNTRANSLATED ||
        request->view == VTDM_TABLES) {
        return false;
    }
    return request->pasid == VTDM_NO_PASID
        ? hits != VTDM_HITS_OF_NOBODY &&
          !vtdm_in_interrupt_range(request->address, 1)
        : hits == VTDM_HITS_OF_ALL && !request->execute;
}

bool vtdm_hit(VTDMUnit *unit, const VTDMRequest *request, VTDMResult *result)
{
    VTDMAnswer answer = { unit, &any_mode, request, result };
    VTDMIotlbEntry found;

    if (!may_hit(unit, request) ||
        !vtdm_iotlb_find(&unit->iotlb, request->source_id, request->pasid,
                         request->address, &found) ||
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
        vtdm_hits_count(unit);
    }
    return true;
}
