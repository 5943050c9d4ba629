/*
 * Who passes through, untranslated.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pass.h"
#include "unit.h"

void vtdm_pass_keep(VTDMUnit *unit, VTDMWho who, uint16_t domain_id)
{
    bool scalable = unit->latched.root.ttm == VTDM_TTM_SCALABLE;

    unit->passes.any = true;
    vtdm_store(&unit->passes.words[vtdm_pass_place(who)],
               VTDM_PASS_KEPT | (scalable ? VTDM_PASS_SCALABLE : 0) |
               (uint64_t)domain_id << 37 | who);
}

void vtdm_passes_forget(VTDMUnit *unit)
{
    if (!unit->passes.any) {
        return;
    }
    for (unsigned i = 0; i < VTDM_PASS_PLACES; i++) {
        vtdm_store(&unit->passes.words[i], 0);
    }
    unit->passes.any = false;
    vtdm_publish();
}
