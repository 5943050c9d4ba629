/*
 * intel-iommu-sim: what an invalidation is, and how a device answers one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_INVALIDATION_H
#define VTDM_INVALIDATION_H

#include <stdbool.h>
#include <stdint.h>

/* What an invalidation covers. */
typedef enum VTDMScope {
    VTDM_SCOPE_GLOBAL,
    VTDM_SCOPE_DOMAIN,
    VTDM_SCOPE_DEVICE,          /* context cache: domain and source-id */
    VTDM_SCOPE_PAGES,           /* IOTLB: domain and address range */
    VTDM_SCOPE_PASID,           /* domain and PASID */
    VTDM_SCOPE_PASID_PAGES,     /* IOTLB: domain, PASID and address range */
    VTDM_SCOPE_INDEX,           /* interrupt entry cache: index range */
} VTDMScope;

typedef enum VTDMCache {
    VTDM_CACHE_CONTEXT,
    VTDM_CACHE_PASID,
    VTDM_CACHE_IOTLB,
    VTDM_CACHE_INTERRUPT,
    VTDM_CACHE_DEVICE_TLB,
    VTDM_CACHE_EVERY,           /* what passes at all is another */
} VTDMCache;

/* One invalidation, however it was asked for. Unused fields are 0. */
typedef struct VTDMInvalidation {
    VTDMCache cache;
    VTDMScope scope;
    uint16_t domain_id;
    uint16_t source_id;
    uint16_t source_mask;       /* source-id bits that count */
    uint32_t pasid;
    uint64_t address;           /* first byte; low bits already cleared */
    uint64_t mask;              /* range size - 1, a power of two less 1 */
    bool leaf_only;             /* IH: no table-pointing entry changed */
    bool with_pasid;            /* device-TLB: of requests with @pasid... */
    bool all_pasids;            /* ... or with any (GI) */
    uint16_t pfsid;             /* device-TLB: the physical function */
    uint8_t itag;               /* device-TLB: what its completion names */
    uint32_t index;             /* first IRTE */
    uint32_t index_mask;        /* count - 1, a power of two less 1 */
} VTDMInvalidation;

/*
 * Whether @what, of context or PASID entries or translations, covers what was
 * translated for @source_id in the domain of @domain_id (-1: none), by
 * @first_stage or nested tables or by others; if so, the addresses are @first
 * to @last. It may be more than what has to go, as it asks for no PASID.
 * Spec: "Context-cache Invalidation", "IOTLB Invalidation"
 */
bool vtdm_invalidation_range(const VTDMInvalidation *what,
                             uint16_t source_id, int domain_id,
                             bool first_stage, uint64_t *first,
                             uint64_t *last);

/* How a device answers a device-TLB invalidation. */
typedef enum VTDMDeviceTlbAnswer {
    VTDM_DEVICE_TLB_DONE,
    VTDM_DEVICE_TLB_TIMEOUT,            /* it never will */
    VTDM_DEVICE_TLB_BAD_COMPLETION,     /* done, and what nobody asked for */
    VTDM_DEVICE_TLB_LATER,              /* with vtdm_unit_device_tlb_answer */
} VTDMDeviceTlbAnswer;

/* Device-TLB invalidations that may be on their way: ITags count from 0. */
#define VTDM_ITAGS              32

#endif
