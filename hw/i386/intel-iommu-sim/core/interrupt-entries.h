/*
 * The interrupt entry cache: IRTEs, by their index.
 * Spec: "Interrupt Entry Cache"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_INTERRUPT_ENTRIES_H
#define VTDM_CORE_INTERRUPT_ENTRIES_H

#include "hw/i386/vtdm/vtdm.h"
#include "atomic.h"

/* Indexes have 16 bits. */
#define VTDM_IRTE_GROUP         64u
#define VTDM_IRTE_GROUPS        1024u

/*
 * Neighbours, those that are present. Lookups read them without the lock:
 * docs/architecture.md, "Hits without the lock".
 */
typedef struct VTDMIrteGroup {
    uint32_t version;           /* odd while an entry is written */
    uint64_t present;           /* a bit for each */
    VTDMEntry128 irtes[VTDM_IRTE_GROUP];
} VTDMIrteGroup;

/* Groups are made when they are needed, and stay. */
typedef struct VTDMIrtes {
    uint64_t used[VTDM_IRTE_GROUPS / 64];   /* a bit for each, if not empty */
    VTDMIrteGroup *groups[VTDM_IRTE_GROUPS];
} VTDMIrtes;

void vtdm_irtes_destroy(VTDMUnit *unit);

/*
 * Copies the entry that is cached; needs no lock. With the lock, whether there
 * is one; without it, false may also mean that something changes.
 */
static inline bool vtdm_irte_find(const VTDMIrtes *irtes, uint32_t index,
                                  VTDMEntry128 *irte)
{
    const VTDMIrteGroup *group =
        vtdm_load(&irtes->groups[index / VTDM_IRTE_GROUP]);
    unsigned place = index % VTDM_IRTE_GROUP;
    uint32_t version;

    if (!group) {
        return false;
    }
    version = vtdm_load(&group->version);
    if (version & 1 || !(vtdm_load(&group->present) & VTDM_BIT(place))) {
        return false;
    }
    irte->lo = vtdm_load(&group->irtes[place].lo);
    irte->hi = vtdm_load(&group->irtes[place].hi);
    return vtdm_load(&group->version) == version;
}

/* Keeps a copy of @irte, which may be one that faults. */
void vtdm_irte_insert(VTDMUnit *unit, uint32_t index,
                      const VTDMEntry128 *irte);

/* Costs at most a step for 64 neighbours that are cached. */
void vtdm_irtes_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);

/* Hands each cached entry to @see, in order. */
typedef void VTDMIrteSee(void *opaque, uint32_t index,
                         const VTDMEntry128 *irte);
void vtdm_irtes_for_each(const VTDMUnit *unit, VTDMIrteSee *see,
                         void *opaque);

#endif
