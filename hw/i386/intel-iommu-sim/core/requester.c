/*
 * A requester as a whole: what becomes of all its addresses.
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
#include "unit.h"

static void find_legacy(VTDMRequester *requester)
{
    requester->identity = requester->context.tt == VTDM_TT_PASS_THROUGH;
    requester->has_table = !requester->identity;
    requester->domain_id = requester->context.domain_id;
}

static void find_scalable(VTDMUnit *unit, VTDMView view,
                          VTDMRequester *requester)
{
    const VTDMPasidEntry *entry = &requester->entry;

    vtdm_pasid_find(unit, &requester->context, requester->context.rid_pasid,
                    view, &requester->entry);
    requester->privileged = requester->context.rid_priv;
    requester->domain_id = entry->domain_id;
    if (entry->condition != VTDM_NO_FAULT ||
        (requester->privileged && !entry->sre)) {
        return;
    }
    requester->identity = entry->pgtt == VTDM_PGTT_PASS_THROUGH;
    requester->has_table = !requester->identity;
    requester->first_stage = entry->pgtt == VTDM_PGTT_FIRST_STAGE ||
                             entry->pgtt == VTDM_PGTT_NESTED;
}

void vtdm_requester_find(VTDMUnit *unit, uint16_t source_id, VTDMView view,
                         VTDMRequester *requester)
{
    unsigned ttm = unit->latched.root.ttm;

    *requester = (VTDMRequester) {
        .context.source_id = source_id,
        .identity = !vtdm_is_enabled(unit, VTDM_GSTS_TES),
    };
    if (requester->identity ||
        (ttm != VTDM_TTM_LEGACY &&
         !(ttm == VTDM_TTM_SCALABLE && unit->config.smts))) {
        return;
    }
    vtdm_context_find(unit, source_id, view, &requester->context);
    if (requester->context.condition != VTDM_NO_FAULT) {
        return;
    }
    if (requester->context.scalable) {
        find_scalable(unit, view, requester);
    } else {
        find_legacy(requester);
    }
}

const VTDMTable *vtdm_requester_table(const VTDMUnit *unit,
                                      const VTDMRequester *requester,
                                      VTDMStages *stages)
{
    if (requester->context.scalable) {
        return vtdm_scalable_stages(&unit->config, &requester->entry, stages);
    }
    stages->second = vtdm_legacy_table(unit, &requester->context);
    return &stages->second;
}

/*
 * An entry that faults has no domain that software could know of: what names
 * its PASID is meant for it.
 */
static bool entry_is_covered(const VTDMPasidEntry *entry,
                             const VTDMInvalidation *what)
{
    if (entry->condition != VTDM_NO_FAULT) {
        return what->scope != VTDM_SCOPE_PASID ||
               what->pasid == entry->pasid;
    }
    return vtdm_pasid_is_covered(entry, what);
}

bool vtdm_requester_is_covered(const VTDMRequester *requester,
                               const VTDMInvalidation *what)
{
    if (what->cache == VTDM_CACHE_PASID) {
        return requester->context.scalable &&
               requester->context.condition == VTDM_NO_FAULT &&
               entry_is_covered(&requester->entry, what);
    }
    return vtdm_context_is_covered(&requester->context, what);
}
