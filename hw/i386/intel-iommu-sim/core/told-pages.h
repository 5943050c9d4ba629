/*
 * What a mirror has told of: pages in order, none of which overlap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_TOLD_PAGES_H
#define VTDM_CORE_TOLD_PAGES_H

#include "hw/i386/vtdm/mirror.h"

/* What telling counts for: it may be a call of the host's kernel. */
#define VTDM_TELL_STEPS         8

typedef struct VTDMToldPages {
    VTDMMirrorTell *tell;
    void *opaque;
    GSequence *pages;           /* VTDMPage */
    unsigned count;             /* of them */
} VTDMToldPages;

void vtdm_told_init(VTDMToldPages *told, VTDMMirrorTell *tell, void *opaque);
void vtdm_told_destroy(VTDMToldPages *told);

/* The last byte of a page. */
uint64_t vtdm_page_last(const VTDMPage *page);

/* The first page that ends at @address or later; NULL: there is none. */
const VTDMPage *vtdm_told_find(const VTDMToldPages *told, uint64_t address);

/* Whether exactly @page has been told of. */
bool vtdm_told_has(const VTDMToldPages *told, const VTDMPage *page);

/* Tells of @page, which overlaps no other. */
void vtdm_told_add(VTDMToldPages *told, const VTDMPage *page);

/*
 * Takes back the pages that touch @first to @last, at least one; takes from
 * *@steps for each. Returns whether they were enough for all.
 */
bool vtdm_told_drop(VTDMToldPages *told, uint64_t first, uint64_t last,
                    unsigned *steps);

/* Takes @cost from *@steps, as far as there are any. */
void vtdm_spend(unsigned *steps, unsigned cost);

/* Hands the pages that touch @first to @last to @tell, in order. */
void vtdm_told_for_each(const VTDMToldPages *told, uint64_t first,
                        uint64_t last, VTDMMirrorTell *tell, void *opaque);

#endif
