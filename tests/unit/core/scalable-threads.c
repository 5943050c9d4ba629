/*
 * Many threads that translate with PASIDs, in one stage and in two, while
 * software changes first-stage tables and invalidates what is cached of them in
 * every way that covers it, and a device asks for pages.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "shared-memory.h"

#define QUEUE       0x180000    /* of page requests */
#define THREADS     3
#define PAGES       16
#define CHANGES     600
#define CHECKS      40          /* between two changes */
#define FIRST       2           /* the PASID with one stage... */
#define FIRST_DID   8
#define NESTED      3           /* ... and the one with two */

/*
 * Generation n of a page maps it to n << 12, in both PASIDs. A thread may meet
 * any from the last one whose invalidation is complete to the last written.
 */
typedef struct Race {
    Machine *machine;
    uint64_t leaves[PAGES];
    uint64_t written[PAGES];
    uint64_t complete[PAGES];
    bool asked;
    bool done;
    uint64_t checks, requests, invalidations;
} Race;

static Race *race_of(void *opaque)
{
    return ((FakeHost *)opaque)->changed_opaque;
}

static bool exchange(void *opaque, uint64_t address, uint64_t *expected,
                     uint64_t wanted)
{
    __atomic_compare_exchange_n(shared_word(opaque, address), expected,
                                wanted, false, __ATOMIC_SEQ_CST,
                                __ATOMIC_SEQ_CST);
    return true;
}

static void no_message(void *opaque, uint64_t address, uint32_t data)
{
}

static void ask(void *opaque)
{
    __atomic_store_n(&race_of(opaque)->asked, true, __ATOMIC_SEQ_CST);
}

static VTDMDeviceTlbAnswer invalidate(void *opaque,
                                      const VTDMInvalidation *what)
{
    __atomic_fetch_add(&race_of(opaque)->invalidations, 1, __ATOMIC_SEQ_CST);
    return VTDM_DEVICE_TLB_DONE;
}

static const VTDMHostOps ops = {
    .read_memory = shared_read,
    .write_memory = shared_write,
    .exchange_memory = exchange,
    .send_message = no_message,
    .ask_for_call = ask,
    .invalidate_device_tlb = invalidate,
};

static bool is_done(Race *race)
{
    return __atomic_load_n(&race->done, __ATOMIC_SEQ_CST);
}

static void *run_work(void *opaque)
{
    Race *race = opaque;

    while (!is_done(race)) {
        if (__atomic_exchange_n(&race->asked, false, __ATOMIC_SEQ_CST)) {
            vtdm_unit_work(race->machine->unit);
        } else {
            g_usleep(10);
        }
    }
    return NULL;
}

/* As the glue does it; gives the address. */
static uint64_t read_at(Machine *machine, const VTDMRequest *request)
{
    VTDMResult result;
    VTDMHit hit;

    if (machine_hit(machine, request, &hit)) {
        return hit.output;
    }
    vtdm_unit_translate(machine->unit, request, &result);
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    return result.address;
}

static void check_page(Race *race, unsigned page, VTDMRequest request)
{
    uint64_t oldest = shared_get(&race->complete[page]);
    uint64_t found, newest;

    request.address = (uint64_t)page << VTDM_PAGE_BITS;
    request.source_id = MACHINE_SID;
    found = read_at(race->machine, &request) >> VTDM_PAGE_BITS;
    newest = shared_get(&race->written[page]);
    if (found < oldest || found > newest) {
        g_error("PASID %u, page %u: generation %" G_GUINT64_FORMAT ", not %"
                G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, request.pasid,
                page, found, oldest, newest);
    }
}

static void *run_checks(void *opaque)
{
    Race *race = opaque;
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    while (!is_done(race)) {
        check_page(race, g_rand_int_range(rand, 0, PAGES), (VTDMRequest) {
            .pasid = g_rand_boolean(rand) ? FIRST : NESTED,
            .type = g_rand_boolean(rand) ? VTDM_AT_UNTRANSLATED
                                         : VTDM_AT_TRANSLATION,
        });
        __atomic_fetch_add(&race->checks, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

/* Where the queue is full, the unit says success; all else is queued. */
static void *run_requests(void *opaque)
{
    Race *race = opaque;
    VTDMPageRequest request = {
        .address = VTDM_PAGE_SIZE, .source_id = MACHINE_SID, .read = true,
    };
    VTDMPageResponse response;

    while (!is_done(race)) {
        request.pasid = request.pasid == FIRST ? NESTED : FIRST;
        if (vtdm_unit_page_request(race->machine->unit, &request,
                                   &response)) {
            g_assert_cmpuint(response.code, ==, VTDM_PAGE_SUCCESS);
        }
        __atomic_fetch_add(&race->requests, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void put(Race *race, uint64_t *tail, VTDMEntry128 lower)
{
    uint64_t words[4] = { lower.lo, lower.hi };

    for (unsigned i = 0; i < 4; i++) {
        shared_set(shared_word(&race->machine->host,
                               MACHINE_QUEUE + *tail + 8 * i), words[i]);
    }
    *tail = (*tail + 32) % VTDM_PAGE_SIZE;
}

/* What covers @page of one PASID, in one of the ways that there are. */
static void put_invalidation(Race *race, uint64_t *tail, unsigned page,
                             uint32_t pasid, uint16_t domain_id)
{
    switch (g_test_rand_int_range(0, 5)) {
    case 0:
        put(race, tail, vtdm_make_pasid_iotlb_invalidate(
                VTDM_P_IOTLB_G_PASID, domain_id, pasid, 0));
        break;
    case 1:
        put(race, tail, vtdm_make_pasid_cache_invalidate(
                VTDM_PC_G_GLOBAL, 0, 0));
        put(race, tail, vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, domain_id,
                                                   0, 0, false));
        break;
    case 2:
        put(race, tail, vtdm_make_pasid_cache_invalidate(
                VTDM_PC_G_PASID, domain_id, pasid));
        put(race, tail, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0,
                                                   false));
        break;
    default:
        put(race, tail, vtdm_make_pasid_iotlb_invalidate(
                VTDM_P_IOTLB_G_PAGES, domain_id, pasid, 4));
    }
}

static void change(Race *race, unsigned page, uint32_t number)
{
    Machine *machine = race->machine;
    uint64_t generation = race->written[page] + 1;
    uint64_t tail = machine_read64(machine, VTDM_REG_IQT);

    shared_set(&race->written[page], generation);
    shared_set(shared_word(&machine->host, race->leaves[page]),
               generation << VTDM_PAGE_BITS | VTDM_FS_P | VTDM_FS_US);
    put_invalidation(race, &tail, page, FIRST, FIRST_DID);
    put_invalidation(race, &tail, page, NESTED, MACHINE_DID);
    put(race, &tail, vtdm_make_device_tlb_invalidate(MACHINE_SID, 0, false));
    put(race, &tail, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, number));
    vtdm_unit_write(machine->unit, VTDM_REG_IQT, 8, tail);
    while (shared_get(shared_word(&machine->host, MACHINE_STATUS)) !=
           number) {
        g_usleep(10);
    }
    shared_set(&race->complete[page], generation);
    vtdm_unit_write(machine->unit, VTDM_REG_PQH, 8,
                    machine_read64(machine, VTDM_REG_PQT));
    vtdm_unit_write(machine->unit, VTDM_REG_PRS, 4,
                    VTDM_PRS_PRO | VTDM_PRS_PPR);
}

/* Guest memory is the host's, at its own address. */
static uint64_t identity(Machine *machine)
{
    uint64_t table = vtdm_tables_page(&machine->tables);

    vtdm_tables_map(&machine->tables, &(VTDMMapping) {
        .table = table, .levels = 4, .level = 3,
        .flags = VTDM_SS_R | VTDM_SS_W,
    });
    return table;
}

static void set_pasids(Race *race)
{
    Machine *machine = race->machine;
    VTDMEntry512 entry;

    for (unsigned i = 0; i < PAGES; i++) {
        race->leaves[i] = machine_map_first(
            machine, (uint64_t)i << VTDM_PAGE_BITS, 0, 1,
            VTDM_FS_P | VTDM_FS_US);
    }
    entry = vtdm_make_pasid_first_stage(4, machine->fsptptr, FIRST_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, FIRST, entry);
    entry = vtdm_make_pasid_first_stage(4, machine->fsptptr, MACHINE_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, NESTED, vtdm_pasid_nested_over(
                          entry, 4, identity(machine)));
}

static void start(Race *race)
{
    Machine *machine = race->machine = machine_new_scalable(NULL);

    machine->host.changed_opaque = race;
    set_pasids(race);
    vtdm_unit_free(machine->unit);
    machine->unit = vtdm_unit_new(&machine->config, &ops, &machine->host);
    machine_enable_scalable(machine);
    while (!(machine_read32(machine, VTDM_REG_GSTS) & VTDM_GSTS_TES)) {
        vtdm_unit_work(machine->unit);
    }
    machine_enable_wide_queue(machine);
    vtdm_unit_work(machine->unit);
    machine_write64(machine, VTDM_REG_PQA, QUEUE);
}

/*
 * Spec: "PASID-based IOTLB Invalidate Descriptor (P_IOTLB)": once its wait is
 * complete, nobody meets what was there before
 */
static void test_race(void)
{
    Race *race = g_new0(Race, 1);
    GThread *threads[THREADS + 2];

    start(race);
    threads[0] = g_thread_new("work", run_work, race);
    threads[1] = g_thread_new("requests", run_requests, race);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[2 + i] = g_thread_new("checks", run_checks, race);
    }
    for (uint32_t i = 1; i <= CHANGES; i++) {
        uint64_t enough = shared_get(&race->checks) + CHECKS;

        while (shared_get(&race->checks) < enough ||
               shared_get(&race->requests) < i) {
            g_usleep(10);
        }
        change(race, g_test_rand_int_range(0, PAGES), i);
    }
    __atomic_store_n(&race->done, true, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpuint(race->invalidations, ==, CHANGES);
    g_assert_cmphex(machine_read32(race->machine, VTDM_REG_FSTS), ==, 0);
    machine_free(race->machine);
    g_free(race);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/scalable-threads/race", test_race);
    return g_test_run();
}
