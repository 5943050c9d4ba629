/*
 * Pages in order, none of which overlap: an array in blocks. To find a page
 * takes a search, to go on to the next one does not, and none is allocated by
 * itself. The emptier of two blocks that are beside each other does not stay:
 * the memory is that of the pages, four times at most.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PAGE_LIST_H
#define VTDM_CORE_PAGE_LIST_H

#include "hw/i386/vtdm/mirror.h"

typedef struct VTDMPageList {
    GPtrArray *blocks;          /* none of them is empty */
    unsigned count;             /* of pages */
} VTDMPageList;

/* A page, or where one could be; a change of the list moves all others. */
typedef struct VTDMPagePlace {
    unsigned block;
    unsigned index;             /* in it; 0 behind the last block */
} VTDMPagePlace;

void vtdm_page_list_init(VTDMPageList *list);
void vtdm_page_list_destroy(VTDMPageList *list);

/* The last byte of a page. */
static inline uint64_t vtdm_page_last(const VTDMPage *page)
{
    return page->input | page->mask;
}

/* The first page that ends at @address or later. */
VTDMPagePlace vtdm_page_list_find(const VTDMPageList *list, uint64_t address);

/* The page there, until the list changes; NULL: behind all of them. */
VTDMPage *vtdm_page_list_at(const VTDMPageList *list, VTDMPagePlace place);

/* The place behind the page at @place. */
VTDMPagePlace vtdm_page_list_next(const VTDMPageList *list,
                                  VTDMPagePlace place);

/* Adds @page before the one at @place; returns the place behind it. */
VTDMPagePlace vtdm_page_list_insert(VTDMPageList *list, VTDMPagePlace place,
                                    const VTDMPage *page);

/* Removes the page at @place; returns that of the one behind it. */
VTDMPagePlace vtdm_page_list_remove(VTDMPageList *list, VTDMPagePlace place);

#endif
