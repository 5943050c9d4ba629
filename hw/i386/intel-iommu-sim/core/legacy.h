/*
 * Translation in legacy mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_LEGACY_H
#define VTDM_CORE_LEGACY_H

#include "context-cache.h"
#include "walk.h"

/* The second-stage tables of @context, which has no fault. */
VTDMTable vtdm_legacy_table(const VTDMUnit *unit, const VTDMContext *context);

/*
 * Translates @request, which has no PASID. Fills @result, and the parts of
 * result->fault that only the tables tell; returns what went wrong.
 */
VTDMCondition vtdm_legacy_translate(VTDMUnit *unit,
                                    const VTDMRequest *request,
                                    VTDMResult *result);

#endif
