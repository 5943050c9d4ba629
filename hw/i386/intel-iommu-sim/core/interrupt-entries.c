/*
 * The interrupt entry cache. An entry stays until an invalidation covers it.
 * Spec: "Interrupt Entry Cache"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "interrupt-entries.h"
#include "unit.h"

static VTDMIrteGroup *group_of(const VTDMUnit *unit, uint32_t index)
{
    return unit->irtes.groups[index / VTDM_IRTE_GROUP];
}

void vtdm_irtes_destroy(VTDMUnit *unit)
{
    for (unsigned i = 0; i < VTDM_IRTE_GROUPS; i++) {
        g_free(unit->irtes.groups[i]);
    }
}

void vtdm_irte_insert(VTDMUnit *unit, uint32_t index,
                      const VTDMEntry128 *irte)
{
    unsigned number = index / VTDM_IRTE_GROUP;
    unsigned place = index % VTDM_IRTE_GROUP;
    VTDMIrteGroup *group = group_of(unit, index);

    if (!group) {
        group = g_new0(VTDMIrteGroup, 1);
        vtdm_store(&unit->irtes.groups[number], group);
    }
    vtdm_store(&group->version, group->version + 1);
    vtdm_store(&group->irtes[place].lo, irte->lo);
    vtdm_store(&group->irtes[place].hi, irte->hi);
    vtdm_store(&group->present, group->present | VTDM_BIT(place));
    vtdm_store(&group->version, group->version + 1);
    unit->irtes.used[number / 64] |= VTDM_BIT(number % 64);
}

/* The used groups of one word that are among @among. */
static void drop_groups(VTDMUnit *unit, unsigned word, uint64_t among)
{
    uint64_t found = unit->irtes.used[word] & among;

    unit->irtes.used[word] &= ~found;
    for (; found; found &= found - 1) {
        vtdm_store(&unit->irtes.groups[64 * word + __builtin_ctzll(found)]
                       ->present, 0);
        unit->steps++;
    }
}

static void drop_within_group(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMIrteGroup *group = group_of(unit, what->index);

    if (group) {
        uint64_t gone = vtdm_mask_below(what->index_mask + 1) <<
                        what->index % VTDM_IRTE_GROUP;

        vtdm_store(&group->present, group->present & ~gone);
    }
}

/* A range of indexes starts at a multiple of its size. */
void vtdm_irtes_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    bool all = what->scope == VTDM_SCOPE_GLOBAL;
    unsigned first = all ? 0 : what->index / VTDM_IRTE_GROUP;
    unsigned groups = all ? VTDM_IRTE_GROUPS
                          : (what->index_mask + 1) / VTDM_IRTE_GROUP;

    if (!groups) {
        drop_within_group(unit, what);
    } else if (groups < 64) {
        drop_groups(unit, first / 64, vtdm_mask_below(groups) << first % 64);
    } else {
        for (unsigned i = 0; i < groups; i += 64) {
            drop_groups(unit, (first + i) / 64, UINT64_MAX);
        }
    }
    vtdm_publish();
}

void vtdm_irtes_for_each(const VTDMUnit *unit, VTDMIrteSee *see,
                         void *opaque)
{
    for (uint32_t i = 0; i < VTDM_IRTE_GROUP * VTDM_IRTE_GROUPS; i++) {
        VTDMEntry128 irte;

        if (vtdm_irte_find(&unit->irtes, i, &irte)) {
            see(opaque, i, &irte);
        }
    }
}
