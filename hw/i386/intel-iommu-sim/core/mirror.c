/*
 * Mirrors: what others were told of a requester's translations, compared
 * with the tables whenever the guest invalidates. What is outdated is noted
 * first and compared later, in as many goes as it takes; only the entries that
 * lead to the tables need the unit's lock.
 * Spec: "Caching Mode"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <limits.h>
#include <string.h>

#include "hw/i386/vtdm/mirror.h"
#include "host.h"
#include "interrupt-range.h"
#include "mirror.h"
#include "requester.h"
#include "told-pages.h"
#include "unit.h"

/*
 * More than anybody maps on purpose (VFIO takes 65,535 pages by itself): what
 * tables that point to each other can cost.
 */
#define MAX_PAGES               (1u << 20)
#define MAX_STEPS               (2 * MAX_PAGES)

/* More ranges than these are compared as one. */
#define MAX_RANGES              8

typedef struct Range {
    uint64_t first;
    uint64_t last;
} Range;

struct VTDMMirror {
    VTDMUnit *unit;             /* whose tables these are */
    VTDMRequester requester;    /* as the last invalidation found it */
    bool exhausted;             /* too much was mapped: nothing is */
    VTDMToldPages told;

    Range outdated[MAX_RANGES]; /* what is to be compared... */
    unsigned ranges;
    bool started;               /* ... of the first range, only the rest */
    unsigned walked;            /* pages looked at in that range */
};

VTDMMirror *vtdm_mirror_new(VTDMMirrorTell *tell, void *opaque)
{
    VTDMMirror *mirror = g_new0(VTDMMirror, 1);

    mirror->requester.path = VTDM_PATH_IDENTITY;
    vtdm_told_init(&mirror->told, tell, opaque);
    return mirror;
}

void vtdm_mirror_free(VTDMMirror *mirror)
{
    if (mirror) {
        vtdm_told_destroy(&mirror->told);
        g_free(mirror);
    }
}

bool vtdm_mirror_is_identity(const VTDMMirror *mirror)
{
    return mirror->requester.path == VTDM_PATH_IDENTITY &&
           !mirror->told.count;
}

void vtdm_mirror_for_each(const VTDMMirror *mirror, uint64_t first,
                          uint64_t last, VTDMMirrorTell *tell, void *opaque)
{
    vtdm_told_for_each(&mirror->told, first, last, tell, opaque);
}

static void walk(const VTDMMirror *mirror, uint64_t address,
                 VTDMTranslation *end)
{
    VTDMTable table = vtdm_requester_table(mirror->unit, &mirror->requester);

    vtdm_walk(mirror->unit, &table, address,
              &(VTDMWalkAccess) { .view = VTDM_TABLES }, end);
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

/* The last address that the domain's tables can translate. */
static uint64_t limit(const VTDMMirror *mirror)
{
    return vtdm_requester_table(mirror->unit, &mirror->requester).reach;
}

static void look_at_table(const VTDMMirror *mirror, uint64_t address,
                          VTDMPage *now)
{
    VTDMTranslation end;
    uint64_t output;

    walk(mirror, address, &end);
    output = end.output + (address & end.mask);
    if (end.condition != VTDM_NO_FAULT || !end.perm) {
        now->mask = end.span;
    } else if (!vtdm_in_interrupt_range(address, 1) &&
               !vtdm_in_interrupt_range(output, 1)) {
        now->mask = piece_mask(address, end.mask) &
                    piece_mask(output, end.mask);
        now->output = output & ~now->mask;
        now->perm = end.perm;
    }
    now->input = address & ~now->mask;
}

/*
 * What there is at @address, and its last byte: a mapping, or with perm 0 a
 * hole.
 */
static uint64_t look(const VTDMMirror *mirror, uint64_t address,
                     VTDMPage *now)
{
    *now = (VTDMPage) { .input = address, .mask = VTDM_PAGE_SIZE - 1 };
    if (mirror->requester.path != VTDM_PATH_TABLE || mirror->exhausted ||
        address > limit(mirror)) {
        return UINT64_MAX;
    }
    look_at_table(mirror, address, now);
    return vtdm_page_last(now);
}

/* An invalidation of any part of a page covers the page. */
static void widen(const VTDMMirror *mirror, Range *range)
{
    uint64_t edges[] = { range->first, range->last };

    for (size_t i = 0; i < G_N_ELEMENTS(edges); i++) {
        const VTDMPage *old = vtdm_told_find(&mirror->told, edges[i]);
        VTDMPage now;
        uint64_t last = look(mirror, edges[i], &now);

        if (now.perm) {
            range->first = MIN(range->first, now.input);
            range->last = MAX(range->last, last);
        }
        if (old && old->input <= edges[i]) {
            range->first = MIN(range->first, old->input);
            range->last = MAX(range->last, vtdm_page_last(old));
        }
    }
}

/*
 * Old and new pages are powers of two at multiples of their size: of two
 * that overlap, one holds the other. Goes on behind what it looked at, unless
 * *@steps end.
 */
static void compare_next(VTDMMirror *mirror, Range *range, unsigned *steps)
{
    VTDMPage now;
    Range span = { .first = range->first };

    span.last = look(mirror, range->first, &now);
    vtdm_spend(steps, 1);
    if (now.perm) {
        span.first = now.input;
    } else {
        span.last = MIN(span.last, range->last);
    }
    if (!now.perm || !vtdm_told_has(&mirror->told, &now)) {
        if (!vtdm_told_drop(&mirror->told, span.first, span.last, steps)) {
            return;
        }
        if (now.perm) {
            vtdm_spend(steps, VTDM_TELL_STEPS);
            vtdm_told_add(&mirror->told, &now);
        }
    }
    if (span.last >= range->last) {
        mirror->ranges--;
        memmove(range, range + 1, mirror->ranges * sizeof(*range));
        mirror->started = false;
        return;
    }
    range->first = span.last + 1;
}

static void outdate_all(VTDMMirror *mirror)
{
    mirror->outdated[0] = (Range) { 0, UINT64_MAX };
    mirror->ranges = 1;
    mirror->started = false;
}

static void outdate(VTDMMirror *mirror, const Range *range)
{
    Range *known = mirror->outdated;

    for (unsigned i = 0; i < mirror->ranges; i++) {
        if (range->first >= known[i].first && range->last <= known[i].last) {
            return;
        }
    }
    if (mirror->ranges < MAX_RANGES) {
        known[mirror->ranges++] = *range;
        return;
    }
    known[0].first = MIN(known[0].first, range->first);
    known[0].last = MAX(known[0].last, range->last);
    for (unsigned i = 1; i < MAX_RANGES; i++) {
        known[0].first = MIN(known[0].first, known[i].first);
        known[0].last = MAX(known[0].last, known[i].last);
    }
    mirror->ranges = 1;
    mirror->started = false;
}

static void give_up(VTDMMirror *mirror)
{
    mirror->exhausted = true;
    outdate_all(mirror);
    vtdm_tell(mirror->unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_MIRROR_EXHAUSTED,
        .mirror = { mirror->requester.source_id },
    });
}

bool vtdm_mirror_update(VTDMMirror *mirror, unsigned *steps)
{
    while (mirror->ranges && *steps) {
        if (!mirror->started) {
            mirror->started = true;
            mirror->walked = 0;
            widen(mirror, &mirror->outdated[0]);
        }
        mirror->walked++;
        compare_next(mirror, &mirror->outdated[0], steps);
        if (!mirror->exhausted && (mirror->walked > MAX_STEPS ||
                                   mirror->told.count > MAX_PAGES)) {
            give_up(mirror);
        }
    }
    return !mirror->ranges;
}

static void read_entries(VTDMMirror *mirror, uint16_t source_id)
{
    vtdm_requester_read(mirror->unit, source_id, &mirror->requester);
    mirror->exhausted &= mirror->requester.path != VTDM_PATH_IDENTITY;
    outdate_all(mirror);
}

static void outdate_pages(VTDMMirror *mirror, const VTDMInvalidation *what)
{
    Range range;

    if (!mirror->exhausted &&
        vtdm_requester_range(&mirror->requester, what, &range.first,
                             &range.last) &&
        range.first <= limit(mirror)) {
        outdate(mirror, &range);
    }
}

void vtdm_mirror_outdate(VTDMUnit *unit, VTDMMirror *mirror,
                         uint16_t source_id, const VTDMInvalidation *what)
{
    if (mirror->unit != unit || mirror->requester.source_id != source_id) {
        mirror->unit = unit;
        read_entries(mirror, source_id);
    } else if (what->cache == VTDM_CACHE_IOTLB) {
        outdate_pages(mirror, what);
    } else if (vtdm_requester_is_covered(&mirror->requester, what)) {
        read_entries(mirror, source_id);
    }
    unit->copies.behind |= mirror->ranges;
}

void vtdm_mirror_detach(VTDMMirror *mirror)
{
    unsigned all = UINT_MAX;

    mirror->unit = NULL;
    mirror->requester.path = VTDM_PATH_IDENTITY;
    mirror->exhausted = false;
    outdate_all(mirror);
    vtdm_mirror_update(mirror, &all);
}
