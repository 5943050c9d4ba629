/*
 * Invalidation wait descriptors: what software sees when they are complete.
 * Spec: "Invalidation Wait Descriptor", "Hardware Generation of Invalidation
 * Completion Events"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "device-tlb.h"
#include "host.h"
#include "message.h"
#include "registers.h"
#include "unit.h"
#include "wait.h"

static void write_status(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    uint64_t address = dsc->q[1] & VTDM_WAIT_HI_ADDR &
                       ~vtdm_above_haw(&unit->config);

    vtdm_host_write32(unit, address, vtdm_get(dsc->q[0], VTDM_WAIT_DATA));
}

static void tell(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_WAIT,
        .wait = {
            .address = dsc->q[1] & VTDM_WAIT_HI_ADDR,
            .data = vtdm_get(dsc->q[0], VTDM_WAIT_DATA),
            .status_write = dsc->q[0] & VTDM_WAIT_SW,
            .interrupt = dsc->q[0] & VTDM_WAIT_IF,
        },
    });
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
static void complete(VTDMUnit *unit, const VTDMDescriptor *dsc)
{
    if (dsc->q[0] & VTDM_WAIT_SW) {
        write_status(unit, dsc);
    }
    if (vtdm_is_heard(unit, VTDM_EVENT_WAIT)) {
        tell(unit, dsc);
    }
    if (dsc->q[0] & VTDM_WAIT_IF) {
        raise_completion(unit);
    }
}

void vtdm_wait_complete(VTDMUnit *unit)
{
    unit->latched.wait.pending = false;
    complete(unit, &unit->latched.wait.descriptor);
}

VTDMQueueError vtdm_wait_run(VTDMUnit *unit,
                             const VTDMDescriptor *descriptor)
{
    if (vtdm_device_tlb_is_pending(unit)) {
        unit->latched.wait = (VTDMPendingWait) { true, *descriptor };
    } else {
        complete(unit, descriptor);
    }
    return VTDM_IQEI_NONE;
}
