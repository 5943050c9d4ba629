/*
 * The walk: from SSPTPTR down to a leaf, a fault, or no permission left.
 * Spec: "Second-Stage Translation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "unit.h"
#include "second-stage.h"
#include "walk.h"

uint64_t vtdm_walk_reach(const VTDMUnit *unit, const VTDMContext *context)
{
    unsigned agaw = VTDM_PAGE_BITS + VTDM_LEVEL_BITS * context->levels;

    return vtdm_mask_below(MIN(agaw, unit->config.mgaw));
}

static bool read_paging_entry(VTDMUnit *unit, uint64_t table,
                              unsigned index, VTDMWalk *walk)
{
    uint64_t raw;

    walk->entry_address = table + index * sizeof(raw);
    if (!unit->ops.read_memory(unit->opaque, walk->entry_address, &raw,
                               sizeof(raw))) {
        return false;
    }
    walk->entry = GUINT64_FROM_LE(raw);
    return true;
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
        if (!read_paging_entry(unit, table, vtdm_ss_index(address, level),
                               walk)) {
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
