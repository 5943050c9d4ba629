/*
 * The interrupt address range, which no translation speaks for.
 * Spec: "Interrupt Address Range"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_INTERRUPT_RANGE_H
#define VTDM_CORE_INTERRUPT_RANGE_H

#include "hw/i386/vtdm/vtdm.h"

/* Whether the @size bytes at @address touch it. */
static inline bool vtdm_in_interrupt_range(uint64_t address, uint64_t size)
{
    return address - VTDM_INTERRUPT_BASE < VTDM_INTERRUPT_SIZE ||
           VTDM_INTERRUPT_BASE - address < size;
}

/* An identity mapping holds over this much at least. */
#define VTDM_IDENTITY_MASK      VTDM_BITS(20, 0)

/*
 * The low bits over which the answer for @address may be used, of the @mask
 * that its page has: an answer never speaks for the interrupt range. Close to
 * it, one of the range's own size is left; in it, a page.
 */
static inline uint64_t vtdm_answer_mask(uint64_t address, uint64_t mask)
{
    uint64_t beyond = ~(mask | (VTDM_INTERRUPT_SIZE - 1));

    if ((address ^ VTDM_INTERRUPT_BASE) & beyond) {
        return mask;
    }
    return MIN(mask, (vtdm_in_interrupt_range(address, 1)
                          ? VTDM_PAGE_SIZE : VTDM_INTERRUPT_SIZE) - 1);
}

#endif
