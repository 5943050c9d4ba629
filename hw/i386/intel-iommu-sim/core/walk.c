/*
 * The walk: from SSPTPTR down to a leaf, a fault, or no permission left.
 * Spec: "Second-Stage Translation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "host.h"
#include "second-stage.h"
#include "unit.h"
#include "walk.h"

uint64_t vtdm_walk_reach(const VTDMUnit *unit, const VTDMContext *context)
{
    unsigned agaw = VTDM_PAGE_BITS + VTDM_LEVEL_BITS * context->levels;

    return vtdm_mask_below(MIN(agaw, unit->config.mgaw));
}

void vtdm_walk(VTDMUnit *unit, const VTDMContext *context, uint64_t address,
               VTDMWalk *walk)
{
    const VTDMConfig *config = &unit->config;
    uint64_t table = context->ssptptr;

    *walk = (VTDMWalk) { .perm = VTDM_PERM_R | VTDM_PERM_W,
                         .mask = VTDM_PAGE_SIZE - 1 };
    if (address > vtdm_walk_reach(unit, context)) {
        walk->condition = VTDM_LGN_1_1;
        return;
    }
    for (unsigned level = context->levels; level; level--) {
        bool leaf;

        walk->span = vtdm_ss_page_mask(level);
        walk->entry_address = table + vtdm_ss_index(address, level) *
                              sizeof(walk->entry);
        if (!vtdm_host_read64(unit, walk->entry_address, &walk->entry)) {
            walk->condition = level == context->levels ? VTDM_LCT_4_3
                                                       : VTDM_LSS_1;
            return;
        }
        if (!vtdm_ss_perm(walk->entry)) {
            walk->perm = 0;
            return;
        }
        leaf = vtdm_ss_is_leaf(config, walk->entry, level);
        if (walk->entry & vtdm_ss_reserved(config, level, leaf)) {
            walk->condition = VTDM_LSS_2;
            return;
        }
        walk->perm &= vtdm_ss_perm(walk->entry);
        table = walk->entry & VTDM_SS_ADDR;
        if (leaf || !walk->perm) {
            walk->mask = leaf ? vtdm_ss_page_mask(level) : walk->mask;
            walk->output = table;
            walk->snoop = leaf && (walk->entry & VTDM_SS_SNP);
            return;
        }
    }
}
