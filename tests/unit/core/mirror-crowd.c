/*
 * A mirror of more pages than a listener here would compare with each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "mirror-listener.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define PAGE    VTDM_PAGE_SIZE
#define HUGE    0x40000000ULL

#define CROWD           20000

typedef struct Crowd {
    Machine *machine;
    uint64_t leaves[CROWD];
    bool expected[CROWD];       /* what the tables have */
    bool known[CROWD];          /* what was told */
    unsigned changes;           /* told in all */
} Crowd;

static void hear_crowd(void *opaque, const VTDMPage *page, bool exists)
{
    Crowd *crowd = opaque;
    uint64_t i = (page->input - HUGE) / PAGE;

    if (page->input != MACHINE_IOVA) {
        g_assert_cmpuint(i, <, CROWD);
        g_assert_true(crowd->known[i] != exists);
        crowd->known[i] = exists;
        crowd->changes++;
    }
}

static void set_crowd(Crowd *crowd, unsigned i, bool exists)
{
    crowd->expected[i] = exists;
    vtdm_tables_set(&crowd->machine->tables, crowd->leaves[i],
                    exists ? i * PAGE | RW : 0);
}

static void expect_crowd(Crowd *crowd, unsigned changes)
{
    machine_flush(crowd->machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
    for (unsigned i = 0; i < CROWD; i++) {
        g_assert_true(crowd->known[i] == crowd->expected[i]);
    }
    g_assert_cmpuint(crowd->changes, ==, changes);
    crowd->changes = 0;
}

/* Each @nth page is there and no other, or the other way round. */
typedef struct Pattern {
    unsigned nth;
    bool exists;
} Pattern;

/* Returns how many pages come or go. */
static unsigned set_pattern(Crowd *crowd, const Pattern *pattern)
{
    unsigned changes = 0;

    for (unsigned i = 0; i < CROWD; i++) {
        bool exists = (i % pattern->nth == 0) == pattern->exists;

        changes += exists != crowd->expected[i];
        set_crowd(crowd, i, exists);
    }
    return changes;
}

/* By halves; then pages come between few, whose blocks have joined. */
static void flip_crowd(Crowd *crowd)
{
    static const Pattern patterns[] = {
        { 1, true }, { 2, false }, { 2, true }, { 1, true },
        { 16, true }, { 16, false }, { 100, true }, { 3, false },
        { 1, false }, { 1, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
        expect_crowd(crowd, set_pattern(crowd, &patterns[i]));
        expect_crowd(crowd, 0);
    }
}

static void count(void *opaque, const VTDMPage *page, bool exists)
{
    g_assert_true(exists);
    *(unsigned *)opaque += 1;
}

static unsigned pages_told(Listener *listener)
{
    unsigned found = 0;

    vtdm_mirror_for_each(listener->mirror, HUGE, UINT64_MAX, count, &found);
    return found;
}

static void test_crowd(void)
{
    g_autofree Crowd *crowd = g_new0(Crowd, 1);
    Listener listener;

    listener_start(&listener);
    crowd->machine = listener.machine;
    vtdm_mirror_free(listener.mirror);
    listener.mirror = vtdm_mirror_new(hear_crowd, crowd);
    for (unsigned i = 0; i < CROWD; i++) {
        crowd->leaves[i] = machine_map(crowd->machine, HUGE + i * PAGE,
                                       i * PAGE, 1, 0);
    }
    flip_crowd(crowd);
    g_assert_cmpuint(pages_told(&listener), ==, CROWD);
    listener_end(&listener);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/mirror/crowd", test_crowd);
    return g_test_run();
}
