/*
 * The context cache. An entry stays until an invalidation covers it.
 * Spec: "Context-Cache", "Context-cache Invalidation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "context-cache.h"
#include "unit.h"

void vtdm_contexts_init(VTDMUnit *unit)
{
    unit->contexts = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

void vtdm_contexts_destroy(VTDMUnit *unit)
{
    g_hash_table_destroy(unit->contexts);
}

const VTDMContext *vtdm_context_lookup(const VTDMUnit *unit,
                                       uint16_t source_id)
{
    return g_hash_table_lookup(unit->contexts, GUINT_TO_POINTER(source_id));
}

void vtdm_context_insert(VTDMUnit *unit, const VTDMContext *context)
{
    g_hash_table_insert(unit->contexts,
                        GUINT_TO_POINTER(context->source_id),
                        g_memdup2(context, sizeof(*context)));
}

bool vtdm_context_is_covered(const VTDMContext *context,
                             const VTDMInvalidation *what)
{
    if (what->scope == VTDM_SCOPE_GLOBAL) {
        return true;
    }
    if (context->domain_id != what->domain_id) {
        return false;
    }
    return what->scope == VTDM_SCOPE_DOMAIN ||
           !((context->source_id ^ what->source_id) & what->source_mask);
}

static gboolean is_covered(gpointer key, gpointer value, gpointer opaque)
{
    return vtdm_context_is_covered(value, opaque);
}

void vtdm_contexts_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    unit->steps += g_hash_table_size(unit->contexts);
    g_hash_table_foreach_remove(unit->contexts, is_covered, (void *)what);
}

void vtdm_contexts_for_each(const VTDMUnit *unit, VTDMContextSee *see,
                            void *opaque)
{
    GHashTableIter iter;
    gpointer context;

    g_hash_table_iter_init(&iter, unit->contexts);
    while (g_hash_table_iter_next(&iter, NULL, &context)) {
        see(opaque, context);
    }
}
