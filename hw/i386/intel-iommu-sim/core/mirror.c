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
#include "mapped-page.h"
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
    VTDMRequester requester;    /* as the last invalidation found it... */
    VTDMTable table;            /* ... and its tables, if it has any */
    bool exhausted;             /* too much was mapped: nothing is */
    VTDMToldPages told;

    Range outdated[MAX_RANGES]; /* what is to be compared... */
    unsigned ranges;            /* ... of the first one, what is left of it */
    unsigned walked;            /* pages looked at in that range */
};

/*
 * How far one update is, in the tables and in what has been told. The guest may
 * change its tables until the next one, which begins with their root.
 */
typedef struct Cursor {
    VTDMWalkPlace table;        /* that the last page was found in */
    VTDMPagePlace told;         /* the first page that ends in the range */
} Cursor;

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
           !mirror->told.pages.count;
}

void vtdm_mirror_for_each(const VTDMMirror *mirror, uint64_t first,
                          uint64_t last, VTDMMirrorTell *tell, void *opaque)
{
    vtdm_told_for_each(&mirror->told, first, last, tell, opaque);
}

static void spend(unsigned *steps, unsigned cost)
{
    *steps -= MIN(*steps, cost);
}

/*
 * What there is at @address, and its last byte: a mapping, or with perm 0 a
 * hole.
 */
static uint64_t look(const VTDMMirror *mirror, VTDMWalkPlace *place,
                     uint64_t address, VTDMPage *now)
{
    if (mirror->requester.path != VTDM_PATH_TABLE || mirror->exhausted ||
        address > mirror->table.reach) {
        now->perm = 0;
        return UINT64_MAX;
    }
    vtdm_mapped_page_find(mirror->unit, &mirror->table, place, address, now);
    return vtdm_page_last(now);
}

static const VTDMPage *next_told(const VTDMMirror *mirror,
                                 const Cursor *cursor)
{
    return vtdm_page_list_at(&mirror->told.pages, cursor->told);
}

static void seek(const VTDMMirror *mirror, Cursor *cursor, uint64_t address)
{
    cursor->told = vtdm_page_list_find(&mirror->told.pages, address);
}

/*
 * Takes back what @span touches. An invalidation of any part of a page covers
 * the page: where one reaches beyond @range, so does that from now on. Returns
 * whether *@steps were enough.
 */
static bool drop(VTDMMirror *mirror, Cursor *cursor, const Range *span,
                 Range *range, unsigned *steps)
{
    const VTDMPage *old;

    while ((old = next_told(mirror, cursor)) && old->input <= span->last) {
        range->last = MAX(range->last, vtdm_page_last(old));
        vtdm_told_drop(&mirror->told, &cursor->told);
        spend(steps, VTDM_TELL_STEPS);
        if (!*steps) {
            return false;
        }
    }
    return true;
}

/* @old and @now are the same addresses; tells if they lead elsewhere. */
static void compare_pages(VTDMMirror *mirror, Cursor *cursor,
                          const VTDMPage *old, const VTDMPage *now,
                          unsigned *steps)
{
    if (old->output != now->output || old->perm != now->perm) {
        vtdm_told_change(&mirror->told, cursor->told, now);
        spend(steps, 2 * VTDM_TELL_STEPS);
    }
    cursor->told = vtdm_page_list_next(&mirror->told.pages, cursor->told);
}

static bool is_same_place(const VTDMPage *old, const VTDMPage *now)
{
    return old && old->input == now->input && old->mask == now->mask;
}

/*
 * Old and new pages are powers of two at multiples of their size: of two
 * that overlap, one holds the other. Goes on behind what it looked at, unless
 * *@steps end; returns whether that was the last.
 */
static bool compare_next(VTDMMirror *mirror, Cursor *cursor, Range *range,
                         unsigned *steps)
{
    VTDMPage now;
    Range span = { .first = range->first };
    const VTDMPage *old;

    span.last = look(mirror, &cursor->table, range->first, &now);
    spend(steps, 1);
    if (!now.perm) {
        span.last = MIN(span.last, range->last);
    } else if (now.input < range->first) {
        seek(mirror, cursor, now.input);
    }
    old = next_told(mirror, cursor);
    if (now.perm && is_same_place(old, &now)) {
        compare_pages(mirror, cursor, old, &now, steps);
    } else if (!drop(mirror, cursor, &span, range, steps)) {
        return false;
    } else if (now.perm) {
        vtdm_told_add(&mirror->told, &cursor->told, &now);
        spend(steps, VTDM_TELL_STEPS);
    }
    range->first = span.last + 1;
    return span.last >= range->last;
}

static void outdate_all(VTDMMirror *mirror)
{
    mirror->outdated[0] = (Range) { 0, UINT64_MAX };
    mirror->ranges = 1;
    mirror->walked = 0;
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
    mirror->walked = 0;
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

static bool is_too_much(const VTDMMirror *mirror)
{
    return !mirror->exhausted && (mirror->walked > MAX_STEPS ||
                                  mirror->told.pages.count > MAX_PAGES);
}

static void remove_first_range(VTDMMirror *mirror)
{
    mirror->ranges--;
    memmove(mirror->outdated, mirror->outdated + 1,
            mirror->ranges * sizeof(*mirror->outdated));
    mirror->walked = 0;
}

/* Compares the first range, or what *@steps allow of it. */
static void compare_range(VTDMMirror *mirror, Cursor *cursor,
                          unsigned *steps)
{
    Range *range = mirror->outdated;
    const VTDMPage *old;
    bool done;

    seek(mirror, cursor, range->first);
    old = next_told(mirror, cursor);
    if (old) {
        range->first = MIN(range->first, old->input);
    }
    do {
        done = compare_next(mirror, cursor, range, steps);
        mirror->walked++;
        if (is_too_much(mirror)) {
            give_up(mirror);
            return;
        }
    } while (!done && *steps);
    if (done) {
        remove_first_range(mirror);
    }
}

bool vtdm_mirror_update(VTDMMirror *mirror, unsigned *steps)
{
    Cursor cursor = { .table.at.level = 0 };

    while (mirror->ranges && *steps) {
        compare_range(mirror, &cursor, steps);
    }
    return !mirror->ranges;
}

static void read_entries(VTDMMirror *mirror, uint16_t source_id)
{
    vtdm_requester_read(mirror->unit, source_id, &mirror->requester);
    if (mirror->requester.path == VTDM_PATH_TABLE) {
        mirror->table = vtdm_requester_table(mirror->unit,
                                             &mirror->requester);
    }
    mirror->exhausted &= mirror->requester.path != VTDM_PATH_IDENTITY;
    outdate_all(mirror);
}

static void outdate_pages(VTDMMirror *mirror, const VTDMInvalidation *what)
{
    Range range;

    if (!mirror->exhausted &&
        vtdm_requester_range(&mirror->requester, what, &range.first,
                             &range.last) &&
        range.first <= mirror->table.reach) {
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
