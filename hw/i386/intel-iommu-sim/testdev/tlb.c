/*
 * vtd-testdev: the device TLB.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "tlb.h"

static bool is_for(const VTDTTlbEntry *entry, const VTDTTlbTag *tag)
{
    return entry->valid && entry->tag.pasid == tag->pasid &&
           entry->tag.privileged == tag->privileged &&
           entry->tag.address == (tag->address & ~entry->mask);
}

const VTDTTlbEntry *vtdt_tlb_find(const VTDTTlb *tlb, const VTDTTlbTag *tag)
{
    for (unsigned i = 0; i < VTDT_TLB_CAPACITY; i++) {
        if (is_for(&tlb->entries[i], tag)) {
            return &tlb->entries[i];
        }
    }
    return NULL;
}

static VTDTTlbEntry *place_for(VTDTTlb *tlb, const VTDTTlbTag *tag)
{
    VTDTTlbEntry *old = (VTDTTlbEntry *)vtdt_tlb_find(tlb, tag);

    if (!old) {
        old = &tlb->entries[tlb->next];
        tlb->next = (tlb->next + 1) % VTDT_TLB_CAPACITY;
    }
    return old;
}

const VTDTTlbEntry *vtdt_tlb_fill(VTDTTlb *tlb, const VTDTTlbTag *tag,
                                  const VTDMResult *completion)
{
    VTDTTlbEntry *entry = place_for(tlb, tag);

    *entry = (VTDTTlbEntry) {
        .valid = true,
        .tag = *tag,
        .mask = completion->mask,
        .output = completion->address & ~completion->mask,
        .perm = completion->perm,
    };
    entry->tag.address &= ~completion->mask;
    return entry;
}

/* With the Global Invalidate bit the PASID of an entry does not count. */
static bool concerns(const VTDMInvalidation *what, const VTDTTlbEntry *entry)
{
    bool pasid = entry->tag.pasid != VTDM_NO_PASID;

    if (!what->with_pasid) {
        return !pasid;
    }
    return pasid && (what->all_pasids || entry->tag.pasid == what->pasid);
}

static bool overlaps(const VTDMInvalidation *what, const VTDTTlbEntry *entry)
{
    uint64_t larger = what->mask | entry->mask;

    return (what->address & ~larger) == (entry->tag.address & ~larger);
}

unsigned vtdt_tlb_invalidate(VTDTTlb *tlb, const VTDMInvalidation *what)
{
    unsigned dropped = 0;

    tlb->generation++;
    for (unsigned i = 0; i < VTDT_TLB_CAPACITY; i++) {
        VTDTTlbEntry *entry = &tlb->entries[i];

        if (entry->valid && concerns(what, entry) &&
            overlaps(what, entry)) {
            entry->valid = false;
            dropped++;
        }
    }
    return dropped;
}

void vtdt_tlb_clear(VTDTTlb *tlb)
{
    *tlb = (VTDTTlb) { .generation = tlb->generation + 1 };
}

unsigned vtdt_tlb_count(const VTDTTlb *tlb)
{
    unsigned count = 0;

    for (unsigned i = 0; i < VTDT_TLB_CAPACITY; i++) {
        count += tlb->entries[i].valid;
    }
    return count;
}
