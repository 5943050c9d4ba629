/*
 * The unit's own messages: pending, masked, sent. One logic, four
 * register sets.
 * Spec: "Non-Recoverable Fault Event", "Hardware Generation of Invalidation
 * Completion Events", "Recoverable Fault Event", "Interrupt Generation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/spec/perfmon.h"
#include "host.h"
#include "message.h"
#include "registers.h"
#include "unit.h"

static const struct {
    uint32_t control;
    uint32_t data;
    uint32_t address;
    uint32_t upper_address;
} registers[] = {
    [VTDM_MESSAGE_FAULT] = {
        VTDM_REG_FECTL, VTDM_REG_FEDATA, VTDM_REG_FEADDR, VTDM_REG_FEUADDR,
    },
    [VTDM_MESSAGE_COMPLETION] = {
        VTDM_REG_IECTL, VTDM_REG_IEDATA, VTDM_REG_IEADDR, VTDM_REG_IEUADDR,
    },
    [VTDM_MESSAGE_PAGE_REQUEST] = {
        VTDM_REG_PECTL, VTDM_REG_PEDATA, VTDM_REG_PEADDR, VTDM_REG_PEUADDR,
    },
    [VTDM_MESSAGE_PERFMON] = {
        VTDM_REG_PERFINTRCTL, VTDM_REG_PERFINTRDATA,
        VTDM_REG_PERFINTRADDR, VTDM_REG_PERFINTRUADDR,
    },
};

static void send_unless_masked(VTDMUnit *unit, VTDMMessage message)
{
    uint32_t control = vtdm_reg32(unit, registers[message].control);
    uint64_t address = vtdm_reg32(unit, registers[message].address) |
        (uint64_t)vtdm_reg32(unit, registers[message].upper_address) << 32;
    uint32_t data = vtdm_reg32(unit, registers[message].data) &
                    VTDM_MESSAGE_DATA;

    if ((control & VTDM_FECTL_IM) || !(control & VTDM_FECTL_IP)) {
        return;
    }
    vtdm_message_withdraw(unit, message);
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_MESSAGE,
        .interrupt = { .address = address, .data = data },
    });
    vtdm_host_send(unit, address, data);
}

void vtdm_message_raise(VTDMUnit *unit, VTDMMessage message)
{
    vtdm_change_reg32(unit, registers[message].control, VTDM_FECTL_IP, 0);
    send_unless_masked(unit, message);
}

void vtdm_message_withdraw(VTDMUnit *unit, VTDMMessage message)
{
    vtdm_change_reg32(unit, registers[message].control, 0, VTDM_FECTL_IP);
}

void vtdm_fectl_written(VTDMUnit *unit, unsigned bytes)
{
    send_unless_masked(unit, VTDM_MESSAGE_FAULT);
}

void vtdm_iectl_written(VTDMUnit *unit, unsigned bytes)
{
    send_unless_masked(unit, VTDM_MESSAGE_COMPLETION);
}

void vtdm_pectl_written(VTDMUnit *unit, unsigned bytes)
{
    send_unless_masked(unit, VTDM_MESSAGE_PAGE_REQUEST);
}

void vtdm_perfintrctl_written(VTDMUnit *unit, unsigned bytes)
{
    send_unless_masked(unit, VTDM_MESSAGE_PERFMON);
}

void vtdm_ics_written(VTDMUnit *unit, unsigned bytes)
{
    if (!(vtdm_reg32(unit, VTDM_REG_ICS) & VTDM_ICS_IWC)) {
        vtdm_message_withdraw(unit, VTDM_MESSAGE_COMPLETION);
    }
}

void vtdm_prs_written(VTDMUnit *unit, unsigned bytes)
{
    if (!vtdm_reg32(unit, VTDM_REG_PRS)) {
        vtdm_message_withdraw(unit, VTDM_MESSAGE_PAGE_REQUEST);
    }
}

void vtdm_perfintrsts_written(VTDMUnit *unit, unsigned bytes)
{
    if (!vtdm_reg32(unit, VTDM_REG_PERFINTRSTS)) {
        vtdm_message_withdraw(unit, VTDM_MESSAGE_PERFMON);
    }
}
