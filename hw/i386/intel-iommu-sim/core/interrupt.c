/*
 * One interrupt, from the device's write to the message for a CPU.
 *
 *   1. a DWORD write
 *   2. remapping that is off
 *   3. compatibility format: EIME, then CFIS
 *   4. remappable format: reserved fields of the request
 *   5. the index, and the bounds of the table
 *   6. the IRTE, from its cache or the table
 *   7. P
 *   8. who may send: SVT, SID, SQ
 *   9. reserved fields of the IRTE
 *  10. remapped format: the message
 *  11. posted format: the descriptor, and the message that tells of it
 *
 * Spec: "Interrupt-Remapping Hardware Operation",
 * "Interrupt-Posting Hardware Operation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "count.h"
#include "fault.h"
#include "host.h"
#include "interrupt-entries.h"
#include "interrupt.h"
#include "irte.h"
#include "memory.h"
#include "posted.h"
#include "registers.h"
#include "unit.h"

static void pass(const VTDMInterruptRequest *request,
                 VTDMInterrupt *interrupt)
{
    interrupt->address = request->address;
    interrupt->data = request->data;
}

static bool has_reserved_bits(VTDMUnit *unit, const VTDMEntry128 *irte)
{
    return vtdm_get(irte->hi, VTDM_IRTE_HI_SVT) == VTDM_SVT_RESERVED ||
           (vtdm_is_posted(unit, irte)
                ? vtdm_posted_has_reserved_bits(unit, irte)
                : vtdm_irte_has_reserved_bits(
                      irte, unit->latched.interrupts.eime));
}

static VTDMCondition check_entry(VTDMUnit *unit, const VTDMEntry128 *irte,
                                 uint16_t source_id)
{
    /* 7 */
    if (!(irte->lo & VTDM_IRTE_P)) {
        return VTDM_IR_22;
    }
    /* 8 */
    if (!vtdm_irte_accepts(irte, source_id)) {
        return VTDM_IR_26;
    }
    /* 9 */
    return has_reserved_bits(unit, irte) ? VTDM_IR_24 : VTDM_NO_FAULT;
}

static VTDMCondition post(VTDMUnit *unit, VTDMView view,
                          VTDMInterrupt *interrupt)
{
    VTDMNotification notification;
    VTDMCondition condition = vtdm_post(unit, view, &interrupt->fault,
                                        &notification);

    interrupt->posted = true;
    if (condition != VTDM_NO_FAULT) {
        return condition;
    }
    interrupt->silent = !notification.wanted;
    if (notification.wanted) {
        vtdm_set_message(interrupt, notification.destination,
                         notification.vector);
    }
    return VTDM_NO_FAULT;
}

/* Faulting entries are kept only in caching mode. */
static bool may_keep(VTDMUnit *unit, VTDMCondition condition)
{
    return condition == VTDM_NO_FAULT || unit->config.cm;
}

static void count_lookup(VTDMUnit *unit, uint16_t source_id,
                         const VTDMEntry128 *cached)
{
    vtdm_count(unit, VTDM_COUNT_INT_CACHE_LOOKUP, &(VTDMCountSubject) {
        .source_id = source_id,
    });
    if (cached) {
        vtdm_count(unit, vtdm_is_posted(unit, cached)
                             ? VTDM_COUNT_INT_CACHE_HIT_POSTED
                             : VTDM_COUNT_INT_CACHE_HIT_NONPOSTED,
                   &(VTDMCountSubject) { .source_id = source_id });
    }
}

/* Steps 6 to 9. */
static VTDMCondition find_entry(VTDMUnit *unit, VTDMView view,
                                uint32_t index, VTDMFault *fault)
{
    bool cached = view != VTDM_TABLES &&
                  vtdm_irte_find(&unit->irtes, index, &fault->entry);
    VTDMCondition condition;

    if (view == VTDM_USE) {
        count_lookup(unit, fault->source_id, cached ? &fault->entry : NULL);
    }
    if (!cached && !vtdm_read128(unit, view, fault->entry_address,
                                 &fault->entry)) {
        return VTDM_IR_23;
    }
    fault->fpd = fault->entry.lo & VTDM_IRTE_FPD;
    condition = check_entry(unit, &fault->entry, fault->source_id);
    if (!cached && view == VTDM_USE && may_keep(unit, condition)) {
        vtdm_irte_insert(unit, index, &fault->entry);
    }
    return condition;
}

/* Steps 10 and 11. */
static VTDMCondition follow_entry(VTDMUnit *unit, VTDMView view,
                                  VTDMInterrupt *interrupt)
{
    const VTDMEntry128 *irte = &interrupt->fault.entry;
    VTDMCondition condition = VTDM_NO_FAULT;

    if (vtdm_is_posted(unit, irte)) {
        condition = post(unit, view, interrupt);
    } else {
        vtdm_irte_deliver(irte, unit->latched.interrupts.eime, interrupt);
    }
    if (condition == VTDM_NO_FAULT) {
        interrupt->remapped = true;
        interrupt->index = interrupt->fault.index;
    }
    return condition;
}

/* Steps 5 to 11. */
static VTDMCondition remap(VTDMUnit *unit,
                           const VTDMInterruptRequest *request,
                           VTDMInterrupt *interrupt)
{
    const VTDMInterruptTable *table = &unit->latched.interrupts;
    VTDMFault *fault = &interrupt->fault;
    uint32_t index = vtdm_irte_index(request);
    uint64_t address = table->table + index * sizeof(VTDMEntry128);
    VTDMCondition condition;

    fault->index = index;
    if (index >= table->entries ||
        (address & vtdm_above_haw(&unit->config))) {
        return VTDM_IR_21;
    }
    fault->entry_address = address;
    condition = find_entry(unit, request->view, index, fault);
    return condition == VTDM_NO_FAULT
               ? follow_entry(unit, request->view, interrupt) : condition;
}

static VTDMCondition compatibility(VTDMUnit *unit,
                                   const VTDMInterruptRequest *request,
                                   VTDMInterrupt *interrupt)
{
    if (unit->latched.interrupts.eime ||
        !vtdm_is_enabled(unit, VTDM_GSTS_CFIS)) {
        return VTDM_IR_25;
    }
    pass(request, interrupt);
    return VTDM_NO_FAULT;
}

static VTDMCondition run(VTDMUnit *unit, const VTDMInterruptRequest *request,
                         VTDMInterrupt *interrupt)
{
    /* 1 */
    if (request->size != 4 || request->address % 4) {
        return VTDM_IR_29;
    }
    /* 2 */
    if (!vtdm_is_enabled(unit, VTDM_GSTS_IRES)) {
        pass(request, interrupt);
        return VTDM_NO_FAULT;
    }
    /* 3 */
    if (!(request->address & VTDM_MSI_FORMAT)) {
        return compatibility(unit, request, interrupt);
    }
    /* 4 */
    if ((request->address & VTDM_MSI_SHV) &&
        (request->data & VTDM_MSI_DATA_RSVD)) {
        return VTDM_IR_20;
    }
    return remap(unit, request, interrupt);
}

void vtdm_interrupt_tell(VTDMUnit *unit, uint16_t source_id,
                         const VTDMInterrupt *interrupt)
{
    if (!vtdm_is_heard(unit, VTDM_EVENT_INTERRUPT)) {
        return;
    }
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_INTERRUPT,
        .interrupt = {
            .source_id = source_id,
            .index = interrupt->index,
            .address = interrupt->address,
            .data = interrupt->data,
        },
    });
}

static void tell_posted(VTDMUnit *unit, const VTDMInterrupt *interrupt)
{
    const VTDMEntry128 *irte = &interrupt->fault.entry;

    if (!vtdm_is_heard(unit, VTDM_EVENT_POSTED)) {
        return;
    }
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_POSTED,
        .posted = {
            .source_id = interrupt->fault.source_id,
            .index = interrupt->index,
            .vector = vtdm_get(irte->lo, VTDM_IRTE_VV),
            .urgent = irte->lo & VTDM_IRTE_URG,
            .descriptor = vtdm_posted_descriptor(irte),
            .address = interrupt->address,
            .data = interrupt->data,
        },
    });
}

void vtdm_interrupt_run(VTDMUnit *unit, const VTDMInterruptRequest *request,
                        VTDMInterrupt *interrupt)
{
    VTDMCondition condition;

    *interrupt = (VTDMInterrupt) {
        .fault = {
            .address = request->address,
            .pasid = VTDM_NO_PASID,
            .source_id = request->source_id,
            .access = VTDM_WRITE,
        },
    };
    condition = run(unit, request, interrupt);
    interrupt->response = vtdm_condition_info(condition)->untranslated;
    interrupt->fault.condition = condition;
    if (request->view != VTDM_USE) {
        return;
    }
    if (condition != VTDM_NO_FAULT) {
        vtdm_fault_report(unit, &interrupt->fault);
    } else if (interrupt->posted) {
        tell_posted(unit, interrupt);
    } else if (interrupt->remapped) {
        vtdm_interrupt_tell(unit, request->source_id, interrupt);
    }
}
