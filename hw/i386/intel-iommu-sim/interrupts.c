/*
 * Interrupt messages of requesters, and the routes that KVM keeps of them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/apic-msidef.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/x86.h"
#include "hw/pci/pci_bus.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "cpu-messages.h"
#include "device.h"
#include "host-ops.h"
#include "interrupts.h"
#include "spaces.h"
#include "topology.h"

static bool is_message(const VTDMInterruptRequest *request)
{
    return request->size == sizeof(uint32_t) &&
           QEMU_IS_ALIGNED(request->address, sizeof(uint32_t));
}

/* Without a unit, every message passes. */
static bool ask(VTDMSpace *space, VTDMDeviceUnit *unit,
                const VTDMInterruptRequest *request, VTDMInterrupt *answer)
{
    if (unlikely(space->unused)) {
        return false;
    }
    if (!unit) {
        *answer = (VTDMInterrupt) {
            .address = request->address,
            .data = request->data,
        };
        return is_message(request);
    }
    vtdm_unit_remap(unit->model, request, answer);
    if (answer->response != VTDM_OK) {
        qatomic_inc(&space->faults);
    }
    return answer->response == VTDM_OK;
}

/* Only who holds the big lock counts. */
static void count(uint64_t *messages)
{
    qatomic_set(messages, *messages + 1);
}

static MemTxResult send_message(VTDMSpace *space, VTDMDeviceUnit *unit,
                                const VTDMInterruptRequest *request)
{
    VTDMInterrupt answer;

    g_assert(bql_locked());
    if (is_message(request)) {
        count(&space->messages_sent);
    }
    if (!ask(space, unit, request, &answer)) {
        if (is_message(request)) {
            count(&space->messages_blocked);
        }
        return MEMTX_DECODE_ERROR;
    }
    if (answer.silent) {
        count(&space->messages_delivered);
    } else {
        vtdm_message_deliver(answer.address, answer.data,
                             &space->messages_delivered);
    }
    return MEMTX_OK;
}

MemTxResult vtdm_interrupt_send(VTDMSpace *space, uint64_t address,
                                uint32_t data, unsigned size)
{
    const VTDMPlace *place = vtdm_space_place(space);

    return send_message(space, place->unit, &(VTDMInterruptRequest) {
        .address = address,
        .data = data,
        .size = size,
        .source_id = place->source_id,
    });
}

MemTxResult vtdm_interrupt_send_as(VTDMSpace *space, uint16_t source_id,
                                   uint64_t address, uint32_t data,
                                   unsigned size)
{
    return send_message(space, vtdm_space_unit(space),
                        &(VTDMInterruptRequest) {
        .address = address,
        .data = data,
        .size = size,
        .source_id = source_id,
    });
}

void vtdm_interrupts_init(VTDMDevice *device)
{
    X86MachineState *x86ms = X86_MACHINE(qdev_get_machine());
    int unit = -1;
    int source_id = vtdm_dmar_ioapic_source_id(device->dmar, 0, &unit);

    device->ioapic = vtdm_space_new_fixed(device, "ioapic",
                                          MAX(source_id, 0), unit);
    x86ms->ioapic_as = &device->ioapic->as;
}

/*
 * Where a route leads whose interrupt is blocked. An error would not do: QEMU
 * keeps the route as it was, and the old vector goes on arriving. A logical
 * destination without any bit set matches no APIC: not in the flat model, not
 * in a cluster, not in x2APIC mode, and it is no broadcast.
 */
static const MSIMessage nobody = {
    .address = VTDM_INTERRUPT_BASE | 1 << MSI_ADDR_DEST_MODE_SHIFT,
};

/* Nobody sees the interrupts of such a route, so that it is told of here. */
static void tell_blocked_route(VTDMDeviceUnit *unit, const VTDMFault *fault)
{
    vtdm_host_ops.event(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_FAULT, .fault = *fault,
    });
}

/*
 * Computes a route for KVM: no interrupt has been sent yet. A route cannot post
 * one, whatever its descriptor is like. Where there is no route yet, QEMU takes
 * the error, and delivers itself; one that there is stays as it was.
 */
int vtdm_int_remap(X86IOMMUState *iommu, MSIMessage *source,
                   MSIMessage *target, uint16_t source_id)
{
    VTDMDevice *device = INTEL_IOMMU_SIM(iommu);
    bool ioapic = source_id == X86_IOMMU_SID_INVALID;
    VTDMSpace *space = ioapic ? device->ioapic
                              : vtdm_space_find(device, source_id);
    VTDMDeviceUnit *unit = space ? vtdm_space_unit(space) : NULL;
    VTDMInterruptRequest request = {
        .address = source->address,
        .data = source->data,
        .size = 4,
        .source_id = ioapic ? device->ioapic->fixed_source_id : source_id,
        .view = VTDM_LOOK,
    };
    VTDMInterrupt answer;

    *target = *source;
    if (!unit) {
        return 0;
    }
    vtdm_unit_remap(unit->model, &request, &answer);
    if (answer.posted) {
        return -ENOTSUP;
    }
    if (answer.response == VTDM_OK) {
        target->address = answer.address;
        target->data = answer.data;
    } else {
        *target = nobody;
        tell_blocked_route(unit, &answer.fault);
    }
    return 0;
}
