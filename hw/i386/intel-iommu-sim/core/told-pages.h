/*
 * What a mirror has told of, in order.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_TOLD_PAGES_H
#define VTDM_CORE_TOLD_PAGES_H

#include "page-list.h"

/* What telling counts for: it may be a call of the host's kernel. */
#define VTDM_TELL_STEPS         8

typedef struct VTDMToldPages {
    VTDMMirrorTell *tell;
    void *opaque;
    VTDMPageList pages;
} VTDMToldPages;

void vtdm_told_init(VTDMToldPages *told, VTDMMirrorTell *tell, void *opaque);
void vtdm_told_destroy(VTDMToldPages *told);

/*
 * Takes back the page at *@place, which the next one takes, and tells of it.
 */
void vtdm_told_drop(VTDMToldPages *told, VTDMPagePlace *place);

/*
 * Tells of @page, which overlaps no other and comes before the one at *@place;
 * that is then where the latter is.
 */
void vtdm_told_add(VTDMToldPages *told, VTDMPagePlace *place,
                   const VTDMPage *page);

/* @page is now what another one of the same addresses was, at @place. */
void vtdm_told_change(VTDMToldPages *told, VTDMPagePlace place,
                      const VTDMPage *page);

/* Hands the pages that touch @first to @last to @tell, in order. */
void vtdm_told_for_each(const VTDMToldPages *told, uint64_t first,
                        uint64_t last, VTDMMirrorTell *tell, void *opaque);

#endif
