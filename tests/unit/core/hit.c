/*
 * The answer that takes no lock: when there is one, and that it is the answer
 * that there is with the lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/request.h"
#include "core/unit.h"
#include "hw/i386/vtdm/hit.h"
#include "hw/i386/vtdm/inspect.h"
#include "hw/i386/vtdm/statistics.h"
#include "hw/i386/vtdm/thread.h"
#include "counters.h"
#include "machine.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define FS_RW   (VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US)

static VTDMRequest request_of(uint64_t address, VTDMAccess access)
{
    return (VTDMRequest) {
        .address = address, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .access = access,
    };
}

/* It is answered while somebody else has the lock, and as it is with it. */
static void expect_hit(Machine *machine, VTDMRequest request)
{
    VTDMResult with;
    VTDMHit hit;

    machine_request(machine, request);
    pthread_mutex_lock(&machine->unit->lock);
    g_assert_true(machine_hit(machine, &request, &hit));
    vtdm_request_run(machine->unit, &request, &with);
    pthread_mutex_unlock(&machine->unit->lock);
    machine_expect_hit(&request, &hit, &with);
}

static void expect_no_hit(Machine *machine, VTDMRequest request)
{
    VTDMHit hit;

    machine_request(machine, request);
    g_assert_false(machine_hit(machine, &request, &hit));
}

static void test_legacy(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_map(machine, 0x40000000, 0x80000000, 2, RW);
    machine_map(machine, 0x80000000, 0x40000000, 3, VTDM_SS_R);
    machine_map(machine, 0xfed00000, 0xfed00000, 1, VTDM_SS_W);
    expect_hit(machine, request_of(MACHINE_IOVA + 5, VTDM_READ));
    expect_hit(machine, request_of(MACHINE_IOVA, VTDM_ATOMIC));
    expect_hit(machine, request_of(0x401fffff, VTDM_WRITE));
    expect_hit(machine, request_of(0xbfffffff, VTDM_READ));
    expect_hit(machine, request_of(0xfed00000, VTDM_WRITE));
    machine_free(machine);
}

/* Whatever has more to be said. */
static void test_locked(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMRequest request = request_of(MACHINE_IOVA, VTDM_READ);

    machine_map(machine, 0x1000, 0x5000, 1, VTDM_SS_R);
    machine_map(machine, 0xfee00000, 0x5000, 1, RW);
    machine_map(machine, 0x80000000, 0xc0000000, 3, RW);
    machine_expect(machine, 0x1000, 0x5000);
    expect_no_hit(machine, request_of(0x1000, VTDM_WRITE));
    expect_no_hit(machine, request_of(0x2000, VTDM_READ));
    expect_no_hit(machine, request_of(0xfee00000, VTDM_WRITE));
    machine_expect(machine, 0x80000000, 0xc0000000);
    expect_no_hit(machine, request_of(0x80000000, VTDM_READ));
    request.pasid = 5;
    expect_no_hit(machine, request);
    machine_free(machine);
}

/* TES, the mode, and protected memory have a say. */
static void test_mode(void)
{
    VTDMRequest request = request_of(MACHINE_IOVA, VTDM_READ);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.plmr = true;
    config.esrtps = false;
    machine = machine_new_mapped(&config);
    expect_hit(machine, request);
    machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    expect_no_hit(machine, request);
    machine_write32(machine, VTDM_REG_PMEN, 0);
    expect_hit(machine, request);
    machine_command(machine, 0, VTDM_GCMD_TE);
    expect_no_hit(machine, request);
    machine_command(machine, VTDM_GCMD_TE, 0);
    expect_hit(machine, request);
    machine_set_root(machine, MACHINE_ROOT | vtdm_field(VTDM_RTADDR_TTM, 3));
    expect_no_hit(machine, request);
    machine_set_root(machine, MACHINE_ROOT);
    expect_hit(machine, request);
    vtdm_unit_reset(machine->unit, false);
    expect_no_hit(machine, request);
    machine_free(machine);
}

static VTDMRequest with_pasid(uint64_t address, VTDMAccess access)
{
    VTDMRequest request = request_of(address, access);

    request.pasid = MACHINE_PASID;
    return request;
}

static void test_pasid(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMRequest request = with_pasid(MACHINE_IOVA, VTDM_READ);

    expect_hit(machine, request);
    expect_hit(machine, with_pasid(MACHINE_IOVA, VTDM_WRITE));
    request.pasid = VTDM_BIT(20);       /* more than there are bits */
    expect_no_hit(machine, request);
    request.pasid = VTDM_BIT(21) | MACHINE_PASID;
    expect_no_hit(machine, request);
    machine_free(machine);
}

/* A page that was only read has a dirty bit to set. */
static void test_clean(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMEntry512 entry;
    VTDMRequest request = with_pasid(MACHINE_IOVA, VTDM_WRITE);
    VTDMHit hit;

    machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1, FS_RW);
    entry = vtdm_make_pasid_first_stage(4, machine->fsptptr, MACHINE_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, MACHINE_PASID, entry);
    expect_hit(machine, with_pasid(MACHINE_IOVA, VTDM_READ));
    g_assert_false(machine_hit(machine, &request, &hit));
    expect_hit(machine, request);
    machine_free(machine);
}

/* ---- the quick answer is the one that the lock gives ---- */

static uint64_t pick(const uint64_t *values, unsigned count)
{
    return values[g_test_rand_int_range(0, count)];
}

#define PICK(...) \
    pick((const uint64_t[]) { __VA_ARGS__ }, \
         sizeof((const uint64_t[]) { __VA_ARGS__ }) / sizeof(uint64_t))

static bool toss(void)
{
    return g_test_rand_bit();
}

/* More often than not something that lets requests pass. */
static uint8_t some_perm(void)
{
    return toss() ? RW : PICK(0, 1, 2, 3, 4, 5, 6, 7);
}

static uint64_t some_address(void)
{
    return PICK(0, 0x40000000, 0xc0000000, 0xfec00000, 0xfee00000, 0xfeeff000,
                0xfef00000, VTDM_BIT(38), VTDM_BIT(39), VTDM_BIT(40));
}

/* Such as no tables give, too; but in legacy mode there are no users. */
static VTDMIotlbEntry some_entry(bool scalable)
{
    uint64_t mask = vtdm_level_mask(g_test_rand_int_range(1, 4));
    bool pasid = toss();

    return (VTDMIotlbEntry) {
        .tag = {
            .input = some_address(), .source_id = MACHINE_SID,
            .pasid = pasid ? MACHINE_PASID : VTDM_NO_PASID,
        },
        .domain_id = g_test_rand_int_range(0, 0x10000),
        .own_pasid = pasid ? MACHINE_PASID : 0,
        .first_stage = toss(), .rid_priv = toss(), .sre = toss(),
        .fpd = toss(),
        .translation = {
            .condition = PICK(VTDM_NO_FAULT, VTDM_NO_FAULT, VTDM_LSS_1),
            .output = some_address() & ~mask, .mask = mask, .span = mask,
            .perm = some_perm(), .supervisor_perm = some_perm(),
            .user_denied = scalable && PICK(0, 0, 1), .snoop = toss(),
            .dirty = toss(), .nested = toss(), .second_perm = RW,
        },
    };
}

/* Returns whether there was a quick answer. */
static bool compare(Machine *machine, VTDMRequest request, uint64_t mask)
{
    VTDMResult with;
    VTDMHit hit;
    bool quick = machine_hit(machine, &request, &hit);

    request.view = VTDM_LOOK;
    vtdm_request_run(machine->unit, &request, &with);
    if (quick) {
        machine_expect_hit(&request, &hit, &with);
    } else if (with.response == VTDM_OK && with.translated) {
        g_assert_cmphex(with.mask, !=, mask);
    }
    return quick;
}

static VTDMRequest some_request(const VTDMIotlbEntry *entry)
{
    return (VTDMRequest) {
        .address = (entry->tag.input & ~entry->translation.mask) |
                   (g_test_rand_int() & entry->translation.mask),
        .pasid = entry->tag.pasid, .source_id = entry->tag.source_id,
        .access = g_test_rand_int_range(VTDM_READ, VTDM_ATOMIC + 1),
    };
}

/* Nothing is mapped where the entries are: no walk gives an answer. */
static unsigned compare_many(Machine *machine)
{
    VTDMUnit *unit = machine->unit;
    bool scalable = unit->latched.root.ttm == VTDM_TTM_SCALABLE;
    unsigned quick = 0;

    for (unsigned i = 0; i < 20000; i++) {
        VTDMIotlbEntry entry = some_entry(scalable);

        unit->config.mgaw = PICK(12, 21, 30, 39, 48);
        vtdm_iotlb_insert(unit, &entry);
        for (unsigned j = 0; j < 4; j++) {
            quick += compare(machine, some_request(&entry),
                             entry.translation.mask);
        }
        vtdm_iotlb_empty(unit);
    }
    return quick;
}

static void test_quick(void)
{
    Machine *legacy = machine_new_mapped(NULL);
    Machine *scalable = machine_new_scalable(NULL);

    g_assert_cmpuint(compare_many(legacy), >, 2000);
    g_assert_cmpuint(compare_many(scalable), >, 2000);
    machine_free(legacy);
    machine_free(scalable);
}

/* Hits are counted, wherever they were answered, and forgotten. */
static void test_statistics(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMRequest look = request_of(MACHINE_IOVA, VTDM_READ);
    VTDMStatistics statistics;

    vtdm_unit_forget_statistics(machine->unit);
    for (unsigned i = 0; i < 100; i++) {
        machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    }
    look.view = VTDM_LOOK;
    machine_request(machine, look);
    vtdm_unit_statistics(machine->unit, &statistics);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOMMU_REQUESTS], ==, 100);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOTLB_LOOKUP], ==, 100);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOTLB_HIT], ==, 99);
    vtdm_unit_forget_statistics(machine->unit);
    vtdm_unit_statistics(machine->unit, &statistics);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOTLB_HIT], ==, 0);
    machine_free(machine);
}

/* More threads at once than there are numbers, and numbers that come back. */
#define AT_ONCE         (2 * VTDM_THREADS)
#define WAVES           3
#define HITS            2000

static gpointer hit_often(gpointer unit)
{
    VTDMHit hit;

    for (unsigned i = 0; i < HITS; i++) {
        g_assert_true(vtdm_unit_hit(unit, vtdm_who(MACHINE_SID, VTDM_NO_PASID),
                                    MACHINE_IOVA, VTDM_PERM_R, &hit));
    }
    return NULL;
}

static void test_threads(void)
{
    Machine *machine = machine_new_mapped(NULL);
    GThread *threads[AT_ONCE];
    VTDMStatistics statistics;

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    vtdm_unit_forget_statistics(machine->unit);
    for (unsigned wave = 0; wave < WAVES; wave++) {
        for (unsigned i = 0; i < AT_ONCE; i++) {
            threads[i] = g_thread_new("hits", hit_often, machine->unit);
        }
        for (unsigned i = 0; i < AT_ONCE; i++) {
            g_thread_join(threads[i]);
        }
    }
    vtdm_unit_statistics(machine->unit, &statistics);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOTLB_HIT], ==,
                     WAVES * AT_ONCE * HITS);
    machine_free(machine);
}

/* Requests of two threads, as far as they are. */
typedef struct Requests {
    Machine *machine;
    uint64_t begun;
    uint64_t ended;
    bool done;
} Requests;

static uint64_t so_far(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_SEQ_CST);
}

/* As the glue sends them. */
static gpointer request_often(gpointer opaque)
{
    Requests *requests = opaque;
    VTDMRequest request = request_of(MACHINE_IOVA, VTDM_READ);

    while (!__atomic_load_n(&requests->done, __ATOMIC_SEQ_CST)) {
        VTDMResult result;
        VTDMHit hit;

        __atomic_fetch_add(&requests->begun, 1, __ATOMIC_SEQ_CST);
        if (!machine_hit(requests->machine, &request, &hit)) {
            vtdm_unit_translate(requests->machine->unit, &request, &result);
        }
        __atomic_fetch_add(&requests->ended, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

/*
 * A counter has all requests that begin when it counts and end before it is
 * stopped, and none that does not overlap that time.
 */
static void count_some(Requests *requests)
{
    Machine *machine = requests->machine;
    uint64_t least, most, value;

    counter_set(machine, 0, 0);
    most = so_far(&requests->ended);
    counter_counts(machine, 0, VTDM_COUNT_IOMMU_REQUESTS);
    least = so_far(&requests->begun);
    while (so_far(&requests->ended) < least + 50) {
        g_thread_yield();
    }
    least = so_far(&requests->ended) - least;
    g_assert_cmpuint(counter_command(machine, VTDM_ECMD_DISABLE, 0), ==,
                     VTDM_ECMD_DONE);
    most = so_far(&requests->begun) - most;
    value = counter_value(machine, 0);
    g_assert_cmpuint(value, >=, least);
    g_assert_cmpuint(value, <=, most);
    g_thread_yield();
    g_assert_cmpuint(counter_value(machine, 0), ==, value);
}

/* Spec: "Performance Monitoring": while hits go on, by either way */
static void test_counters(void)
{
    Requests requests = { .machine = counters_machine(false) };
    GThread *threads[2];
    VTDMStatistics statistics;

    vtdm_unit_forget_statistics(requests.machine->unit);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("requests", request_often, &requests);
    }
    for (unsigned i = 0; i < 200; i++) {
        count_some(&requests);
    }
    __atomic_store_n(&requests.done, true, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
    vtdm_unit_statistics(requests.machine->unit, &statistics);
    g_assert_cmpuint(statistics.counts[VTDM_COUNT_IOMMU_REQUESTS], ==,
                     requests.begun);
    machine_free(requests.machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/hit/legacy", test_legacy);
    g_test_add_func("/vtdm/hit/locked", test_locked);
    g_test_add_func("/vtdm/hit/mode", test_mode);
    g_test_add_func("/vtdm/hit/pasid", test_pasid);
    g_test_add_func("/vtdm/hit/clean", test_clean);
    g_test_add_func("/vtdm/hit/quick", test_quick);
    g_test_add_func("/vtdm/hit/statistics", test_statistics);
    g_test_add_func("/vtdm/hit/threads", test_threads);
    g_test_add_func("/vtdm/hit/counters", test_counters);
    return g_test_run();
}
