/*
 * What a translation lets requests do.
 * Spec: "Access Rights"
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
