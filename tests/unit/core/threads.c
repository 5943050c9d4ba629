/*
 * Many threads at one unit: what an invalidation has removed, once its
 * wait is complete, no later request may meet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/mirror.h"
#include "hw/i386/vtdm/save.h"
#include "shared-memory.h"

#define THREADS 3
#define PAGES   16
#define CHANGES 1500
#define ENTRIES 4096
#define FEW_SETS        1024    /* entries; 64 sets come with these */
#define REQUESTERS      150

/*
 * Generation n of a page maps it to n << 12; generation n of an interrupt
 * entry sends it to destination n. A thread may meet any generation from
 * the last one whose invalidation is complete to the last one written.
 */
typedef struct Race {
    Machine *machine;
    uint64_t leaves[PAGES];
    uint64_t written[PAGES];
    uint64_t complete[PAGES];
    bool done;
    uint64_t checks;
    void (*check)(struct Race *race, unsigned page);
    VTDMEntry128 (*invalidation)(struct Race *race, unsigned page);
    uint64_t (*entry)(uint64_t generation);
    VTDMUnit *copy;             /* loads what is saved; NULL: nothing is */
} Race;

static void no_message(void *opaque, uint64_t address, uint32_t data)
{
}

static void expect_generation(Race *race, unsigned page, uint64_t oldest,
                              uint64_t found)
{
    uint64_t newest = shared_get(&race->written[page]);

    if (found < oldest || found > newest) {
        g_error("page %u: generation %" G_GUINT64_FORMAT ", not %"
                G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, page, found,
                oldest, newest);
    }
}

/* As the glue does it; gives the address. */
static uint64_t read_page_as(Machine *machine, uint16_t source_id,
                             unsigned page)
{
    const VTDMRequest request = {
        .address = page * VTDM_PAGE_SIZE, .pasid = VTDM_NO_PASID,
        .source_id = source_id,
    };
    VTDMResult result;
    VTDMHit hit;

    if (machine_hit(machine, &request, &hit)) {
        return hit.output;
    }
    vtdm_unit_translate(machine->unit, &request, &result);
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    return result.address;
}

static uint64_t read_page(Machine *machine, unsigned page)
{
    return read_page_as(machine, MACHINE_SID, page);
}

static void check_page(Race *race, unsigned page)
{
    uint64_t oldest = shared_get(&race->complete[page]);

    expect_generation(race, page, oldest,
                      read_page(race->machine, page) >> VTDM_PAGE_BITS);
}

static void check_interrupt(Race *race, unsigned page)
{
    uint64_t oldest = shared_get(&race->complete[page]);
    VTDMInterrupt interrupt = machine_interrupt(
        race->machine, 0, vtdm_make_msi_address(page, false), 0);

    g_assert_cmpuint(interrupt.response, ==, VTDM_OK);
    expect_generation(race, page, oldest,
                      vtdm_get(interrupt.address, VTDM_MSI_DST_HIGH) << 8 |
                      vtdm_get(interrupt.address, VTDM_MSI_DST_LOW));
}

static VTDMEntry128 invalidate_page(Race *race, unsigned page)
{
    switch (g_test_rand_int_range(0, 3)) {
    case 0:
        return vtdm_make_iotlb_invalidate(VTDM_G_SELECTIVE, MACHINE_DID,
                                          0x1000 * page, 0, true);
    case 1:
        return vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, MACHINE_DID, 0, 0,
                                          false);
    default:
        return vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0, false);
    }
}

static VTDMEntry128 invalidate_interrupt(Race *race, unsigned page)
{
    return g_test_rand_int_range(0, 2) ? vtdm_make_iec_invalidate(page, 0)
                                       : vtdm_make_iec_invalidate_all();
}

static uint64_t page_entry(uint64_t generation)
{
    return generation << 12 | VTDM_SS_R;
}

static uint64_t interrupt_entry(uint64_t generation)
{
    return vtdm_make_irte(0x40, generation, true).lo;
}

static void *run_checks(void *opaque)
{
    Race *race = opaque;
    uint64_t checks = 0;

    while (!__atomic_load_n(&race->done, __ATOMIC_SEQ_CST)) {
        race->check(race, checks++ % PAGES);
    }
    __atomic_fetch_add(&race->checks, checks, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Puts a descriptor and a wait into the queue; returns when both ran. */
static void invalidate(Race *race, VTDMEntry128 descriptor, uint32_t number)
{
    Machine *machine = race->machine;
    uint64_t tail = machine_read64(machine, VTDM_REG_IQT);
    VTDMEntry128 both[2] = {
        descriptor, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, number),
    };

    for (unsigned i = 0; i < 4; i++) {
        shared_set(shared_word(&machine->host, MACHINE_QUEUE + tail + 8 * i),
            ((uint64_t *)both)[i]);
    }
    machine_write64(machine, VTDM_REG_IQT, (tail + 32) % VTDM_PAGE_SIZE);
    g_assert_cmpuint(shared_get(shared_word(&machine->host,
                                            MACHINE_STATUS)), ==,
                     number);
}

/* What is saved while others send requests is what some unit can be. */
static void save(Race *race)
{
    g_autoptr(GByteArray) bytes = vtdm_unit_save(race->machine->unit, true);

    g_assert_true(vtdm_unit_load(race->copy, bytes->data, bytes->len, NULL));
}

static void change(Race *race)
{
    for (uint32_t i = 1; i <= CHANGES; i++) {
        unsigned page = g_test_rand_int_range(0, PAGES);
        uint64_t generation = race->written[page] + 1;

        shared_set(&race->written[page], generation);
        shared_set(shared_word(&race->machine->host, race->leaves[page]),
                   race->entry(generation));
        invalidate(race, race->invalidation(race, page), i);
        shared_set(&race->complete[page], generation);
        if (i % 16 == 0 && race->copy) {
            save(race);
        }
        if (i % 16 == 0) {
            g_usleep(200);      /* others get the lock, too */
        }
    }
}

static const VTDMHostOps shared_ops = {
    .read_memory = shared_read,
    .write_memory = shared_write,
    .send_message = no_message,
};

static Race *race_new(const VTDMHostOps *ops, bool caching,
                      uint32_t entries)
{
    Race *race = g_new0(Race, 1);
    VTDMConfig config;

    vtdm_config_init(&config);
    config.eim = true;
    config.cm = caching;
    config.iotlb_entries = entries;
    race->machine = machine_new(&config);
    vtdm_unit_free(race->machine->unit);
    race->machine->unit = vtdm_unit_new(&config, ops, &race->machine->host);
    machine_attach(race->machine, MACHINE_SID, MACHINE_DID,
                   VTDM_TT_SECOND_STAGE);
    return race;
}

static void race_free(Race *race)
{
    vtdm_unit_free(race->copy);
    machine_free(race->machine);
    g_free(race);
}

/* Threads check for as long as @act takes. */
static void run_beside(Race *race, void (*act)(Race *race))
{
    GThread *threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = g_thread_new("requests", run_checks, race);
    }
    act(race);
    __atomic_store_n(&race->done, true, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpuint(race->checks, >, 100);
    race_free(race);
}

static void run(Race *race)
{
    machine_enable_dma(race->machine);
    machine_enable_interrupts(race->machine, 7, true);
    machine_enable_queue(race->machine);
    run_beside(race, change);
}

static void map_pages(Race *race)
{
    for (unsigned page = 0; page < PAGES; page++) {
        race->leaves[page] = machine_map(race->machine, 0x1000 * page, 0, 1,
                                         VTDM_SS_R);
    }
}

/*
 * Spec: "Invalidation Wait Descriptor": DMA against IOTLB invalidations. With
 * fewer entries than pages, slots are filled for others all the time.
 */
static void test_dma(gconstpointer entries)
{
    Race *race = race_new(&shared_ops, false, GPOINTER_TO_UINT(entries));

    map_pages(race);
    race->check = check_page;
    race->invalidation = invalidate_page;
    race->entry = page_entry;
    run(race);
}

/* Each time by another requester, of more than there are sets. */
static void check_page_as_others(Race *race, unsigned page)
{
    static uint64_t turns;
    uint64_t turn = __atomic_fetch_add(&turns, 1, __ATOMIC_RELAXED);
    uint64_t oldest = shared_get(&race->complete[page]);
    uint64_t found = read_page_as(race->machine,
                                  MACHINE_SID + turn % REQUESTERS, page);

    expect_generation(race, page, oldest, found >> VTDM_PAGE_BITS);
}

/* Sets are flushed for others, and cleared by who needs one, all the time. */
static void test_few_sets(void)
{
    Race *race = race_new(&shared_ops, false, FEW_SETS);

    map_pages(race);
    for (unsigned i = 1; i < REQUESTERS; i++) {
        vtdm_tables_context(&race->machine->tables, MACHINE_ROOT,
                            MACHINE_SID + i,
                            vtdm_make_context(VTDM_TT_SECOND_STAGE, 4,
                                              race->machine->ssptptr,
                                              MACHINE_DID));
    }
    race->check = check_page_as_others;
    race->invalidation = invalidate_page;
    race->entry = page_entry;
    run(race);
}

static void test_save(void)
{
    Race *race = race_new(&shared_ops, false, ENTRIES);

    map_pages(race);
    race->check = check_page;
    race->invalidation = invalidate_page;
    race->entry = page_entry;
    race->copy = vtdm_unit_new(&race->machine->config, &shared_ops,
                               &race->machine->host);
    run(race);
}

#define FIRST   0x100           /* of generations, beyond what is an input */
#define STARTS  150

/* A reset turns translation off; a load turns it on, and caches again. */
static void check_started(Race *race, unsigned page)
{
    uint64_t found = read_page(race->machine, page) >> VTDM_PAGE_BITS;

    g_assert_true(found == page || found == FIRST + page);
}

static void restart(Race *race)
{
    VTDMUnit *unit = race->machine->unit;
    g_autoptr(GByteArray) bytes = vtdm_unit_save(unit, true);

    for (unsigned i = 0; i < STARTS; i++) {
        vtdm_unit_reset(unit, true);
        g_usleep(50);           /* others get the lock, too */
        g_assert_true(vtdm_unit_load(unit, bytes->data, bytes->len, NULL));
        g_usleep(50);
    }
}

static void test_restart(void)
{
    Race *race = race_new(&shared_ops, false, ENTRIES);

    map_pages(race);
    for (unsigned page = 0; page < PAGES; page++) {
        vtdm_tables_set(&race->machine->tables, race->leaves[page],
                        page_entry(FIRST + page));
    }
    machine_enable_dma(race->machine);
    for (unsigned page = 0; page < PAGES; page++) {
        check_started(race, page);
    }
    race->check = check_started;
    run_beside(race, restart);
}

/* Spec: "Invalidation Wait Descriptor": interrupts against IEC flushes */
static void test_interrupts(void)
{
    Race *race = race_new(&shared_ops, false, ENTRIES);

    for (unsigned page = 0; page < PAGES; page++) {
        race->leaves[page] = MACHINE_IRT + 16 * page;
        vtdm_tables_set(&race->machine->tables, race->leaves[page],
                        interrupt_entry(0));
    }
    race->check = check_interrupt;
    race->invalidation = invalidate_interrupt;
    race->entry = interrupt_entry;
    run(race);
}

/* ---- those who keep copies, several who invalidate, work in slices ---- */

#define INVALIDATORS 2

/*
 * A mirror says which generation of each page it has told of. Each who
 * invalidates has pages of its own, and a lock for the queue, as software has.
 */
typedef struct Copies {
    Race *race;
    VTDMMirror *mirror;
    uint64_t told[PAGES];       /* generation + 1; 0: no page */
    GMutex queue;
    bool asked;
    unsigned threads;           /* that have been numbered */
} Copies;

static Copies *copies_of(void *opaque)
{
    return ((FakeHost *)opaque)->changed_opaque;
}

static void copies_tell(void *opaque, const VTDMPage *page, bool exists)
{
    Copies *copies = opaque;

    shared_set(&copies->told[page->input >> VTDM_PAGE_BITS],
        exists ? (page->output >> VTDM_PAGE_BITS) + 1 : 0);
}

static void copies_ask(void *opaque)
{
    __atomic_store_n(&copies_of(opaque)->asked, true, __ATOMIC_SEQ_CST);
}

/* Whoever is told may ask the unit. */
static void copies_changed(void *opaque, const VTDMInvalidation *what)
{
    Copies *copies = copies_of(opaque);
    Machine *machine = copies->race->machine;

    read_page(machine, 0);
    vtdm_unit_outdate_mirror(machine->unit, copies->mirror, MACHINE_SID,
                             what);
}

/* Ends the slice, so that others get a turn at it. */
static bool copies_update(void *opaque, unsigned *steps)
{
    unsigned some = 500;

    *steps = 0;
    return vtdm_mirror_update(copies_of(opaque)->mirror, &some);
}

static bool work(Copies *copies)
{
    bool asked = __atomic_exchange_n(&copies->asked, false, __ATOMIC_SEQ_CST);

    if (asked) {
        vtdm_unit_work(copies->race->machine->unit);
    }
    return asked;
}

static void *run_work(void *opaque)
{
    Copies *copies = opaque;

    while (!__atomic_load_n(&copies->race->done, __ATOMIC_SEQ_CST)) {
        if (!work(copies)) {
            g_usleep(10);
        }
    }
    return NULL;
}

/* A descriptor and a wait that writes @number to a place of @self. */
static void submit(Copies *copies, unsigned self, VTDMEntry128 descriptor,
                   uint32_t number)
{
    Machine *machine = copies->race->machine;
    VTDMEntry128 both[2] = {
        descriptor,
        vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS + 8 * self, number),
    };
    uint64_t tail;

    g_mutex_lock(&copies->queue);
    tail = machine_read64(machine, VTDM_REG_IQT);
    for (unsigned i = 0; i < 4; i++) {
        shared_set(shared_word(&machine->host, MACHINE_QUEUE + tail + 8 * i),
            ((uint64_t *)both)[i]);
    }
    vtdm_unit_write(machine->unit, VTDM_REG_IQT, 8,
                    (tail + 32) % VTDM_PAGE_SIZE);
    g_mutex_unlock(&copies->queue);
}

static void *run_changes(void *opaque)
{
    Copies *copies = opaque;
    Race *race = copies->race;
    FakeHost *host = &race->machine->host;
    unsigned self = __atomic_fetch_add(&copies->threads, 1,
                                       __ATOMIC_SEQ_CST);

    for (uint32_t i = 1; i <= CHANGES / 10; i++) {
        unsigned page = self + INVALIDATORS * (i * 7 % (PAGES / INVALIDATORS));
        uint64_t generation = race->written[page] + 1;

        shared_set(&race->written[page], generation);
        shared_set(shared_word(host, race->leaves[page]),
                   race->entry(generation));
        submit(copies, self, race->invalidation(race, page), i);
        while (shared_get(shared_word(host, MACHINE_STATUS + 8 * self)) != i) {
            g_usleep(10);
        }
        g_assert_cmpuint(shared_get(&copies->told[page]), ==, generation + 1);
        shared_set(&race->complete[page], generation);
    }
    return NULL;
}

static VTDMEntry128 invalidate_in_turn(Race *race, unsigned page)
{
    switch (race->written[page] % 3) {
    case 0:
        return vtdm_make_iotlb_invalidate(VTDM_G_SELECTIVE, MACHINE_DID,
                                          0x1000 * page, 0, true);
    case 1:
        return vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, MACHINE_DID, 0, 0,
                                          false);
    default:
        return vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0, false);
    }
}

static void run_copies(Copies *copies)
{
    GThread *invalidators[INVALIDATORS], *others[THREADS];

    others[0] = g_thread_new("work", run_work, copies);
    for (unsigned i = 1; i < THREADS; i++) {
        others[i] = g_thread_new("requests", run_checks, copies->race);
    }
    for (unsigned i = 0; i < INVALIDATORS; i++) {
        invalidators[i] = g_thread_new("changes", run_changes, copies);
    }
    for (unsigned i = 0; i < INVALIDATORS; i++) {
        g_thread_join(invalidators[i]);
    }
    __atomic_store_n(&copies->race->done, true, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < THREADS; i++) {
        g_thread_join(others[i]);
    }
}

/* Spec: "Caching Mode": a wait completes after the copies, too */
static void test_copies(void)
{
    static const VTDMHostOps ops = {
        .read_memory = shared_read,
        .write_memory = shared_write,
        .send_message = no_message,
        .ask_for_call = copies_ask,
        .translations_changed = copies_changed,
        .update_mirrors = copies_update,
    };
    Copies *copies = g_new0(Copies, 1);
    Race *race = race_new(&ops, true, ENTRIES);

    copies->race = race;
    copies->mirror = vtdm_mirror_new(copies_tell, copies);
    race->machine->host.changed_opaque = copies;
    race->check = check_page;
    race->invalidation = invalidate_in_turn;
    race->entry = page_entry;
    map_pages(race);
    machine_enable_dma(race->machine);
    while (work(copies)) {
        /* until TES shows */
    }
    machine_enable_queue(race->machine);
    run_copies(copies);
    g_assert_cmpuint(race->checks, >, 100);
    vtdm_mirror_free(copies->mirror);
    race_free(race);
    g_free(copies);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vtdm/threads/dma", GUINT_TO_POINTER(ENTRIES),
                         test_dma);
    g_test_add_data_func("/vtdm/threads/dma-few-slots",
                         GUINT_TO_POINTER(PAGES / 3), test_dma);
    g_test_add_func("/vtdm/threads/dma-few-sets", test_few_sets);
    g_test_add_func("/vtdm/threads/save", test_save);
    g_test_add_func("/vtdm/threads/restart", test_restart);
    g_test_add_func("/vtdm/threads/interrupts", test_interrupts);
    g_test_add_func("/vtdm/threads/copies", test_copies);
    return g_test_run();
}
