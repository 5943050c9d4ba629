/*
 * Mirrors that are compared in slices: what the guest changes and outdates
 * between them is not forgotten, and a table is not looked for at each page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "mirror-listener.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define PAGE    VTDM_PAGE_SIZE
#define LARGE   0x200000ULL
#define HUGE    0x40000000ULL

static void finish(Machine *machine)
{
    while (machine_work(machine)) {
        /* until all is done */
    }
}

#define SCATTERED 12

static uint64_t scattered(unsigned i)
{
    return (3 * i + 1) * LARGE;
}

/* A large page in each place, or the eighth small one of a table there. */
static void scatter(Machine *machine, bool large)
{
    for (unsigned i = 0; i < SCATTERED; i++) {
        if (large) {
            machine_map(machine, scattered(i), (8 + i) * LARGE, 2, RW);
        } else {
            vtdm_tables_set(&machine->tables, vtdm_tables_entry(
                &machine->tables, &(VTDMMapping) {
                    .table = machine->ssptptr, .levels = 4,
                    .input = scattered(i),
                }, 2), 0);
            machine_map(machine, scattered(i) + 7 * PAGE, i * PAGE, 1, RW);
        }
    }
}

/* Another place is outdated when the mirror has begun with those before. */
static void try_scattered(unsigned begin)
{
    for (unsigned order = 0; order < 2 * SCATTERED; order++) {
        Listener listener;
        unsigned enough = UINT_MAX;

        listener_start(&listener);
        scatter(listener.machine, true);
        machine_flush(listener.machine, VTDM_G_GLOBAL, 0, 0, 0);
        g_assert_cmpuint(listener.pages->len, ==, 1 + SCATTERED);
        scatter(listener.machine, false);
        for (unsigned n = 0; n < SCATTERED; n++) {
            unsigned i = (order + n) % SCATTERED;

            listener_outdate(&listener, &(VTDMInvalidation) {
                .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_PAGES,
                .domain_id = MACHINE_DID, .mask = PAGE - 1,
                .address = scattered(order < SCATTERED
                                     ? i : SCATTERED - 1 - i) + 9 * PAGE,
            });
            if (n == begin) {
                unsigned one = 1;

                g_assert_false(vtdm_mirror_update(listener.mirror, &one));
            }
        }
        g_assert_true(vtdm_mirror_update(listener.mirror, &enough));
        g_assert_cmpuint(listener.pages->len, ==, 1 + SCATTERED);
        for (unsigned i = 0; i < SCATTERED; i++) {
            listener_expect(&listener, scattered(i) + 7 * PAGE, PAGE - 1,
                            i * PAGE);
        }
        listener_end(&listener);
    }
}

/* More outdated places than are kept apart: none of them is forgotten. */
static void test_scattered(void)
{
    for (unsigned begin = 0; begin <= SCATTERED; begin++) {
        try_scattered(begin);
    }
}

/* A call of some steps, whatever the unit would allow. */
static unsigned steps_of_a_call;

static bool update_some(void *opaque, unsigned *steps)
{
    Listener *listener = opaque;
    unsigned some = steps_of_a_call;

    *steps = 0;
    return vtdm_mirror_update(listener->mirror, &some);
}

/* Small pages become a large one while the mirror is among them. */
static void test_grows_meanwhile(void)
{
    for (steps_of_a_call = 1; steps_of_a_call < 100; steps_of_a_call++) {
        Listener listener;
        Machine *machine;
        uint64_t entry;

        listener_start(&listener);
        machine = listener.machine;
        for (unsigned i = 0; i < 16; i++) {
            machine_map(machine, LARGE + i * PAGE, i * PAGE, 1, RW);
        }
        machine->in_slices = true;
        machine->host.update = update_some;
        machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE, 9);
        entry = vtdm_tables_entry(&machine->tables, &(VTDMMapping) {
            .table = machine->ssptptr, .levels = 4, .input = LARGE,
        }, 2);
        vtdm_tables_set(&machine->tables, entry, LARGE | VTDM_SS_PS | RW);
        machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE, 9);
        finish(machine);
        g_assert_cmpuint(listener.pages->len, ==, 2);
        listener_expect(&listener, LARGE, LARGE - 1, LARGE);
        listener_end(&listener);
    }
}

/* Tables are not looked for anew at each of their pages. */
static void test_reads(void)
{
    Listener listener;
    Machine *machine;
    unsigned before;

    listener_start(&listener);
    machine = listener.machine;
    for (unsigned i = 0; i < 512; i++) {
        machine_map(machine, HUGE + i * PAGE, i * PAGE, 1, RW);
    }
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, HUGE, 9);
    before = machine->host.reads;
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, HUGE, 9);
    g_assert_cmpuint(machine->host.reads - before, <, 512 + 10);
    listener_expect_counts(&listener, 513, 0);
    listener_end(&listener);
}

/* The table that a call was in has gone at the next one. */
static void test_table_goes_meanwhile(void)
{
    for (steps_of_a_call = 1; steps_of_a_call < 100; steps_of_a_call++) {
        Listener listener;
        Machine *machine;
        VTDMMapping mapping;

        listener_start(&listener);
        machine = listener.machine;
        mapping = (VTDMMapping) { .table = machine->ssptptr, .levels = 4,
                                  .input = LARGE };
        for (unsigned i = 0; i < 16; i++) {
            machine_map(machine, LARGE + i * PAGE, i * PAGE, 1, RW);
        }
        machine->in_slices = true;
        machine->host.update = update_some;
        machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE, 9);
        vtdm_tables_set(&machine->tables, vtdm_tables_entry(
                            &machine->tables, &mapping, 2),
                        vtdm_tables_page(&machine->tables) | RW);
        machine_map(machine, LARGE + 15 * PAGE, 99 * PAGE, 1, RW);
        machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE, 9);
        finish(machine);
        g_assert_cmpuint(listener.pages->len, ==, 2);
        listener_expect(&listener, LARGE + 15 * PAGE, PAGE - 1, 99 * PAGE);
        listener_end(&listener);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/mirror/scattered", test_scattered);
    g_test_add_func("/vtdm/mirror/grows-meanwhile", test_grows_meanwhile);
    g_test_add_func("/vtdm/mirror/reads", test_reads);
    g_test_add_func("/vtdm/mirror/table-goes-meanwhile",
                    test_table_goes_meanwhile);
    return g_test_run();
}
