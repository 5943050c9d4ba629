/*
 * Mirrors: what others were told of a requester's translations, compared
 * with the tables whenever the guest invalidates.
 * Spec: "Caching Mode"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/mirror.h"
#include "context.h"
#include "host.h"
#include "interrupt-range.h"
#include "legacy.h"
#include "mirror.h"
#include "registers.h"
#include "unit.h"

/*
 * More than anybody maps on purpose (VFIO takes 65,535 pages by itself): what
 * tables that point to each other can cost.
 */
#define MAX_PAGES               (1u << 20)
#define MAX_STEPS               (2 * MAX_PAGES)

struct VTDMMirror {
    VTDMMirrorTell *tell;
    void *opaque;
    VTDMUnit *unit;             /* whose tables these are */
    VTDMContext context;        /* as the last invalidation found it */
    bool identity;
    bool exhausted;             /* too much was mapped: nothing is */
    GSequence *told;            /* VTDMPage, in order, none overlap */
    unsigned pages;             /* in it */
};

static uint64_t last_of(const VTDMPage *page)
{
    return page->input | page->mask;
}

VTDMMirror *vtdm_mirror_new(VTDMMirrorTell *tell, void *opaque)
{
    VTDMMirror *mirror = g_new0(VTDMMirror, 1);

    mirror->tell = tell;
    mirror->opaque = opaque;
    mirror->identity = true;
    mirror->told = g_sequence_new(g_free);
    return mirror;
}

void vtdm_mirror_free(VTDMMirror *mirror)
{
    if (mirror) {
        g_sequence_free(mirror->told);
        g_free(mirror);
    }
}

bool vtdm_mirror_is_identity(const VTDMMirror *mirror)
{
    return mirror->identity;
}

/* Mappings do not overlap, so their ends are in the order of their starts. */
static gint by_last(gconstpointer a, gconstpointer b, gpointer opaque)
{
    uint64_t left = last_of(a), right = last_of(b);

    return (left > right) - (left < right);
}

/* The first mapping that ends at @address or later. */
static GSequenceIter *find(const VTDMMirror *mirror, uint64_t address)
{
    VTDMPage before = { .input = address - 1 };

    return address ? g_sequence_search(mirror->told, &before, by_last, NULL)
                   : g_sequence_get_begin_iter(mirror->told);
}

static VTDMPage *page_at(GSequenceIter *at)
{
    return g_sequence_iter_is_end(at) ? NULL : g_sequence_get(at);
}

void vtdm_mirror_for_each(const VTDMMirror *mirror, uint64_t first,
                          uint64_t last, VTDMMirrorTell *tell, void *opaque)
{
    GSequenceIter *at = find(mirror, first);
    VTDMPage *page;

    while ((page = page_at(at)) && page->input <= last) {
        at = g_sequence_iter_next(at);
        tell(opaque, page, true);
    }
}

static void forget(VTDMMirror *mirror, uint64_t first, uint64_t last)
{
    GSequenceIter *at = find(mirror, first);
    VTDMPage *page;

    while ((page = page_at(at)) && page->input <= last) {
        GSequenceIter *gone = at;

        at = g_sequence_iter_next(at);
        mirror->tell(mirror->opaque, page, false);
        g_sequence_remove(gone);
        mirror->pages--;
    }
}

static bool is_told(const VTDMMirror *mirror, const VTDMPage *now)
{
    const VTDMPage *old = page_at(find(mirror, now->input));

    return now->perm && old && old->input == now->input &&
           old->mask == now->mask && old->output == now->output &&
           old->perm == now->perm;
}

static void remember(VTDMMirror *mirror, const VTDMPage *page)
{
    g_sequence_insert_before(find(mirror, page->input),
                             g_memdup2(page, sizeof(*page)));
    mirror->pages++;
    mirror->tell(mirror->opaque, page, true);
}

static void walk(const VTDMMirror *mirror, uint64_t address,
                 VTDMTranslation *end)
{
    VTDMTable table = vtdm_legacy_table(mirror->unit, &mirror->context);

    vtdm_walk(mirror->unit, &table, address, NULL, end);
}

/* The largest piece around @address that leaves the interrupt range out. */
static uint64_t piece_mask(uint64_t address, uint64_t mask)
{
    while (mask >= VTDM_PAGE_SIZE &&
           vtdm_in_interrupt_range(address & ~mask, mask + 1)) {
        mask >>= 1;
    }
    return mask;
}

/* What the tables say of @address: a mapping, or with perm 0 a hole. */
static VTDMPage look(const VTDMMirror *mirror, uint64_t address)
{
    VTDMTranslation end;
    VTDMPage now = { .mask = VTDM_PAGE_SIZE - 1 };
    uint64_t output;

    walk(mirror, address, &end);
    output = end.output + (address & end.mask);
    if (end.condition != VTDM_NO_FAULT || !end.perm) {
        now.mask = end.span;
    } else if (!vtdm_in_interrupt_range(address, 1) &&
               !vtdm_in_interrupt_range(output, 1)) {
        now.mask = piece_mask(address, end.mask) &
                   piece_mask(output, end.mask);
        now.output = output & ~now.mask;
        now.perm = end.perm;
    }
    now.input = address & ~now.mask;
    return now;
}

/* An invalidation of any part of a page covers the page. */
static void widen(const VTDMMirror *mirror, uint64_t *first, uint64_t *last)
{
    uint64_t edges[] = { *first, *last };

    for (size_t i = 0; i < G_N_ELEMENTS(edges); i++) {
        const VTDMPage *old = page_at(find(mirror, edges[i]));
        VTDMPage now = look(mirror, edges[i]);

        if (now.perm) {
            *first = MIN(*first, now.input);
            *last = MAX(*last, last_of(&now));
        }
        if (old && old->input <= edges[i]) {
            *first = MIN(*first, old->input);
            *last = MAX(*last, last_of(old));
        }
    }
}

static void give_up(VTDMMirror *mirror)
{
    mirror->exhausted = true;
    forget(mirror, 0, UINT64_MAX);
    vtdm_tell(mirror->unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_MIRROR_EXHAUSTED,
        .mirror = { mirror->context.source_id },
    });
}

/*
 * Old and new pages are powers of two at multiples of their size: of two
 * that overlap, one holds the other.
 */
static void compare(VTDMMirror *mirror, uint64_t first, uint64_t last)
{
    uint64_t at = first;
    uint64_t end;
    unsigned steps = 0;

    do {
        VTDMPage now = look(mirror, at);

        end = MIN(last_of(&now), last);
        if (!is_told(mirror, &now)) {
            forget(mirror, at, end);
            if (now.perm) {
                remember(mirror, &now);
            }
        }
        if (++steps > MAX_STEPS || mirror->pages > MAX_PAGES) {
            give_up(mirror);
            return;
        }
        at = end + 1;
    } while (end < last);
}

/* The last address that the domain's tables can translate. */
static uint64_t limit(const VTDMMirror *mirror)
{
    return vtdm_legacy_table(mirror->unit, &mirror->context).reach;
}

static void compare_range(VTDMMirror *mirror, uint64_t first, uint64_t last)
{
    last = MIN(last, limit(mirror));
    if (first <= last) {
        widen(mirror, &first, &last);
        compare(mirror, first, last);
    }
}

/* Whether there is a table of the requester's to compare with. */
static bool has_table(const VTDMMirror *mirror)
{
    return !mirror->identity && !mirror->exhausted &&
           mirror->unit->latched.root.ttm == VTDM_TTM_LEGACY &&
           mirror->context.condition == VTDM_NO_FAULT;
}

static void read_context(VTDMMirror *mirror, uint16_t source_id)
{
    mirror->context = (VTDMContext) { .source_id = source_id };
    mirror->identity = !vtdm_is_enabled(mirror->unit, VTDM_GSTS_TES);
    if (!mirror->identity &&
        mirror->unit->latched.root.ttm == VTDM_TTM_LEGACY) {
        vtdm_context_find(mirror->unit, source_id, VTDM_LOOK,
                          &mirror->context);
        mirror->identity = mirror->context.condition == VTDM_NO_FAULT &&
                           mirror->context.tt == VTDM_TT_PASS_THROUGH;
    }
    mirror->exhausted &= !mirror->identity;
}

static void update_context(VTDMMirror *mirror, uint16_t source_id)
{
    read_context(mirror, source_id);
    if (!has_table(mirror)) {
        forget(mirror, 0, UINT64_MAX);
        return;
    }
    if (limit(mirror) != UINT64_MAX) {
        forget(mirror, limit(mirror) + 1, UINT64_MAX);
    }
    compare_range(mirror, 0, UINT64_MAX);
}

static void update_pages(VTDMMirror *mirror, const VTDMInvalidation *what)
{
    if (!has_table(mirror) ||
        (what->scope != VTDM_SCOPE_GLOBAL &&
         what->domain_id != mirror->context.domain_id)) {
        return;
    }
    if (what->scope == VTDM_SCOPE_PAGES) {
        compare_range(mirror, what->address, what->address | what->mask);
    } else {
        compare_range(mirror, 0, UINT64_MAX);
    }
}

void vtdm_mirror_run(VTDMUnit *unit, VTDMMirror *mirror, uint16_t source_id,
                     const VTDMInvalidation *what)
{
    if (mirror->unit != unit || mirror->context.source_id != source_id) {
        mirror->unit = unit;
        update_context(mirror, source_id);
    } else if (what->cache == VTDM_CACHE_IOTLB) {
        update_pages(mirror, what);
    } else if (vtdm_context_is_covered(&mirror->context, what)) {
        update_context(mirror, source_id);
    }
}

void vtdm_mirror_detach(VTDMMirror *mirror)
{
    mirror->unit = NULL;
    mirror->identity = true;
    mirror->exhausted = false;
    forget(mirror, 0, UINT64_MAX);
}
