/*
 * Root and context entries of legacy mode: read, then checked.
 * Spec: "Legacy Mode Address Translation", "Root Entry", "Context Entry"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "legacy-context.h"
#include "memory.h"
#include "unit.h"

/* Reads the entry at @address; what cannot be read has no contents. */
static bool read_entry(VTDMUnit *unit, VTDMView view, uint64_t address,
                       VTDMContext *context)
{
    context->entry_address = address;
    context->entry = (VTDMEntry128) { 0 };
    return vtdm_read128(unit, view, address, &context->entry);
}

static VTDMCondition check_root(const VTDMConfig *config,
                                const VTDMEntry128 *root)
{
    if (!(root->lo & VTDM_ROOT_P)) {
        return VTDM_LRT_2;
    }
    if ((root->lo & (VTDM_ROOT_RSVD_LO | vtdm_above_haw(config))) ||
        (root->hi & VTDM_ROOT_RSVD_HI)) {
        return VTDM_LRT_3;
    }
    return VTDM_NO_FAULT;
}

/* Steps 1 to 3: the root entry of the bus, the context entry of the devfn. */
static VTDMCondition read_tables(VTDMUnit *unit, VTDMView view,
                                 VTDMContext *context)
{
    uint64_t at = unit->latched.root.table +
                  (context->source_id >> 8) * sizeof(VTDMEntry128);
    VTDMCondition condition;

    if (!read_entry(unit, view, at, context)) {
        return VTDM_LRT_1;
    }
    condition = check_root(&unit->config, &context->entry);
    if (condition != VTDM_NO_FAULT) {
        return condition;
    }
    at = (context->entry.lo & VTDM_ROOT_CTP) +
         (context->source_id & 0xff) * sizeof(VTDMEntry128);
    return read_entry(unit, view, at, context) ? VTDM_NO_FAULT : VTDM_LCT_1;
}

static bool has_reserved_bits(const VTDMConfig *config,
                              const VTDMEntry128 *entry)
{
    uint64_t did_above = VTDM_CTX_HI_DID &
        ~vtdm_field(VTDM_CTX_HI_DID, vtdm_domain_mask(config));
    uint64_t above = vtdm_above_haw(config);

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
    return (config->sagaw & VTDM_BIT(aw)) &&
           (tt != VTDM_TT_PASS_THROUGH ||
            30 + 9 * aw == vtdm_config_widest(config));
}

VTDMCondition vtdm_legacy_context_check(const VTDMConfig *config, unsigned tt,
                                        unsigned aw)
{
    if (!tt_is_supported(config, tt)) {
        return VTDM_LCT_4_2;
    }
    return aw_is_supported(config, tt, aw) ? VTDM_NO_FAULT : VTDM_LCT_4_1;
}

/* Step 4: the context entry itself. */
static VTDMCondition check(const VTDMConfig *config, VTDMContext *context)
{
    const VTDMEntry128 *entry = &context->entry;
    unsigned tt = vtdm_get(entry->lo, VTDM_CTX_TT);
    unsigned aw = vtdm_get(entry->hi, VTDM_CTX_HI_AW);
    VTDMCondition condition = vtdm_legacy_context_check(config, tt, aw);

    context->fpd = entry->lo & VTDM_CTX_FPD;
    if (!(entry->lo & VTDM_CTX_P)) {
        return VTDM_LCT_2;
    }
    if (has_reserved_bits(config, entry)) {
        return VTDM_LCT_3;
    }
    if (condition != VTDM_NO_FAULT) {
        return condition;
    }
    context->tt = tt;
    context->levels = aw + 2;
    context->ssptptr = entry->lo & VTDM_CTX_SSPTPTR;
    context->domain_id = vtdm_get(entry->hi, VTDM_CTX_HI_DID);
    return VTDM_NO_FAULT;
}

VTDMCondition vtdm_legacy_context_read(VTDMUnit *unit, VTDMView view,
                                       VTDMContext *context)
{
    VTDMCondition condition = read_tables(unit, view, context);

    return condition == VTDM_NO_FAULT ? check(&unit->config, context)
                                      : condition;
}
