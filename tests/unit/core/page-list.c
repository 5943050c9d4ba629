/*
 * Lists of pages, beside one that is nothing but an array.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/page-list.h"

#define ADDRESSES       4096    /* places for small pages */
#define LARGE           16      /* of them in a large page */

typedef struct Lists {
    VTDMPageList list;
    unsigned pages[ADDRESSES];  /* what begins there is so long, or 0 */
} Lists;

static void begin(Lists *lists)
{
    *lists = (Lists) { 0 };
    vtdm_page_list_init(&lists->list);
}

static uint64_t address(unsigned place)
{
    return (uint64_t)place * VTDM_PAGE_SIZE;
}

static void expect_page(Lists *lists, VTDMPagePlace place, unsigned at)
{
    const VTDMPage *page = vtdm_page_list_at(&lists->list, place);

    g_assert_nonnull(page);
    g_assert_cmphex(page->input, ==, address(at));
    g_assert_cmphex(page->mask, ==, address(lists->pages[at]) - 1);
    g_assert_cmphex(page->output, ==, address(at) + 1);
}

/* The first page that ends there or later; ADDRESSES: none. */
static unsigned first_from(const Lists *lists, unsigned from)
{
    unsigned at = from - from % LARGE;

    while (at < ADDRESSES &&
           (!lists->pages[at] || at + lists->pages[at] <= from)) {
        at++;
    }
    return at;
}

static void compare(Lists *lists)
{
    VTDMPagePlace place = vtdm_page_list_find(&lists->list, 0);
    unsigned count = 0;

    for (unsigned at = 0; at < ADDRESSES; at++) {
        if (lists->pages[at]) {
            expect_page(lists, place, at);
            place = vtdm_page_list_next(&lists->list, place);
            count++;
        }
    }
    g_assert_null(vtdm_page_list_at(&lists->list, place));
    g_assert_cmpuint(lists->list.count, ==, count);
}

static VTDMPagePlace find(Lists *lists, unsigned from)
{
    VTDMPagePlace place = vtdm_page_list_find(&lists->list, address(from) + 9);
    unsigned at = first_from(lists, from);

    if (at < ADDRESSES) {
        expect_page(lists, place, at);
    } else {
        g_assert_null(vtdm_page_list_at(&lists->list, place));
    }
    return place;
}

/* Whatever is behind a page that comes or goes is at the place returned. */
static void expect_rest(Lists *lists, VTDMPagePlace place, unsigned from)
{
    VTDMPagePlace found = find(lists, from);

    g_assert_cmpuint(place.block, ==, found.block);
    g_assert_cmpuint(place.index, ==, found.index);
}

static void add(Lists *lists, unsigned at, unsigned length)
{
    VTDMPagePlace place = find(lists, at);
    VTDMPage page = {
        .input = address(at), .mask = address(length) - 1,
        .output = address(at) + 1, .perm = VTDM_PERM_R,
    };

    place = vtdm_page_list_insert(&lists->list, place, &page);
    lists->pages[at] = length;
    if (at + length < ADDRESSES) {
        expect_rest(lists, place, at + length);
    }
}

static void drop(Lists *lists, unsigned at)
{
    VTDMPagePlace place = vtdm_page_list_remove(&lists->list, find(lists, at));

    lists->pages[at] = 0;
    expect_rest(lists, place, at);
}

static void fill(Lists *lists, int from, int to)
{
    for (int at = from; at != to; at += from < to ? 1 : -1) {
        add(lists, at, 1);
    }
    compare(lists);
}

static void test_upwards(void)
{
    Lists lists;

    begin(&lists);
    fill(&lists, 0, ADDRESSES);
    g_assert_cmpuint(lists.list.blocks->len, <=, ADDRESSES / 100);
    for (unsigned at = 0; at < ADDRESSES; at++) {
        drop(&lists, at);
    }
    compare(&lists);
    g_assert_cmpuint(lists.list.blocks->len, ==, 0);
    vtdm_page_list_destroy(&lists.list);
}

static void test_downwards(void)
{
    Lists lists;

    begin(&lists);
    fill(&lists, ADDRESSES - 1, -1);
    for (unsigned at = ADDRESSES; at; at--) {
        drop(&lists, at - 1);
    }
    compare(&lists);
    g_assert_cmpuint(lists.list.blocks->len, ==, 0);
    vtdm_page_list_destroy(&lists.list);
}

/* One page in a hundred stays: so does one block of four. */
static void test_thinned_out(void)
{
    Lists lists;
    unsigned blocks;

    begin(&lists);
    fill(&lists, 0, ADDRESSES);
    blocks = lists.list.blocks->len;
    for (unsigned at = 0; at < ADDRESSES; at++) {
        if (at % 100) {
            drop(&lists, at);
        }
    }
    compare(&lists);
    g_assert_cmpuint(lists.list.blocks->len, <=, blocks / 4);
    vtdm_page_list_destroy(&lists.list);
}

static bool is_free(const Lists *lists, unsigned at, unsigned length)
{
    return first_from(lists, at) >= at + length;
}

static void test_random(void)
{
    Lists lists;

    begin(&lists);
    for (unsigned n = 0; n < 40000; n++) {
        bool grows = n / 4000 % 2 == 0;
        unsigned at = g_test_rand_int_range(0, ADDRESSES);
        unsigned length = g_test_rand_int_range(0, 8) ? 1 : LARGE;

        at -= at % length;
        if (is_free(&lists, at, length) &&
            (grows || g_test_rand_int_range(0, 4) == 0)) {
            add(&lists, at, length);
        } else if (lists.pages[at] &&
                   (!grows || g_test_rand_int_range(0, 4) == 0)) {
            drop(&lists, at);
        }
        if (n % 50 == 0) {
            compare(&lists);
        }
    }
    vtdm_page_list_destroy(&lists.list);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/page-list/upwards", test_upwards);
    g_test_add_func("/vtdm/page-list/downwards", test_downwards);
    g_test_add_func("/vtdm/page-list/thinned-out", test_thinned_out);
    g_test_add_func("/vtdm/page-list/random", test_random);
    return g_test_run();
}
