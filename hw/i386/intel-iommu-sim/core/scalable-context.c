/*
 * Root and context entries of scalable mode: read, then checked. A context
 * entry is read in two pieces of 16 bytes, the one with P first.
 * Spec: "Scalable Mode Address Translation", "Scalable-mode Root Entry",
 * "Scalable-Mode Context-Entry"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "memory.h"
#include "scalable-context.h"
#include "unit.h"

/* Entries of one context table: the devices of half a bus. */
#define DEVFN_BITS              7

static VTDMCondition check_root(const VTDMConfig *config, uint64_t half)
{
    if (!(half & VTDM_SROOT_P)) {
        return VTDM_SRT_2;
    }
    if (half & (VTDM_SROOT_RSVD | vtdm_above_haw(config))) {
        return VTDM_SRT_3;
    }
    return VTDM_NO_FAULT;
}

/* Finds the context entry: the half of the root entry that leads to it. */
static VTDMCondition read_root(VTDMUnit *unit, VTDMView view,
                               VTDMContext *context, uint64_t *table)
{
    VTDMCondition condition;

    context->entry_address = unit->latched.root.table +
        (context->source_id >> 8) * sizeof(context->entry);
    if (!vtdm_read128(unit, view, context->entry_address, &context->entry)) {
        return VTDM_SRT_1;
    }
    *table = context->source_id & VTDM_BIT(DEVFN_BITS) ? context->entry.hi
                                                       : context->entry.lo;
    condition = check_root(&unit->config, *table);
    *table &= VTDM_SROOT_CTP;
    return condition;
}

static bool read_entry(VTDMUnit *unit, VTDMView view, uint64_t address,
                       VTDMEntry256 *entry)
{
    VTDMEntry128 pieces[2];

    for (unsigned i = 0; i < 2; i++) {
        if (!vtdm_read128(unit, view, address + i * sizeof(*pieces),
                          &pieces[i])) {
            return false;
        }
    }
    *entry = (VTDMEntry256) {
        { pieces[0].lo, pieces[0].hi, pieces[1].lo, pieces[1].hi },
    };
    return true;
}

/* Host permission tables are not modelled: HPTE and EPTR are reserved. */
static bool has_reserved_bits(const VTDMConfig *config,
                              const uint64_t words[4])
{
    uint64_t word0 = VTDM_SCTX_RSVD | vtdm_above_haw(config) |
                     VTDM_SCTX_HPTE | VTDM_SCTX_EPTR |
                     vtdm_unless(config->dt, VTDM_SCTX_DTE) |
                     vtdm_unless(config->pasid, VTDM_SCTX_PASIDE) |
                     vtdm_unless(config->prs, VTDM_SCTX_PRE);
    uint64_t word1 = VTDM_SCTX_1_RSVD |
                     vtdm_unless(config->rps, VTDM_SCTX_1_RID_PASID) |
                     vtdm_unless(config->rprivs, VTDM_SCTX_1_RID_PRIV);

    return (words[0] & word0) || (words[1] & word1) || words[2] || words[3];
}

static void decode(VTDMContext *context, const uint64_t words[4])
{
    unsigned pdts = vtdm_get(words[0], VTDM_SCTX_PDTS);

    context->dte = words[0] & VTDM_SCTX_DTE;
    context->paside = words[0] & VTDM_SCTX_PASIDE;
    context->pre = words[0] & VTDM_SCTX_PRE;
    context->pasids = VTDM_BIT(VTDM_PASID_PDTS_BITS + pdts);
    context->pasiddirptr = words[0] & VTDM_SCTX_PASIDDIRPTR;
    context->rid_pasid = vtdm_get(words[1], VTDM_SCTX_1_RID_PASID);
    context->rid_priv = words[1] & VTDM_SCTX_1_RID_PRIV;
}

static VTDMCondition check(const VTDMConfig *config, VTDMContext *context,
                           const uint64_t words[4])
{
    context->fpd = words[0] & VTDM_SCTX_FPD;
    if (!(words[0] & VTDM_SCTX_P)) {
        return VTDM_SCT_2;
    }
    if (has_reserved_bits(config, words)) {
        return VTDM_SCT_3;
    }
    decode(context, words);
    if (context->pre && !context->dte) {
        return VTDM_SCT_4_1;
    }
    if (context->rid_pasid >= context->pasids) {
        return VTDM_SCT_4_2;
    }
    return VTDM_NO_FAULT;
}

VTDMCondition vtdm_scalable_context_read(VTDMUnit *unit, VTDMView view,
                                         VTDMContext *context)
{
    VTDMEntry256 entry;
    uint64_t table;
    VTDMCondition condition = read_root(unit, view, context, &table);

    if (condition != VTDM_NO_FAULT) {
        return condition;
    }
    context->entry_address = table + sizeof(entry) *
        (context->source_id & vtdm_mask_below(DEVFN_BITS));
    context->entry = (VTDMEntry128) { 0 };
    if (!read_entry(unit, view, context->entry_address, &entry)) {
        return VTDM_SCT_1;
    }
    context->entry = (VTDMEntry128) { entry.words[0], entry.words[1] };
    return check(&unit->config, context, entry.words);
}
