/*
 * Scalable mode: the way of untranslated and translated requests to their
 * answers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/invalidate.h"
#include "core/pasid-cache.h"
#include "core/unit.h"
#include "machine.h"

#define SS_RW           (VTDM_SS_R | VTDM_SS_W)
#define FS_USER         (VTDM_FS_P | VTDM_FS_US)
#define FS_RW           (FS_USER | VTDM_FS_RW)
#define GUEST_PAGE      0x3000000   /* nested: what the first stage gives */
/* Beside MACHINE_PASID, whose tables are a second stage. */
#define FIRST           2
#define NESTED          3
#define PASS            4

/* A PASID entry of which software trusts its first-stage walks. */
static VTDMEntry512 first_stage(Machine *machine, uint64_t word2)
{
    VTDMEntry512 entry = vtdm_make_pasid_first_stage(4, machine->fsptptr, 8);

    entry.words[1] |= VTDM_PASID_1_PWSNP;
    entry.words[2] |= word2;
    return entry;
}

/* All four types; MACHINE_IOVA is MACHINE_PAGE for those with tables. */
static Machine *new_machine(const VTDMConfig *config)
{
    Machine *machine = machine_new_scalable(config);
    uint64_t own;

    machine_map_first(machine, MACHINE_IOVA, GUEST_PAGE, 1, FS_RW);
    own = machine->fsptptr;
    for (uint64_t at = MACHINE_TABLES; at < machine->tables.next + 0x8000;
         at += VTDM_PAGE_SIZE) {
        machine_map(machine, at, at, 1, SS_RW);
    }
    machine_map(machine, GUEST_PAGE, MACHINE_PAGE, 1, SS_RW);
    machine_set_pasid(machine, NESTED,
                      vtdm_pasid_nested_over(first_stage(machine, 0), 4,
                                             machine->ssptptr));
    machine->fsptptr = 0;
    machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1, FS_RW);
    g_assert_cmphex(machine->fsptptr, !=, own);
    machine_set_pasid(machine, FIRST, first_stage(machine, 0));
    machine_set_pasid(machine, PASS, vtdm_make_pasid_pass_through(9));
    return machine;
}

static void expect(const VTDMResult *result, uint64_t output)
{
    g_assert_cmpstr(vtdm_condition_info(result->fault.condition)->name, ==,
                    "none");
    g_assert_cmpuint(result->response, ==, VTDM_OK);
    g_assert_cmphex(result->address, ==, output);
}

static void expect_fault(const VTDMResult *result, VTDMCondition condition)
{
    g_assert_cmpstr(vtdm_condition_info(result->fault.condition)->name, ==,
                    vtdm_condition_info(condition)->name);
}

/* Spec: "Scalable Mode Address Translation": the halves of a bus */
static void test_index(void)
{
    static const uint16_t sources[] = {
        0x0000, 0x0007, 0x007f, 0x0080, 0x00ff, 0x0100, 0x7f80, 0xffff,
    };
    Machine *machine = machine_new_scalable(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        uint64_t directory = vtdm_tables_page(&machine->tables);

        vtdm_tables_scalable_context(
            &machine->tables, MACHINE_ROOT, sources[i],
            vtdm_make_scalable_context(0, 0, directory, 0x200 + i));
        vtdm_tables_pasid(&machine->tables, directory, 0x200 + i,
                          vtdm_make_pasid_pass_through(10 + i));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        VTDMRequest request = {
            .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
            .source_id = sources[i],
        };
        VTDMResult result = machine_request(machine, request);

        expect(&result, MACHINE_IOVA);
        g_assert_true(result.has_domain);
        g_assert_cmpuint(result.domain_id, ==, 10 + i);
        request.source_id ^= 2;
        result = machine_request(machine, request);
        expect_fault(&result, VTDM_SCT_2);
    }
    machine_free(machine);
}

/* PGTT is each PASID's own; without PASID RID_PASID decides. */
static void test_types_side_by_side(void)
{
    static const struct {
        uint32_t pasid;
        uint64_t output;
        uint16_t domain_id;
        bool first_stage;
    } cases[] = {
        { VTDM_NO_PASID, MACHINE_IOVA, 1, false },
        { MACHINE_PASID, MACHINE_PAGE, MACHINE_DID, false },
        { FIRST, MACHINE_PAGE, 8, true },
        { NESTED, MACHINE_PAGE, 8, true },
        { PASS, MACHINE_IOVA, 9, false },
    };
    Machine *machine = new_machine(NULL);

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        size_t n = i % G_N_ELEMENTS(cases);
        VTDMResult result = machine_dma_with_pasid(
            machine, cases[n].pasid, MACHINE_IOVA + 0x123, VTDM_WRITE);

        expect(&result, cases[n].output + 0x123);
        g_assert_cmpint(result.translated, ==,
                        cases[n].output == MACHINE_PAGE);
        g_assert_true(result.has_domain);
        g_assert_cmpuint(result.domain_id, ==, cases[n].domain_id);
        g_assert_cmpint(result.first_stage, ==, cases[n].first_stage);
        g_assert_cmpuint(result.perm, ==, VTDM_PERM_R | VTDM_PERM_W);
        g_assert_false(result.privileged);
    }
    machine_free(machine);
}

/* Spec: "First-Stage Translation": 5 levels where FSPM says so */
static void test_five_levels(void)
{
    Machine *machine = new_machine(NULL);
    VTDMEntry512 entry;
    uint64_t table = vtdm_tables_page(&machine->tables);
    VTDMResult result;

    vtdm_tables_map(&machine->tables, &(VTDMMapping) {
        .table = table, .levels = 5, .input = VTDM_BIT(55), .level = 1,
        .output = MACHINE_PAGE, .flags = FS_RW, .first_stage = true,
    });
    entry = vtdm_make_pasid_first_stage(5, table, 8);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, 5, entry);
    result = machine_dma_with_pasid(machine, 5, VTDM_BIT(55), VTDM_READ);
    expect(&result, MACHINE_PAGE);
    result = machine_dma_with_pasid(machine, FIRST, VTDM_BIT(55), VTDM_READ);
    expect_fault(&result, VTDM_SGN_1);
    machine_free(machine);
}

/* Spec: "First-Stage Translation": the upper half is cached like the lower */
static void test_upper_half(void)
{
    uint64_t address = 0xffff800012345000;
    Machine *machine = new_machine(NULL);
    VTDMResult result;

    machine_map_first(machine, address, MACHINE_PAGE, 1, FS_RW);
    result = machine_dma_with_pasid(machine, FIRST, address, VTDM_READ);
    expect(&result, MACHINE_PAGE);
    machine->host.reads = 0;
    result = machine_dma_with_pasid(machine, FIRST, address, VTDM_READ);
    expect(&result, MACHINE_PAGE);
    g_assert_cmpuint(machine->host.reads, ==, 0);
    machine_free(machine);
}

/*
 * Spec: "Tagging of Cached Translations": a first stage of 4 levels has tags
 * of bits 47:12, so that an invalidation says nothing of those above
 */
static void test_upper_half_invalidation(void)
{
    static const struct {
        uint64_t address_am;
        bool kept;
        bool fs5lp;
    } cases[] = {
        { 0xffff800012345000 },
        { 0xffff800012345000, false, true },
        { 36, false, true },
        { 35, true, true },
        { 0x0000800012345000 },
        { 0xabcd800012345000 },
        { 0x0000800000000000 | 35 },
        { 36 },
        { 0x0000000012345000, true },
        { 0xffff000012345000, true },
        { 35, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t address = 0xffff800012345000;
        VTDMConfig config;
        Machine *machine;
        uint64_t leaf;
        VTDMResult result;

        machine_scalable_config(&config);
        config.fs5lp = cases[i].fs5lp;
        machine = new_machine(&config);
        leaf = machine_map_first(machine, address, MACHINE_PAGE, 1, FS_RW);
        machine_enable_wide_queue(machine);
        machine_dma_with_pasid(machine, FIRST, address, VTDM_READ);
        vtdm_tables_set(&machine->tables, leaf, 0);
        machine_submit_wide(machine, vtdm_make_pasid_iotlb_invalidate(
                                VTDM_P_IOTLB_G_PAGES, 8, FIRST,
                                cases[i].address_am));
        result = machine_dma_with_pasid(machine, FIRST, address, VTDM_READ);
        g_assert_cmpuint(result.fault.condition, ==,
                         cases[i].kept ? VTDM_NO_FAULT : VTDM_SFS_2);
        machine_free(machine);
    }
}

/* Spec: "Access Rights": of the first stage, by privilege and WPE */
static void test_rights(void)
{
    static const struct {
        uint64_t flags;
        bool wpe, privileged;
        VTDMCondition read, write;
    } cases[] = {
        { FS_RW, false, false, VTDM_NO_FAULT, VTDM_NO_FAULT },
        { FS_USER, false, false, VTDM_NO_FAULT, VTDM_SGN_6 },
        { VTDM_FS_P, false, false, VTDM_SGN_2, VTDM_SGN_2 },
        { VTDM_FS_P | VTDM_FS_RW, false, false, VTDM_SGN_2, VTDM_SGN_2 },
        { VTDM_FS_P | VTDM_FS_RW, true, true, VTDM_NO_FAULT, VTDM_NO_FAULT },
        { VTDM_FS_P, false, true, VTDM_NO_FAULT, VTDM_NO_FAULT },
        { VTDM_FS_P, true, true, VTDM_NO_FAULT, VTDM_SGN_6 },
        { FS_USER, false, true, VTDM_NO_FAULT, VTDM_NO_FAULT },
        { FS_USER, true, true, VTDM_NO_FAULT, VTDM_SGN_6 },
        { FS_USER, true, false, VTDM_NO_FAULT, VTDM_SGN_6 },
        { FS_RW, true, true, VTDM_NO_FAULT, VTDM_NO_FAULT },
    };

    for (size_t i = 0; i < 4 * G_N_ELEMENTS(cases); i++) {
        size_t n = i / 4;
        Machine *machine = new_machine(NULL);
        VTDMRequest request = {
            .address = MACHINE_IOVA, .pasid = FIRST,
            .source_id = MACHINE_SID, .privileged = cases[n].privileged,
        };
        VTDMResult result;

        machine_set_pasid(machine, FIRST, first_stage(
                              machine, VTDM_PASID_2_SRE |
                              (cases[n].wpe ? VTDM_PASID_2_WPE : 0)));
        machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                          cases[n].flags);
        if (i & 1) {            /* by a supervisor, into the IOTLB */
            request.privileged = true;
            machine_request(machine, request);
            request.privileged = cases[n].privileged;
        }
        result = machine_request(machine, request);
        expect_fault(&result, cases[n].read);
        request.access = i & 2 ? VTDM_WRITE : VTDM_ATOMIC;
        result = machine_request(machine, request);
        expect_fault(&result, cases[n].write);
        machine_free(machine);
    }
}

/* SRE is found out, though a user's request has filled the IOTLB. */
static void test_supervisor_and_iotlb(void)
{
    for (unsigned sre = 0; sre < 2; sre++) {
        Machine *machine = new_machine(NULL);
        VTDMRequest request = {
            .address = MACHINE_IOVA, .pasid = FIRST,
            .source_id = MACHINE_SID,
        };
        VTDMResult result;

        machine_set_pasid(machine, FIRST, first_stage(
                              machine, sre ? VTDM_PASID_2_SRE : 0));
        machine_request(machine, request);
        request.privileged = true;
        machine->host.reads = 0;
        result = machine_request(machine, request);
        expect_fault(&result, sre ? VTDM_NO_FAULT : VTDM_SPT_6);
        g_assert_cmpuint(machine->host.reads, ==, 0);
        machine_free(machine);
    }
}

/* An IOTLB hit lets nobody execute. */
static void test_execute_and_iotlb(void)
{
    Machine *machine = new_machine(NULL);
    VTDMResult result;

    machine_dma_with_pasid(machine, FIRST, MACHINE_IOVA, VTDM_READ);
    for (unsigned type = 0; type < 2; type++) {
        result = machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA, .pasid = FIRST,
            .source_id = MACHINE_SID, .execute = true, .type = type,
        });
        expect_fault(&result, VTDM_SPT_5);
    }
    machine_free(machine);
}

/* Without PASID nothing is to be executed: such a request is a hit. */
static void test_execute_without_pasid(void)
{
    Machine *machine = new_machine(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .execute = true,
    };
    VTDMResult result;

    machine_set_pasid(machine, 0, first_stage(machine, 0));
    result = machine_request(machine, request);
    expect(&result, MACHINE_PAGE);
    machine->host.reads = 0;
    result = machine_request(machine, request);
    expect(&result, MACHINE_PAGE);
    g_assert_cmpuint(machine->host.reads, ==, 0);
    machine_free(machine);
}

/* Spec: "Scalable-Mode Context-Entry": RID_PRIV is the privilege without */
static void test_rid_priv(void)
{
    for (unsigned priv = 0; priv < 2; priv++) {
        Machine *machine = new_machine(NULL);
        VTDMEntry256 context = vtdm_make_scalable_context(
            VTDM_SCTX_PASIDE, 3, machine->directory, 0);

        context.words[1] |= priv ? VTDM_SCTX_1_RID_PRIV : 0;
        vtdm_tables_set256(&machine->tables, machine->context, context);
        machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1, VTDM_FS_P);
        machine_set_pasid(machine, 0,
                          first_stage(machine, VTDM_PASID_2_SRE));
        for (unsigned round = 0; round < 2; round++) {
            VTDMResult result = machine_request(machine, (VTDMRequest) {
                .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
                .source_id = MACHINE_SID, .access = VTDM_WRITE,
                .privileged = !priv,    /* says nothing without PASID */
            });

            expect_fault(&result, priv ? VTDM_NO_FAULT : VTDM_SGN_2);
            g_assert_false(result.privileged);
        }
        machine_free(machine);
    }
}

/* Spec: "IOTLB": what is cached needs no table any more */
static void test_iotlb(void)
{
    static const uint32_t pasids[] = { MACHINE_PASID, FIRST, NESTED };

    for (size_t i = 0; i < G_N_ELEMENTS(pasids); i++) {
        Machine *machine = new_machine(NULL);
        VTDMResult result;

        machine_dma_with_pasid(machine, pasids[i], MACHINE_IOVA, VTDM_WRITE);
        machine->host.reads = 0;
        result = machine_dma_with_pasid(machine, pasids[i], MACHINE_IOVA + 8,
                                        VTDM_WRITE);
        expect(&result, MACHINE_PAGE + 8);
        g_assert_cmpuint(machine->host.reads, ==, 0);
        machine_free(machine);
    }
}

/*
 * Spec: "Tagging of Cached Translations": with and without PASID are two
 * entries, and that without goes with RID_PASID
 */
static void test_iotlb_tags(void)
{
    Machine *machine = new_machine(NULL);
    VTDMInvalidation what = {
        .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_PASID,
        .domain_id = 8, .pasid = FIRST + 1,
    };
    VTDMResult result;

    vtdm_tables_set256(&machine->tables, machine->context,
                       vtdm_make_scalable_context(VTDM_SCTX_PASIDE, 3,
                                                  machine->directory, FIRST));
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    result = machine_dma_with_pasid(machine, FIRST, MACHINE_IOVA, VTDM_READ);
    expect_fault(&result, VTDM_SCT_9);
    machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE + 0x1000, 1, FS_RW);
    vtdm_invalidate(machine->unit, &what);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    what.pasid = FIRST;
    vtdm_invalidate(machine->unit, &what);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE + 0x1000);
    machine_free(machine);
}

/* Another table of 4 KiB pages, of which one is now at @output. */
static void replace_table(Machine *machine, bool first, uint64_t output)
{
    VTDMMapping mapping = {
        .table = first ? machine->fsptptr : machine->ssptptr, .levels = 4,
        .input = MACHINE_IOVA, .output = output, .level = 1,
        .flags = first ? FS_RW : SS_RW, .first_stage = first,
    };
    uint64_t entry = vtdm_tables_entry(&machine->tables, &mapping, 2);

    vtdm_tables_set(&machine->tables, entry, 0);
    vtdm_tables_map(&machine->tables, &mapping);
}

/*
 * Paging-structure caches are of the domain, and those of a first stage of the
 * PASID, of the entry.
 */
static void test_structure_tags(void)
{
    for (unsigned first = 0; first < 2; first++) {
        Machine *machine = new_machine(NULL);
        uint32_t pasid = first ? FIRST : MACHINE_PASID;
        VTDMInvalidation what = {
            .cache = VTDM_CACHE_IOTLB,
            .scope = first ? VTDM_SCOPE_PASID_PAGES : VTDM_SCOPE_PAGES,
            .domain_id = first ? 8 : MACHINE_DID, .pasid = first ? FIRST : 0,
            .address = MACHINE_IOVA, .mask = 0xfff, .leaf_only = true,
        };
        VTDMInvalidation other = what;
        VTDMResult result;

        machine_dma_with_pasid(machine, pasid, MACHINE_IOVA, VTDM_READ);
        replace_table(machine, first, 0x1000000);
        other.leaf_only = false;
        other.domain_id++;
        vtdm_invalidate(machine->unit, &other);
        other.domain_id--;
        other.pasid += first;
        if (first) {
            vtdm_invalidate(machine->unit, &other);
        }
        vtdm_invalidate(machine->unit, &what);
        result = machine_dma_with_pasid(machine, pasid, MACHINE_IOVA,
                                        VTDM_READ);
        expect(&result, MACHINE_PAGE);
        what.leaf_only = false;
        vtdm_invalidate(machine->unit, &what);
        result = machine_dma_with_pasid(machine, pasid, MACHINE_IOVA,
                                        VTDM_READ);
        expect(&result, 0x1000000);
        machine_free(machine);
    }
}

/* EAFE and SSADE of the entry say which flags are set. */
static void test_flags(void)
{
    for (unsigned on = 0; on < 2; on++) {
        Machine *machine = new_machine(NULL);
        VTDMEntry512 second = vtdm_make_pasid_second_stage(
            4, machine->ssptptr, MACHINE_DID);
        uint64_t first_leaf = machine_map_first(
            machine, MACHINE_IOVA, MACHINE_PAGE, 1, FS_RW);
        uint64_t second_leaf = machine_map(machine, MACHINE_IOVA,
                                           MACHINE_PAGE, 1, SS_RW);

        second.words[0] |= on ? VTDM_PASID_SSADE : 0;
        second.words[1] |= VTDM_PASID_1_PWSNP;
        machine_set_pasid(machine, MACHINE_PASID, second);
        machine_set_pasid(machine, FIRST, first_stage(
                              machine, on ? VTDM_PASID_2_EAFE : 0));
        machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA,
                               VTDM_WRITE);
        machine_dma_with_pasid(machine, FIRST, MACHINE_IOVA, VTDM_READ);
        g_assert_cmphex(vtdm_tables_get(&machine->tables, second_leaf), ==,
                        MACHINE_PAGE | SS_RW |
                        (on ? VTDM_SS_A | VTDM_SS_D : 0));
        g_assert_cmphex(vtdm_tables_get(&machine->tables, first_leaf), ==,
                        MACHINE_PAGE | FS_RW | VTDM_FS_A |
                        (on ? VTDM_FS_EA : 0));
        machine_free(machine);
    }
}

/* A write to a page that was only read goes to the tables, once. */
static void test_dirty(void)
{
    Machine *machine = new_machine(NULL);
    uint64_t leaf = machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                                      FS_RW);

    machine_dma_with_pasid(machine, FIRST, MACHINE_IOVA, VTDM_READ);
    g_assert_cmphex(vtdm_tables_get(&machine->tables, leaf), ==,
                    MACHINE_PAGE | FS_RW | VTDM_FS_A);
    machine_dma_with_pasid(machine, FIRST, MACHINE_IOVA, VTDM_WRITE);
    g_assert_cmphex(vtdm_tables_get(&machine->tables, leaf), ==,
                    MACHINE_PAGE | FS_RW | VTDM_FS_A | VTDM_FS_D);
    machine->host.reads = 0;
    machine_dma_with_pasid(machine, FIRST, MACHINE_IOVA, VTDM_WRITE);
    g_assert_cmpuint(machine->host.reads, ==, 0);
    machine_free(machine);
}

/* A write that is refused leaves the page clean, whatever refuses it. */
static void test_refused_stays_clean(void)
{
    static const struct {
        uint64_t output, flags;
    } cases[] = {
        { MACHINE_PAGE, FS_USER },
        { MACHINE_PAGE, VTDM_FS_P | VTDM_FS_RW },
        { 0xfee00000, FS_RW },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(NULL);
        uint64_t leaf = machine_map_first(machine, MACHINE_IOVA,
                                          cases[i].output, 1,
                                          cases[i].flags);
        VTDMResult result = machine_dma_with_pasid(
            machine, FIRST, MACHINE_IOVA, VTDM_WRITE);

        g_assert_cmpuint(result.response, ==, VTDM_UR);
        g_assert_false(vtdm_tables_get(&machine->tables, leaf) & VTDM_FS_D);
        machine_free(machine);
    }
}

/* LOOK and TABLES set no flag and fill no cache. */
static void test_views(void)
{
    Machine *machine = new_machine(NULL);
    uint64_t leaf = machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                                      FS_RW);

    for (unsigned view = VTDM_LOOK; view <= VTDM_TABLES; view++) {
        VTDMResult result = machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA, .pasid = FIRST,
            .source_id = MACHINE_SID, .access = VTDM_WRITE, .view = view,
        });

        expect(&result, MACHINE_PAGE);
    }
    g_assert_cmphex(vtdm_tables_get(&machine->tables, leaf), ==,
                    MACHINE_PAGE | FS_RW);
    g_assert_null(vtdm_pasid_lookup(machine->unit, MACHINE_SID, FIRST));
    g_assert_cmpuint(machine->unit->iotlb.sets.found, ==, 0);
    machine_free(machine);
}

/*
 * Spec: "Details of IOTLB Use": with CM = 1 second-stage faults are cached,
 * those of a first stage never are
 */
static void test_caching_mode(void)
{
    for (unsigned cm = 0; cm < 2; cm++) {
        VTDMConfig config;
        Machine *machine;
        VTDMResult result;
        uint64_t address = MACHINE_IOVA + 0x1000;

        machine_scalable_config(&config);
        config.cm = cm;
        machine = new_machine(&config);
        machine_dma_with_pasid(machine, MACHINE_PASID, address, VTDM_READ);
        machine_dma_with_pasid(machine, FIRST, address, VTDM_READ);
        machine_map(machine, address, MACHINE_PAGE, 1, SS_RW);
        machine_map_first(machine, address, MACHINE_PAGE, 1, FS_RW);
        result = machine_dma_with_pasid(machine, MACHINE_PASID, address,
                                        VTDM_READ);
        expect_fault(&result, cm ? VTDM_SSS_2 : VTDM_NO_FAULT);
        result = machine_dma_with_pasid(machine, FIRST, address, VTDM_READ);
        expect(&result, MACHINE_PAGE);
        vtdm_invalidate(machine->unit, &(VTDMInvalidation) {
            .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_DOMAIN,
            .domain_id = MACHINE_DID,
        });
        result = machine_dma_with_pasid(machine, MACHINE_PASID, address,
                                        VTDM_READ);
        expect(&result, MACHINE_PAGE);
        machine_free(machine);
    }
}

/* Spec: "Handling Requests to Interrupt Address Range": with PASID */
static void test_interrupt_range(void)
{
    Machine *machine = new_machine(NULL);
    VTDMResult result;

    machine_map(machine, 0xfee00000, MACHINE_PAGE, 1, SS_RW);
    machine_map_first(machine, 0xfee00000, MACHINE_PAGE, 1, FS_RW);
    result = machine_dma_with_pasid(machine, MACHINE_PASID, 0xfee00010,
                                    VTDM_WRITE);
    expect(&result, MACHINE_PAGE + 0x10);
    result = machine_dma_with_pasid(machine, FIRST, 0xfee00010, VTDM_WRITE);
    expect(&result, MACHINE_PAGE + 0x10);
    result = machine_dma_with_pasid(machine, PASS, 0xfee00010, VTDM_WRITE);
    expect_fault(&result, VTDM_SGN_8_1);
    result = machine_dma(machine, 0xfee00010, VTDM_READ);
    expect_fault(&result, VTDM_IR_29);
    machine_free(machine);
}

/*
 * Spec: "Handling of Translated Requests": the context entry decides, no PASID
 * structure is read; with PASID they are refused, and nothing is recorded
 */
static void test_translated(void)
{
    Machine *machine = new_machine(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .access = VTDM_WRITE,
        .type = VTDM_AT_TRANSLATED,
    };
    VTDMResult result;

    vtdm_tables_set(&machine->tables, machine->directory, 0);
    result = machine_request(machine, request);
    expect(&result, MACHINE_IOVA);
    g_assert_false(result.translated);
    request.pasid = MACHINE_PASID;
    result = machine_request(machine, request);
    g_assert_cmpuint(result.response, ==, VTDM_UR);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT), ==,
                     0);
    machine_free(machine);
}

/* The paging entry that caused a fault, and its stage. */
static void test_blame(void)
{
    Machine *machine = new_machine(NULL);
    uint64_t address = MACHINE_IOVA + 0x1000;
    VTDMResult result = machine_dma_with_pasid(machine, FIRST, address,
                                               VTDM_READ);

    expect_fault(&result, VTDM_SFS_2);
    g_assert_cmpuint(result.fault.stage, ==, VTDM_FIRST_STAGE);
    g_assert_cmphex(result.fault.entry_address, ==,
                    machine_map_first(machine, address, 0, 1, 0));
    g_assert_cmpuint(result.fault.pasid, ==, FIRST);
    result = machine_dma_with_pasid(machine, MACHINE_PASID, address,
                                    VTDM_READ);
    expect_fault(&result, VTDM_SSS_2);
    g_assert_cmpuint(result.fault.stage, ==, VTDM_SECOND_STAGE);
    result = machine_dma_with_pasid(machine, 0x15, address, VTDM_READ);
    expect_fault(&result, VTDM_SPT_2);
    g_assert_cmpuint(result.fault.stage, ==, VTDM_NO_STAGE);
    g_assert_cmphex(result.fault.entry_address, ==,
                    machine_set_pasid(machine, 0x15,
                                      (VTDMEntry512) { { 0 } }));
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_TRANSLATION), ==, 0);
    machine_free(machine);
}

/* Both leaves of MACHINE_IOVA of a nested PASID. */
static void set_leaves(Machine *machine, uint64_t first, uint64_t second)
{
    VTDMEntry512 entry;

    machine->fsptptr = 0;
    machine_map_first(machine, MACHINE_IOVA, GUEST_PAGE, 1, first);
    for (uint64_t at = machine->fsptptr; at < machine->tables.next + 0x8000;
         at += VTDM_PAGE_SIZE) {
        machine_map(machine, at, at, 1, SS_RW);
    }
    machine_map(machine, GUEST_PAGE, second & VTDM_SS_ADDR, 1,
                second & ~VTDM_SS_ADDR);
    entry = first_stage(machine, VTDM_PASID_2_SRE);
    machine_set_pasid(machine, 0x20, vtdm_pasid_nested_over(
                          entry, 4, machine->ssptptr));
}

/*
 * Of two stages the entry is blamed that refused: the same page, refused to
 * users by the one and to supervisors by the other. From the IOTLB likewise.
 */
static void test_blame_nested(void)
{
    static const struct {
        uint64_t first, second;
        VTDMAccess access;
        bool privileged, warm;          /* warm: a supervisor read it */
        VTDMCondition condition;
        VTDMStage stage;
    } cases[] = {
        { VTDM_FS_P, MACHINE_PAGE | VTDM_SS_R, VTDM_READ, false, false,
          VTDM_SGN_2, VTDM_FIRST_STAGE },
        { VTDM_FS_P, MACHINE_PAGE | VTDM_SS_R, VTDM_READ, false, true,
          VTDM_SGN_2, VTDM_FIRST_STAGE },
        { VTDM_FS_P, MACHINE_PAGE | VTDM_SS_R, VTDM_WRITE, true, false,
          VTDM_SGN_6, VTDM_SECOND_STAGE },
        { VTDM_FS_P, MACHINE_PAGE | VTDM_SS_R, VTDM_WRITE, true, true,
          VTDM_SGN_6, VTDM_SECOND_STAGE },
        { VTDM_FS_P | VTDM_FS_US, MACHINE_PAGE | VTDM_SS_W, VTDM_READ, false,
          false, VTDM_SGN_7, VTDM_SECOND_STAGE },
        { VTDM_FS_P | VTDM_FS_US, MACHINE_PAGE | SS_RW, VTDM_WRITE, false,
          false, VTDM_SGN_6, VTDM_FIRST_STAGE },
        { FS_RW, 0xfee01000 | SS_RW, VTDM_READ, false, false, VTDM_SGN_8_1,
          VTDM_SECOND_STAGE },
        { FS_RW, 0, VTDM_READ, false, false, VTDM_SSS_2,
          VTDM_SECOND_STAGE },
        { 0, MACHINE_PAGE | SS_RW, VTDM_READ, false, false, VTDM_SFS_2,
          VTDM_FIRST_STAGE },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(NULL);
        VTDMRequest request = {
            .address = MACHINE_IOVA, .pasid = 0x20, .privileged = true,
            .source_id = MACHINE_SID,
        };
        VTDMResult result;
        uint64_t wanted;

        set_leaves(machine, cases[i].first, cases[i].second);
        if (cases[i].warm) {
            result = machine_request(machine, request);
            expect(&result, MACHINE_PAGE);
        }
        request.access = cases[i].access;
        request.privileged = cases[i].privileged;
        result = machine_request(machine, request);
        expect_fault(&result, cases[i].condition);
        wanted = cases[i].stage == VTDM_SECOND_STAGE
            ? machine_map(machine, GUEST_PAGE, 0, 1, 0)
            : machine_map_first(machine, MACHINE_IOVA, 0, 1, 0);
        g_assert_cmpuint(result.fault.stage, ==, cases[i].stage);
        g_assert_cmphex(result.fault.entry_address, ==, wanted);
        machine_free(machine);
    }
}

/*
 * The second stage's leaf may be at address 0: its table is the first page.
 * A write comes before, so that the first case's is cached.
 */
static void test_blame_at_0(void)
{
    static const struct {
        uint64_t leaf;
        VTDMCondition condition;
    } cases[] = {
        { MACHINE_PAGE | VTDM_SS_W, VTDM_SGN_7 },
        { 0xfee01000 | SS_RW, VTDM_SGN_8_1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(NULL);
        VTDMResult result;

        set_leaves(machine, FS_RW, MACHINE_PAGE | SS_RW);
        vtdm_tables_set(&machine->tables,
                        machine_map(machine, GUEST_PAGE, 0, 2, SS_RW),
                        SS_RW);
        vtdm_tables_set(&machine->tables, 0, cases[i].leaf);
        machine_dma_with_pasid(machine, 0x20, MACHINE_IOVA, VTDM_WRITE);
        result = machine_dma_with_pasid(machine, 0x20, MACHINE_IOVA,
                                        VTDM_READ);
        expect_fault(&result, cases[i].condition);
        g_assert_cmpuint(result.fault.stage, ==, VTDM_SECOND_STAGE);
        g_assert_cmphex(result.fault.entry_address, ==, 0);
        g_assert_cmphex(result.fault.entry.lo, ==, cases[i].leaf);
        machine_free(machine);
    }
}

/* A walk is told of once, with the rights of who asked; a hit is not. */
static void test_event(void)
{
    Machine *machine = new_machine(NULL);
    const VTDMEvent *event;

    machine_dma_with_pasid(machine, FIRST, MACHINE_IOVA + 4, VTDM_WRITE);
    machine_dma_with_pasid(machine, FIRST, MACHINE_IOVA + 8, VTDM_READ);
    machine_dma_with_pasid(machine, PASS, MACHINE_IOVA, VTDM_READ);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_TRANSLATION), ==, 1);
    event = fake_host_event(&machine->host, VTDM_EVENT_TRANSLATION);
    g_assert_cmphex(event->translation.output, ==, MACHINE_PAGE + 4);
    g_assert_cmphex(event->translation.mask, ==, 0xfff);
    g_assert_cmpuint(event->translation.domain_id, ==, 8);
    g_assert_cmpuint(event->translation.perm, ==, VTDM_PERM_R | VTDM_PERM_W);
    g_assert_cmpuint(event->translation.request.pasid, ==, FIRST);
    machine_free(machine);
}

/*
 * Spec: "Details of IOTLB Use": in caching mode, too, a write whose dirty bit
 * could not be set says nothing of reads
 */
static void test_failed_write(void)
{
    VTDMConfig config;
    VTDMEntry512 entry;
    VTDMResult result;
    Machine *machine;

    machine_scalable_config(&config);
    config.cm = true;
    machine = machine_new_scalable(&config);
    entry = vtdm_make_pasid_second_stage(4, machine->ssptptr, MACHINE_DID);
    entry.words[0] |= VTDM_PASID_SSADE;
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, MACHINE_PASID, entry);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    machine->host.read_only = MACHINE_RAM;
    result = machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA,
                                    VTDM_WRITE);
    g_assert_cmpuint(result.fault.condition, ==, VTDM_SSS_6);
    result = machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA,
                                    VTDM_READ);
    expect(&result, MACHINE_PAGE);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/scalable/index", test_index);
    g_test_add_func("/vtdm/scalable/types-side-by-side",
                    test_types_side_by_side);
    g_test_add_func("/vtdm/scalable/five-levels", test_five_levels);
    g_test_add_func("/vtdm/scalable/upper-half", test_upper_half);
    g_test_add_func("/vtdm/scalable/upper-half-invalidation",
                    test_upper_half_invalidation);
    g_test_add_func("/vtdm/scalable/rights", test_rights);
    g_test_add_func("/vtdm/scalable/supervisor-and-iotlb",
                    test_supervisor_and_iotlb);
    g_test_add_func("/vtdm/scalable/execute-and-iotlb",
                    test_execute_and_iotlb);
    g_test_add_func("/vtdm/scalable/execute-without-pasid",
                    test_execute_without_pasid);
    g_test_add_func("/vtdm/scalable/rid-priv", test_rid_priv);
    g_test_add_func("/vtdm/scalable/iotlb", test_iotlb);
    g_test_add_func("/vtdm/scalable/iotlb-tags", test_iotlb_tags);
    g_test_add_func("/vtdm/scalable/structure-tags", test_structure_tags);
    g_test_add_func("/vtdm/scalable/flags", test_flags);
    g_test_add_func("/vtdm/scalable/dirty", test_dirty);
    g_test_add_func("/vtdm/scalable/refused-stays-clean",
                    test_refused_stays_clean);
    g_test_add_func("/vtdm/scalable/views", test_views);
    g_test_add_func("/vtdm/scalable/caching-mode", test_caching_mode);
    g_test_add_func("/vtdm/scalable/interrupt-range", test_interrupt_range);
    g_test_add_func("/vtdm/scalable/translated", test_translated);
    g_test_add_func("/vtdm/scalable/blame", test_blame);
    g_test_add_func("/vtdm/scalable/blame-nested", test_blame_nested);
    g_test_add_func("/vtdm/scalable/blame-at-0", test_blame_at_0);
    g_test_add_func("/vtdm/scalable/failed-write", test_failed_write);
    g_test_add_func("/vtdm/scalable/event", test_event);
    return g_test_run();
}
