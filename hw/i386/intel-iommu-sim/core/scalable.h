/*
 * Translation in scalable mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SCALABLE_H
#define VTDM_CORE_SCALABLE_H

#include "pasid-cache.h"
#include "walk.h"

/* The paging tables of one PASID entry: @first may stand over @second. */
typedef struct VTDMStages {
    VTDMTable first;
    VTDMTable second;
} VTDMStages;

/*
 * Makes @stages those of @entry, which has no fault and does not pass through.
 * Returns the table that a walk begins with, which is one of the two.
 */
const VTDMTable *vtdm_scalable_stages(const VTDMConfig *config,
                                      const VTDMPasidEntry *entry,
                                      VTDMStages *stages);

/*
 * Translates @request. Fills @result, and the parts of result->fault that only
 * the tables tell; returns what went wrong.
 */
VTDMCondition vtdm_scalable_translate(VTDMUnit *unit,
                                      const VTDMRequest *request,
                                      VTDMResult *result);

/*
 * Checks a page request of @fault->source_id with @fault->pasid against the
 * tables, once the translation table mode is known to be scalable. Fills the
 * parts of @fault that only the tables tell, and @entry; returns what went
 * wrong. @entry->pasid is RID_PASID for a request without PASID.
 * Spec: "Handling of Page Requests"
 */
VTDMCondition vtdm_scalable_check_page_request(VTDMUnit *unit,
                                               VTDMFault *fault,
                                               VTDMPasidEntry *entry);

#endif
