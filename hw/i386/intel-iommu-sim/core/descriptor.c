/*
 * The descriptors of the invalidation queue: is it valid, what does it ask.
 * Spec: "Queued Invalidation Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "copies.h"
#include "descriptor.h"
#include "device-tlb.h"
#include "invalidate.h"
#include "page-requests.h"
#include "registers.h"
#include "unit.h"
#include "wait.h"

typedef VTDMQueueError DescriptorRun(VTDMUnit *unit,
                                     const VTDMDescriptor *descriptor);

static VTDMQueueError run_context(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    static const VTDMScope scopes[] = {
        [VTDM_G_GLOBAL] = VTDM_SCOPE_GLOBAL,
        [VTDM_G_DOMAIN] = VTDM_SCOPE_DOMAIN,
        [VTDM_G_SELECTIVE] = VTDM_SCOPE_DEVICE,
    };
    unsigned g = vtdm_get(dsc->q[0], VTDM_CC_G);

    if (g == VTDM_G_RESERVED) {
        return VTDM_IQEI_RESERVED;
    }
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_CONTEXT,
        .scope = scopes[g],
        .domain_id = vtdm_get(dsc->q[0], VTDM_CC_DID),
        .source_id = vtdm_get(dsc->q[0], VTDM_CC_SID),
        .source_mask = vtdm_function_mask(vtdm_get(dsc->q[0], VTDM_CC_FM)),
    });
    return VTDM_IQEI_NONE;
}

static VTDMQueueError run_iotlb(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    static const VTDMScope scopes[] = {
        [VTDM_G_GLOBAL] = VTDM_SCOPE_GLOBAL,
        [VTDM_G_DOMAIN] = VTDM_SCOPE_DOMAIN,
        [VTDM_G_SELECTIVE] = VTDM_SCOPE_PAGES,
    };
    unsigned g = vtdm_get(dsc->q[0], VTDM_IOTLB_DSC_G);
    unsigned am = vtdm_get(dsc->q[1], VTDM_IOTLB_DSC_HI_AM);

    if (g == VTDM_G_RESERVED ||
        (g == VTDM_G_SELECTIVE &&
         (!unit->config.psi || am > unit->config.mamv))) {
        return VTDM_IQEI_RESERVED;
    }
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB,
        .scope = scopes[g],
        .domain_id = vtdm_get(dsc->q[0], VTDM_IOTLB_DSC_DID),
        .address = dsc->q[1] & VTDM_IOTLB_DSC_HI_ADDR,
        .mask = vtdm_mask_below(VTDM_PAGE_BITS + am),
        .leaf_only = dsc->q[1] & VTDM_IOTLB_DSC_HI_IH,
    });
    return VTDM_IQEI_NONE;
}

static VTDMQueueError run_pasid_iotlb(VTDMUnit *unit,
                                      const VTDMDescriptor *dsc)
{
    unsigned g = vtdm_get(dsc->q[0], VTDM_P_IOTLB_G);
    unsigned am = vtdm_get(dsc->q[1], VTDM_P_IOTLB_HI_AM);
    VTDMInvalidation what = {
        .cache = VTDM_CACHE_IOTLB,
        .scope = VTDM_SCOPE_PASID,
        .domain_id = vtdm_get(dsc->q[0], VTDM_P_IOTLB_DID),
        .pasid = vtdm_get(dsc->q[0], VTDM_P_IOTLB_PASID),
    };

    if (g != VTDM_P_IOTLB_G_PASID && g != VTDM_P_IOTLB_G_PAGES) {
        return VTDM_IQEI_RESERVED;
    }
    if (g == VTDM_P_IOTLB_G_PAGES) {
        what.scope = VTDM_SCOPE_PASID_PAGES;
        what.address = dsc->q[1] & VTDM_P_IOTLB_HI_ADDR;
        what.mask = vtdm_mask_below(VTDM_PAGE_BITS + am);
        what.leaf_only = dsc->q[1] & VTDM_P_IOTLB_HI_IH;
    }
    vtdm_invalidate(unit, &what);
    return VTDM_IQEI_NONE;
}

static VTDMQueueError run_pasid_cache(VTDMUnit *unit,
                                      const VTDMDescriptor *dsc)
{
    static const VTDMScope scopes[] = {
        [VTDM_PC_G_DOMAIN] = VTDM_SCOPE_DOMAIN,
        [VTDM_PC_G_PASID] = VTDM_SCOPE_PASID,
        [VTDM_PC_G_GLOBAL] = VTDM_SCOPE_GLOBAL,
    };
    unsigned g = vtdm_get(dsc->q[0], VTDM_PC_G);

    if (g != VTDM_PC_G_DOMAIN && g != VTDM_PC_G_PASID &&
        g != VTDM_PC_G_GLOBAL) {
        return VTDM_IQEI_RESERVED;
    }
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_PASID,
        .scope = scopes[g],
        .domain_id = vtdm_get(dsc->q[0], VTDM_PC_DID),
        .pasid = vtdm_get(dsc->q[0], VTDM_PC_PASID),
    });
    return VTDM_IQEI_NONE;
}

/*
 * The range of @address: without @sized a page; else its lowest zero bit from
 * bit 12 up gives the size.
 */
static uint64_t device_tlb_mask(uint64_t address, bool sized)
{
    uint64_t ones = address | VTDM_BITS(11, 0);

    return sized ? ones ^ (ones + 1) : VTDM_PAGE_SIZE - 1;
}

/* Types 3 and 8 have it in the same places. */
static uint16_t function_of(const VTDMDescriptor *dsc)
{
    return vtdm_get(dsc->q[0], VTDM_DEV_TLB_PFSID_LOW) |
           vtdm_get(dsc->q[0], VTDM_DEV_TLB_PFSID_HIGH) << 4;
}

static VTDMQueueError run_device_tlb(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_DEVICE_TLB,
        .scope = VTDM_SCOPE_PAGES,
        .source_id = vtdm_get(dsc->q[0], VTDM_DEV_TLB_SID),
        .pfsid = function_of(dsc),
        .address = dsc->q[1] & VTDM_DEV_TLB_HI_ADDR,
        .mask = device_tlb_mask(dsc->q[1], dsc->q[1] & VTDM_DEV_TLB_HI_S),
    });
    return VTDM_IQEI_NONE;
}

static VTDMQueueError run_pasid_device_tlb(VTDMUnit *unit,
                                           const VTDMDescriptor *dsc)
{
    bool all = dsc->q[1] & VTDM_P_DEV_TLB_HI_GI;

    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_DEVICE_TLB,
        .scope = VTDM_SCOPE_PASID_PAGES,
        .source_id = vtdm_get(dsc->q[0], VTDM_P_DEV_TLB_SID),
        .with_pasid = true,
        .all_pasids = all,
        .pasid = all ? 0 : vtdm_get(dsc->q[0], VTDM_P_DEV_TLB_PASID),
        .pfsid = function_of(dsc),
        .address = dsc->q[1] & VTDM_P_DEV_TLB_HI_ADDR,
        .mask = device_tlb_mask(dsc->q[1], dsc->q[1] & VTDM_P_DEV_TLB_HI_S),
    });
    return VTDM_IQEI_NONE;
}

static VTDMQueueError run_page_response(VTDMUnit *unit,
                                        const VTDMDescriptor *dsc)
{
    bool pasid = dsc->q[0] & VTDM_PAGE_RSP_PP;

    vtdm_page_request_respond(unit, &(VTDMPageResponse) {
        .pasid = pasid ? vtdm_get(dsc->q[0], VTDM_PAGE_RSP_PASID)
                       : VTDM_NO_PASID,
        .source_id = vtdm_get(dsc->q[0], VTDM_PAGE_RSP_RID),
        .group = vtdm_get(dsc->q[1], VTDM_PAGE_RSP_HI_PRGI),
        .code = vtdm_get(dsc->q[0], VTDM_PAGE_RSP_CODE),
    });
    return VTDM_IQEI_NONE;
}

static VTDMQueueError run_interrupt(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    bool selective = dsc->q[0] & VTDM_IEC_G;
    unsigned im = vtdm_get(dsc->q[0], VTDM_IEC_IM);

    if (selective && im > unit->config.mhmv) {
        return VTDM_IQEI_RESERVED;
    }
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_INTERRUPT,
        .scope = selective ? VTDM_SCOPE_INDEX : VTDM_SCOPE_GLOBAL,
        .index = vtdm_get(dsc->q[0], VTDM_IEC_IIDX),
        .index_mask = vtdm_mask_below(im),
    });
    return VTDM_IQEI_NONE;
}

/* One row for each type. */
typedef struct DescriptorType {
    uint64_t reserved[4];       /* of each quadword */
    uint64_t ecap;              /* needed, or the type is invalid */
    bool wide;                  /* there is none in legacy mode */
    DescriptorRun *run;
    uint64_t field;             /* of the first quadword: reserved... */
    uint64_t field_ecap;        /* ... without this */
} DescriptorType;

static const DescriptorType types[] = {
    [VTDM_DSC_CC] = {
        { VTDM_CC_RSVD, ~0ULL, ~0ULL, ~0ULL }, 0, false, run_context,
    },
    [VTDM_DSC_IOTLB] = {
        { VTDM_IOTLB_DSC_RSVD, VTDM_IOTLB_DSC_HI_RSVD, ~0ULL, ~0ULL }, 0,
        false, run_iotlb,
    },
    [VTDM_DSC_DEV_TLB] = {
        { VTDM_DEV_TLB_RSVD, VTDM_DEV_TLB_HI_RSVD, ~0ULL, ~0ULL },
        VTDM_ECAP_DT, false, run_device_tlb, VTDM_DEV_TLB_PFSID,
        VTDM_ECAP_DIT,
    },
    [VTDM_DSC_IEC] = {
        { VTDM_IEC_RSVD, ~0ULL, ~0ULL, ~0ULL }, VTDM_ECAP_IR, false,
        run_interrupt,
    },
    [VTDM_DSC_WAIT] = {
        { VTDM_WAIT_RSVD, VTDM_WAIT_HI_RSVD, ~0ULL, ~0ULL }, 0, false,
        vtdm_wait_run, VTDM_WAIT_PD, VTDM_ECAP_PDS,
    },
    [VTDM_DSC_P_IOTLB] = {
        { VTDM_P_IOTLB_RSVD, VTDM_P_IOTLB_HI_RSVD, ~0ULL, ~0ULL }, 0, true,
        run_pasid_iotlb,
    },
    [VTDM_DSC_PC] = {
        { VTDM_PC_RSVD, ~0ULL, ~0ULL, ~0ULL }, 0, true, run_pasid_cache,
    },
    [VTDM_DSC_P_DEV_TLB] = {
        { 0, VTDM_P_DEV_TLB_HI_RSVD, ~0ULL, ~0ULL }, VTDM_ECAP_DT, true,
        run_pasid_device_tlb, VTDM_DEV_TLB_PFSID, VTDM_ECAP_DIT,
    },
    [VTDM_DSC_PAGE_RESPONSE] = {
        { VTDM_PAGE_RSP_RSVD, VTDM_PAGE_RSP_HI_RSVD, ~0ULL, ~0ULL },
        VTDM_ECAP_PRS, true, run_page_response,
    },
};

static unsigned type_of(const VTDMDescriptor *dsc)
{
    return vtdm_get(dsc->q[0], VTDM_DSC_TYPE_HIGH) << 4 |
           vtdm_get(dsc->q[0], VTDM_DSC_TYPE_LOW);
}

VTDMNeed vtdm_descriptor_needs(const VTDMUnit *unit,
                               const VTDMDescriptor *descriptor)
{
    bool current = vtdm_copies_are_current(&unit->copies);
    bool full = vtdm_device_tlb_is_full(unit);

    if (current && !full) {
        return VTDM_NEEDS_NOTHING;
    }
    switch (type_of(descriptor)) {
    case VTDM_DSC_WAIT:
        return current ? VTDM_NEEDS_NOTHING : VTDM_NEEDS_COPIES;
    case VTDM_DSC_DEV_TLB:
    case VTDM_DSC_P_DEV_TLB:
        return full ? VTDM_NEEDS_ITAG : VTDM_NEEDS_NOTHING;
    default:
        return VTDM_NEEDS_NOTHING;
    }
}

/*
 * The row of @number, or NULL if it is not legal.
 * Spec: "Hardware Handling of Queued Invalidation Interface Errors"
 */
static const DescriptorType *find_type(const VTDMUnit *unit, unsigned number)
{
    const DescriptorType *type;

    if (number >= G_N_ELEMENTS(types)) {
        return NULL;
    }
    type = &types[number];
    if (!type->run || (type->ecap & ~vtdm_reg64(unit, VTDM_REG_ECAP)) ||
        (type->wide && unit->latched.root.ttm == VTDM_TTM_LEGACY)) {
        return NULL;
    }
    return type;
}

/* What a narrow one has not is 0. */
static bool has_reserved_bits(const VTDMUnit *unit, const DescriptorType *type,
                              const VTDMDescriptor *dsc)
{
    bool has_field = vtdm_reg64(unit, VTDM_REG_ECAP) & type->field_ecap;
    uint64_t found = has_field ? 0 : dsc->q[0] & type->field;

    for (size_t i = 0; i < G_N_ELEMENTS(dsc->q); i++) {
        found |= dsc->q[i] & type->reserved[i];
    }
    return found;
}

VTDMQueueError vtdm_descriptor_run(VTDMUnit *unit,
                                   const VTDMDescriptor *descriptor)
{
    const DescriptorType *type = find_type(unit, type_of(descriptor));

    if (!type) {
        return VTDM_IQEI_TYPE;
    }
    if (has_reserved_bits(unit, type, descriptor)) {
        return VTDM_IQEI_RESERVED;
    }
    return type->run(unit, descriptor);
}

bool vtdm_descriptor_is_wait(const VTDMUnit *unit,
                             const VTDMDescriptor *descriptor)
{
    return type_of(descriptor) == VTDM_DSC_WAIT &&
           !has_reserved_bits(unit, &types[VTDM_DSC_WAIT], descriptor);
}
