/*
 * Who passes through, untranslated: found out with the lock, from context and
 * PASID entries that are cached, and read without it. What is kept is gone with
 * the next invalidation, or eviction, of any such entry.
 * Spec: "Pass-through Translation"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PASS_H
#define VTDM_CORE_PASS_H

#include "hw/i386/vtdm/hit.h"
#include "atomic.h"

/* Each requester has one place, and the last one that belongs there has it. */
#define VTDM_PASS_PLACES        256

typedef struct VTDMPasses {
    /* kept 63, scalable mode 62, domain-id 52:37, VTDMWho 36:0 */
    uint64_t words[VTDM_PASS_PLACES];
    bool any;                   /* under the lock */
} VTDMPasses;

#define VTDM_PASS_KEPT          VTDM_BIT(63)
#define VTDM_PASS_SCALABLE      VTDM_BIT(62)
#define VTDM_PASS_WHO           VTDM_BITS(36, 0)

static inline uint16_t vtdm_pass_domain(uint64_t word)
{
    return word >> 37;
}

static inline unsigned vtdm_pass_place(VTDMWho who)
{
    return (who ^ who >> 8 ^ who >> 16) % VTDM_PASS_PLACES;
}

/* What is kept of @who, or 0; without the lock. */
static inline uint64_t vtdm_pass_find(const VTDMPasses *passes, VTDMWho who)
{
    uint64_t word = vtdm_load(&passes->words[vtdm_pass_place(who)]);

    return (word & (VTDM_PASS_KEPT | VTDM_PASS_WHO)) == (VTDM_PASS_KEPT | who)
        ? word : 0;
}

void vtdm_pass_keep(VTDMUnit *unit, VTDMWho who, uint16_t domain_id);

/* All that is kept. */
void vtdm_passes_forget(VTDMUnit *unit);

#endif
