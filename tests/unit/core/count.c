/*
 * What is counted: each event where it happens, with the number that follows
 * from the tables and the caches, and the same in a counter of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/spec/interrupts.h"
#include "counters.h"

/* How often, in order of the event; what is not named did not happen. */
typedef struct Expected {
    unsigned counts[VTDM_COUNTS];
} Expected;

/* As machine->counters: counter n has event n, or less than there are. */
static void count_all(Machine *machine)
{
    for (unsigned i = 0; i < VTDM_COUNTS; i++) {
        counter_counts(machine, i, i);
    }
    vtdm_unit_forget_statistics(machine->unit);
    counter_command(machine, VTDM_ECMD_RESET_VALUES, 0);
    machine->host.reads = machine->host.exchanges = 0;
}

/* Both ways of counting agree, and say this; then they begin anew. */
static void expect(Machine *machine, const Expected *expected)
{
    VTDMStatistics statistics;

    vtdm_unit_statistics(machine->unit, &statistics);
    for (unsigned i = 0; i < VTDM_COUNTS; i++) {
        g_test_message("%s", vtdm_count_info[i].name);
        g_assert_cmpuint(statistics.counts[i], ==, expected->counts[i]);
        g_assert_cmpuint(counter_value(machine, i), ==, expected->counts[i]);
    }
    g_assert_cmpuint(expected->counts[VTDM_COUNT_IOMMU_MRDS], ==,
                     machine->host.reads);
    g_assert_cmpuint(expected->counts[VTDM_COUNT_MEM_OCCUPANCY], ==,
                     64 * (machine->host.reads + machine->host.exchanges));
    count_all(machine);
}

#define N(name) [VTDM_COUNT_##name]
#define EXPECT(...) expect(machine, &(Expected) { { __VA_ARGS__ } })

/* Root and context entry, four levels; then a hit. */
static void test_legacy(void)
{
    Machine *machine = counters_machine(false);

    count_all(machine);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    EXPECT(N(IOMMU_REQUESTS) = 1, N(PW_OCCUPANCY) = 4 * 64,
           N(TOTAL_OCCUPANCY) = 8 + 6 * 64, N(MEM_OCCUPANCY) = 6 * 64,
           N(IOMMU_MRDS) = 6, N(CTXT_CACHE_LOOKUP) = 1,
           N(SS_NONLEAF_LOOKUP) = 1, N(IOTLB_LOOKUP) = 1);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    EXPECT(N(IOMMU_REQUESTS) = 1, N(TOTAL_OCCUPANCY) = 8,
           N(IOTLB_LOOKUP) = 1, N(IOTLB_HIT) = 1);

    /* The page beside it: not there, but the tables are known. */
    machine_dma(machine, MACHINE_IOVA + 0x1000, VTDM_READ);
    EXPECT(N(IOMMU_REQUESTS) = 1, N(PW_OCCUPANCY) = 64,
           N(TOTAL_OCCUPANCY) = 8 + 64, N(MEM_OCCUPANCY) = 64,
           N(IOMMU_MRDS) = 1, N(CTXT_CACHE_LOOKUP) = 1,
           N(CTXT_CACHE_HIT) = 1, N(SS_NONLEAF_LOOKUP) = 1,
           N(SS_NONLEAF_HIT) = 1, N(IOTLB_LOOKUP) = 1);
    machine_free(machine);
}

static Machine *new_first_stage(void)
{
    Machine *machine = counters_machine(true);
    VTDMEntry512 entry;

    machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                      VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US);
    entry = vtdm_make_pasid_first_stage(4, machine->fsptptr, MACHINE_DID);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, MACHINE_PASID, entry);
    count_all(machine);
    return machine;
}

/*
 * Two pieces of a context entry, one of the directory, four of a PASID entry;
 * accessed bits of four entries, and the dirty bit.
 */
static void test_scalable(void)
{
    Machine *machine = new_first_stage();

    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_WRITE);
    EXPECT(N(IOMMU_REQUESTS) = 1, N(PW_OCCUPANCY) = 8 * 64,
           N(TOTAL_OCCUPANCY) = 8 + 16 * 64, N(MEM_OCCUPANCY) = 16 * 64,
           N(IOMMU_MRDS) = 12, N(IOMMU_ATOMIC_AD_UPDATE) = 4,
           N(CTXT_CACHE_LOOKUP) = 1, N(PASID_CACHE_LOOKUP) = 1,
           N(FS_NONLEAF_LOOKUP) = 1, N(IOTLB_LOOKUP) = 1);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA + 0x1000,
                           VTDM_READ);
    EXPECT(N(IOMMU_REQUESTS) = 1, N(PW_OCCUPANCY) = 64,
           N(TOTAL_OCCUPANCY) = 8 + 64, N(MEM_OCCUPANCY) = 64,
           N(IOMMU_MRDS) = 1, N(CTXT_CACHE_LOOKUP) = 1,
           N(CTXT_CACHE_HIT) = 1, N(PASID_CACHE_LOOKUP) = 1,
           N(PASID_CACHE_HIT) = 1, N(FS_NONLEAF_LOOKUP) = 1,
           N(FS_NONLEAF_HIT) = 1, N(IOTLB_LOOKUP) = 1);
    machine_free(machine);
}

/* A CPU, which is first. */
static void change_once(void *opaque, uint64_t address)
{
    Machine *machine = opaque;

    machine->host.races = NULL;
    machine->host.ram[address + 6] ^= 0x80;     /* bit 55: for software */
}

/* An update that finds the entry changed is none: the walk begins anew. */
static void test_race(void)
{
    Machine *machine = new_first_stage();

    machine->host.races = change_once;
    machine->host.races_opaque = machine;
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_WRITE);
    EXPECT(N(IOMMU_REQUESTS) = 1, N(PW_OCCUPANCY) = 9 * 64,
           N(TOTAL_OCCUPANCY) = 8 + 17 * 64, N(MEM_OCCUPANCY) = 17 * 64,
           N(IOMMU_MRDS) = 13, N(IOMMU_ATOMIC_AD_UPDATE) = 4,
           N(CTXT_CACHE_LOOKUP) = 1, N(PASID_CACHE_LOOKUP) = 1,
           N(FS_NONLEAF_LOOKUP) = 2, N(IOTLB_LOOKUP) = 1);
    machine_free(machine);
}

/* The entry of a remapped interrupt; whether a hit is of a posted one. */
static void test_interrupts(void)
{
    VTDMConfig config;
    Machine *machine;
    uint64_t address = VTDM_INTERRUPT_BASE | VTDM_MSI_FORMAT;

    vtdm_config_init(&config);
    counters_config(&config);
    config.cm = true;           /* keeps what faults */
    machine = machine_new(&config);
    machine_enable_interrupts(machine, 7, false);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x31, 1, false));
    count_all(machine);
    machine_interrupt(machine, MACHINE_SID, address, 0);
    EXPECT(N(MEM_OCCUPANCY) = 64, N(IOMMU_MRDS) = 1,
           N(INT_CACHE_LOOKUP) = 1);
    machine_interrupt(machine, MACHINE_SID, address, 0);
    EXPECT(N(INT_CACHE_LOOKUP) = 1, N(INT_CACHE_HIT_NONPOSTED) = 1);
    machine_interrupt(machine, MACHINE_SID, VTDM_INTERRUPT_BASE, 0);
    EXPECT(0);
    machine_free(machine);
}

/* One in the queue, and one that finds it full. */
static void test_page_requests(void)
{
    VTDMPageRequest request = {
        .pasid = MACHINE_PASID, .source_id = MACHINE_SID, .read = true,
    };
    VTDMPageResponse response;
    Machine *machine = counters_machine(true);

    machine_write64(machine, VTDM_REG_PQA, 0x180000);
    machine_write64(machine, VTDM_REG_PQH, 64);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    count_all(machine);
    vtdm_unit_page_request(machine->unit, &request, &response);
    EXPECT(N(PG_REQ_POSTED) = 1, N(CTXT_CACHE_LOOKUP) = 1,
           N(CTXT_CACHE_HIT) = 1, N(PASID_CACHE_LOOKUP) = 1,
           N(PASID_CACHE_HIT) = 1);
    vtdm_unit_page_request(machine->unit, &request, &response);
    EXPECT(N(CTXT_CACHE_LOOKUP) = 1, N(CTXT_CACHE_HIT) = 1,
           N(PASID_CACHE_LOOKUP) = 1, N(PASID_CACHE_HIT) = 1);
    request.last = true;        /* so that it gets a response */
    g_assert_true(vtdm_unit_page_request(machine->unit, &request, &response));
    EXPECT(N(PG_REQ_OVERFLOW) = 1, N(CTXT_CACHE_LOOKUP) = 1,
           N(CTXT_CACHE_HIT) = 1, N(PASID_CACHE_LOOKUP) = 1,
           N(PASID_CACHE_HIT) = 1);
    machine_free(machine);
}

/* A descriptor is read from memory; a wait's status is written. */
static void test_descriptors(void)
{
    Machine *machine = counters_machine(false);

    machine_enable_queue(machine);
    count_all(machine);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 1));
    EXPECT(N(IOMMU_MRDS) = 1, N(MEM_OCCUPANCY) = 64);
    machine_free(machine);
}

/* Who only looks leaves no count. */
static void test_looks(void)
{
    static const VTDMView views[] = { VTDM_LOOK, VTDM_TABLES };
    Machine *machine = counters_machine(false);

    machine_enable_interrupts(machine, 7, false);
    count_all(machine);
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        VTDMInterruptRequest interrupt = {
            .address = VTDM_INTERRUPT_BASE | VTDM_MSI_FORMAT, .size = 4,
            .view = views[i],
        };
        VTDMInterrupt answer;

        machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
            .source_id = MACHINE_SID, .view = views[i],
        });
        vtdm_unit_remap(machine->unit, &interrupt, &answer);
    }
    g_assert_cmpuint(machine->host.reads, >, 0);
    machine->host.reads = 0;
    EXPECT(0);
    machine_free(machine);
}

static void set_filter(Machine *machine, unsigned counter, unsigned filter,
                       uint32_t value)
{
    machine_write32(machine, counter_filter(machine, counter, filter),
                    VTDM_FILTER_EN | value);
}

/* Spec: "Filter Support": of each kind one that matches and one that does not */
static void test_filters(void)
{
    static const struct {
        unsigned filter;
        uint32_t value;
        bool matches;
    } cases[] = {
        { VTDM_FILTER_RID, MACHINE_SID, true },
        { VTDM_FILTER_RID, MACHINE_SID ^ 1, false },
        { VTDM_FILTER_DID, MACHINE_DID, true },
        { VTDM_FILTER_DID, MACHINE_DID ^ 1, false },
        { VTDM_FILTER_PASID, MACHINE_PASID, true },
        { VTDM_FILTER_PASID, MACHINE_PASID ^ 1, false },
        { VTDM_FILTER_PASID, 1 << 20, true },
        { VTDM_FILTER_PASID, 2 << 20, false },
        { VTDM_FILTER_PASID, 3 << 20 | MACHINE_PASID, false },
        { VTDM_FILTER_PTL, 1, true },
        { VTDM_FILTER_PTL, 0x1e, false },
    };
    Machine *machine = counters_machine(true);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        set_filter(machine, i, cases[i].filter, cases[i].value);
        counter_counts(machine, i, VTDM_COUNT_IOTLB_HIT);
    }
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpuint(counter_value(machine, i), ==, cases[i].matches);
    }
    machine_free(machine);
}

/* All that MACHINE_SID can bring about with MACHINE_PASID in MACHINE_DID. */
static void do_all(Machine *machine)
{
    VTDMPageRequest page = {
        .pasid = MACHINE_PASID, .source_id = MACHINE_SID, .read = true,
        .last = true,
    };
    VTDMPageResponse response;

    for (unsigned i = 0; i < 2; i++) {
        for (uint64_t at = 0; at < 0x2000; at += 0x1000) {
            machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA + at,
                                   VTDM_READ);
        }
        vtdm_unit_page_request(machine->unit, &page, &response);
        machine_interrupt(machine, MACHINE_SID,
                          VTDM_INTERRUPT_BASE | VTDM_MSI_FORMAT, 0);
    }
}

static Machine *new_machine_for_all(bool first_stage)
{
    Machine *machine = counters_machine(true);
    VTDMEntry512 entry;

    if (first_stage) {
        machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                          VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US | VTDM_FS_A);
        entry = vtdm_make_pasid_first_stage(4, machine->fsptptr, MACHINE_DID);
        entry.words[1] |= VTDM_PASID_1_PWSNP;
        machine_set_pasid(machine, MACHINE_PASID, entry);
    }
    machine_write64(machine, VTDM_REG_PQA, 0x180000);
    machine_write64(machine, VTDM_REG_PQH, 64);
    machine_enable_interrupts(machine, 7, false);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x31, 1, false));
    return machine;
}

/* Whom an event happened to: all of it matches, or nothing does. */
static void expect_subject(VTDMCount event, unsigned filter, uint32_t value)
{
    bool first_stage = vtdm_count_info[event].name[0] == 'f';
    Machine *machine = new_machine_for_all(first_stage);

    counter_counts(machine, 0, event);
    set_filter(machine, 1, filter, value);
    counter_counts(machine, 1, event);
    set_filter(machine, 2, filter, value ^ 1);
    counter_counts(machine, 2, event);
    do_all(machine);
    g_test_message("%s, filter %u", vtdm_count_info[event].name, filter);
    g_assert_cmpuint(counter_value(machine, 0), >, 0);
    g_assert_cmpuint(counter_value(machine, 1), ==, counter_value(machine, 0));
    g_assert_cmpuint(counter_value(machine, 2), ==, 0);
    machine_free(machine);
}

static void test_subjects(void)
{
    static const uint32_t values[] = {
        [VTDM_FILTER_RID] = MACHINE_SID, [VTDM_FILTER_DID] = MACHINE_DID,
        [VTDM_FILTER_PASID] = MACHINE_PASID,
    };

    for (unsigned event = 0; event < VTDM_COUNTS; event++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
            if (vtdm_count_info[event].filters & VTDM_BIT(i) &&
                event != VTDM_COUNT_INT_CACHE_HIT_POSTED) {
                expect_subject(event, i, values[i]);
            }
        }
    }
}

/* RID_PASID is that of requests without PASID. */
static void test_rid_pasid(void)
{
    Machine *machine = counters_machine(true);

    for (unsigned i = 0; i < 2; i++) {
        set_filter(machine, i, VTDM_FILTER_PASID, (1 + i) << 20);
        counter_counts(machine, i, VTDM_COUNT_PASID_CACHE_LOOKUP);
    }
    machine_dma(machine, MACHINE_IOVA, VTDM_READ);
    g_assert_cmpuint(counter_value(machine, 0), ==, 0);
    g_assert_cmpuint(counter_value(machine, 1), ==, 1);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    g_assert_cmpuint(counter_value(machine, 0), ==, 1);
    g_assert_cmpuint(counter_value(machine, 1), ==, 1);
    machine_free(machine);
}

/* Spec: "Filter Support": all of several, the others do not count */
static void test_and(void)
{
    Machine *machine = counters_machine(true);

    for (unsigned i = 0; i < 3; i++) {
        set_filter(machine, i, VTDM_FILTER_RID, MACHINE_SID ^ (i == 1));
        set_filter(machine, i, VTDM_FILTER_PASID, MACHINE_PASID ^ (i == 2));
        counter_counts(machine, i, VTDM_COUNT_IOTLB_LOOKUP);
    }
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    g_assert_cmpuint(counter_value(machine, 0), ==, 1);
    g_assert_cmpuint(counter_value(machine, 1), ==, 0);
    g_assert_cmpuint(counter_value(machine, 2), ==, 0);
    machine_free(machine);
}

/* Spec: "Performance Monitoring Address Type Filter Configuration Registers" */
static void test_address_types(void)
{
    Machine *machine = counters_machine(true);

    for (unsigned i = 0; i < 3; i++) {
        set_filter(machine, i, VTDM_FILTER_AT, VTDM_BIT(i));
        counter_counts(machine, i, VTDM_COUNT_IOMMU_REQUESTS);
    }
    set_filter(machine, 3, VTDM_FILTER_AT, 7);
    counter_counts(machine, 3, VTDM_COUNT_IOMMU_REQUESTS);
    for (unsigned type = 0; type < 3; type++) {
        for (unsigned i = 0; i <= type; i++) {
            machine_request(machine, (VTDMRequest) {
                .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
                .source_id = MACHINE_SID, .type = type,
            });
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(counter_value(machine, i), ==, i + 1);
    }
    g_assert_cmpuint(counter_value(machine, 3), ==, 6);
    machine_free(machine);
}

/* Spec: "Performance Monitoring Page Table Level Filter Configuration
 * Registers": the size of the page, and the level of an entry above it */
static void test_levels(void)
{
    Machine *machine = counters_machine(false);
    uint64_t large = 0x40000000;

    machine_map(machine, large, 0x200000, 2, VTDM_SS_R);
    for (unsigned i = 0; i < 5; i++) {
        set_filter(machine, i, VTDM_FILTER_PTL, VTDM_BIT(i));
        counter_counts(machine, i, VTDM_COUNT_IOTLB_HIT);
        set_filter(machine, 5 + i, VTDM_FILTER_PTL, VTDM_BIT(i));
        counter_counts(machine, 5 + i, VTDM_COUNT_SS_NONLEAF_HIT);
    }
    machine_dma(machine, large, VTDM_READ);
    machine_dma(machine, large, VTDM_READ);
    machine_dma(machine, large + 0x200000, VTDM_READ);
    for (unsigned i = 0; i < 5; i++) {
        g_assert_cmpuint(counter_value(machine, i), ==, i == 1);
        g_assert_cmpuint(counter_value(machine, 5 + i), ==, i == 2);
    }
    machine_free(machine);
}

/* The statistics are there without a monitor, and survive a reset. */
static void test_statistics(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine->host.now = 77;
    vtdm_unit_reset(machine->unit, true);
    g_assert_cmpuint(counted(machine, VTDM_COUNT_IOTLB_LOOKUP), ==, 1);
    g_assert_cmpuint(counted(machine, VTDM_COUNT_IOMMU_CLOCKS), ==, 77);
    vtdm_unit_forget_statistics(machine->unit);
    g_assert_cmpuint(counted(machine, VTDM_COUNT_IOTLB_LOOKUP), ==, 0);
    machine->host.now = 100;
    g_assert_cmpuint(counted(machine, VTDM_COUNT_IOMMU_CLOCKS), ==, 23);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/count/legacy", test_legacy);
    g_test_add_func("/vtdm/count/scalable", test_scalable);
    g_test_add_func("/vtdm/count/race", test_race);
    g_test_add_func("/vtdm/count/interrupts", test_interrupts);
    g_test_add_func("/vtdm/count/page-requests", test_page_requests);
    g_test_add_func("/vtdm/count/descriptors", test_descriptors);
    g_test_add_func("/vtdm/count/looks", test_looks);
    g_test_add_func("/vtdm/count/filters", test_filters);
    g_test_add_func("/vtdm/count/subjects", test_subjects);
    g_test_add_func("/vtdm/count/rid-pasid", test_rid_pasid);
    g_test_add_func("/vtdm/count/and", test_and);
    g_test_add_func("/vtdm/count/address-types", test_address_types);
    g_test_add_func("/vtdm/count/levels", test_levels);
    g_test_add_func("/vtdm/count/statistics", test_statistics);
    return g_test_run();
}
