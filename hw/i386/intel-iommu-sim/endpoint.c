/*
 * Endpoints that speak to the IOMMU themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/pci/pci_bridge.h"
#include "hw/pci/pci_bus.h"
#include "hw/i386/x86-iommu.h"
#include "qemu/atomic.h"
#include "qemu/bswap.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "endpoint.h"
#include "event-trace.h"
#include "interrupts.h"
#include "ram.h"
#include "space.h"
#include "spaces.h"
#include "topology.h"
#include "trace.h"

static QLIST_HEAD(, VTDMEndpoint) endpoints =
    QLIST_HEAD_INITIALIZER(endpoints);

/* A bridge has the number of the bus behind it; that of a root bus stays. */
static void find_bus_number(VTDMEndpoint *endpoint)
{
    PCIBus *bus = pci_get_bus(endpoint->dev);

    if (pci_bus_is_root(bus)) {
        endpoint->root_bus = pci_bus_num(bus);
        endpoint->bus = &endpoint->root_bus;
    } else {
        endpoint->bus = &pci_bridge_get_device(bus)->config[PCI_SECONDARY_BUS];
    }
}

void vtdm_endpoint_add(VTDMEndpoint *endpoint)
{
    endpoint->space = NULL;
    find_bus_number(endpoint);
    QLIST_INSERT_HEAD(&endpoints, endpoint, next);
}

void vtdm_endpoint_remove(VTDMEndpoint *endpoint)
{
    QLIST_REMOVE(endpoint, next);
}

/* -1: none */
static int pasid_number(uint32_t pasid)
{
    return pasid == VTDM_NO_PASID ? -1 : (int)pasid;
}

/* A name for an event that is traced, which is else not worth making. */
#define SID(event, source_id) \
    (trace_event_get_state_backends(TRACE_VTDM_ENDPOINT_ ## event) \
         ? vtdm_source_id_text(source_id) : NULL)

static void trace_translation(VTDMDeviceUnit *unit,
                              const VTDMRequest *request,
                              const VTDMResult *result)
{
    g_autofree char *sid = SID(TRANSLATION, request->source_id);

    if (sid && request->type == VTDM_AT_TRANSLATION) {
        trace_vtdm_endpoint_translation(
            unit->index, sid, pasid_number(request->pasid), request->address,
            request->no_write,
            vtdm_condition_info(result->fault.condition)->name,
            result->address, result->mask, result->perm);
    }
}

static void trace_page_request(VTDMDeviceUnit *unit,
                               const VTDMPageRequest *request, int code)
{
    g_autofree char *sid = SID(PAGE_REQUEST, request->source_id);

    if (sid) {
        trace_vtdm_endpoint_page_request(
            unit->index, sid, pasid_number(request->pasid), request->address,
            request->group, request->last, code);
    }
}

static void trace_invalidation(VTDMDeviceUnit *unit,
                               const VTDMInvalidation *what,
                               VTDMDeviceTlbAnswer answer)
{
    static const char *const names[] = {
        [VTDM_DEVICE_TLB_DONE] = "done",
        [VTDM_DEVICE_TLB_TIMEOUT] = "timeout",
        [VTDM_DEVICE_TLB_BAD_COMPLETION] = "bad",
        [VTDM_DEVICE_TLB_LATER] = "later",
    };
    g_autofree char *sid = SID(INVALIDATION, what->source_id);

    if (sid) {
        trace_vtdm_endpoint_invalidation(
            unit->index, sid, what->with_pasid ? (int)what->pasid : -1,
            what->address, what->mask, what->itag, names[answer]);
    }
}

static void trace_completion(VTDMDeviceUnit *unit, uint16_t source_id,
                             unsigned itag)
{
    g_autofree char *sid = SID(COMPLETION, source_id);

    if (sid) {
        trace_vtdm_endpoint_completion(unit->index, sid, itag);
    }
}

static void trace_response(VTDMDeviceUnit *unit,
                           const VTDMPageResponse *response)
{
    g_autofree char *sid = SID(RESPONSE, response->source_id);

    if (sid) {
        trace_vtdm_endpoint_response(unit->index, sid,
                                     pasid_number(response->pasid),
                                     response->group, response->code);
    }
}

static VTDMSpace *find_space(const VTDMEndpoint *endpoint)
{
    Object *iommu = OBJECT(x86_iommu_get_default());

    if (!iommu || !object_dynamic_cast(iommu, TYPE_INTEL_IOMMU_SIM) ||
        pci_bus_bypass_iommu(pci_get_bus(endpoint->dev))) {
        return NULL;
    }
    return vtdm_space_of(INTEL_IOMMU_SIM(iommu), endpoint->dev);
}

/*
 * NULL: intel-iommu-sim is not between the endpoint and memory. Who sends for a
 * device stays the same as long as it is plugged in.
 */
static VTDMSpace *space_of(VTDMEndpoint *endpoint)
{
    VTDMSpace *space = qatomic_read(&endpoint->space);

    if (unlikely(!space)) {
        space = find_space(endpoint);
        qatomic_set(&endpoint->space, space);
    }
    return space;
}

static VTDMDeviceUnit *unit_of(VTDMEndpoint *endpoint)
{
    VTDMSpace *space = space_of(endpoint);

    return space ? vtdm_space_unit(space) : NULL;
}

bool vtdm_endpoint_has_iommu(VTDMEndpoint *endpoint)
{
    return unit_of(endpoint) != NULL;
}

uint16_t vtdm_endpoint_source_id(const VTDMEndpoint *endpoint)
{
    return PCI_BUILD_BDF(qatomic_read(endpoint->bus), endpoint->dev->devfn);
}

static VTDMOutcome outcome_of(MemTxResult result)
{
    return result == MEMTX_OK ? VTDM_OUTCOME_DONE : VTDM_OUTCOME_NO_MEMORY;
}

static void fetch_add_ram(void *ram, void *data, size_t length)
{
    if (length == sizeof(uint64_t)) {
        stq_le_p(data, qatomic_fetch_add((uint64_t *)ram, ldq_le_p(data)));
    } else {
        stl_le_p(data, qatomic_fetch_add((uint32_t *)ram, ldl_le_p(data)));
    }
}

static VTDMOutcome fetch_add(AddressSpace *as, uint64_t address, void *data,
                             size_t length)
{
    uint8_t *ram;

    RCU_READ_LOCK_GUARD();
    ram = vtdm_ram_find(as, address, length, true);
    if (!ram) {
        return VTDM_OUTCOME_NO_MEMORY;
    }
    fetch_add_ram(ram, data, length);
    vtdm_ram_changed(ram, length);
    return VTDM_OUTCOME_DONE;
}

/* A zero-length read asks for the translation only. */
static VTDMOutcome move(AddressSpace *as, uint64_t address,
                        VTDMAccess access, void *data, size_t length)
{
    if (access == VTDM_ATOMIC) {
        return fetch_add(as, address, data, length);
    }
    if (!length) {
        return VTDM_OUTCOME_DONE;
    }
    return outcome_of(address_space_rw(as, address, MEMTXATTRS_UNSPECIFIED,
                                       data, length, access == VTDM_WRITE));
}

/* As any device of QEMU's does it. */
static VTDMOutcome access_without(VTDMEndpoint *endpoint,
                                  const VTDMRequest *request, void *data,
                                  size_t length)
{
    if (request->pasid != VTDM_NO_PASID ||
        request->type != VTDM_AT_UNTRANSLATED ||
        request->source_id != vtdm_endpoint_source_id(endpoint)) {
        return VTDM_OUTCOME_NO_IOMMU;
    }
    return move(pci_get_address_space(endpoint->dev), request->address,
                request->access, data, length);
}

/* Whether the unit takes a request for one to the interrupt range. */
static bool is_interrupt(VTDMDeviceUnit *unit, const VTDMRequest *request)
{
    VTDMRequest look = *request;
    VTDMResult result;

    if (request->access != VTDM_WRITE ||
        request->address < VTDM_INTERRUPT_BASE ||
        request->address - VTDM_INTERRUPT_BASE >= VTDM_INTERRUPT_SIZE) {
        return false;
    }
    look.view = VTDM_LOOK;
    vtdm_unit_translate(unit->model, &look, &result);
    return result.fault.condition == VTDM_IR_29;
}

/* As the memory core does it, with the big lock: a thread may have let it go. */
static VTDMOutcome send_interrupt(VTDMSpace *space,
                                  const VTDMRequest *request,
                                  const void *data, size_t length)
{
    uint8_t bytes[4] = { 0 };

    BQL_LOCK_GUARD();
    memcpy(bytes, data, MIN(length, sizeof(bytes)));
    return vtdm_interrupt_send_as(space, request->source_id,
                                  request->address, ldl_le_p(bytes),
                                  length) == MEMTX_OK
               ? VTDM_OUTCOME_DONE : VTDM_OUTCOME_BLOCKED;
}

VTDMOutcome vtdm_endpoint_translate(VTDMEndpoint *endpoint,
                                    const VTDMRequest *request,
                                    VTDMResult *result)
{
    VTDMSpace *space = space_of(endpoint);
    VTDMDeviceUnit *unit = space ? vtdm_space_unit(space) : NULL;

    *result = (VTDMResult) { .response = VTDM_UR };
    if (!unit) {
        return VTDM_OUTCOME_NO_IOMMU;
    }
    vtdm_unit_translate(unit->model, request, result);
    vtdm_space_count(space, request, result);
    trace_translation(unit, request, result);
    return result->response == VTDM_UR || result->response == VTDM_CA
               ? VTDM_OUTCOME_BLOCKED : VTDM_OUTCOME_DONE;
}

/*
 * What a unit says quickly, if it does, of what most requests are. The caller
 * holds the RCU read lock.
 */
static bool is_hit(VTDMSpace *space, const VTDMRequest *request, VTDMHit *hit)
{
    VTDMWho who = vtdm_who(request->source_id, request->pasid);
    uint8_t wanted = vtdm_space_wanted(request->access);
    VTDMDeviceUnit *unit = vtdm_space_place(space)->unit;

    if (!unit || request->type != VTDM_AT_UNTRANSLATED || request->execute ||
        request->privileged ||
        !vtdm_unit_hit(unit->model, who, request->address, wanted, hit)) {
        return false;
    }
    vtdm_space_count_hit(space, wanted, hit);
    return true;
}

static uint64_t address_of(const VTDMRequest *request, const VTDMHit *hit)
{
    return hit->output + (request->address & hit->mask);
}

static void tell_hit(const VTDMRequest *request, const VTDMHit *hit,
                     VTDMResult *result)
{
    VTDMStage stage = vtdm_tables_stage(hit->tables);

    *result = (VTDMResult) {
        .response = VTDM_OK,
        .address = address_of(request, hit),
        .mask = hit->mask,
        .perm = hit->perm,
        .first_stage = stage == VTDM_FIRST_STAGE,
        .translated = stage != VTDM_NO_STAGE,
        .has_domain = true,
        .domain_id = vtdm_tables_domain(hit->tables),
    };
}

static VTDMOutcome access_by(VTDMEndpoint *endpoint,
                             const VTDMRequest *request, void *data,
                             size_t length, VTDMResult *result)
{
    VTDMSpace *space = space_of(endpoint);
    VTDMDeviceUnit *unit = space ? vtdm_space_unit(space) : NULL;
    VTDMOutcome outcome;

    *result = (VTDMResult) { .response = VTDM_OK };
    if (!unit) {
        return access_without(endpoint, request, data, length);
    }
    if (is_interrupt(unit, request)) {
        return send_interrupt(space, request, data, length);
    }
    outcome = vtdm_endpoint_translate(endpoint, request, result);
    return outcome == VTDM_OUTCOME_DONE
        ? move(&address_space_memory, result->address, request->access, data,
               length) : outcome;
}

static VTDMOutcome access_slowly(VTDMEndpoint *endpoint,
                                 const VTDMRequest *request, void *data,
                                 size_t length, VTDMResult *result)
{
    VTDMResult unasked;

    return access_by(endpoint, request, data, length,
                     result ? result : &unasked);
}

/* As DMA through QEMU's memory API, all of it is one RCU reader's. */
VTDMOutcome vtdm_endpoint_access(VTDMEndpoint *endpoint,
                                 const VTDMRequest *request, void *data,
                                 size_t length, VTDMResult *result)
{
    VTDMSpace *space = space_of(endpoint);
    VTDMHit hit;

    RCU_READ_LOCK_GUARD();
    if (!space || !is_hit(space, request, &hit)) {
        return access_slowly(endpoint, request, data, length, result);
    }
    if (result) {
        tell_hit(request, &hit, result);
    }
    return move(&address_space_memory, address_of(request, &hit),
                request->access, data, length);
}

VTDMOutcome vtdm_endpoint_page_request(VTDMEndpoint *endpoint,
                                       const VTDMPageRequest *request,
                                       VTDMPageResponse *response)
{
    VTDMDeviceUnit *unit = unit_of(endpoint);
    bool answered;

    if (!unit) {
        return VTDM_OUTCOME_NO_IOMMU;
    }
    answered = vtdm_unit_page_request(unit->model, request, response);
    trace_page_request(unit, request, answered ? response->code : -1);
    return answered ? VTDM_OUTCOME_BLOCKED : VTDM_OUTCOME_DONE;
}

void vtdm_endpoint_answer(VTDMEndpoint *endpoint, uint16_t source_id,
                          unsigned itag)
{
    VTDMDeviceUnit *unit = unit_of(endpoint);

    if (unit) {
        trace_completion(unit, source_id, itag);
        vtdm_unit_device_tlb_answer(unit->model, source_id, itag,
                                    VTDM_DEVICE_TLB_DONE);
    }
}

/* NULL: nobody there speaks to the IOMMU itself. */
static VTDMEndpoint *find(VTDMDeviceUnit *unit, uint16_t source_id)
{
    VTDMEndpoint *endpoint;

    QLIST_FOREACH(endpoint, &endpoints, next) {
        if (vtdm_endpoint_source_id(endpoint) == source_id &&
            unit_of(endpoint) == unit) {
            return endpoint;
        }
    }
    return NULL;
}

VTDMDeviceTlbAnswer vtdm_endpoints_invalidate(VTDMDeviceUnit *unit,
                                              const VTDMInvalidation *what)
{
    VTDMEndpoint *endpoint = find(unit, what->source_id);
    VTDMDeviceTlbAnswer answer;

    if (!endpoint) {
        return VTDM_DEVICE_TLB_DONE;
    }
    answer = endpoint->ops->invalidate(endpoint, what);
    trace_invalidation(unit, what, answer);
    return answer;
}

void vtdm_endpoints_page_response(VTDMDeviceUnit *unit,
                                  const VTDMPageResponse *response)
{
    VTDMEndpoint *endpoint = find(unit, response->source_id);

    if (endpoint) {
        trace_response(unit, response);
        endpoint->ops->page_response(endpoint, response);
    }
}
