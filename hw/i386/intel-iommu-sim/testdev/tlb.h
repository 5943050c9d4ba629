/*
 * vtd-testdev: the device TLB. It holds what translation completions gave.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_TLB_H
#define VTD_TESTDEV_TLB_H

#include "hw/i386/vtdm/vtdm.h"

#define VTDT_TLB_CAPACITY       256

/* What a translation is for. */
typedef struct VTDTTlbTag {
    uint64_t address;           /* any within its range, when it is asked for */
    uint32_t pasid;             /* or VTDM_NO_PASID */
    bool privileged;
} VTDTTlbTag;

typedef struct VTDTTlbEntry {
    bool valid;
    VTDTTlbTag tag;
    uint64_t mask;              /* its size - 1 */
    uint64_t output;
    uint8_t perm;               /* VTDM_PERM_* */
} VTDTTlbEntry;

typedef struct VTDTTlb {
    VTDTTlbEntry entries[VTDT_TLB_CAPACITY];
    unsigned next;              /* to be replaced */
    unsigned generation;        /* another one whenever something is dropped */
} VTDTTlb;

/* NULL: there is none. */
const VTDTTlbEntry *vtdt_tlb_find(const VTDTTlb *tlb, const VTDTTlbTag *tag);

/* Puts in the completion of a request for @tag, in place of older ones. */
const VTDTTlbEntry *vtdt_tlb_fill(VTDTTlb *tlb, const VTDTTlbTag *tag,
                                  const VTDMResult *completion);

/* Drops what an invalidation request covers. Returns how many. */
unsigned vtdt_tlb_invalidate(VTDTTlb *tlb, const VTDMInvalidation *what);

/* Drops all. */
void vtdt_tlb_clear(VTDTTlb *tlb);

unsigned vtdt_tlb_count(const VTDTTlb *tlb);

#endif
