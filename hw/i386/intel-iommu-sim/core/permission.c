/*
 * Permissions against what a request wants.
 * Spec: "Access Rights", "Handling of Zero-Length Reads"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "permission.h"

void vtdm_permission_take(const VTDMTable *table, uint8_t perm,
                          uint8_t second, VTDMTranslation *end)
{
    end->perm = perm & second & VTDM_PERM_RW;
    end->supervisor_perm = end->perm;
    if (table->format->stage == VTDM_FIRST_STAGE) {
        end->user_denied = !(perm & VTDM_PERM_USER);
        if (end->user_denied) {
            end->perm = 0;
        }
        if (!table->write_protect) {
            end->supervisor_perm = second & VTDM_PERM_RW;
        }
    }
}

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
