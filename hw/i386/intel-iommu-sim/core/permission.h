/*
 * What a translation lets requests do, and whether that is what they want.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PERMISSION_H
#define VTDM_CORE_PERMISSION_H

#include "walk.h"

/*
 * What users and supervisors may do with the page of @end, of whose entries in
 * @table all agree on @perm, and those of a second stage below on @second.
 */
void vtdm_permission_take(const VTDMTable *table, uint8_t perm,
                          uint8_t second, VTDMTranslation *end);

/*
 * What keeps @request, made in supervisor mode if @privileged, from the page
 * of @end. A translation request asks for whatever a page of its mode gives,
 * and is let through. Spec: "Handling of Zero-Length Reads"
 */
static inline VTDMCondition vtdm_permission_check(
    const VTDMConfig *config, const VTDMWalkConditions *conditions,
    const VTDMRequest *request, bool privileged, const VTDMTranslation *end)
{
    uint8_t perm = vtdm_translation_perm(end, privileged);
    bool blind = request->zero_length && config->zlr;

    if (end->user_denied && !privileged) {
        return conditions->no_user;
    }
    if (request->type == VTDM_AT_TRANSLATION) {
        return VTDM_NO_FAULT;
    }
    if (request->access != VTDM_READ && !(perm & VTDM_PERM_W)) {
        return conditions->no_write;
    }
    if (request->access != VTDM_WRITE && !(perm & VTDM_PERM_R) &&
        !(blind && (perm & VTDM_PERM_W))) {
        return conditions->no_read;
    }
    return VTDM_NO_FAULT;
}

#endif
