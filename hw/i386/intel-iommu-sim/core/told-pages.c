/*
 * Pages that a mirror has told of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "told-pages.h"

void vtdm_told_init(VTDMToldPages *told, VTDMMirrorTell *tell, void *opaque)
{
    told->tell = tell;
    told->opaque = opaque;
    vtdm_page_list_init(&told->pages);
}

void vtdm_told_destroy(VTDMToldPages *told)
{
    vtdm_page_list_destroy(&told->pages);
}

void vtdm_told_drop(VTDMToldPages *told, VTDMPagePlace *place)
{
    VTDMPage page = *vtdm_page_list_at(&told->pages, *place);

    *place = vtdm_page_list_remove(&told->pages, *place);
    told->tell(told->opaque, &page, false);
}

void vtdm_told_add(VTDMToldPages *told, VTDMPagePlace *place,
                   const VTDMPage *page)
{
    *place = vtdm_page_list_insert(&told->pages, *place, page);
    told->tell(told->opaque, page, true);
}

void vtdm_told_change(VTDMToldPages *told, VTDMPagePlace place,
                      const VTDMPage *page)
{
    VTDMPage *old = vtdm_page_list_at(&told->pages, place);

    told->tell(told->opaque, old, false);
    *old = *page;
    told->tell(told->opaque, page, true);
}

void vtdm_told_for_each(const VTDMToldPages *told, uint64_t first,
                        uint64_t last, VTDMMirrorTell *tell, void *opaque)
{
    VTDMPagePlace place = vtdm_page_list_find(&told->pages, first);
    const VTDMPage *page;

    while ((page = vtdm_page_list_at(&told->pages, place)) &&
           page->input <= last) {
        place = vtdm_page_list_next(&told->pages, place);
        tell(opaque, page, true);
    }
}
