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
#include "host.h"
#include "invalidate.h"
#include "message.h"
#include "registers.h"
#include "unit.h"

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

/* S=1: the lowest zero bit of the address from bit 12 up gives the size. */
static uint64_t device_tlb_mask(uint64_t hi)
{
    uint64_t ones = hi | VTDM_BITS(11, 0);

    if (!(hi & VTDM_DEV_TLB_HI_S)) {
        return VTDM_PAGE_SIZE - 1;
    }
    return ones ^ (ones + 1);
}

static VTDMQueueError run_device_tlb(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    vtdm_invalidate(unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_DEVICE_TLB,
        .scope = VTDM_SCOPE_PAGES,
        .source_id = vtdm_get(dsc->q[0], VTDM_DEV_TLB_SID),
        .address = dsc->q[1] & VTDM_DEV_TLB_HI_ADDR,
        .mask = device_tlb_mask(dsc->q[1]),
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

static void write_status(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    uint64_t address = dsc->q[1] & VTDM_WAIT_HI_ADDR &
                       ~vtdm_above_haw(&unit->config);

    vtdm_host_write32(unit, address, vtdm_get(dsc->q[0], VTDM_WAIT_DATA));
}

static void raise_completion(VTDMUnit *unit)
{
    bool first = !(vtdm_reg32(unit, VTDM_REG_ICS) & VTDM_ICS_IWC);

    vtdm_change_reg32(unit, VTDM_REG_ICS, VTDM_ICS_IWC, 0);
    if (first) {
        vtdm_message_raise(unit, VTDM_MESSAGE_COMPLETION);
    }
}

/*
 * Page requests are in their queue when the call that brings them returns, so
 * that PD asks for nothing more.
 * Spec: "Page Request Ordering and Draining"
 */
void vtdm_wait_complete(VTDMUnit *unit)
{
    const VTDMDescriptor *dsc = &unit->latched.wait.descriptor;

    unit->latched.wait.pending = false;
    if (dsc->q[0] & VTDM_WAIT_SW) {
        write_status(unit, dsc);
    }
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_WAIT,
        .wait = {
            .address = dsc->q[1] & VTDM_WAIT_HI_ADDR,
            .data = vtdm_get(dsc->q[0], VTDM_WAIT_DATA),
            .status_write = dsc->q[0] & VTDM_WAIT_SW,
            .interrupt = dsc->q[0] & VTDM_WAIT_IF,
        },
    });
    if (dsc->q[0] & VTDM_WAIT_IF) {
        raise_completion(unit);
    }
}

/* The head passes a wait that is pending. */
static VTDMQueueError run_wait(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    unit->latched.wait = (VTDMPendingWait) { true, *dsc };
    if (!vtdm_device_tlb_is_pending(unit)) {
        vtdm_wait_complete(unit);
    }
    return VTDM_IQEI_NONE;
}

/* One row for each type that legacy mode knows. */
static const struct {
    uint64_t reserved[4];       /* of each quadword that the width has */
    uint64_t ecap;              /* needed, or the type is invalid */
    DescriptorRun *run;
} types[] = {
    [VTDM_DSC_CC] = {
        { VTDM_CC_RSVD, ~0ULL, ~0ULL, ~0ULL }, 0, run_context,
    },
    [VTDM_DSC_IOTLB] = {
        { VTDM_IOTLB_DSC_RSVD, VTDM_IOTLB_DSC_HI_RSVD, ~0ULL, ~0ULL }, 0,
        run_iotlb,
    },
    [VTDM_DSC_DEV_TLB] = {
        { VTDM_DEV_TLB_RSVD, VTDM_DEV_TLB_HI_RSVD, ~0ULL, ~0ULL },
        VTDM_ECAP_DT, run_device_tlb,
    },
    [VTDM_DSC_IEC] = {
        { VTDM_IEC_RSVD, ~0ULL, ~0ULL, ~0ULL }, VTDM_ECAP_IR, run_interrupt,
    },
    [VTDM_DSC_WAIT] = {
        { VTDM_WAIT_RSVD, VTDM_WAIT_HI_RSVD, ~0ULL, ~0ULL }, 0, run_wait,
    },
};

static unsigned type_of(const VTDMDescriptor *dsc)
{
    return vtdm_get(dsc->q[0], VTDM_DSC_TYPE_HIGH) << 4 |
           vtdm_get(dsc->q[0], VTDM_DSC_TYPE_LOW);
}

bool vtdm_descriptor_has_to_wait(const VTDMUnit *unit,
                                 const VTDMDescriptor *descriptor)
{
    return type_of(descriptor) == VTDM_DSC_WAIT &&
           !vtdm_copies_are_current(unit);
}

bool vtdm_descriptor_needs_itag(const VTDMUnit *unit,
                                const VTDMDescriptor *descriptor)
{
    return type_of(descriptor) == VTDM_DSC_DEV_TLB &&
           vtdm_device_tlb_is_full(unit);
}

static bool has_reserved_bits(const VTDMDescriptor *dsc, size_t size,
                              const uint64_t reserved[4])
{
    uint64_t found = 0;

    for (size_t i = 0; i < size / sizeof(dsc->q[0]); i++) {
        found |= dsc->q[i] & reserved[i];
    }
    return found;
}

VTDMQueueError vtdm_descriptor_run(VTDMUnit *unit,
                                   const VTDMDescriptor *descriptor,
                                   size_t size)
{
    unsigned type = type_of(descriptor);

    if (type >= G_N_ELEMENTS(types) || !types[type].run ||
        (types[type].ecap & ~vtdm_reg64(unit, VTDM_REG_ECAP))) {
        return VTDM_IQEI_TYPE;
    }
    if (has_reserved_bits(descriptor, size, types[type].reserved)) {
        return VTDM_IQEI_RESERVED;
    }
    return types[type].run(unit, descriptor);
}
