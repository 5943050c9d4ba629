/*
 * What an entry of the interrupt remapping table says: who may send, and which
 * message a CPU gets of one in remapped format. Short enough to be a part of
 * whoever asks, as each interrupt does.
 * Spec: "Interrupt Remapping Table Entry (IRTE) for Remapped Interrupts"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_IRTE_H
#define VTDM_CORE_IRTE_H

#include "hw/i386/vtdm/spec/interrupts.h"
#include "hw/i386/vtdm/vtdm.h"
#include "config.h"

/* Spec: "Interrupt Remapping Table": the sum is not cut to 16 bits. */
static inline uint32_t vtdm_irte_index(const VTDMInterruptRequest *request)
{
    uint32_t handle = vtdm_get(request->address, VTDM_MSI_HANDLE_LOW) |
                      vtdm_get(request->address, VTDM_MSI_HANDLE_HIGH) << 15;

    return request->address & VTDM_MSI_SHV
               ? handle + vtdm_get(request->data, VTDM_MSI_SUBHANDLE)
               : handle;
}

static inline bool vtdm_irte_accepts(const VTDMEntry128 *irte,
                                     uint16_t source_id)
{
    uint16_t sid = vtdm_get(irte->hi, VTDM_IRTE_HI_SID);
    uint16_t mask = vtdm_function_mask(vtdm_get(irte->hi, VTDM_IRTE_HI_SQ));
    uint8_t bus = source_id >> 8;

    switch (vtdm_get(irte->hi, VTDM_IRTE_HI_SVT)) {
    case VTDM_SVT_SID:
        return !((source_id ^ sid) & mask);
    case VTDM_SVT_BUS:
        return bus >= sid >> 8 && bus <= (sid & 0xff);
    default:
        return true;            /* a reserved SVT fails the next check */
    }
}

/* Of one in remapped format. */
static inline bool vtdm_irte_has_reserved_bits(const VTDMEntry128 *irte,
                                               bool eime)
{
    unsigned dlm = vtdm_get(irte->lo, VTDM_IRTE_DLM);
    bool dlm_exists = dlm != VTDM_DLM_RESERVED_3 && dlm != VTDM_DLM_RESERVED_6;
    uint64_t dst = eime ? 0 : VTDM_IRTE_DST & ~VTDM_IRTE_DST_XAPIC;

    return (irte->lo & (VTDM_IRTE_RSVD | VTDM_IRTE_IM | dst)) ||
           (irte->hi & VTDM_IRTE_HI_RSVD) || !dlm_exists;
}

/* SMI, NMI, INIT and ExtINT are edges, whatever TM says. */
static inline bool vtdm_irte_is_level(const VTDMEntry128 *irte)
{
    unsigned dlm = vtdm_get(irte->lo, VTDM_IRTE_DLM);

    return (irte->lo & VTDM_IRTE_TM) &&
           (dlm == VTDM_DLM_FIXED || dlm == VTDM_DLM_LOWEST_PRIORITY);
}

/* Edge-triggered, of fixed delivery, for one CPU. */
static inline void vtdm_set_message(VTDMInterrupt *interrupt,
                                    uint32_t destination, uint8_t vector)
{
    interrupt->address = VTDM_INTERRUPT_BASE |
        vtdm_field(VTDM_MSI_DST_LOW, destination) |
        vtdm_field(VTDM_MSI_DST_HIGH, destination >> 8);
    interrupt->data = VTDM_MSI_LEVEL | vtdm_field(VTDM_MSI_V, vector);
}

/* The message of @irte, which is in remapped format. */
static inline void vtdm_irte_deliver(const VTDMEntry128 *irte, bool eime,
                                     VTDMInterrupt *interrupt)
{
    uint32_t dst = eime ? vtdm_get(irte->lo, VTDM_IRTE_DST)
                        : vtdm_get(irte->lo, VTDM_IRTE_DST_XAPIC);

    vtdm_set_message(interrupt, dst, vtdm_get(irte->lo, VTDM_IRTE_V));
    interrupt->address |= (irte->lo & VTDM_IRTE_RH ? VTDM_MSI_RH : 0) |
                          (irte->lo & VTDM_IRTE_DM ? VTDM_MSI_DM : 0);
    interrupt->data |=
        vtdm_field(VTDM_MSI_DLM, vtdm_get(irte->lo, VTDM_IRTE_DLM)) |
        (vtdm_irte_is_level(irte) ? VTDM_MSI_TM : 0);
}

#endif
