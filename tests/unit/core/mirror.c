/*
 * Mirrors: a listener that believes what it is told, and nothing else, has the
 * guest's tables after every invalidation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "mirror-listener.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define PAGE    VTDM_PAGE_SIZE
#define LARGE   0x200000ULL
#define HUGE    0x40000000ULL

static void flush_context(Machine *machine, unsigned g, uint16_t domain_id,
                          uint16_t source_id)
{
    machine_submit(machine, vtdm_make_context_invalidate(g, domain_id,
                                                         source_id, 0));
}

/* Nothing is told while translation is off, all when it comes on. */
static void test_switched_on(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    listener_expect_counts(&listener, 1, 0);
    listener_expect(&listener, MACHINE_IOVA, PAGE - 1, MACHINE_PAGE);
    g_assert_false(vtdm_mirror_is_identity(listener.mirror));
    machine_command(machine, 0, VTDM_GCMD_TE);
    listener_expect_counts(&listener, 0, 1);
    g_assert_true(vtdm_mirror_is_identity(listener.mirror));
    machine_command(machine, VTDM_GCMD_TE, 0);
    listener_expect_counts(&listener, 1, 0);
    vtdm_unit_reset(machine->unit, true);
    listener_expect_counts(&listener, 0, 1);
    g_assert_true(vtdm_mirror_is_identity(listener.mirror));
    listener_end(&listener);
}

/* Of many changes, those that an invalidation covers. */
static void test_page_selective(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    for (unsigned i = 1; i <= 8; i++) {
        machine_map(machine, MACHINE_IOVA + i * PAGE, i * PAGE, 1, RW);
    }
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, VTDM_SS_R);
    listener_expect_counts(&listener, 1, 0);
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID,
                  MACHINE_IOVA + PAGE, 0);
    listener_expect_counts(&listener, 1, 0);
    listener_expect(&listener, MACHINE_IOVA + PAGE, PAGE - 1, PAGE);
    /* pages -1 to 2 of 8 from 0x12345000 */
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID,
                  MACHINE_IOVA + 3 * PAGE, 2);
    listener_expect(&listener, MACHINE_IOVA + 3 * PAGE, PAGE - 1, 3 * PAGE);
    g_assert_null(listener_find(&listener, MACHINE_IOVA + 7 * PAGE));
    machine_flush(machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
    g_assert_cmpuint(listener.pages->len, ==, 9);
    listener_expect(&listener, MACHINE_IOVA, PAGE - 1, 0x5000);
    g_assert_cmpuint(listener_find(&listener, MACHINE_IOVA)->perm, ==,
                     VTDM_PERM_R);
    listener_end(&listener);
}

/* What did not change is not told again, whatever is invalidated. */
static void test_nothing_new(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    machine_map(machine, HUGE, HUGE, 3, RW);
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    listener_expect_counts(&listener, 2, 0);
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, HUGE + 5 * PAGE, 0);
    flush_context(machine, VTDM_G_GLOBAL, 0, 0);
    listener_expect_counts(&listener, 0, 0);
    listener_end(&listener);
}

/* Each leaf is one page, whatever its size. */
static void try_large_pages(unsigned part)
{
    Listener listener;
    Machine *machine;
    uint64_t leaf;

    listener_start(&listener);
    machine = listener.machine;
    leaf = machine_map(machine, LARGE, 4 * LARGE, 2, RW);
    machine_map(machine, HUGE, 2 * HUGE, 3, RW);
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    listener_expect_counts(&listener, 3, 0);
    listener_expect(&listener, LARGE, LARGE - 1, 4 * LARGE);
    listener_expect(&listener, HUGE, HUGE - 1, 2 * HUGE);
    vtdm_tables_set(&machine->tables, leaf, 0);
    machine_map(machine, LARGE + 7 * PAGE, 0x9000, 1, RW);
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID,
                  LARGE + part * PAGE, 0);
    listener_expect_counts(&listener, 1, 1);
    listener_expect(&listener, LARGE + 7 * PAGE, PAGE - 1, 0x9000);
    leaf = vtdm_tables_entry(&machine->tables, &(VTDMMapping) {
        .table = machine->ssptptr, .levels = 4, .input = LARGE,
    }, 2);
    vtdm_tables_set(&machine->tables, leaf,
                    8 * LARGE | VTDM_SS_PS | RW);
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID,
                  LARGE + part * PAGE, 0);
    listener_expect_counts(&listener, 1, 1);
    listener_expect(&listener, LARGE, LARGE - 1, 8 * LARGE);
    listener_end(&listener);
}

/* Its first small page, one within, its last. */
static void test_large_pages(void)
{
    static const unsigned parts[] = { 0, 9, 511 };

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        try_large_pages(parts[i]);
    }
}

/* Spec: "Root-Complex Handling of Interrupt Requests": not for DMA */
static void test_interrupt_range(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    machine_map(machine, 3 * HUGE, 0, 3, RW);
    machine_map(machine, 8 * HUGE, 3 * HUGE, 3, RW);
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t hole = (i ? 8 : 3) * HUGE + 0x3ee00000;

        g_assert_null(listener_find(&listener, hole));
        g_assert_null(listener_find(&listener, hole + 0xff000));
        g_assert_nonnull(listener_find(&listener, hole - 1));
        g_assert_nonnull(listener_find(&listener, hole + 0x100000));
    }
    g_assert_cmpuint(listener.pages->len, <, 40);
    listener_end(&listener);
}

/* Spec: "Tagging of Cached Translations": other domains' are not ours */
static void test_other_domain(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    machine_flush(machine, VTDM_G_DOMAIN, MACHINE_DID + 1, 0, 0);
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID + 1, MACHINE_IOVA, 0);
    listener_expect(&listener, MACHINE_IOVA, PAGE - 1, MACHINE_PAGE);
    machine_flush(machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
    listener_expect(&listener, MACHINE_IOVA, PAGE - 1, 0x5000);
    listener_end(&listener);
}

/* A requester changes its domain: nothing of the old tables is left. */
static void test_domain_switch(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    machine_attach(machine, MACHINE_SID, MACHINE_DID + 1,
                   VTDM_TT_SECOND_STAGE);
    machine_map(machine, 0x7000, 0x8000, 1, RW);
    flush_context(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_SID + 1);
    flush_context(machine, VTDM_G_DOMAIN, MACHINE_DID + 1, 0);
    machine_flush(machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
    listener_expect_counts(&listener, 1, 0);
    flush_context(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_SID);
    listener_expect_counts(&listener, 1, 1);
    listener_expect(&listener, 0x7000, PAGE - 1, 0x8000);
    listener_end(&listener);
}

/* Spec: "Caching Mode": a faulting entry is tagged with domain 0 */
static void test_attach_and_detach(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        (VTDMEntry128) { 0 });
    flush_context(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_SID);
    listener_expect_counts(&listener, 1, 1);
    g_assert_false(vtdm_mirror_is_identity(listener.mirror));
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    machine_map(machine, 0x7000, 0x8000, 1, RW);
    flush_context(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_SID);
    listener_expect_counts(&listener, 0, 0);
    flush_context(machine, VTDM_G_SELECTIVE, 0, MACHINE_SID);
    listener_expect_counts(&listener, 1, 0);
    listener_end(&listener);
}

static void test_pass_through(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_PASS_THROUGH);
    g_assert_false(vtdm_mirror_is_identity(listener.mirror));
    flush_context(machine, VTDM_G_GLOBAL, 0, 0);
    g_assert_true(vtdm_mirror_is_identity(listener.mirror));
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    listener_expect_counts(&listener, 1, 1);
    listener_end(&listener);
}

/* A table that nobody may use maps nothing, and is no identity either. */
static void test_no_legacy_table(void)
{
    Listener listener;

    listener_start(&listener);
    machine_set_root(listener.machine, MACHINE_ROOT |
                     vtdm_field(VTDM_RTADDR_TTM, VTDM_TTM_SCALABLE));
    listener_expect_counts(&listener, 1, 1);
    g_assert_false(vtdm_mirror_is_identity(listener.mirror));
    listener_end(&listener);
}

/* Reserved bits, tables outside of memory: what faults is not mapped. */
static void test_bad_tables(void)
{
    Listener listener;
    Machine *machine;
    uint64_t leaf;

    listener_start(&listener);
    machine = listener.machine;
    leaf = machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                       RW | VTDM_SS_SNP);
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0);
    listener_expect_counts(&listener, 1, 1);
    vtdm_tables_set(&machine->tables, leaf, MACHINE_PAGE | RW);
    machine->host.bad_address = leaf;
    machine->host.bad_size = 8;
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0);
    listener_expect_counts(&listener, 0, 0);
    machine->host.bad_size = 0;
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0);
    listener_expect_counts(&listener, 1, 0);
    listener_end(&listener);
}

/* Invalidations may reach beyond what the tables can translate. */
static void test_beyond_the_width(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, 1ULL << 47, 18);
    machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, 0xffffffffff000, 0);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, 3,
                                          MACHINE_TABLES, MACHINE_DID));
    machine_map(machine, 1ULL << 40, 0x5000, 1, RW);
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    listener_expect_counts(&listener, 2, 0);
    flush_context(machine, VTDM_G_GLOBAL, 0, 0);
    g_assert_null(listener_find(&listener, 1ULL << 40));
    listener_end(&listener);
}

static void count(void *opaque, const VTDMPage *page, bool exists)
{
    g_assert_true(exists);
    *(unsigned *)opaque += 1;
}

static unsigned pages_in(Listener *listener, uint64_t first, uint64_t last)
{
    unsigned found = 0;

    vtdm_mirror_for_each(listener->mirror, first, last, count, &found);
    return found;
}

static void ignore(void *opaque, const VTDMPage *page, bool exists)
{
}

static void fill_table(Machine *machine, uint64_t table, uint64_t entry)
{
    for (unsigned i = 0; i < VTDM_PAGE_SIZE / 8; i++) {
        vtdm_tables_set(&machine->tables, table + i * 8, entry);
    }
}

/* Few tables that point to each other mean more than anybody can look at. */
static void expect_exhausted(Listener *listener)
{
    Machine *machine = listener->machine;

    vtdm_mirror_free(listener->mirror);
    listener->mirror = vtdm_mirror_new(ignore, NULL);
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    g_assert_cmpuint(pages_in(listener, 0, UINT64_MAX), ==, 0);
    g_assert_cmpuint(fake_host_event(&machine->host,
                                     VTDM_EVENT_MIRROR_EXHAUSTED)
                     ->mirror.source_id, ==, MACHINE_SID);
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    flush_context(machine, VTDM_G_GLOBAL, 0, 0);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_MIRROR_EXHAUSTED), ==, 1);
}

/* It is over when translation has been off. */
static void test_exhausted_by_pages(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    fill_table(machine, machine->ssptptr, machine->ssptptr | RW);
    expect_exhausted(&listener);
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1, RW);
    machine_command(machine, 0, VTDM_GCMD_TE);
    machine_command(machine, VTDM_GCMD_TE, 0);
    g_assert_cmpuint(pages_in(&listener, 0, UINT64_MAX), ==, 1);
    listener_end(&listener);
}

static void test_exhausted_by_holes(void)
{
    Listener listener;
    Machine *machine;
    uint64_t table;

    listener_start(&listener);
    machine = listener.machine;
    table = machine->ssptptr;
    for (unsigned level = 4; level > 1; level--) {
        uint64_t next = vtdm_tables_page(&machine->tables);

        fill_table(machine, table, next | RW);
        table = next;
    }
    expect_exhausted(&listener);
    listener_end(&listener);
}

/* The bus was numbered anew, or another unit took over. */
static void test_another_requester(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    listener.source_id = MACHINE_SID + 8;
    machine_flush(machine, VTDM_G_SELECTIVE, 99, 0, 0);
    listener_expect_counts(&listener, 1, 1);
    listener.source_id = MACHINE_SID;
    machine_flush(machine, VTDM_G_SELECTIVE, 99, 0, 0);
    listener_expect_counts(&listener, 1, 0);
    vtdm_mirror_detach(listener.mirror);
    listener_expect_counts(&listener, 0, 1);
    g_assert_true(vtdm_mirror_is_identity(listener.mirror));
    listener_end(&listener);
}

static void test_for_each(void)
{
    Listener listener;
    Machine *machine;

    listener_start(&listener);
    machine = listener.machine;
    machine_map(machine, 0, 0x3000, 1, RW);
    machine_map(machine, HUGE, HUGE, 3, RW);
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    g_assert_cmpuint(pages_in(&listener, 0, UINT64_MAX), ==, 3);
    g_assert_cmpuint(pages_in(&listener, PAGE, MACHINE_IOVA - 1), ==, 0);
    g_assert_cmpuint(pages_in(&listener, PAGE, MACHINE_IOVA), ==, 1);
    g_assert_cmpuint(pages_in(&listener, PAGE - 1, HUGE), ==, 3);
    g_assert_cmpuint(pages_in(&listener, 2 * HUGE - 1, 2 * HUGE), ==, 1);
    g_assert_cmpuint(pages_in(&listener, 2 * HUGE, UINT64_MAX), ==, 0);
    listener_end(&listener);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/mirror/switched-on", test_switched_on);
    g_test_add_func("/vtdm/mirror/page-selective", test_page_selective);
    g_test_add_func("/vtdm/mirror/nothing-new", test_nothing_new);
    g_test_add_func("/vtdm/mirror/large-pages", test_large_pages);
    g_test_add_func("/vtdm/mirror/interrupt-range", test_interrupt_range);
    g_test_add_func("/vtdm/mirror/other-domain", test_other_domain);
    g_test_add_func("/vtdm/mirror/domain-switch", test_domain_switch);
    g_test_add_func("/vtdm/mirror/attach-and-detach",
                    test_attach_and_detach);
    g_test_add_func("/vtdm/mirror/pass-through", test_pass_through);
    g_test_add_func("/vtdm/mirror/no-legacy-table", test_no_legacy_table);
    g_test_add_func("/vtdm/mirror/bad-tables", test_bad_tables);
    g_test_add_func("/vtdm/mirror/beyond-the-width", test_beyond_the_width);
    g_test_add_func("/vtdm/mirror/exhausted/by-pages",
                    test_exhausted_by_pages);
    g_test_add_func("/vtdm/mirror/exhausted/by-holes",
                    test_exhausted_by_holes);
    g_test_add_func("/vtdm/mirror/another-requester",
                    test_another_requester);
    g_test_add_func("/vtdm/mirror/for-each", test_for_each);
    return g_test_run();
}
