/*
 * Invalidation: one request shape for all caches, and the registers that
 * make such requests.
 * Spec: "Invalidation of Translation Caches", "Register-based Invalidation
 * Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/spec/invalidation.h"
#include "config.h"
#include "context-cache.h"
#include "copies.h"
#include "device-tlb.h"
#include "host.h"
#include "interrupt-entries.h"
#include "invalidate.h"
#include "iotlb.h"
#include "pasid-cache.h"
#include "registers.h"
#include "structure-cache.h"
#include "unit.h"

/*
 * First-stage addresses are canonical: caches tag them without the bits above
 * the sign, and what an invalidation says of the sign, it says of those.
 */
static uint64_t extend_sign(uint64_t value, unsigned width)
{
    uint64_t sign = VTDM_BIT(width - 1);

    return ((value & vtdm_mask_below(width)) ^ sign) - sign;
}

/*
 * The addresses of @what as first-stage tables have them. A range that a unit
 * of 5 levels cannot tell from all that 4 levels reach is taken for both.
 * Spec: "Tagging of Cached Translations"
 */
static void make_canonical(const VTDMConfig *config, VTDMInvalidation *what)
{
    what->address = extend_sign(what->address, config->fs5lp ? 57 : 48);
    what->mask = extend_sign(what->mask, 48);
}

/*
 * Clears what the specification says is ignored. In scalable mode entries of
 * the context cache have no domain, which is 0.
 * Spec: "Context-cache Invalidate Descriptor"
 */
static void trim(const VTDMUnit *unit, VTDMInvalidation *what)
{
    what->domain_id &= vtdm_domain_mask(&unit->config);
    if (what->cache == VTDM_CACHE_CONTEXT &&
        unit->latched.root.ttm == VTDM_TTM_SCALABLE) {
        what->domain_id = 0;
        if (what->scope == VTDM_SCOPE_DOMAIN) {
            what->scope = VTDM_SCOPE_GLOBAL;
        }
    }
    if (what->cache == VTDM_CACHE_IOTLB && what->scope == VTDM_SCOPE_PAGES) {
        what->address &= vtdm_mask_below(unit->config.mgaw);
    }
    if (what->cache == VTDM_CACHE_IOTLB &&
        what->scope == VTDM_SCOPE_PASID_PAGES) {
        make_canonical(&unit->config, what);
    }
    what->address &= ~what->mask;
    what->index &= ~what->index_mask;
}

/* Whether @what is of one domain, and not of @domain_id. */
static bool is_of_another_domain(const VTDMInvalidation *what, int domain_id)
{
    return what->scope != VTDM_SCOPE_GLOBAL && what->domain_id != domain_id;
}

/*
 * A range of a domain's addresses says nothing of what first-stage tables
 * mapped, all of which goes; one of a PASID's says nothing of anything else.
 */
static void take_range(const VTDMInvalidation *what, bool first_stage,
                       uint64_t *first, uint64_t *last)
{
    bool pages = first_stage ? what->scope == VTDM_SCOPE_PASID_PAGES
                             : what->scope == VTDM_SCOPE_PAGES;

    *first = pages ? what->address : 0;
    *last = pages ? what->address | what->mask : UINT64_MAX;
}

bool vtdm_invalidation_range(const VTDMInvalidation *what,
                             uint16_t source_id, int domain_id,
                             bool first_stage, uint64_t *first,
                             uint64_t *last)
{
    take_range(what, first_stage, first, last);
    switch (what->cache) {
    case VTDM_CACHE_EVERY:
        return true;
    case VTDM_CACHE_CONTEXT:
        return what->scope != VTDM_SCOPE_DEVICE ||
               !((source_id ^ what->source_id) & what->source_mask);
    default:
        return !is_of_another_domain(what, domain_id) &&
               (first_stage || what->scope != VTDM_SCOPE_PASID_PAGES);
    }
}

void vtdm_invalidate(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMInvalidation trimmed = *what;

    trim(unit, &trimmed);
    if (vtdm_is_heard(unit, VTDM_EVENT_INVALIDATION)) {
        vtdm_tell(unit, &(VTDMEvent) {
            .kind = VTDM_EVENT_INVALIDATION, .invalidation = trimmed,
        });
    }
    switch (what->cache) {
    case VTDM_CACHE_CONTEXT:
        vtdm_contexts_invalidate(unit, &trimmed);
        vtdm_copies_tell(unit, &trimmed);
        break;
    case VTDM_CACHE_PASID:
        vtdm_pasids_invalidate(unit, &trimmed);
        vtdm_copies_tell(unit, &trimmed);
        break;
    case VTDM_CACHE_IOTLB:
        vtdm_iotlb_invalidate(unit, &trimmed);
        vtdm_structures_invalidate(unit, &trimmed);
        vtdm_copies_tell(unit, &trimmed);
        break;
    case VTDM_CACHE_INTERRUPT:
        vtdm_irtes_invalidate(unit, &trimmed);
        vtdm_copies_tell(unit, &trimmed);
        break;
    case VTDM_CACHE_DEVICE_TLB:
        vtdm_device_tlb_ask(unit, &trimmed);
        break;
    case VTDM_CACHE_EVERY:
        break;                  /* nothing asks for it */
    }
}

void vtdm_dma_switched(VTDMUnit *unit)
{
    vtdm_copies_tell(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_EVERY, .scope = VTDM_SCOPE_GLOBAL,
    });
}

void vtdm_interrupts_switched(VTDMUnit *unit)
{
    vtdm_copies_tell(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_INTERRUPT, .scope = VTDM_SCOPE_GLOBAL,
    });
}

void vtdm_invalidate_dma(VTDMUnit *unit)
{
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_CONTEXT, .scope = VTDM_SCOPE_GLOBAL,
    });
    if (unit->config.smts) {
        vtdm_invalidate(unit, &(VTDMInvalidation) {
            .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_GLOBAL,
        });
    }
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_GLOBAL,
    });
}

void vtdm_invalidate_interrupts(VTDMUnit *unit)
{
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_INTERRUPT, .scope = VTDM_SCOPE_GLOBAL,
    });
}

/* Elsewhere a register request is incorrect and reports granularity 00. */
static bool registers_may_invalidate(VTDMUnit *unit)
{
    return unit->latched.root.ttm == VTDM_TTM_LEGACY &&
           unit->config.version_major <= 5 &&
           !vtdm_is_enabled(unit, VTDM_GSTS_QIES);
}

void vtdm_ccmd_written(VTDMUnit *unit, unsigned bytes)
{
    uint64_t ccmd = vtdm_reg64(unit, VTDM_REG_CCMD);
    unsigned g = vtdm_get(ccmd, VTDM_CCMD_CIRG);
    VTDMInvalidation what = {
        .cache = VTDM_CACHE_CONTEXT,
        .scope = g == VTDM_G_GLOBAL ? VTDM_SCOPE_GLOBAL :
                 g == VTDM_G_DOMAIN ? VTDM_SCOPE_DOMAIN : VTDM_SCOPE_DEVICE,
        .domain_id = vtdm_get(ccmd, VTDM_CCMD_DID),
        .source_id = vtdm_get(ccmd, VTDM_CCMD_SID),
        .source_mask = vtdm_function_mask(vtdm_get(ccmd, VTDM_CCMD_FM)),
    };

    if (!(bytes & 0x80) || !(ccmd & VTDM_CCMD_ICC)) {
        return;
    }
    if (!registers_may_invalidate(unit)) {
        g = VTDM_G_RESERVED;
    }
    if (g != VTDM_G_RESERVED) {
        vtdm_invalidate(unit, &what);
    }
    vtdm_copies_complete(unit, VTDM_REG_CCMD, VTDM_CCMD_ICC | VTDM_CCMD_CAIG,
                         vtdm_field(VTDM_CCMD_CAIG, g));
}

/* What the IOTLB register is able to do of what it was asked. */
static unsigned actual_granularity(VTDMUnit *unit, unsigned g, unsigned am)
{
    if (!registers_may_invalidate(unit)) {
        return VTDM_G_RESERVED;
    }
    if (g == VTDM_G_SELECTIVE && !unit->config.psi) {
        return VTDM_G_DOMAIN;
    }
    if (g == VTDM_G_SELECTIVE && am > unit->config.mamv) {
        return VTDM_G_RESERVED;
    }
    return g;
}

void vtdm_iotlb_written(VTDMUnit *unit, unsigned bytes)
{
    uint32_t base = vtdm_iotlb_offset(&unit->config);
    uint64_t iotlb = vtdm_reg64(unit, base + VTDM_REG_IOTLB);
    uint64_t iva = vtdm_reg64(unit, base + VTDM_REG_IVA);
    unsigned am = vtdm_get(iva, VTDM_IVA_AM);
    unsigned g = actual_granularity(unit, vtdm_get(iotlb, VTDM_IOTLB_IIRG),
                                    am);
    VTDMInvalidation what = {
        .cache = VTDM_CACHE_IOTLB,
        .scope = g == VTDM_G_GLOBAL ? VTDM_SCOPE_GLOBAL :
                 g == VTDM_G_DOMAIN ? VTDM_SCOPE_DOMAIN : VTDM_SCOPE_PAGES,
        .domain_id = vtdm_get(iotlb, VTDM_IOTLB_DID),
        .address = iva & VTDM_IVA_ADDR,
        .mask = vtdm_mask_below(VTDM_PAGE_BITS + am),
        .leaf_only = iva & VTDM_IVA_IH,
    };

    if (!(bytes & 0x80) || !(iotlb & VTDM_IOTLB_IVT)) {
        return;
    }
    if (g != VTDM_G_RESERVED) {
        vtdm_invalidate(unit, &what);
    }
    vtdm_copies_complete(unit, base + VTDM_REG_IOTLB,
                         VTDM_IOTLB_IVT | VTDM_IOTLB_IAIG,
                         vtdm_field(VTDM_IOTLB_IAIG, g));
}
