/*
 * Device-TLB invalidations: sent to the device, answered, or timed out.
 *
 * Each one holds an ITag from when it was fetched until its device has
 * answered. A wait behind it is pending until then; the queue goes on when an
 * answer comes. The unit does not know what time it is: that a device has had
 * enough of it, the host says.
 * Spec: "Handling of Device-TLB Invalidations", "Hardware Handling of Queued
 * Invalidation Interface Errors"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "device-tlb.h"
#include "fault.h"
#include "registers.h"
#include "unit.h"

/* The source-id of an error is kept only if the error is new. */
static void raise_error(VTDMUnit *unit, uint32_t fsts_bit, uint64_t field,
                        uint16_t source_id)
{
    uint64_t iqercd = vtdm_reg64(unit, VTDM_REG_IQERCD);

    if (!(vtdm_reg32(unit, VTDM_REG_FSTS) & fsts_bit)) {
        vtdm_set_reg64(unit, VTDM_REG_IQERCD,
                       (iqercd & ~field) | vtdm_field(field, source_id));
    }
    vtdm_fault_status(unit, fsts_bit);
}

static VTDMAsked *find(VTDMUnit *unit, unsigned itag)
{
    VTDMDeviceTlb *tlb = &unit->latched.device_tlb;

    for (unsigned i = 0; i < tlb->count; i++) {
        if (tlb->asked[i].itag == itag) {
            return &tlb->asked[i];
        }
    }
    return NULL;
}

static VTDMAsked *find_of(VTDMUnit *unit, uint16_t source_id, unsigned itag)
{
    VTDMAsked *asked = find(unit, itag);

    return asked && asked->source_id == source_id ? asked : NULL;
}

/* The ITag is free, and what waited for that goes on. */
static void release(VTDMUnit *unit, VTDMAsked *asked)
{
    VTDMDeviceTlb *tlb = &unit->latched.device_tlb;
    VTDMAsked *last = &tlb->asked[--tlb->count];

    memmove(asked, asked + 1, (last - asked) * sizeof(*asked));
    unit->latched.fetching = true;
}

/* What waits behind a device that did not answer never completes. */
static void time_out(VTDMUnit *unit, VTDMAsked *asked)
{
    uint16_t source_id = asked->source_id;

    release(unit, asked);
    unit->latched.wait.pending = false;
    raise_error(unit, VTDM_FSTS_ITE, VTDM_IQERCD_ITESID, source_id);
}

static void report_bad_completion(VTDMUnit *unit, uint16_t source_id)
{
    raise_error(unit, VTDM_FSTS_ICE, VTDM_IQERCD_ICESID, source_id);
}

void vtdm_device_tlb_ask(VTDMUnit *unit, const VTDMInvalidation *what)
{
    VTDMDeviceTlb *tlb = &unit->latched.device_tlb;
    unsigned itag = 0;

    while (find(unit, itag)) {
        itag++;
    }
    tlb->asked[tlb->count++] = (VTDMAsked) {
        .itag = itag, .source_id = what->source_id,
    };
    tlb->unsent = true;
    tlb->what = *what;
    tlb->what.itag = itag;
}

/* What is in use comes first, then what is not. */
static void take_completion(VTDMUnit *unit, uint16_t source_id,
                            uint32_t itags, unsigned count)
{
    bool good = itags;

    for (unsigned itag = 0; itag < VTDM_ITAGS; itag++) {
        VTDMAsked *asked = find_of(unit, source_id, itag);

        if (!(itags & (1u << itag))) {
            continue;
        }
        good &= asked != NULL;
        if (asked && ++asked->completions == count) {
            release(unit, asked);
        }
    }
    if (!good) {
        report_bad_completion(unit, source_id);
    }
}

void vtdm_device_tlb_complete(VTDMUnit *unit, uint16_t source_id,
                              uint32_t itags, unsigned count)
{
    if (vtdm_is_enabled(unit, VTDM_GSTS_TES)) {
        take_completion(unit, source_id, itags, count ? count : 8);
    }
}

/* With a bad completion came a good one. */
static void take_answer(VTDMUnit *unit, VTDMAsked *asked,
                        VTDMDeviceTlbAnswer answer)
{
    uint16_t source_id = asked->source_id;

    if (answer != VTDM_DEVICE_TLB_LATER) {
        release(unit, asked);
    }
    if (answer == VTDM_DEVICE_TLB_BAD_COMPLETION) {
        report_bad_completion(unit, source_id);
    }
}

void vtdm_device_tlb_sent(VTDMUnit *unit, unsigned itag,
                          VTDMDeviceTlbAnswer answer)
{
    VTDMAsked *asked = find(unit, itag);
    bool lost = !vtdm_is_enabled(unit, VTDM_GSTS_TES) &&
                answer != VTDM_DEVICE_TLB_LATER;

    if (asked && (lost || answer == VTDM_DEVICE_TLB_TIMEOUT)) {
        asked->age = VTDM_AGE_SILENT;
    } else if (asked) {
        take_answer(unit, asked, answer);
    }
}

void vtdm_device_tlb_answer(VTDMUnit *unit, uint16_t source_id, unsigned itag,
                            VTDMDeviceTlbAnswer answer)
{
    VTDMAsked *asked = find_of(unit, source_id, itag);

    if (answer == VTDM_DEVICE_TLB_TIMEOUT) {
        if (asked) {
            time_out(unit, asked);
        }
    } else if (vtdm_is_enabled(unit, VTDM_GSTS_TES)) {
        if (asked) {
            take_answer(unit, asked, answer);
        } else {
            report_bad_completion(unit, source_id);
        }
    }
}

/* A device that is late is taken off the list. */
static void expire(VTDMUnit *unit, VTDMAge age)
{
    VTDMDeviceTlb *tlb = &unit->latched.device_tlb;
    unsigned i = 0;

    while (i < tlb->count) {
        if (tlb->asked[i].age >= age) {
            time_out(unit, &tlb->asked[i]);
        } else {
            i++;
        }
    }
}

void vtdm_device_tlb_stopped(VTDMUnit *unit)
{
    expire(unit, VTDM_AGE_SILENT);
}

bool vtdm_device_tlb_expire(VTDMUnit *unit)
{
    VTDMDeviceTlb *tlb = &unit->latched.device_tlb;

    expire(unit, VTDM_AGE_OLD);
    for (unsigned i = 0; i < tlb->count; i++) {
        tlb->asked[i].age = VTDM_AGE_OLD;
    }
    return tlb->count;
}
