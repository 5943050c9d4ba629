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

static Machine *new_machine(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.cm = true;
    return machine_new(&config);
}

/* Attached, MACHINE_IOVA mapped, translation and the queue on. */
static void start(Listener *listener)
{
    Machine *machine = new_machine();

    listener_begin(listener, machine);
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1, RW);
    machine_enable_queue(machine);
    machine_enable_dma(machine);
}

static void flush(Machine *machine, unsigned g, uint16_t domain_id,
                  uint64_t address, unsigned am)
{
    machine_submit(machine, vtdm_make_iotlb_invalidate(g, domain_id, address,
                                                       am, false));
}

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

    start(&listener);
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

    start(&listener);
    machine = listener.machine;
    for (unsigned i = 1; i <= 8; i++) {
        machine_map(machine, MACHINE_IOVA + i * PAGE, i * PAGE, 1, RW);
    }
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, VTDM_SS_R);
    listener_expect_counts(&listener, 1, 0);
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA + PAGE, 0);
    listener_expect_counts(&listener, 1, 0);
    listener_expect(&listener, MACHINE_IOVA + PAGE, PAGE - 1, PAGE);
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA + 3 * PAGE,
          2);                   /* pages -1 to 2 of 8 from 0x12345000 */
    listener_expect(&listener, MACHINE_IOVA + 3 * PAGE, PAGE - 1, 3 * PAGE);
    g_assert_null(listener_find(&listener, MACHINE_IOVA + 7 * PAGE));
    flush(machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
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

    start(&listener);
    machine = listener.machine;
    machine_map(machine, HUGE, HUGE, 3, RW);
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    listener_expect_counts(&listener, 2, 0);
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, HUGE + 5 * PAGE, 0);
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

    start(&listener);
    machine = listener.machine;
    leaf = machine_map(machine, LARGE, 4 * LARGE, 2, RW);
    machine_map(machine, HUGE, 2 * HUGE, 3, RW);
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    listener_expect_counts(&listener, 3, 0);
    listener_expect(&listener, LARGE, LARGE - 1, 4 * LARGE);
    listener_expect(&listener, HUGE, HUGE - 1, 2 * HUGE);
    vtdm_tables_set(&machine->tables, leaf, 0);
    machine_map(machine, LARGE + 7 * PAGE, 0x9000, 1, RW);
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE + part * PAGE, 0);
    listener_expect_counts(&listener, 1, 1);
    listener_expect(&listener, LARGE + 7 * PAGE, PAGE - 1, 0x9000);
    leaf = vtdm_tables_entry(&machine->tables, &(VTDMMapping) {
        .table = machine->ssptptr, .levels = 4, .input = LARGE,
    }, 2);
    vtdm_tables_set(&machine->tables, leaf,
                    8 * LARGE | VTDM_SS_PS | RW);
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE + part * PAGE, 0);
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

    start(&listener);
    machine = listener.machine;
    machine_map(machine, 3 * HUGE, 0, 3, RW);
    machine_map(machine, 8 * HUGE, 3 * HUGE, 3, RW);
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
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

    start(&listener);
    machine = listener.machine;
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, RW);
    flush(machine, VTDM_G_DOMAIN, MACHINE_DID + 1, 0, 0);
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID + 1, MACHINE_IOVA, 0);
    listener_expect(&listener, MACHINE_IOVA, PAGE - 1, MACHINE_PAGE);
    flush(machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
    listener_expect(&listener, MACHINE_IOVA, PAGE - 1, 0x5000);
    listener_end(&listener);
}

/* A requester changes its domain: nothing of the old tables is left. */
static void test_domain_switch(void)
{
    Listener listener;
    Machine *machine;

    start(&listener);
    machine = listener.machine;
    machine_attach(machine, MACHINE_SID, MACHINE_DID + 1,
                   VTDM_TT_SECOND_STAGE);
    machine_map(machine, 0x7000, 0x8000, 1, RW);
    flush_context(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_SID + 1);
    flush_context(machine, VTDM_G_DOMAIN, MACHINE_DID + 1, 0);
    flush(machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
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

    start(&listener);
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

    start(&listener);
    machine = listener.machine;
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_PASS_THROUGH);
    g_assert_false(vtdm_mirror_is_identity(listener.mirror));
    flush_context(machine, VTDM_G_GLOBAL, 0, 0);
    g_assert_true(vtdm_mirror_is_identity(listener.mirror));
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    listener_expect_counts(&listener, 1, 1);
    listener_end(&listener);
}

/* A table that nobody may use maps nothing, and is no identity either. */
static void test_no_legacy_table(void)
{
    Listener listener;

    start(&listener);
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

    start(&listener);
    machine = listener.machine;
    leaf = machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                       RW | VTDM_SS_SNP);
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0);
    listener_expect_counts(&listener, 1, 1);
    vtdm_tables_set(&machine->tables, leaf, MACHINE_PAGE | RW);
    machine->host.bad_address = leaf;
    machine->host.bad_size = 8;
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0);
    listener_expect_counts(&listener, 0, 0);
    machine->host.bad_size = 0;
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0);
    listener_expect_counts(&listener, 1, 0);
    listener_end(&listener);
}

/* Invalidations may reach beyond what the tables can translate. */
static void test_beyond_the_width(void)
{
    Listener listener;
    Machine *machine;

    start(&listener);
    machine = listener.machine;
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, 1ULL << 47, 18);
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, 0xffffffffff000, 0);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, 3,
                                          MACHINE_TABLES, MACHINE_DID));
    machine_map(machine, 1ULL << 40, 0x5000, 1, RW);
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
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
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    g_assert_cmpuint(pages_in(listener, 0, UINT64_MAX), ==, 0);
    g_assert_cmpuint(fake_host_event(&machine->host,
                                     VTDM_EVENT_MIRROR_EXHAUSTED)
                     ->mirror.source_id, ==, MACHINE_SID);
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    flush_context(machine, VTDM_G_GLOBAL, 0, 0);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_MIRROR_EXHAUSTED), ==, 1);
}

/* It is over when translation has been off. */
static void test_exhausted_by_pages(void)
{
    Listener listener;
    Machine *machine;

    start(&listener);
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

    start(&listener);
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

    start(&listener);
    machine = listener.machine;
    listener.source_id = MACHINE_SID + 8;
    flush(machine, VTDM_G_SELECTIVE, 99, 0, 0);
    listener_expect_counts(&listener, 1, 1);
    listener.source_id = MACHINE_SID;
    flush(machine, VTDM_G_SELECTIVE, 99, 0, 0);
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

    start(&listener);
    machine = listener.machine;
    machine_map(machine, 0, 0x3000, 1, RW);
    machine_map(machine, HUGE, HUGE, 3, RW);
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    g_assert_cmpuint(pages_in(&listener, 0, UINT64_MAX), ==, 3);
    g_assert_cmpuint(pages_in(&listener, PAGE, MACHINE_IOVA - 1), ==, 0);
    g_assert_cmpuint(pages_in(&listener, PAGE, MACHINE_IOVA), ==, 1);
    g_assert_cmpuint(pages_in(&listener, PAGE - 1, HUGE), ==, 3);
    g_assert_cmpuint(pages_in(&listener, 2 * HUGE - 1, 2 * HUGE), ==, 1);
    g_assert_cmpuint(pages_in(&listener, 2 * HUGE, UINT64_MAX), ==, 0);
    listener_end(&listener);
}

/* ---- a random run, with every address compared after each step ---- */

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

        start(&listener);
        scatter(listener.machine, true);
        flush(listener.machine, VTDM_G_GLOBAL, 0, 0, 0);
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

#define ARENA_PAGES     48

/* Some at 4 KiB from 1 GiB on, some in the next 2 MiB, some around APICs. */
static uint64_t arena(unsigned i)
{
    static const uint64_t bases[] = { HUGE, HUGE + LARGE, 0xfedf8000,
                                      0xfeef8000, 5 * HUGE, 8 * HUGE };

    return bases[i % G_N_ELEMENTS(bases)] + i / G_N_ELEMENTS(bases) * PAGE;
}

/* What a unit without caches says, asked for each access. */
static void compare(Listener *listener, VTDMUnit *fresh, uint64_t address)
{
    const VTDMPage *page = listener_find(listener, address);

    for (VTDMAccess access = VTDM_READ; access <= VTDM_WRITE; access++) {
        VTDMRequest request = { .address = address, .access = access,
                                .pasid = VTDM_NO_PASID, .view = VTDM_LOOK,
                                .source_id = MACHINE_SID };
        uint8_t right = access == VTDM_READ ? VTDM_PERM_R : VTDM_PERM_W;
        VTDMResult result;

        vtdm_unit_translate(fresh, &request, &result);
        g_assert_cmpint(page && (page->perm & right), ==,
                        result.response == VTDM_OK);
        if (result.response == VTDM_OK) {
            g_assert_cmphex(page->output + (address & page->mask), ==,
                            result.address);
        }
    }
}

static void change(Machine *machine)
{
    static const uint64_t flags[] = { 0, VTDM_SS_R, VTDM_SS_W, RW, RW, RW,
                                      RW | VTDM_SS_SNP };
    uint64_t address = arena(g_test_rand_int_range(0, ARENA_PAGES));
    unsigned level = g_test_rand_int_range(0, 8) ? 1 :
                     g_test_rand_int_range(2, 4);
    uint64_t size = 1ULL << (12 + 9 * (level - 1));
    uint64_t entry = vtdm_tables_entry(&machine->tables, &(VTDMMapping) {
        .table = machine->ssptptr, .levels = 4, .input = address,
    }, level);
    uint64_t old = vtdm_tables_get(&machine->tables, entry);

    if (level > 1 && (old & VTDM_SS_R) && !(old & VTDM_SS_PS)) {
        vtdm_tables_set(&machine->tables, entry, old ^ VTDM_SS_W);
    } else {
        vtdm_tables_set(&machine->tables, entry,
                        size * g_test_rand_int_range(0, 8) |
                        (level > 1 ? VTDM_SS_PS : 0) |
                        flags[g_test_rand_int_range(0, 7)]);
    }
    if (level == 1) {
        flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, address, 0);
    } else {
        flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, address & -size,
              level == 2 ? 9 : 18);
    }
}

/* The mirror of a slow machine. */
static bool update_slowly(void *opaque, unsigned *steps)
{
    Listener *listener = opaque;
    unsigned few = g_test_rand_int_range(1, 40);

    *steps = 0;
    return vtdm_mirror_update(listener->mirror, &few);
}

static void finish(Machine *machine)
{
    while (machine_work(machine)) {
        /* until all is done */
    }
}

/* Many changes while the mirror is at the first. */
static void change_in_slices(Machine *machine)
{
    for (unsigned changes = g_test_rand_int_range(1, 6); changes; changes--) {
        change(machine);
        for (unsigned i = g_test_rand_int_range(0, 4); i; i--) {
            machine_work(machine);
        }
    }
    finish(machine);
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

        start(&listener);
        machine = listener.machine;
        for (unsigned i = 0; i < 16; i++) {
            machine_map(machine, LARGE + i * PAGE, i * PAGE, 1, RW);
        }
        machine->in_slices = true;
        machine->host.update = update_some;
        flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE, 9);
        entry = vtdm_tables_entry(&machine->tables, &(VTDMMapping) {
            .table = machine->ssptptr, .levels = 4, .input = LARGE,
        }, 2);
        vtdm_tables_set(&machine->tables, entry, LARGE | VTDM_SS_PS | RW);
        flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE, 9);
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

    start(&listener);
    machine = listener.machine;
    for (unsigned i = 0; i < 512; i++) {
        machine_map(machine, HUGE + i * PAGE, i * PAGE, 1, RW);
    }
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, HUGE, 9);
    before = machine->host.reads;
    flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, HUGE, 9);
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

        start(&listener);
        machine = listener.machine;
        mapping = (VTDMMapping) { .table = machine->ssptptr, .levels = 4,
                                  .input = LARGE };
        for (unsigned i = 0; i < 16; i++) {
            machine_map(machine, LARGE + i * PAGE, i * PAGE, 1, RW);
        }
        machine->in_slices = true;
        machine->host.update = update_some;
        flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE, 9);
        vtdm_tables_set(&machine->tables, vtdm_tables_entry(
                            &machine->tables, &mapping, 2),
                        vtdm_tables_page(&machine->tables) | RW);
        machine_map(machine, LARGE + 15 * PAGE, 99 * PAGE, 1, RW);
        flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, LARGE, 9);
        finish(machine);
        g_assert_cmpuint(listener.pages->len, ==, 2);
        listener_expect(&listener, LARGE + 15 * PAGE, PAGE - 1, 99 * PAGE);
        listener_end(&listener);
    }
}

/* ---- more pages than a listener here would compare with each other ---- */

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
    flush(crowd->machine, VTDM_G_DOMAIN, MACHINE_DID, 0, 0);
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

/* By halves; then pages come between few that had joined, and make them part. */
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

static void test_crowd(void)
{
    g_autofree Crowd *crowd = g_new0(Crowd, 1);
    Listener listener;

    start(&listener);
    crowd->machine = listener.machine;
    vtdm_mirror_free(listener.mirror);
    listener.mirror = vtdm_mirror_new(hear_crowd, crowd);
    for (unsigned i = 0; i < CROWD; i++) {
        crowd->leaves[i] = machine_map(crowd->machine, HUGE + i * PAGE,
                                       i * PAGE, 1, 0);
    }
    flip_crowd(crowd);
    g_assert_cmpuint(pages_in(&listener, HUGE, UINT64_MAX), ==, CROWD);
    listener_end(&listener);
}

static void run_random(void (*step)(Machine *machine), unsigned steps)
{
    Listener listener;
    Machine *machine;
    VTDMUnit *fresh;

    start(&listener);
    machine = listener.machine;
    machine->host.quiet = true;
    fresh = vtdm_unit_new(&machine->config, &fake_host_ops, &machine->host);
    vtdm_unit_write(fresh, VTDM_REG_RTADDR, 8, MACHINE_ROOT);
    vtdm_unit_write(fresh, VTDM_REG_GCMD, 4, VTDM_GCMD_SRTP);
    for (unsigned i = 0; i < ARENA_PAGES; i++) {
        machine_map(machine, arena(i), i * PAGE, 1, RW);
    }
    flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    machine->host.changed = NULL;
    vtdm_unit_write(fresh, VTDM_REG_GCMD, 4, VTDM_GCMD_TE);
    machine->host.changed = listener_outdate;
    machine->in_slices = step == change_in_slices;
    if (machine->in_slices) {
        machine->host.update = update_slowly;
    }
    for (unsigned n = 0; n < steps; n++) {
        step(machine);
        for (unsigned i = 0; i < ARENA_PAGES; i++) {
            compare(&listener, fresh, arena(i));
        }
    }
    vtdm_unit_free(fresh);
    listener_end(&listener);
}

static void test_random(void)
{
    run_random(change, 3000);
}

static void test_random_in_slices(void)
{
    run_random(change_in_slices, 300);
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
    g_test_add_func("/vtdm/mirror/scattered", test_scattered);
    g_test_add_func("/vtdm/mirror/grows-meanwhile", test_grows_meanwhile);
    g_test_add_func("/vtdm/mirror/reads", test_reads);
    g_test_add_func("/vtdm/mirror/table-goes-meanwhile",
                    test_table_goes_meanwhile);
    g_test_add_func("/vtdm/mirror/crowd", test_crowd);
    g_test_add_func("/vtdm/mirror/random", test_random);
    g_test_add_func("/vtdm/mirror/random-in-slices", test_random_in_slices);
    return g_test_run();
}
