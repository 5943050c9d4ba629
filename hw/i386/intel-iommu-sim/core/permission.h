/*
 * Whether a translation lets a request do what it wants.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PERMISSION_H
#define VTDM_CORE_PERMISSION_H

#include "walk.h"

/*
 * What keeps @request, made in supervisor mode if @privileged, from the page
 * of @end. A translation request asks for whatever a page of its mode gives,
 * and is let through.
 */
VTDMCondition vtdm_permission_check(const VTDMConfig *config,
                                    const VTDMWalkConditions *conditions,
                                    const VTDMRequest *request,
                                    bool privileged,
                                    const VTDMTranslation *end);

#endif
