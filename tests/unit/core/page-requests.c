/*
 * Page requests: who may ask, what the queue holds, when the unit answers, and
 * what is announced.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pages.h"

static uint32_t prs(Machine *machine)
{
    return machine_read32(machine, VTDM_REG_PRS);
}

static const VTDMEvent *told(Machine *machine)
{
    return fake_host_event(&machine->host, VTDM_EVENT_PAGE_REQUEST);
}

/* Spec: "Page Request Descriptor" */
static void test_entry(void)
{
    static const struct {
        VTDMPageRequest request;
        uint64_t lo, hi;
    } cases[] = {
        { { PAGES_ADDRESS, VTDM_NO_PASID, MACHINE_SID, 0 },
          0x03100001, 0x00007f1234567000 },
        { { PAGES_ADDRESS | 0xfff, 5, MACHINE_SID, 0 },   /* a page */
          0x0000000503100101, 0x00007f1234567000 },
        { { 0xfffffffffffff000, MACHINE_PASID, MACHINE_SID, 0x1ff, true,
            true, true, true, true },
          0x0030000003100101 | (uint64_t)MACHINE_PASID << 32,
          0xffffffffffffffff },
        { { 0, MACHINE_PASID, MACHINE_SID, 1, .read = true },
          0x0000000003100101 | (uint64_t)MACHINE_PASID << 32, 0x9 },
        { { 0, MACHINE_PASID, MACHINE_SID, 0x100, .write = true },
          0x0000000003100101 | (uint64_t)MACHINE_PASID << 32, 0x802 },
        { { 0, MACHINE_PASID, MACHINE_SID, 0, .execute = true },
          0x0010000003100101 | (uint64_t)MACHINE_PASID << 32, 0 },
        { { 0, MACHINE_PASID, MACHINE_SID, 0, .privileged = true },
          0x0020000003100101 | (uint64_t)MACHINE_PASID << 32, 0 },
        { { 0, MACHINE_PASID, MACHINE_SID, 0, .last = true },
          0x0000000003100101 | (uint64_t)MACHINE_PASID << 32, 0x4 },
        { { 0, VTDM_NO_PASID, MACHINE_SID, 0, .execute = true,
            .privileged = true, .last = true },     /* of PASIDs only */
          0x0000000003100001, 0x4 },
    };
    Machine *machine = pages_machine();

    machine_set_pasid(machine, 5, vtdm_make_pasid_pass_through(9));
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (unsigned n = 0; n < 4; n++) {
            vtdm_tables_set(&machine->tables, PAGES_QUEUE + 32 * i + 8 * n,
                            ~0ULL);
        }
        g_assert_cmphex(pages_ask(machine, &cases[i].request), ==,
                        PAGES_RESPONSE);
        g_assert_cmphex(pages_word(machine, i, 0), ==, cases[i].lo);
        g_assert_cmphex(pages_word(machine, i, 1), ==, cases[i].hi);
        g_assert_cmphex(pages_word(machine, i, 2), ==, 0);
        g_assert_cmphex(pages_word(machine, i, 3), ==, 0);
        g_assert_cmphex(pages_tail(machine), ==, 32 * (i + 1));
        g_assert_true(told(machine)->page_request.queued);
        g_assert_cmphex(told(machine)->page_request.request.address, ==,
                        cases[i].request.address);
    }
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

/* Spec: "Page Request Queue Address Register": the sizes, and the wrap */
static void test_sizes(void)
{
    for (unsigned pqs = 0; pqs < 8; pqs++) {
        Machine *machine = pages_machine();
        uint64_t size = 4096u << pqs;

        machine_write64(machine, VTDM_REG_PQA, PAGES_QUEUE | pqs);
        machine_write64(machine, VTDM_REG_PQH, size - 64);
        machine_write64(machine, VTDM_REG_PQT, size - 32);
        g_assert_cmphex(pages_ask(machine, &pages_standard), ==,
                        PAGES_RESPONSE);
        g_assert_cmphex(pages_tail(machine), ==, 0);
        g_assert_cmphex(pages_word(machine, size / 32 - 1, 1) & ~0xfffULL, ==,
                        PAGES_ADDRESS);
        g_assert_cmphex(pages_ask(machine, &pages_standard), ==,
                        PAGES_RESPONSE);
        g_assert_cmphex(pages_tail(machine), ==, 32);
        g_assert_cmphex(pages_word(machine, 0, 1) & ~0xfffULL, ==,
                        PAGES_ADDRESS);
        machine_free(machine);
    }
}

/* Registers that software left beyond the queue: never outside of it */
static void test_beyond(void)
{
    Machine *machine = pages_machine();

    machine_write64(machine, VTDM_REG_PQH, 64);
    machine_write64(machine, VTDM_REG_PQT, 0x7ffe0);
    pages_ask(machine, &pages_standard);
    g_assert_cmphex(pages_tail(machine), ==, 0);
    g_assert_cmphex(pages_word(machine, 127, 1) & ~0xfffULL, ==, PAGES_ADDRESS);
    g_assert_cmphex(pages_word(machine, 0x7ffe0 / 32, 1), ==, 0);
    machine_write64(machine, VTDM_REG_PQH, 0x40020);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_SUCCESS);
    machine_free(machine);
}

/* Where no memory is, nothing becomes visible. */
static void test_no_memory(void)
{
    Machine *machine = pages_machine();

    machine_write64(machine, VTDM_REG_PQA, MACHINE_RAM);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_INVALID);
    g_assert_cmphex(pages_tail(machine), ==, 0);
    g_assert_cmphex(prs(machine), ==, 0);
    machine_free(machine);
}

/* ---- who may ask ---- */

static uint64_t root_entry(void)
{
    return MACHINE_ROOT + 16 * (MACHINE_SID >> 8);
}

static void change(Machine *machine, uint64_t address, uint64_t set,
                   uint64_t clear)
{
    uint64_t entry = vtdm_tables_get(&machine->tables, address);

    vtdm_tables_set(&machine->tables, address, (entry & ~clear) | set);
}

static void set_ttm(Machine *machine, unsigned ttm)
{
    machine_set_root(machine, MACHINE_ROOT |
                     vtdm_field(VTDM_RTADDR_TTM, ttm));
}

static void to_legacy(Machine *machine)
{
    set_ttm(machine, VTDM_TTM_LEGACY);
}

static void to_abort(Machine *machine)
{
    set_ttm(machine, VTDM_TTM_ABORT);
}

static void to_reserved(Machine *machine)
{
    set_ttm(machine, 2);
}

static void root_absent(Machine *machine)
{
    change(machine, root_entry(), 0, VTDM_SROOT_P);
}

static void root_reserved(Machine *machine)
{
    change(machine, root_entry(), VTDM_BIT(1), 0);
}

static void bad(Machine *machine, uint64_t address)
{
    machine->host.bad_address = address;
    machine->host.bad_size = 16;
}

static void root_unreadable(Machine *machine)
{
    bad(machine, root_entry());
}

static void context_unreadable(Machine *machine)
{
    bad(machine, machine->context);
}

static void context_absent(Machine *machine)
{
    change(machine, machine->context, 0, VTDM_SCTX_P);
}

static void context_reserved(Machine *machine)
{
    change(machine, machine->context, VTDM_BIT(7), 0);
}

static void dte_off(Machine *machine)
{
    change(machine, machine->context, 0, VTDM_SCTX_DTE);
}

static void pre_off(Machine *machine)
{
    change(machine, machine->context, 0, VTDM_SCTX_PRE);
}

static void both_off(Machine *machine)
{
    change(machine, machine->context, 0, VTDM_SCTX_PRE | VTDM_SCTX_DTE);
}

static void paside_off(Machine *machine)
{
    change(machine, machine->context, 0, VTDM_SCTX_PASIDE);
}

static void own_rid_pasid(Machine *machine)
{
    change(machine, machine->context + 8, MACHINE_PASID, 0);
}

static void directory_absent(Machine *machine)
{
    vtdm_tables_set(&machine->tables, machine->directory +
                    8 * (MACHINE_PASID >> 6), 0);
}

static uint64_t pasid_entry(Machine *machine)
{
    uint64_t directory = vtdm_tables_get(&machine->tables,
        machine->directory + 8 * (MACHINE_PASID >> 6));

    return (directory & VTDM_PDE_SMPTBLPTR) + 64 * (MACHINE_PASID & 63);
}

static void pasid_absent(Machine *machine)
{
    change(machine, pasid_entry(machine), 0, VTDM_PASID_P);
}

static void pasid_reserved(Machine *machine)
{
    change(machine, pasid_entry(machine), VTDM_BIT(5), 0);
}

static void pgtt_reserved(Machine *machine)
{
    change(machine, pasid_entry(machine),
           vtdm_field(VTDM_PASID_PGTT, 7), 0);
}

static void pasid_unreadable(Machine *machine)
{
    bad(machine, pasid_entry(machine));
}

static void nothing(Machine *machine)
{
}

typedef struct Row {
    VTDMCondition condition;
    uint8_t reason;
    bool qualified;
    void (*break_it)(Machine *machine);
    uint32_t pasid;             /* 0: MACHINE_PASID */
    bool no_adms;
} Row;

static const Row rows[] = {
    { VTDM_RTA_1_2, 0x30, false, to_reserved },
    { VTDM_RTA_1_1, 0x30, false, to_abort, .no_adms = true },
    { VTDM_RTA_3, 0x32, false, to_legacy },
    { VTDM_RTA_4, 0x33, false, to_abort },
    { VTDM_SRT_1, 0x38, false, root_unreadable },
    { VTDM_SRT_2, 0x39, false, root_absent },
    { VTDM_SRT_3, 0x3a, false, root_reserved },
    { VTDM_SCT_1, 0x40, false, context_unreadable },
    { VTDM_SCT_2, 0x41, true, context_absent },
    { VTDM_SCT_3, 0x42, true, context_reserved },
    { VTDM_SCT_4_1, 0x43, true, dte_off },
    { VTDM_SCT_8, 0x47, true, pre_off },
    { VTDM_SCT_8, 0x47, true, both_off },
    { VTDM_SCT_8, 0x47, true, pre_off, VTDM_NO_PASID },
    { VTDM_SCT_6, 0x45, true, paside_off },
    { VTDM_SCT_7, 0x46, true, nothing, 0x10000 },
    { VTDM_SCT_9, 0x48, true, own_rid_pasid },
    { VTDM_SPD_2, 0x51, true, directory_absent },
    { VTDM_SPT_1, 0x58, false, pasid_unreadable },
    { VTDM_SPT_2, 0x59, true, pasid_absent },
    { VTDM_SPT_3, 0x5a, true, pasid_reserved },
    { VTDM_SPT_4_2, 0x5b, true, pgtt_reserved },
};

static void expect_record(Machine *machine, const Row *row, bool recorded)
{
    VTDMEntry128 record = machine_record(machine, 0);
    uint32_t pasid = row->pasid ? row->pasid : MACHINE_PASID;

    if (!recorded) {
        g_assert_cmphex(record.hi, ==, 0);
        return;
    }
    g_assert_cmphex(record.hi & VTDM_FRCD_HI_F, !=, 0);
    g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_FR), ==, row->reason);
    g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_SID), ==, MACHINE_SID);
    g_assert_cmphex(record.hi & (VTDM_FRCD_HI_T1 | VTDM_FRCD_HI_T2), ==,
                    VTDM_FRCD_HI_T2);   /* a page request */
    g_assert_cmphex(record.hi & VTDM_FRCD_HI_EXE, ==, 0);
    g_assert_cmphex(vtdm_get(record.hi, VTDM_FRCD_HI_PV), ==,
                    pasid == VTDM_NO_PASID ? 0 : pasid);
    g_assert_cmphex(record.hi & VTDM_FRCD_HI_PRIV, ==,
                    pasid == VTDM_NO_PASID ? 0 : VTDM_FRCD_HI_PRIV);
    g_assert_cmphex(record.lo, ==, PAGES_ADDRESS);
}

/* One row, with FPD set or not, for the last of a group or not. */
static void check_row(const Row *row, bool fpd, bool last)
{
    VTDMConfig config;
    Machine *machine;
    VTDMPageRequest request = pages_standard;
    unsigned invalidations;

    machine_scalable_config(&config);
    config.adms = !row->no_adms;
    machine = machine_new_scalable(&config);
    machine_write64(machine, VTDM_REG_PQA, PAGES_QUEUE);
    request.pasid = row->pasid ? row->pasid : MACHINE_PASID;
    request.execute = request.privileged = true;
    request.last = last;
    if (fpd) {
        change(machine, machine->context, VTDM_SCTX_FPD, 0);
    }
    row->break_it(machine);
    invalidations = fake_host_count(&machine->host, VTDM_EVENT_INVALIDATION);
    g_assert_cmphex(pages_ask(machine, &request), ==,
                    last ? VTDM_PAGE_INVALID : PAGES_RESPONSE);
    g_assert_cmpstr(
        vtdm_condition_info(fake_host_event(&machine->host, VTDM_EVENT_FAULT)
                                ->fault.condition)->name, ==,
        vtdm_condition_info(row->condition)->name);
    expect_record(machine, row, !(fpd && row->qualified));
    g_assert_cmphex(pages_tail(machine), ==, 0);
    g_assert_cmphex(prs(machine), ==, 0);
    g_assert_false(told(machine)->page_request.queued);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_INVALIDATION), ==,
                     invalidations);
    machine_free(machine);
}

/*
 * Spec: "Handling of Page Requests", and the column of page requests in
 * "Fault Conditions and Remapping Hardware Behavior for Various Requests"
 */
static void test_conditions(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (unsigned how = 0; how < 4; how++) {
            check_row(&rows[i], how & 1, how & 2);
        }
    }
}

/* Translation that is off, a unit without page requests: nothing happens */
static void test_off(void)
{
    VTDMConfig config;
    Machine *machine = pages_machine();

    machine_command(machine, 0, VTDM_GCMD_TE);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_INVALID);
    g_assert_cmphex(pages_tail(machine), ==, 0);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
    machine_scalable_config(&config);
    config.prs = false;
    machine = machine_new_scalable(&config);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_INVALID);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

/* ---- who answers ---- */

static void fill(Machine *machine)
{
    VTDMPageRequest request = pages_standard;

    for (unsigned i = 0; i < PAGES_ENTRIES - 1; i++) {
        request.address = PAGES_ADDRESS + i * VTDM_PAGE_SIZE;
        g_assert_cmphex(pages_ask(machine, &request), ==, PAGES_RESPONSE);
    }
}

/* Spec: "Handling of Page Requests": one entry stays free */
static void test_full(void)
{
    Machine *machine = pages_machine();
    VTDMPageRequest request = pages_standard;

    fill(machine);
    g_assert_cmphex(prs(machine), ==, VTDM_PRS_PPR);
    request.last = false;
    g_assert_cmphex(pages_ask(machine, &request), ==, PAGES_RESPONSE);
    g_assert_cmphex(prs(machine), ==, VTDM_PRS_PPR | VTDM_PRS_PRO);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_SUCCESS);
    g_assert_false(told(machine)->page_request.queued);
    g_assert_cmphex(pages_tail(machine), ==, 32 * (PAGES_ENTRIES - 1));
    g_assert_cmphex(pages_word(machine, PAGES_ENTRIES - 1, 0), ==, 0);
    /* room alone does not help */
    machine_write64(machine, VTDM_REG_PQH, 32);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_SUCCESS);
    g_assert_cmphex(pages_ask(machine, &request), ==, PAGES_RESPONSE);
    g_assert_cmphex(pages_tail(machine), ==, 32 * (PAGES_ENTRIES - 1));
    machine_write32(machine, VTDM_REG_PRS, VTDM_PRS_PRO);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, PAGES_RESPONSE);
    g_assert_cmphex(pages_tail(machine), ==, 0);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_SUCCESS);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

/* A fault of the tables comes before an overflow. */
static void test_fault_first(void)
{
    Machine *machine = pages_machine();

    fill(machine);
    pages_ask(machine, &pages_standard);
    pasid_absent(machine);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_SUCCESS);
    vtdm_unit_reset(machine->unit, false);      /* the caches */
    g_assert_cmphex(prs(machine), ==, VTDM_PRS_PPR | VTDM_PRS_PRO);
    machine_enable_scalable(machine);
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, VTDM_PAGE_INVALID);
    vtdm_unit_reset(machine->unit, true);
    g_assert_cmphex(prs(machine), ==, 0);
    machine_free(machine);
}

/* Spec: "Page Request Descriptor": a stop marker has no response */
static void test_stop_marker(void)
{
    Machine *machine = pages_machine();
    VTDMPageRequest marker = pages_standard;

    marker.read = false;
    g_assert_cmphex(pages_ask(machine, &marker), ==, PAGES_RESPONSE);
    g_assert_cmphex(pages_tail(machine), ==, 32);
    g_assert_cmphex(pages_word(machine, 0, 1) & 7, ==, VTDM_PRQ_HI_LPIG);
    machine_write64(machine, VTDM_REG_PQH, 64);
    g_assert_cmphex(pages_ask(machine, &marker), ==, PAGES_RESPONSE);
    g_assert_cmphex(prs(machine), ==, VTDM_PRS_PPR | VTDM_PRS_PRO);
    pre_off(machine);
    vtdm_unit_reset(machine->unit, true);
    machine_enable_scalable(machine);
    g_assert_cmphex(pages_ask(machine, &marker), ==, PAGES_RESPONSE);
    marker.pasid = VTDM_NO_PASID;               /* that is none */
    g_assert_cmphex(pages_ask(machine, &marker), ==, VTDM_PAGE_INVALID);
    marker = pages_standard;
    g_assert_cmphex(pages_ask(machine, &marker), ==, VTDM_PAGE_INVALID);
    marker.read = false;
    marker.write = true;
    g_assert_cmphex(pages_ask(machine, &marker), ==, VTDM_PAGE_INVALID);
    machine_free(machine);
}

/* ---- what is dropped ---- */

/* Spec: "Implicit Invalidation on Page Requests" */
static void test_invalidation(void)
{
    static const struct {
        unsigned pgtt;
        VTDMScope scope;
    } cases[] = {
        { VTDM_PGTT_FIRST_STAGE, VTDM_SCOPE_PASID_PAGES },
        { VTDM_PGTT_SECOND_STAGE, VTDM_SCOPE_PAGES },
        { VTDM_PGTT_NESTED, VTDM_SCOPE_DOMAIN },
        { VTDM_PGTT_PASS_THROUGH, VTDM_SCOPE_PAGES },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases) * 2; i++) {
        Machine *machine = pages_machine();
        uint64_t page = vtdm_tables_page(&machine->tables);
        VTDMEntry512 first = vtdm_make_pasid_first_stage(4, page, 33);
        VTDMEntry512 entries[] = {
            first, vtdm_make_pasid_second_stage(4, page, 33),
            vtdm_pasid_nested_over(first, 4, page),
            vtdm_make_pasid_pass_through(33),
        };
        bool without = i % 2;           /* by RID_PASID, which is 0 */
        VTDMPageRequest request = pages_standard;
        const VTDMInvalidation *what;

        request.address = 0x12345fff;
        request.pasid = without ? VTDM_NO_PASID : MACHINE_PASID;
        machine_set_pasid(machine, without ? 0 : MACHINE_PASID,
                          entries[i / 2]);
        g_assert_cmphex(pages_ask(machine, &request), ==, PAGES_RESPONSE);
        what = &fake_host_event(&machine->host, VTDM_EVENT_INVALIDATION)
                    ->invalidation;
        g_assert_cmpuint(what->cache, ==, VTDM_CACHE_IOTLB);
        g_assert_cmpuint(what->scope, ==, cases[i / 2].scope);
        g_assert_cmpuint(what->domain_id, ==, 33);
        g_assert_false(what->leaf_only);
        g_assert_cmphex(what->address, ==,
                        what->scope == VTDM_SCOPE_DOMAIN ? 0 : 0x12345000);
        g_assert_cmphex(what->mask, ==,
                        what->scope == VTDM_SCOPE_DOMAIN ? 0 : 0xfff);
        g_assert_cmphex(what->pasid, ==,
                        what->scope != VTDM_SCOPE_PASID_PAGES || without
                            ? 0 : MACHINE_PASID);
        machine_free(machine);
    }
}

/* What a request asks for is walked anew, and its neighbour is not. */
static void test_translation_is_dropped(void)
{
    Machine *machine = pages_machine();
    VTDMPageRequest request = pages_standard;
    unsigned reads;

    machine_map(machine, MACHINE_IOVA + 0x1000, MACHINE_PAGE, 1, VTDM_SS_R);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA + 0x1000,
                           VTDM_READ);
    request.address = MACHINE_IOVA;
    g_assert_cmphex(pages_ask(machine, &request), ==, PAGES_RESPONSE);
    reads = machine->host.reads;
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA + 0x1000,
                           VTDM_READ);
    g_assert_cmpuint(machine->host.reads, ==, reads);
    machine_dma_with_pasid(machine, MACHINE_PASID, MACHINE_IOVA, VTDM_READ);
    g_assert_cmpuint(machine->host.reads, >, reads);
    machine_free(machine);
}

static void count_change(void *opaque, const VTDMInvalidation *what)
{
    (*(unsigned *)opaque)++;
}

/* Others are told in the host's next call: the device is in any thread. */
static void test_copies_later(void)
{
    Machine *machine = pages_machine();
    unsigned changes = 0;

    machine->host.changed = count_change;
    machine->host.changed_opaque = &changes;
    machine->host.asked = false;
    g_assert_cmphex(pages_ask(machine, &pages_standard), ==, PAGES_RESPONSE);
    g_assert_cmpuint(changes, ==, 0);
    g_assert_true(machine->host.asked);
    machine_work(machine);
    g_assert_cmpuint(changes, ==, 1);
    machine_free(machine);
}

/* ---- the event ---- */

static unsigned messages(Machine *machine)
{
    return machine->host.messages->len;
}

/* Spec: "Recoverable Fault Event": which change of PRS is an event */
static void test_event(void)
{
    Machine *machine = pages_machine();

    machine_write32(machine, VTDM_REG_PEDATA, 0x41);
    machine_write32(machine, VTDM_REG_PEADDR, 0xfee01000);
    machine_write32(machine, VTDM_REG_PECTL, 0);
    pages_ask(machine, &pages_standard);
    g_assert_cmpuint(messages(machine), ==, 1);
    g_assert_cmphex(g_array_index(machine->host.messages, FakeMessage, 0)
                        .data, ==, 0x41);
    pages_ask(machine, &pages_standard);        /* PPR is set already */
    g_assert_cmpuint(messages(machine), ==, 1);
    machine_write32(machine, VTDM_REG_PRS, VTDM_PRS_PPR);
    pages_ask(machine, &pages_standard);
    g_assert_cmpuint(messages(machine), ==, 2);
    machine_write64(machine, VTDM_REG_PQH, pages_tail(machine) + 32);
    pages_ask(machine, &pages_standard);        /* PRO, but PPR is set */
    g_assert_cmphex(prs(machine), ==, VTDM_PRS_PPR | VTDM_PRS_PRO);
    g_assert_cmpuint(messages(machine), ==, 2);
    machine_write32(machine, VTDM_REG_PRS, VTDM_PRS_PPR | VTDM_PRS_PRO);
    g_assert_cmphex(prs(machine), ==, 0);
    pages_ask(machine, &pages_standard);                    /* PRO alone */
    g_assert_cmphex(prs(machine), ==, VTDM_PRS_PRO);
    g_assert_cmpuint(messages(machine), ==, 3);
    pages_ask(machine, &pages_standard);
    g_assert_cmpuint(messages(machine), ==, 3);
    machine_free(machine);
}

/* Both causes have to be gone before what is pending is withdrawn. */
static void test_event_withdrawn(void)
{
    static const struct {
        uint32_t clear;
        bool pending;
    } cases[] = {
        { VTDM_PRS_PPR, true }, { VTDM_PRS_PRO, true },
        { VTDM_PRS_PPR | VTDM_PRS_PRO, false }, { 0, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = pages_machine();

        pages_ask(machine, &pages_standard);
        machine_write64(machine, VTDM_REG_PQH, 64);
        pages_ask(machine, &pages_standard);
        g_assert_cmphex(prs(machine), ==, VTDM_PRS_PPR | VTDM_PRS_PRO);
        g_assert_cmphex(machine_read32(machine, VTDM_REG_PECTL), ==,
                        VTDM_FECTL_IM | VTDM_FECTL_IP);
        machine_write32(machine, VTDM_REG_PRS, cases[i].clear);
        machine_write32(machine, VTDM_REG_PECTL, 0);
        g_assert_cmpuint(messages(machine), ==, cases[i].pending);
        machine_free(machine);
    }
}

/* A storm: each request is one small step, and full is full. */
static void test_storm(void)
{
    Machine *machine = pages_machine();
    unsigned answered = 0;

    machine->host.quiet = true;
    for (unsigned i = 0; i < 100000; i++) {
        VTDMPageRequest request = pages_standard;

        request.address = (uint64_t)i << 12;
        answered += pages_ask(machine, &request) != PAGES_RESPONSE;
        g_assert_cmpuint(vtdm_unit_steps(machine->unit), <, 10000);
    }
    g_assert_cmpuint(answered, ==, 100000 - (PAGES_ENTRIES - 1));
    g_assert_cmphex(pages_tail(machine), ==, 32 * (PAGES_ENTRIES - 1));
    machine_free(machine);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        GTestFunc run;
    } tests[] = {
        { "entry", test_entry },
        { "sizes", test_sizes },
        { "beyond", test_beyond },
        { "no-memory", test_no_memory },
        { "conditions", test_conditions },
        { "off", test_off },
        { "full", test_full },
        { "fault-first", test_fault_first },
        { "stop-marker", test_stop_marker },
        { "invalidation", test_invalidation },
        { "translation-is-dropped", test_translation_is_dropped },
        { "copies-later", test_copies_later },
        { "event", test_event },
        { "event-withdrawn", test_event_withdrawn },
        { "storm", test_storm },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        char *path = g_strdup_printf("/vtdm/page-requests/%s",
                                     tests[i].name);

        g_test_add_func(path, tests[i].run);
        g_free(path);
    }
    return g_test_run();
}
