/*
 * Permissions against what a request wants.
 * Spec: "Access Rights", "Handling of Zero-Length Reads"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "permission.h"

VTDMCondition vtdm_permission_check(const VTDMConfig *config,
                                    const VTDMWalkConditions *conditions,
                                    const VTDMRequest *request,
                                    bool privileged,
                                    const VTDMTranslation *end)
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
