/*
 * What the model tells, as trace events: one line, key=value, the unit and
 * the source-id always.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/pci.h"
#include "event-trace.h"
#include "trace.h"

static void trace_register(unsigned unit, const VTDMEvent *e)
{
    if (e->kind == VTDM_EVENT_REGISTER_REFUSED) {
        trace_vtdm_register_refused(unit, e->reg.write ? "write" : "read",
                                    e->reg.offset, e->reg.size,
                                    e->reg.value);
    } else if (e->reg.write) {
        trace_vtdm_register_write(unit, e->reg.offset, e->reg.size,
                                  e->reg.value);
    } else {
        trace_vtdm_register_read(unit, e->reg.offset, e->reg.size,
                                 e->reg.value);
    }
}

const char *vtdm_access_name(VTDMAccess access)
{
    static const char *const names[] = {
        "read", "write", "atomic", "page-request",
    };

    return names[access];
}

char *vtdm_source_id_text(uint16_t sid)
{
    return g_strdup_printf("%02x:%02x.%x", PCI_BUS_NUM(sid), PCI_SLOT(sid),
                           PCI_FUNC(sid));
}

/* -1: none */
static int pasid_number(uint32_t pasid)
{
    return pasid == VTDM_NO_PASID ? -1 : (int)pasid;
}

/* An event has ten arguments at most. */
static void trace_fault(unsigned unit, const VTDMEvent *e)
{
    const VTDMFault *fault = &e->fault;
    const VTDMConditionInfo *info = vtdm_condition_info(fault->condition);
    g_autofree char *sid = NULL;

    if (!trace_event_get_state_backends(TRACE_VTDM_FAULT)) {
        return;
    }
    sid = vtdm_source_id_text(fault->source_id);
    trace_vtdm_fault(unit, sid, info->reason, info->name,
                     fault->execute ? "execute"
                                    : vtdm_access_name(fault->access),
                     fault->address, pasid_number(fault->pasid),
                     fault->privileged, fault->index, fault->recorded);
}

static void trace_invalidation(unsigned unit, const VTDMEvent *e)
{
    static const char *const scopes[] = {
        [VTDM_SCOPE_GLOBAL] = "global", [VTDM_SCOPE_DOMAIN] = "domain",
        [VTDM_SCOPE_DEVICE] = "device", [VTDM_SCOPE_PAGES] = "pages",
        [VTDM_SCOPE_PASID] = "pasid",
        [VTDM_SCOPE_PASID_PAGES] = "pasid-pages",
        [VTDM_SCOPE_INDEX] = "index",
    };
    const VTDMInvalidation *what = &e->invalidation;
    const char *scope = scopes[what->scope];
    uint16_t sid = what->source_id;

    switch (what->cache) {
    case VTDM_CACHE_CONTEXT:
        trace_vtdm_invalidation_context(unit, scope, what->domain_id,
                                        PCI_BUS_NUM(sid), PCI_SLOT(sid),
                                        PCI_FUNC(sid), what->source_mask);
        break;
    case VTDM_CACHE_PASID:
        trace_vtdm_invalidation_pasid(unit, scope, what->domain_id,
                                      what->pasid);
        break;
    case VTDM_CACHE_IOTLB:
        trace_vtdm_invalidation_iotlb(unit, scope, what->domain_id,
                                      what->pasid, what->address, what->mask,
                                      what->leaf_only);
        break;
    case VTDM_CACHE_DEVICE_TLB:
        trace_vtdm_invalidation_device_tlb(unit, PCI_BUS_NUM(sid),
                                           PCI_SLOT(sid), PCI_FUNC(sid),
                                           what->with_pasid
                                               ? (int)what->pasid : -1,
                                           what->all_pasids, what->address,
                                           what->mask, what->itag);
        break;
    case VTDM_CACHE_INTERRUPT:
        trace_vtdm_invalidation_interrupt(unit, scope, what->index,
                                          what->index_mask);
        break;
    case VTDM_CACHE_EVERY:
        break;                  /* only copies are told of it */
    }
}

static void trace_translation(unsigned unit, const VTDMEvent *e)
{
    const VTDMRequest *request = &e->translation.request;
    uint16_t sid = request->source_id;

    if (e->kind == VTDM_EVENT_PROTECTED) {
        trace_vtdm_protected(unit, PCI_BUS_NUM(sid), PCI_SLOT(sid),
                             PCI_FUNC(sid), vtdm_access_name(request->access),
                             request->address, e->translation.output);
        return;
    }
    trace_vtdm_translation(unit, PCI_BUS_NUM(sid), PCI_SLOT(sid),
                           PCI_FUNC(sid), pasid_number(request->pasid),
                           request->address,
                           e->translation.output, e->translation.mask,
                           e->translation.domain_id, e->translation.perm);
}

static void trace_queue(unsigned unit, const VTDMEvent *e)
{
    if (e->kind == VTDM_EVENT_WAIT) {
        trace_vtdm_wait(unit, e->wait.status_write, e->wait.address,
                        e->wait.data, e->wait.interrupt);
    } else {
        trace_vtdm_queue_error(unit, e->queue.error, e->queue.head,
                               e->queue.descriptor.q[0],
                               e->queue.descriptor.q[1]);
    }
}

static void trace_page_request(unsigned unit, const VTDMEvent *e)
{
    const VTDMPageRequest *request = &e->page_request.request;
    uint16_t sid = request->source_id;

    trace_vtdm_page_request(unit, PCI_BUS_NUM(sid), PCI_SLOT(sid),
                            PCI_FUNC(sid), (int)request->pasid,
                            request->address, request->group,
                            (request->read ? VTDM_PERM_R : 0) |
                            (request->write ? VTDM_PERM_W : 0),
                            request->last, e->page_request.queued);
}

static void trace_page_response(unsigned unit, const VTDMEvent *e)
{
    const VTDMPageResponse *response = &e->page_response;
    uint16_t sid = response->source_id;

    trace_vtdm_page_response(unit, PCI_BUS_NUM(sid), PCI_SLOT(sid),
                             PCI_FUNC(sid), (int)response->pasid,
                             response->group, response->code);
}

static void trace_message(unsigned unit, const VTDMEvent *e)
{
    uint16_t sid = e->interrupt.source_id;

    if (e->kind == VTDM_EVENT_MESSAGE) {
        trace_vtdm_message(unit, e->interrupt.address, e->interrupt.data);
    } else {
        trace_vtdm_interrupt(unit, PCI_BUS_NUM(sid), PCI_SLOT(sid),
                             PCI_FUNC(sid), e->interrupt.index,
                             e->interrupt.address, e->interrupt.data);
    }
}

static void trace_posted(unsigned unit, const VTDMEvent *e)
{
    g_autofree char *sid = NULL;

    if (!trace_event_get_state_backends(TRACE_VTDM_POSTED)) {
        return;
    }
    sid = vtdm_source_id_text(e->posted.source_id);
    trace_vtdm_posted(unit, sid, e->posted.index, e->posted.vector,
                      e->posted.urgent, e->posted.descriptor,
                      e->posted.address, e->posted.data);
}

static void trace_mirror(unsigned unit, const VTDMEvent *e)
{
    uint16_t sid = e->mirror.source_id;

    trace_vtdm_mirror_exhausted(unit, PCI_BUS_NUM(sid), PCI_SLOT(sid),
                                PCI_FUNC(sid));
}

static bool invalidations_are_traced(void)
{
    return trace_event_get_state_backends(TRACE_VTDM_INVALIDATION_CONTEXT) ||
           trace_event_get_state_backends(TRACE_VTDM_INVALIDATION_PASID) ||
           trace_event_get_state_backends(TRACE_VTDM_INVALIDATION_IOTLB) ||
           trace_event_get_state_backends(
               TRACE_VTDM_INVALIDATION_DEVICE_TLB) ||
           trace_event_get_state_backends(TRACE_VTDM_INVALIDATION_INTERRUPT);
}

bool vtdm_event_is_traced(VTDMEventKind kind)
{
    switch (kind) {
    case VTDM_EVENT_REGISTER_READ:
        return trace_event_get_state_backends(TRACE_VTDM_REGISTER_READ);
    case VTDM_EVENT_REGISTER_WRITE:
        return trace_event_get_state_backends(TRACE_VTDM_REGISTER_WRITE);
    case VTDM_EVENT_INVALIDATION:
        return invalidations_are_traced();
    case VTDM_EVENT_WAIT:
        return trace_event_get_state_backends(TRACE_VTDM_WAIT);
    case VTDM_EVENT_TRANSLATION:
        return trace_event_get_state_backends(TRACE_VTDM_TRANSLATION);
    case VTDM_EVENT_INTERRUPT:
        return trace_event_get_state_backends(TRACE_VTDM_INTERRUPT);
    case VTDM_EVENT_POSTED:
        return trace_event_get_state_backends(TRACE_VTDM_POSTED);
    default:
        return true;
    }
}

void vtdm_event_trace(unsigned unit, const VTDMEvent *event)
{
    static void (*const tracers[])(unsigned, const VTDMEvent *) = {
        [VTDM_EVENT_REGISTER_READ] = trace_register,
        [VTDM_EVENT_REGISTER_WRITE] = trace_register,
        [VTDM_EVENT_REGISTER_REFUSED] = trace_register,
        [VTDM_EVENT_FAULT] = trace_fault,
        [VTDM_EVENT_INVALIDATION] = trace_invalidation,
        [VTDM_EVENT_WAIT] = trace_queue,
        [VTDM_EVENT_QUEUE_ERROR] = trace_queue,
        [VTDM_EVENT_TRANSLATION] = trace_translation,
        [VTDM_EVENT_INTERRUPT] = trace_message,
        [VTDM_EVENT_POSTED] = trace_posted,
        [VTDM_EVENT_MESSAGE] = trace_message,
        [VTDM_EVENT_PROTECTED] = trace_translation,
        [VTDM_EVENT_PAGE_REQUEST] = trace_page_request,
        [VTDM_EVENT_PAGE_RESPONSE] = trace_page_response,
        [VTDM_EVENT_MIRROR_EXHAUSTED] = trace_mirror,
    };

    tracers[event->kind](unit, event);
}
