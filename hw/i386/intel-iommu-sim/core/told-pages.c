/*
 * Pages that a mirror has told of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "told-pages.h"

uint64_t vtdm_page_last(const VTDMPage *page)
{
    return page->input | page->mask;
}

void vtdm_told_init(VTDMToldPages *told, VTDMMirrorTell *tell, void *opaque)
{
    told->tell = tell;
    told->opaque = opaque;
    told->pages = g_sequence_new(g_free);
    told->count = 0;
}

void vtdm_told_destroy(VTDMToldPages *told)
{
    g_sequence_free(told->pages);
}

/* Pages do not overlap, so their ends are in the order of their starts. */
static gint by_last(gconstpointer a, gconstpointer b, gpointer opaque)
{
    uint64_t left = vtdm_page_last(a), right = vtdm_page_last(b);

    return (left > right) - (left < right);
}

static GSequenceIter *search(const VTDMToldPages *told, uint64_t address)
{
    VTDMPage before = { .input = address - 1 };

    return address ? g_sequence_search(told->pages, &before, by_last, NULL)
                   : g_sequence_get_begin_iter(told->pages);
}

static const VTDMPage *page_at(GSequenceIter *at)
{
    return g_sequence_iter_is_end(at) ? NULL : g_sequence_get(at);
}

const VTDMPage *vtdm_told_find(const VTDMToldPages *told, uint64_t address)
{
    return page_at(search(told, address));
}

bool vtdm_told_has(const VTDMToldPages *told, const VTDMPage *page)
{
    const VTDMPage *old = vtdm_told_find(told, page->input);

    return old && old->input == page->input && old->mask == page->mask &&
           old->output == page->output && old->perm == page->perm;
}

void vtdm_told_add(VTDMToldPages *told, const VTDMPage *page)
{
    g_sequence_insert_before(search(told, page->input),
                             g_memdup2(page, sizeof(*page)));
    told->count++;
    told->tell(told->opaque, page, true);
}

static void withdraw(VTDMToldPages *told, GSequenceIter *at)
{
    VTDMPage page = *page_at(at);

    g_sequence_remove(at);
    told->count--;
    told->tell(told->opaque, &page, false);
}

bool vtdm_told_drop(VTDMToldPages *told, uint64_t first, uint64_t last,
                    unsigned *steps)
{
    GSequenceIter *at = search(told, first);
    const VTDMPage *page;

    while ((page = page_at(at)) && page->input <= last) {
        GSequenceIter *gone = at;

        at = g_sequence_iter_next(at);
        withdraw(told, gone);
        vtdm_spend(steps, VTDM_TELL_STEPS);
        if (!*steps) {
            return false;
        }
    }
    return true;
}

void vtdm_spend(unsigned *steps, unsigned cost)
{
    *steps -= MIN(*steps, cost);
}

void vtdm_told_for_each(const VTDMToldPages *told, uint64_t first,
                        uint64_t last, VTDMMirrorTell *tell, void *opaque)
{
    GSequenceIter *at = search(told, first);
    const VTDMPage *page;

    while ((page = page_at(at)) && page->input <= last) {
        at = g_sequence_iter_next(at);
        tell(opaque, page, true);
    }
}
