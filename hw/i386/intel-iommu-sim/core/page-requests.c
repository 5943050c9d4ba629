/*
 * Page requests of devices: checked, put into the page request queue, or
 * answered by the unit itself.
 *
 *   1. translation that is off
 *   2. the translation table mode, and the tables up to the PASID entry
 *   3. the queue: an overflow that is not cleared, no free entry
 *   4. what is cached for the page is dropped
 *   5. the entry, then the tail, then the event
 *
 * A device's request is in its place when the call that brings it returns, and
 * waits complete under the same lock: so a wait with PD, which asks that all
 * requests received before be there, has nothing to wait for.
 * Spec: "Handling of Page Requests", "Page Request Ordering and Draining"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/spec/scalable.h"
#include "count.h"
#include "fault.h"
#include "host.h"
#include "invalidate.h"
#include "message.h"
#include "page-requests.h"
#include "registers.h"
#include "request.h"
#include "scalable.h"
#include "unit.h"

/* The first of both that is set raises the message. */
static void set_status(VTDMUnit *unit, uint32_t prs_bit)
{
    bool first = !vtdm_reg32(unit, VTDM_REG_PRS);

    vtdm_change_reg32(unit, VTDM_REG_PRS, prs_bit, 0);
    if (first) {
        vtdm_message_raise(unit, VTDM_MESSAGE_PAGE_REQUEST);
    }
}

static VTDMCondition check_mode(const VTDMUnit *unit)
{
    return unit->latched.root.ttm == VTDM_TTM_LEGACY
               ? VTDM_RTA_3 : vtdm_request_check_mode(unit);
}

/* Whether the tables let the request through, to @entry; or a fault. */
static bool check(VTDMUnit *unit, const VTDMPageRequest *request,
                  VTDMPasidEntry *entry)
{
    VTDMFault fault = {
        .address = request->address,
        .pasid = request->pasid,
        .source_id = request->source_id,
        .access = VTDM_PAGE_REQUEST,
        .privileged = request->privileged,
    };

    fault.condition = check_mode(unit);
    if (fault.condition == VTDM_NO_FAULT) {
        fault.condition = vtdm_scalable_check_page_request(unit, &fault,
                                                           entry);
    }
    if (fault.condition != VTDM_NO_FAULT) {
        vtdm_fault_report(unit, &fault);
    }
    return fault.condition == VTDM_NO_FAULT;
}

/* Spec: "Implicit Invalidation on Page Requests" */
static void invalidate(VTDMUnit *unit, const VTDMPageRequest *request,
                       const VTDMPasidEntry *entry)
{
    VTDMInvalidation what = {
        .cache = VTDM_CACHE_IOTLB,
        .scope = VTDM_SCOPE_PAGES,
        .domain_id = entry->domain_id,
        .address = request->address,
        .mask = VTDM_PAGE_SIZE - 1,
    };

    if (entry->pgtt == VTDM_PGTT_FIRST_STAGE) {
        what.scope = VTDM_SCOPE_PASID_PAGES;
        what.pasid = entry->pasid;
    } else if (entry->pgtt == VTDM_PGTT_NESTED) {
        what.scope = VTDM_SCOPE_DOMAIN;
        what.address = what.mask = 0;
    }
    vtdm_invalidate(unit, &what);
}

/* What the queue registers say. */
typedef struct Queue {
    uint64_t base;
    uint64_t head;
    uint64_t tail;
    uint64_t next;              /* the tail after one more entry */
} Queue;

/* Software may leave a tail beyond the queue: that wraps. */
static Queue load_queue(const VTDMUnit *unit)
{
    uint64_t pqa = vtdm_reg64(unit, VTDM_REG_PQA);
    uint64_t size = VTDM_PAGE_SIZE << vtdm_get(pqa, VTDM_PQA_PQS);
    uint64_t tail = vtdm_reg64(unit, VTDM_REG_PQT) % size;

    return (Queue) {
        .base = pqa & VTDM_PQA_PQA,
        .head = vtdm_reg64(unit, VTDM_REG_PQH) % size,
        .tail = tail,
        .next = (tail + VTDM_PRQ_SIZE) % size,
    };
}

static void make_entry(const VTDMPageRequest *request, uint64_t entry[4])
{
    bool pasid = request->pasid != VTDM_NO_PASID;

    entry[0] = vtdm_field(VTDM_PRQ_TYPE, VTDM_PRQ_PAGE_REQUEST) |
               vtdm_field(VTDM_PRQ_RID, request->source_id);
    if (pasid) {
        entry[0] |= VTDM_PRQ_PP | vtdm_field(VTDM_PRQ_PASID, request->pasid) |
                    (request->execute ? VTDM_PRQ_EXR : 0) |
                    (request->privileged ? VTDM_PRQ_PMR : 0);
    }
    entry[1] = (request->read ? VTDM_PRQ_HI_RDR : 0) |
               (request->write ? VTDM_PRQ_HI_WRR : 0) |
               (request->last ? VTDM_PRQ_HI_LPIG : 0) |
               vtdm_field(VTDM_PRQ_HI_PRGI, request->group) |
               (request->address & VTDM_PRQ_HI_ADDR);
    entry[2] = entry[3] = 0;
}

/* The tail stays before what no memory took: software will not see it. */
static bool append(VTDMUnit *unit, const Queue *queue,
                   const VTDMPageRequest *request)
{
    uint64_t entry[4];

    make_entry(request, entry);
    if (!vtdm_host_write256(unit, queue->base + queue->tail, entry)) {
        return false;
    }
    vtdm_set_reg64(unit, VTDM_REG_PQT, queue->next);
    set_status(unit, VTDM_PRS_PPR);
    return true;
}

/* What becomes of the request: it is in the queue, or answered with *@code. */
static bool enqueue(VTDMUnit *unit, const VTDMPageRequest *request,
                    VTDMPageResponseCode *code)
{
    VTDMPasidEntry entry;
    Queue queue;

    *code = VTDM_PAGE_INVALID;
    /* 1 */
    if (!unit->config.prs || !vtdm_is_enabled(unit, VTDM_GSTS_TES)) {
        return false;
    }
    /* 2 */
    if (!check(unit, request, &entry)) {
        return false;
    }
    /* 3 */
    queue = load_queue(unit);
    if (queue.next == queue.head) {
        set_status(unit, VTDM_PRS_PRO);
    }
    if (vtdm_reg32(unit, VTDM_REG_PRS) & VTDM_PRS_PRO) {
        *code = VTDM_PAGE_SUCCESS;      /* so that the device asks again */
        return false;
    }
    /* 4 and 5 */
    invalidate(unit, request, &entry);
    if (!append(unit, &queue, request)) {
        return false;
    }
    vtdm_count(unit, VTDM_COUNT_PG_REQ_POSTED, &(VTDMCountSubject) {
        .source_id = request->source_id,
        .domain_id = entry.domain_id,
        .pasid = request->pasid,
    });
    return true;
}

/*
 * With PASID, the last of a group, and for nothing: it says that there will be
 * no more requests of that PASID, and has no answer.
 */
static bool is_stop_marker(const VTDMPageRequest *request)
{
    return request->pasid != VTDM_NO_PASID && request->last &&
           !request->read && !request->write;
}

bool vtdm_page_request_run(VTDMUnit *unit, const VTDMPageRequest *request,
                           VTDMPageResponse *response)
{
    VTDMPageResponseCode code;
    bool queued = enqueue(unit, request, &code);
    bool answered = !queued && request->last && !is_stop_marker(request);

    if (answered && code == VTDM_PAGE_SUCCESS) {
        vtdm_count(unit, VTDM_COUNT_PG_REQ_OVERFLOW, &(VTDMCountSubject) {
            .source_id = request->source_id,
            .pasid = request->pasid,
        });
    }
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_PAGE_REQUEST,
        .page_request = { *request, queued },
    });
    *response = (VTDMPageResponse) {
        .pasid = request->pasid,
        .source_id = request->source_id,
        .group = request->group,
        .code = code,
    };
    return answered;
}

void vtdm_page_request_respond(VTDMUnit *unit,
                               const VTDMPageResponse *response)
{
    unit->latched.page_response = (VTDMUnsentResponse) { true, *response };
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_PAGE_RESPONSE, .page_response = *response,
    });
}
