/*
 * What each invalidation of scalable mode drops from each cache, and that it
 * drops nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "core/context-cache.h"
#include "core/iotlb.h"
#include "core/pasid-cache.h"
#include "core/structure-cache.h"
#include "core/unit.h"
#include "machine.h"

#define RW          (VTDM_SS_R | VTDM_SS_W)
#define USER        (VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US)

#define OTHER_SID   (MACHINE_SID + 1)
#define GUEST_PAGE  0x5000      /* what the first stage of D gives */
#define ELSEWHERE   (MACHINE_IOVA ^ VTDM_BIT(46))

/*
 * Five address spaces, each with MACHINE_IOVA in it: two by second-stage
 * tables, of requests without PASID; two by first-stage tables in one domain;
 * one nested.
 */
typedef struct Space {
    uint16_t source_id;
    uint32_t pasid;             /* of its PASID entry */
    bool with_pasid;
    uint16_t domain_id;
    uint8_t pgtt;
} Space;

static const Space spaces[] = {
    { MACHINE_SID, 0, false, 7, VTDM_PGTT_SECOND_STAGE },       /* A */
    { MACHINE_SID, 5, true, 8, VTDM_PGTT_FIRST_STAGE },         /* B */
    { MACHINE_SID, 6, true, 8, VTDM_PGTT_FIRST_STAGE },         /* C */
    { MACHINE_SID, 7, true, 9, VTDM_PGTT_NESTED },              /* D */
    { OTHER_SID, 0, false, 10, VTDM_PGTT_SECOND_STAGE },        /* E */
};

static uint64_t map(Machine *machine, bool first_stage, uint64_t input,
                    uint64_t output, unsigned level)
{
    uint64_t table = vtdm_tables_page(&machine->tables);

    vtdm_tables_map(&machine->tables, &(VTDMMapping) {
        .table = table, .levels = 4, .input = input, .output = output,
        .level = level, .first_stage = first_stage,
        .flags = first_stage ? USER : RW,
    });
    return table;
}

static VTDMEntry512 make_entry(Machine *machine, const Space *space)
{
    uint64_t first, second;

    if (space->pgtt == VTDM_PGTT_SECOND_STAGE) {
        second = map(machine, false, MACHINE_IOVA, MACHINE_PAGE, 1);
        return vtdm_make_pasid_second_stage(4, second, space->domain_id);
    }
    if (space->pgtt == VTDM_PGTT_FIRST_STAGE) {
        first = map(machine, true, MACHINE_IOVA, MACHINE_PAGE, 1);
        return vtdm_make_pasid_first_stage(4, first, space->domain_id);
    }
    first = map(machine, true, MACHINE_IOVA, GUEST_PAGE, 1);
    second = map(machine, false, 0, 0, 3);
    return vtdm_pasid_nested_over(
        vtdm_make_pasid_first_stage(4, first, space->domain_id), 4, second);
}

static void read_all(Machine *machine)
{
    for (size_t i = 0; i < G_N_ELEMENTS(spaces); i++) {
        VTDMResult result = machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA, .source_id = spaces[i].source_id,
            .pasid = spaces[i].with_pasid ? spaces[i].pasid : VTDM_NO_PASID,
        });

        g_assert_cmpstr(vtdm_condition_info(result.fault.condition)->name,
                        ==, "none");
    }
}

/* All that is told below is cached. */
static Machine *new_machine(bool esrtps)
{
    VTDMConfig config;
    Machine *machine;
    uint64_t directory;

    machine_scalable_config(&config);
    config.esrtps = esrtps;
    config.version_major = 5;
    machine = machine_new(&config);
    machine_attach_scalable(machine, VTDM_SCTX_PASIDE);
    directory = vtdm_tables_page(&machine->tables);
    vtdm_tables_scalable_context(&machine->tables, MACHINE_ROOT, OTHER_SID,
                                 vtdm_make_scalable_context(0, 0, directory,
                                                            0));
    for (size_t i = 0; i < G_N_ELEMENTS(spaces); i++) {
        const Space *space = &spaces[i];
        VTDMEntry512 entry = make_entry(machine, space);

        entry.words[1] |= VTDM_PASID_1_PWSNP;
        vtdm_tables_pasid(&machine->tables, space->source_id == MACHINE_SID
                          ? machine->directory : directory, space->pasid,
                          entry);
    }
    machine_enable_scalable(machine);
    read_all(machine);
    return machine;
}

static bool has_structure(Machine *machine, const Space *space,
                          VTDMStage stage, uint64_t address)
{
    VTDMPagingTable table;
    VTDMStructureTag tag = {
        .stage = stage, .domain_id = space->domain_id,
        .pasid = stage == VTDM_FIRST_STAGE ? space->pasid : 0,
    };

    return vtdm_structures_lookup(machine->unit, &tag, 4, address, &table);
}

/* A cache's first letter and a space's: context, PASID, IOTLB; stages: f, s */
static bool is_cached(Machine *machine, char cache, const Space *space)
{
    bool nested = space->pgtt == VTDM_PGTT_NESTED;

    switch (cache) {
    case 'c':
        return vtdm_context_lookup(machine->unit, space->source_id);
    case 'p':
        return vtdm_pasid_lookup(machine->unit, space->source_id,
                                 space->pasid);
    case 'i':
        return vtdm_iotlb_lookup(machine->unit, space->source_id,
                                 space->with_pasid ? space->pasid
                                                   : VTDM_NO_PASID,
                                 MACHINE_IOVA);
    case 'f':
        return has_structure(machine, space, VTDM_FIRST_STAGE, MACHINE_IOVA);
    default:
        return has_structure(machine, space, VTDM_SECOND_STAGE,
                             nested ? GUEST_PAGE : MACHINE_IOVA);
    }
}

static const char *const everything[] = {
    "cA", "cE", "pA", "pB", "pC", "pD", "pE", "iA", "iB", "iC", "iD", "iE",
    "fB", "fC", "fD", "sA", "sD", "sE",
};

static void expect_dropped(Machine *machine, const char *dropped)
{
    for (size_t i = 0; i < G_N_ELEMENTS(everything); i++) {
        const char *what = everything[i];
        bool cached = is_cached(machine, what[0], &spaces[what[1] - 'A']);
        bool gone = !strcmp(dropped, "all") || strstr(dropped, what);

        if (cached == gone) {
            g_error("%s is %s", what, cached ? "still cached" : "gone");
        }
    }
}

/* ---- descriptors ---- */

typedef struct Case {
    const char *name;
    VTDMEntry128 descriptor;
    const char *dropped;
} Case;

#define LOW(type, g) ((type) | (g) << 4)
#define CC(g, sid) \
    { .lo = LOW(1, g) | 99 << 16 | (uint64_t)(sid) << 32 }
#define PC(g, did, pasid) \
    { .lo = LOW(7, g) | (did) << 16 | (uint64_t)(pasid) << 32 }
#define IOTLB(g, did, address) \
    { .lo = LOW(2, g) | (did) << 16, .hi = (address) }
#define P_IOTLB(g, did, pasid, address) \
    { .lo = LOW(6, g) | (did) << 16 | (uint64_t)(pasid) << 32, \
      .hi = (address) }
#define HINT        VTDM_P_IOTLB_HI_IH

/* Spec: "Invalidation of Translation Caches" */
static const Case cases[] = {
    { "context-global", CC(VTDM_G_GLOBAL, 0), "cA cE" },
    { "context-domain", CC(VTDM_G_DOMAIN, 0), "cA cE" },
    { "context-device", CC(VTDM_G_SELECTIVE, MACHINE_SID), "cA" },
    { "pasid-cache-global", PC(VTDM_PC_G_GLOBAL, 0, 0), "pA pB pC pD pE" },
    { "pasid-cache-domain", PC(VTDM_PC_G_DOMAIN, 8, 0), "pB pC" },
    { "pasid-cache-pasid", PC(VTDM_PC_G_PASID, 8, 5), "pB" },
    { "pasid-cache-not-there", PC(VTDM_PC_G_PASID, 9, 5), "" },
    { "iotlb-global", IOTLB(VTDM_G_GLOBAL, 0, 0),
      "iA iB iC iD iE fB fC fD sA sD sE" },
    { "iotlb-domain-first", IOTLB(VTDM_G_DOMAIN, 8, 0), "iB iC fB fC" },
    { "iotlb-domain-nested", IOTLB(VTDM_G_DOMAIN, 9, 0), "iD fD sD" },
    { "iotlb-domain-second", IOTLB(VTDM_G_DOMAIN, 7, 0), "iA sA" },
    { "iotlb-page", IOTLB(VTDM_G_SELECTIVE, 7, MACHINE_IOVA), "iA sA" },
    { "iotlb-page-hint", IOTLB(VTDM_G_SELECTIVE, 7, MACHINE_IOVA | HINT),
      "iA" },
    { "iotlb-page-elsewhere", IOTLB(VTDM_G_SELECTIVE, 7, ELSEWHERE), "" },
    { "iotlb-page-first", IOTLB(VTDM_G_SELECTIVE, 8, ELSEWHERE | HINT),
      "iB iC fB fC" },
    { "iotlb-page-nested-elsewhere",
      IOTLB(VTDM_G_SELECTIVE, 9, ELSEWHERE), "iD fD" },
    { "iotlb-page-nested", IOTLB(VTDM_G_SELECTIVE, 9, GUEST_PAGE),
      "iD fD sD" },
    { "iotlb-page-nested-hint",
      IOTLB(VTDM_G_SELECTIVE, 9, GUEST_PAGE | HINT), "iD fD" },
    { "pasid-iotlb", P_IOTLB(VTDM_P_IOTLB_G_PASID, 8, 5, 0), "iB fB" },
    { "pasid-iotlb-nested", P_IOTLB(VTDM_P_IOTLB_G_PASID, 9, 7, 0),
      "iD fD" },
    { "pasid-iotlb-second", P_IOTLB(VTDM_P_IOTLB_G_PASID, 7, 0, 0), "iA" },
    { "pasid-iotlb-not-there", P_IOTLB(VTDM_P_IOTLB_G_PASID, 8, 7, 0), "" },
    { "pasid-page", P_IOTLB(VTDM_P_IOTLB_G_PAGES, 8, 5, MACHINE_IOVA),
      "iB fB" },
    { "pasid-page-hint",
      P_IOTLB(VTDM_P_IOTLB_G_PAGES, 8, 5, MACHINE_IOVA | HINT), "iB" },
    { "pasid-page-elsewhere",
      P_IOTLB(VTDM_P_IOTLB_G_PAGES, 8, 5, ELSEWHERE), "" },
    { "pasid-page-nested",
      P_IOTLB(VTDM_P_IOTLB_G_PAGES, 9, 7, MACHINE_IOVA), "iD fD" },
    { "pasid-page-second",
      P_IOTLB(VTDM_P_IOTLB_G_PAGES, 7, 0, MACHINE_IOVA), "" },
    { "interrupts", { .lo = 4 }, "" },
    { "device-tlb", { .lo = 3 | (uint64_t)MACHINE_SID << 32 }, "" },
    { "pasid-device-tlb", { .lo = 8 | MACHINE_SID << 16 | 5ULL << 32 }, "" },
};

static void test_descriptor(gconstpointer opaque)
{
    const Case *row = opaque;
    Machine *machine = new_machine(true);

    machine_enable_wide_queue(machine);
    expect_dropped(machine, "");
    machine_submit_wide(machine, row->descriptor);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    expect_dropped(machine, row->dropped);
    machine_free(machine);
}

/* What was told of, an invalidation's cache or a wait, one after another. */
static void expect_order(FakeHost *host, const VTDMCache *caches,
                         size_t count)
{
    size_t seen = 0;

    for (guint i = 0; i < host->events->len; i++) {
        const VTDMEvent *event = &g_array_index(host->events, VTDMEvent, i);

        if (event->kind == VTDM_EVENT_INVALIDATION) {
            g_assert_cmpuint(seen, <, count);
            g_assert_cmpuint(event->invalidation.cache, ==, caches[seen++]);
        } else if (event->kind == VTDM_EVENT_WAIT) {
            g_assert_cmpuint(seen, ==, count);
            seen++;
        }
    }
    g_assert_cmpuint(seen, ==, count + 1);
}

/*
 * Spec: "Queued Invalidation Ordering Considerations": each after all that
 * came before it, and the wait after everything, its devices' answers, too
 */
static void test_order(void)
{
    static const VTDMEntry128 descriptors[] = {
        CC(VTDM_G_GLOBAL, 0), PC(VTDM_PC_G_GLOBAL, 0, 0),
        IOTLB(VTDM_G_GLOBAL, 0, 0),
        P_IOTLB(VTDM_P_IOTLB_G_PASID, 8, 5, 0), { .lo = 4 },
        { .lo = 3 | (uint64_t)MACHINE_SID << 32 },
        { .lo = 8 | MACHINE_SID << 16 | 5ULL << 32 },
        { .lo = 5 | VTDM_WAIT_IF },
    };
    static const VTDMCache caches[] = {
        VTDM_CACHE_CONTEXT, VTDM_CACHE_PASID, VTDM_CACHE_IOTLB,
        VTDM_CACHE_IOTLB, VTDM_CACHE_INTERRUPT, VTDM_CACHE_DEVICE_TLB,
        VTDM_CACHE_DEVICE_TLB,
    };
    Machine *machine = new_machine(true);

    machine_enable_wide_queue(machine);
    g_array_set_size(machine->host.events, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(descriptors); i++) {
        vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + 32 * i,
                           descriptors[i]);
    }
    machine_write64(machine, VTDM_REG_IQT, 32 * G_N_ELEMENTS(descriptors));
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQH), ==,
                    32 * G_N_ELEMENTS(descriptors));
    g_assert_cmpuint(machine->host.device_tlbs->len, ==, 2);
    expect_order(&machine->host, caches, G_N_ELEMENTS(caches));
    machine_free(machine);
}

/* ---- what else drops them ---- */

static void try_registers(Machine *machine)
{
    uint32_t base = machine_iotlb(machine);

    machine_write64(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                    vtdm_field(VTDM_CCMD_CIRG, VTDM_G_GLOBAL));
    g_assert_cmphex(machine_read64(machine, VTDM_REG_CCMD) &
                    (VTDM_CCMD_ICC | VTDM_CCMD_CAIG), ==, 0);
    machine_write64(machine, base + VTDM_REG_IOTLB, VTDM_IOTLB_IVT |
                    vtdm_field(VTDM_IOTLB_IIRG, VTDM_G_GLOBAL));
    g_assert_cmphex(machine_read64(machine, base + VTDM_REG_IOTLB) &
                    (VTDM_IOTLB_IVT | VTDM_IOTLB_IAIG), ==, 0);
}

static void set_root_again(Machine *machine)
{
    machine_command(machine, VTDM_GCMD_SRTP, 0);
}

static void set_legacy_mode(Machine *machine)
{
    machine_set_root(machine, MACHINE_ROOT);
}

static void switch_off(Machine *machine)
{
    machine_command(machine, 0, VTDM_GCMD_TE);
}

static void reset(Machine *machine)
{
    vtdm_unit_reset(machine->unit, false);
}

static const struct {
    const char *name;
    bool esrtps;
    void (*run)(Machine *machine);
    const char *dropped;
} events[] = {
    { "registers", true, try_registers, "" },
    { "root-keeps", false, set_root_again, "" },
    { "root-drops", true, set_root_again, "all" },
    { "mode-drops", true, set_legacy_mode, "all" },
    { "off-drops", false, switch_off, "all" },
    { "reset-drops", false, reset, "all" },
};

/*
 * Spec: "Register-based Invalidation Interface", "Set Root Table Pointer
 * Operation", "Global Command Register"
 */
static void test_event(gconstpointer opaque)
{
    size_t i = GPOINTER_TO_UINT(opaque);
    Machine *machine = new_machine(events[i].esrtps);

    events[i].run(machine);
    expect_dropped(machine, events[i].dropped);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *path = g_strdup_printf("/vtdm/invalidate-scalable/%s",
                                     cases[i].name);

        g_test_add_data_func(path, &cases[i], test_descriptor);
        g_free(path);
    }
    g_test_add_func("/vtdm/invalidate-scalable/order", test_order);
    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        char *path = g_strdup_printf("/vtdm/invalidate-scalable/%s",
                                     events[i].name);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_event);
        g_free(path);
    }
    return g_test_run();
}
