/*
 * What becomes of the requests of one requester, in either mode.
 * Spec: "Legacy Mode Address Translation", "Scalable Mode Address
 * Translation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "context.h"
#include "legacy.h"
#include "pasid.h"
#include "registers.h"
#include "requester.h"
#include "scalable.h"
#include "unit.h"

static VTDMPath read_legacy(const VTDMRequester *requester)
{
    return requester->context.tt == VTDM_TT_PASS_THROUGH ? VTDM_PATH_IDENTITY
                                                         : VTDM_PATH_TABLE;
}

static VTDMPath read_scalable(VTDMUnit *unit, VTDMRequester *requester)
{
    const VTDMContext *context = &requester->context;
    VTDMPasidEntry *entry = &requester->entry;

    *entry = *vtdm_pasid_find(unit, context, context->rid_pasid, VTDM_LOOK,
                              entry);
    if (entry->condition != VTDM_NO_FAULT ||
        (context->rid_priv && !entry->sre)) {
        return VTDM_PATH_BLOCKED;
    }
    return entry->pgtt == VTDM_PGTT_PASS_THROUGH ? VTDM_PATH_IDENTITY :
           entry->pgtt == VTDM_PGTT_SECOND_STAGE ? VTDM_PATH_TABLE
                                                 : VTDM_PATH_BLOCKED;
}

static VTDMPath read_path(VTDMUnit *unit, VTDMRequester *requester)
{
    unsigned ttm = unit->latched.root.ttm;

    if (!vtdm_is_enabled(unit, VTDM_GSTS_TES)) {
        return VTDM_PATH_IDENTITY;
    }
    if (ttm != VTDM_TTM_LEGACY &&
        !(ttm == VTDM_TTM_SCALABLE && unit->config.smts)) {
        return VTDM_PATH_BLOCKED;
    }
    requester->context = *vtdm_context_find(
        unit, requester->source_id, VTDM_LOOK, &requester->context);
    if (requester->context.condition != VTDM_NO_FAULT) {
        return VTDM_PATH_BLOCKED;
    }
    return requester->context.scalable ? read_scalable(unit, requester)
                                       : read_legacy(requester);
}

void vtdm_requester_read(VTDMUnit *unit, uint16_t source_id,
                         VTDMRequester *requester)
{
    *requester = (VTDMRequester) {
        .source_id = source_id,
        .context.source_id = source_id,
    };
    requester->path = read_path(unit, requester);
}

VTDMTable vtdm_requester_table(const VTDMUnit *unit,
                               const VTDMRequester *requester)
{
    VTDMStages stages;

    return requester->context.scalable
        ? *vtdm_scalable_stages(&unit->config, &requester->entry, &stages)
        : vtdm_legacy_table(unit, &requester->context);
}

/*
 * An entry that faulted is in no domain that software could name: the one that
 * takes its place is in any.
 */
static bool entry_is_covered(const VTDMRequester *requester,
                             const VTDMInvalidation *what)
{
    VTDMPasidEntry entry = requester->entry;

    if (!requester->context.scalable ||
        requester->context.condition != VTDM_NO_FAULT) {
        return false;
    }
    if (entry.condition != VTDM_NO_FAULT) {
        entry.domain_id = what->domain_id;
    }
    return vtdm_pasid_is_covered(&entry, what);
}

bool vtdm_requester_is_covered(const VTDMRequester *requester,
                               const VTDMInvalidation *what)
{
    return what->cache == VTDM_CACHE_PASID
               ? entry_is_covered(requester, what)
               : vtdm_context_is_covered(&requester->context, what);
}

bool vtdm_requester_range(const VTDMRequester *requester,
                          const VTDMInvalidation *what, uint64_t *first,
                          uint64_t *last)
{
    bool scalable = requester->context.scalable;
    uint16_t domain_id = scalable ? requester->entry.domain_id
                                  : requester->context.domain_id;

    return requester->path == VTDM_PATH_TABLE &&
           (what->scope != VTDM_SCOPE_PASID ||
            what->pasid == requester->entry.pasid) &&
           vtdm_invalidation_range(what, requester->source_id, domain_id,
                                   false, first, last);
}
