/*
 * What translates the untranslated requests without PASID of one source-id,
 * for those who keep copies of all that it maps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_REQUESTER_H
#define VTDM_CORE_REQUESTER_H

#include "context-cache.h"
#include "pasid-cache.h"
#include "scalable.h"

typedef struct VTDMRequester {
    VTDMContext context;
    VTDMPasidEntry entry;       /* scalable mode: of RID_PASID */
    bool identity;              /* addresses pass as they are... */
    bool has_table;             /* ... or through tables; else none does */
    bool first_stage;           /* of which the first is a first stage */
    bool privileged;            /* RID_PRIV: supervisor_perm counts */
    uint16_t domain_id;
} VTDMRequester;

/*
 * Finds what a request of @source_id would be translated by, out of caches and
 * tables as @view says: LOOK leaves no trace.
 */
void vtdm_requester_find(VTDMUnit *unit, uint16_t source_id, VTDMView view,
                         VTDMRequester *requester);

/*
 * The table that a walk begins with; @requester has one. It is valid as long as
 * @stages, which it may be a part of.
 */
const VTDMTable *vtdm_requester_table(const VTDMUnit *unit,
                                      const VTDMRequester *requester,
                                      VTDMStages *stages);

/*
 * Whether @what, of context or PASID entries, covers what @requester was found
 * with.
 */
bool vtdm_requester_is_covered(const VTDMRequester *requester,
                               const VTDMInvalidation *what);

#endif
