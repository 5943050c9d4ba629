/*
 * The interrupt entry cache. An entry stays until an invalidation covers it.
 * Spec: "Interrupt Entry Cache"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "interrupt-entries.h"
#include "unit.h"

void vtdm_irtes_init(VTDMUnit *unit)
{
    unit->irtes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

void vtdm_irtes_destroy(VTDMUnit *unit)
{
    g_hash_table_destroy(unit->irtes);
}

const VTDMEntry128 *vtdm_irte_lookup(const VTDMUnit *unit, uint32_t index)
{
    return g_hash_table_lookup(unit->irtes, GUINT_TO_POINTER(index));
}

void vtdm_irte_insert(VTDMUnit *unit, uint32_t index,
                      const VTDMEntry128 *irte)
{
    g_hash_table_insert(unit->irtes, GUINT_TO_POINTER(index),
                        g_memdup2(irte, sizeof(*irte)));
}

static gboolean is_covered(gpointer key, gpointer value, gpointer opaque)
{
    const VTDMInvalidation *what = opaque;

    return what->scope == VTDM_SCOPE_GLOBAL ||
           !((GPOINTER_TO_UINT(key) ^ what->index) & ~what->index_mask);
}

/* A few indexes are named faster than all that is cached is searched. */
void vtdm_irtes_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    if (what->scope == VTDM_SCOPE_INDEX &&
        what->index_mask < g_hash_table_size(unit->irtes)) {
        for (uint32_t i = 0; i <= what->index_mask; i++) {
            g_hash_table_remove(unit->irtes,
                                GUINT_TO_POINTER(what->index + i));
        }
        return;
    }
    g_hash_table_foreach_remove(unit->irtes, is_covered, (void *)what);
}

void vtdm_irtes_for_each(const VTDMUnit *unit, VTDMIrteSee *see,
                         void *opaque)
{
    GHashTableIter iter;
    gpointer index, irte;

    g_hash_table_iter_init(&iter, unit->irtes);
    while (g_hash_table_iter_next(&iter, &index, &irte)) {
        see(opaque, GPOINTER_TO_UINT(index), irte);
    }
}
