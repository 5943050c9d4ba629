/*
 * Endpoints that speak to the IOMMU themselves: requests with PASIDs and of
 * every address type, page requests, device-TLB invalidations. QEMU's memory
 * API carries none of them, so an endpoint of ours calls these.
 *
 * What only intel-iommu-sim can do is not there under another IOMMU or none;
 * untranslated requests without PASID always work.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_ENDPOINT_H
#define INTEL_IOMMU_SIM_ENDPOINT_H

#include "device.h"

typedef struct VTDMEndpoint VTDMEndpoint;

/* What the IOMMU tells an endpoint, under the big lock. */
typedef struct VTDMEndpointOps {
    /* A device-TLB invalidation came. With LATER, it is answered below. */
    VTDMDeviceTlbAnswer (*invalidate)(VTDMEndpoint *endpoint,
                                      const VTDMInvalidation *what);
    /* A page request group response came. */
    void (*page_response)(VTDMEndpoint *endpoint,
                          const VTDMPageResponse *response);
} VTDMEndpointOps;

struct VTDMEndpoint {
    PCIDevice *dev;
    const VTDMEndpointOps *ops;
    QLIST_ENTRY(VTDMEndpoint) next;
    VTDMSpace *space;           /* who sends for it; NULL: not known yet */
    const uint8_t *bus;         /* where the number of its bus is: here... */
    uint8_t root_bus;           /* ... or in the bridge to it */
};

/* Under the big lock: while it is added, an endpoint is told. */
void vtdm_endpoint_add(VTDMEndpoint *endpoint);
void vtdm_endpoint_remove(VTDMEndpoint *endpoint);

/* Whether intel-iommu-sim is between the endpoint and memory. */
bool vtdm_endpoint_has_iommu(VTDMEndpoint *endpoint);

/* Its requester-id, as the guest has numbered the buses. */
uint16_t vtdm_endpoint_source_id(const VTDMEndpoint *endpoint);

/* What became of a request. */
typedef enum VTDMOutcome {
    VTDM_OUTCOME_DONE,
    VTDM_OUTCOME_BLOCKED,       /* by the IOMMU: the result says why, or 0 */
    VTDM_OUTCOME_NO_MEMORY,     /* nothing took it at its address */
    VTDM_OUTCOME_NO_IOMMU,      /* it needs intel-iommu-sim */
} VTDMOutcome;

/*
 * A translation request of @endpoint's. With DONE, the completion is in
 * @result; its permissions may be none. Any thread may call this.
 */
VTDMOutcome vtdm_endpoint_translate(VTDMEndpoint *endpoint,
                                    const VTDMRequest *request,
                                    VTDMResult *result);

/*
 * A request with @length bytes, 0 to the end of its page: @data is what is
 * written, or where what is read goes. An atomic request adds @data, of 4 or
 * 8 bytes, and leaves there what was in memory before. @request says who
 * sends it; a source-id that is not the endpoint's own is what it claims, and
 * the endpoint's own unit sees it. @result may be NULL. Any thread may call
 * this; one without the big lock waits for it where memory is not RAM, and with
 * an interrupt.
 */
VTDMOutcome vtdm_endpoint_access(VTDMEndpoint *endpoint,
                                 const VTDMRequest *request, void *data,
                                 size_t length, VTDMResult *result);

/*
 * A page request. DONE: the response comes later, or never; BLOCKED: it is
 * there at once, in @response. Under the big lock.
 */
VTDMOutcome vtdm_endpoint_page_request(VTDMEndpoint *endpoint,
                                       const VTDMPageRequest *request,
                                       VTDMPageResponse *response);

/* Completes an invalidation that was for later. Under the big lock. */
void vtdm_endpoint_answer(VTDMEndpoint *endpoint, uint16_t source_id,
                          unsigned itag);

/*
 * Asks the endpoint that a device-TLB invalidation of @unit's is for. DONE if
 * there is none. Under the big lock.
 */
VTDMDeviceTlbAnswer vtdm_endpoints_invalidate(VTDMDeviceUnit *unit,
                                              const VTDMInvalidation *what);

/* Hands a page group response to the endpoint that it is for. */
void vtdm_endpoints_page_response(VTDMDeviceUnit *unit,
                                  const VTDMPageResponse *response);

#endif
