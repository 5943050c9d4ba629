/*
 * Interrupt posting: entries of posted format, and the descriptors that they
 * lead to.
 * Spec: "Interrupt Posting"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_POSTED_H
#define VTDM_CORE_POSTED_H

#include "hw/i386/vtdm/vtdm.h"

/* The interrupt that tells a CPU of what was posted. */
typedef struct VTDMNotification {
    bool wanted;
    uint8_t vector;
    uint32_t destination;       /* a physical APIC id */
} VTDMNotification;

/* Whether @irte is of posted format, which takes CAP.PI. */
bool vtdm_is_posted(const VTDMUnit *unit, const VTDMEntry128 *irte);

/* Of one of posted format: its reserved bits, and its descriptor's address. */
bool vtdm_posted_has_reserved_bits(const VTDMUnit *unit,
                                   const VTDMEntry128 *irte);
uint64_t vtdm_posted_descriptor(const VTDMEntry128 *irte);

/*
 * Posts an interrupt that @fault->entry, of posted format, has taken: sets the
 * bit of its vector, and ON if *@notification is wanted. With another view than
 * VTDM_USE, says what would be and changes nothing. Otherwise, 27h or 28h,
 * @fault names the descriptor.
 * Spec: "Interrupt-Posting Hardware Operation"
 */
VTDMCondition vtdm_post(VTDMUnit *unit, VTDMView view, VTDMFault *fault,
                        VTDMNotification *notification);

#endif
