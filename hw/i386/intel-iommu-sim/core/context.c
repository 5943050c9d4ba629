/*
 * Root and context tables, and the context cache before them.
 * Spec: "Legacy Mode Address Translation", "Context-Cache"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "context.h"
#include "host.h"
#include "unit.h"

static VTDMCondition read_root(VTDMUnit *unit, VTDMContext *context,
                               uint64_t *table)
{
    uint64_t above = vtdm_above_haw(&unit->config);

    context->entry_address = unit->root.table +
                             (context->source_id >> 8) * sizeof(VTDMEntry128);
    if (!vtdm_host_read128(unit, context->entry_address, &context->entry)) {
        return VTDM_LRT_1;
    }
    if (!(context->entry.lo & VTDM_ROOT_P)) {
        return VTDM_LRT_2;
    }
    if ((context->entry.lo & (VTDM_ROOT_RSVD_LO | above)) ||
        (context->entry.hi & VTDM_ROOT_RSVD_HI)) {
        return VTDM_LRT_3;
    }
    *table = context->entry.lo & VTDM_ROOT_CTP;
    return VTDM_NO_FAULT;
}

static bool has_reserved_bits(VTDMUnit *unit, const VTDMEntry128 *entry)
{
    uint64_t did_above = VTDM_CTX_HI_DID &
        ~vtdm_field(VTDM_CTX_HI_DID, vtdm_domain_mask(&unit->config));
    uint64_t above = vtdm_above_haw(&unit->config);

    if (vtdm_get(entry->lo, VTDM_CTX_TT) == VTDM_TT_PASS_THROUGH) {
        above = 0;              /* SSPTPTR is ignored */
    }
    return (entry->lo & (VTDM_CTX_RSVD_LO | above)) ||
           (entry->hi & (VTDM_CTX_HI_RSVD | did_above));
}

static bool tt_is_supported(const VTDMConfig *config, unsigned tt)
{
    return tt == VTDM_TT_SECOND_STAGE ||
           (tt == VTDM_TT_DEVICE_TLB && config->dt) ||
           (tt == VTDM_TT_PASS_THROUGH && config->pt);
}

/* Pass-through takes the widest supported AW, and no other. */
static bool aw_is_supported(const VTDMConfig *config, unsigned tt,
                            unsigned aw)
{
    if (tt == VTDM_TT_PASS_THROUGH) {
        return 30 + 9 * aw == vtdm_config_widest(config);
    }
    return config->sagaw & VTDM_BIT(aw);
}

static VTDMCondition decode(VTDMUnit *unit, VTDMContext *context)
{
    const VTDMEntry128 *entry = &context->entry;
    unsigned tt = vtdm_get(entry->lo, VTDM_CTX_TT);
    unsigned aw = vtdm_get(entry->hi, VTDM_CTX_HI_AW);

    context->fpd = entry->lo & VTDM_CTX_FPD;
    if (!(entry->lo & VTDM_CTX_P)) {
        return VTDM_LCT_2;
    }
    if (has_reserved_bits(unit, entry)) {
        return VTDM_LCT_3;
    }
    if (!tt_is_supported(&unit->config, tt)) {
        return VTDM_LCT_4_2;
    }
    if (!aw_is_supported(&unit->config, tt, aw)) {
        return VTDM_LCT_4_1;
    }
    context->tt = tt;
    context->levels = aw + 2;
    context->ssptptr = entry->lo & VTDM_CTX_SSPTPTR;
    context->domain_id = vtdm_get(entry->hi, VTDM_CTX_HI_DID);
    return VTDM_NO_FAULT;
}

static VTDMCondition read_tables(VTDMUnit *unit, VTDMContext *context)
{
    uint64_t table = 0;
    VTDMCondition condition = read_root(unit, context, &table);

    if (condition != VTDM_NO_FAULT) {
        return condition;
    }
    context->entry_address = table + (context->source_id & 0xff) *
                             sizeof(VTDMEntry128);
    if (!vtdm_host_read128(unit, context->entry_address, &context->entry)) {
        return VTDM_LCT_1;
    }
    return decode(unit, context);
}

void vtdm_contexts_init(VTDMUnit *unit)
{
    unit->contexts = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

/* Faulting entries are kept only in caching mode, under domain 0. */
void vtdm_context_find(VTDMUnit *unit, const VTDMRequest *request,
                       VTDMContext *context)
{
    void *key = GUINT_TO_POINTER(request->source_id);
    VTDMContext *cached = g_hash_table_lookup(unit->contexts, key);

    if (cached) {
        *context = *cached;
        return;
    }
    *context = (VTDMContext) { .source_id = request->source_id };
    context->condition = read_tables(unit, context);
    if (!request->observe &&
        (context->condition == VTDM_NO_FAULT || unit->config.cm)) {
        g_hash_table_insert(unit->contexts, key,
                            g_memdup2(context, sizeof(*context)));
    }
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
    g_hash_table_foreach_remove(unit->contexts, is_covered, (void *)what);
}
