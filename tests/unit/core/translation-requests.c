/*
 * Translation requests: every attribute of a completion, in both modes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

#define SS_RW           (VTDM_SS_R | VTDM_SS_W)
#define FS_USER         (VTDM_FS_P | VTDM_FS_US)
#define FS_RW           (FS_USER | VTDM_FS_RW)
#define R               VTDM_PERM_R
#define W               VTDM_PERM_W
#define LARGE           0x40000000      /* 2 MiB pages */
#define HUGE            0x80000000      /* 1 GiB pages */
#define FIRST           2
#define NESTED          3
#define PASS            4

/* What is set up, and what a completion says. */
typedef struct Case {
    uint32_t pasid;             /* whose type is asked */
    uint64_t address;           /* 0: MACHINE_IOVA */
    uint64_t flags;             /* of its leaf; nested: of the first stage */
    bool no_write;
    bool privileged;
    bool pgsnp;
    bool sre;
    bool no_nwfs;
    VTDMResponse response;
    uint8_t perm;
    uint64_t mask;              /* 0: 4 KiB */
    bool snoop;
    bool dirty;                 /* of the leaf, after it */
} Case;

static void set_entry(Machine *machine, uint32_t pasid, const Case *c,
                      VTDMEntry512 entry)
{
    entry.words[1] |= VTDM_PASID_1_PWSNP |
                      (c->pgsnp ? VTDM_PASID_1_PGSNP : 0);
    entry.words[2] |= c->sre ? VTDM_PASID_2_SRE : 0;
    if (pasid == MACHINE_PASID) {
        entry.words[0] |= VTDM_PASID_SSADE;
    }
    machine_set_pasid(machine, pasid, entry);
}

/* Maps the page of the case and returns its leaf. */
static uint64_t map(Machine *machine, const Case *c, uint64_t address)
{
    unsigned level = address == HUGE ? 3 : address == LARGE ? 2 : 1;
    uint64_t output = level > 1 ? 2 * HUGE : MACHINE_PAGE;

    if (c->pasid == FIRST || c->pasid == NESTED) {
        return machine_map_first(machine, address, output, level, c->flags);
    }
    return machine_map(machine, address, output, level, c->flags);
}

static Machine *new_machine(const Case *c, uint64_t *leaf)
{
    VTDMConfig config;
    Machine *machine;
    VTDMEntry512 first;

    machine_scalable_config(&config);
    config.nwfs = !c->no_nwfs;
    machine = machine_new_scalable(&config);
    *leaf = map(machine, c, c->address ? c->address : MACHINE_IOVA);
    for (uint64_t at = MACHINE_TABLES; c->pasid == NESTED &&
         at < MACHINE_TABLES + 0x40000; at += VTDM_PAGE_SIZE) {
        machine_map(machine, at, at, 1, SS_RW);
    }
    machine_map(machine, MACHINE_PAGE, MACHINE_PAGE, 1,
                SS_RW | (c->pasid == NESTED && c->snoop && !c->pgsnp
                             ? VTDM_SS_SNP : 0));
    first = vtdm_make_pasid_first_stage(4, machine->fsptptr, 8);
    set_entry(machine, MACHINE_PASID, c, vtdm_make_pasid_second_stage(
                  4, machine->ssptptr, MACHINE_DID));
    set_entry(machine, FIRST, c, first);
    set_entry(machine, NESTED, c,
              vtdm_pasid_nested_over(first, 4, machine->ssptptr));
    set_entry(machine, PASS, c, vtdm_make_pasid_pass_through(9));
    return machine;
}

static const Case cases[] = {
    /* Spec: "Handling of Translation Requests": R and W */
    { MACHINE_PASID, .flags = SS_RW, .perm = R | W, .dirty = true },
    { MACHINE_PASID, .flags = VTDM_SS_R, .perm = R },
    { MACHINE_PASID, .flags = VTDM_SS_W, .perm = W, .dirty = true },
    { MACHINE_PASID, .flags = 0, .response = VTDM_S0 },
    { FIRST, .flags = FS_RW, .perm = R | W, .dirty = true },
    { FIRST, .flags = FS_USER, .perm = R },
    { FIRST, .flags = VTDM_FS_P | VTDM_FS_RW, .response = VTDM_S0 },
    { FIRST, .flags = 0, .response = VTDM_S0 },
    { NESTED, .flags = FS_RW, .perm = R | W, .dirty = true },
    { NESTED, .flags = FS_USER, .perm = R },
    { PASS, .flags = SS_RW, .perm = R | W, .mask = 0x3fffffff },
    /* the no-write flag, and a unit that does not know it */
    { MACHINE_PASID, .flags = SS_RW, .no_write = true, .perm = R },
    { MACHINE_PASID, .flags = VTDM_SS_W, .no_write = true, .perm = 0 },
    { FIRST, .flags = FS_RW, .no_write = true, .perm = R },
    { PASS, .flags = SS_RW, .no_write = true, .perm = R,
      .mask = 0x3fffffff },
    { MACHINE_PASID, .flags = SS_RW, .no_write = true, .no_nwfs = true,
      .perm = R | W, .dirty = true },
    { FIRST, .flags = FS_RW, .no_write = true, .no_nwfs = true,
      .perm = R | W, .dirty = true },
    /* the privilege of the request */
    { FIRST, .flags = VTDM_FS_P, .privileged = true, .sre = true,
      .perm = R | W, .dirty = true },
    { FIRST, .flags = FS_RW, .privileged = true, .response = VTDM_S0 },
    { MACHINE_PASID, .flags = SS_RW, .privileged = true,
      .response = VTDM_S0 },
    { MACHINE_PASID, .flags = SS_RW, .privileged = true, .sre = true,
      .perm = R | W, .dirty = true },
    /* N: PGSNP, or SNP of a second stage's leaf */
    { MACHINE_PASID, .flags = SS_RW | VTDM_SS_SNP, .perm = R | W,
      .snoop = true, .dirty = true },
    { MACHINE_PASID, .flags = SS_RW, .pgsnp = true, .perm = R | W,
      .snoop = true, .dirty = true },
    { FIRST, .flags = FS_RW | VTDM_SS_SNP, .perm = R | W, .dirty = true },
    { FIRST, .flags = FS_RW, .pgsnp = true, .perm = R | W, .snoop = true,
      .dirty = true },
    { NESTED, .flags = FS_RW, .perm = R | W, .snoop = true, .dirty = true },
    { NESTED, .flags = FS_RW, .pgsnp = true, .perm = R | W, .snoop = true,
      .dirty = true },
    { PASS, .flags = SS_RW, .pgsnp = true, .perm = R | W, .snoop = true,
      .mask = 0x3fffffff },
    /* S: the size of the page */
    { MACHINE_PASID, .address = LARGE, .flags = SS_RW, .perm = R | W,
      .mask = 0x1fffff, .dirty = true },
    { MACHINE_PASID, .address = HUGE, .flags = SS_RW, .perm = R | W,
      .mask = 0x3fffffff, .dirty = true },
    { FIRST, .address = LARGE, .flags = FS_RW, .perm = R | W,
      .mask = 0x1fffff, .dirty = true },
    { FIRST, .address = HUGE, .flags = FS_RW, .perm = R | W,
      .mask = 0x3fffffff, .dirty = true },
};

static bool is_dirty(Machine *machine, const Case *c, uint64_t leaf)
{
    uint64_t entry = vtdm_tables_get(&machine->tables, leaf);

    return entry & (c->pasid == MACHINE_PASID ? VTDM_SS_D : VTDM_FS_D);
}

static void check(const Case *c)
{
    uint64_t leaf;
    Machine *machine = new_machine(c, &leaf);
    VTDMRequest request = {
        .address = c->address ? c->address : MACHINE_IOVA,
        .pasid = c->pasid, .source_id = MACHINE_SID,
        .type = VTDM_AT_TRANSLATION, .no_write = c->no_write,
        .privileged = c->privileged,
    };

    for (unsigned warm = 0; warm < 2; warm++) {
        VTDMResult result = machine_request(machine, request);

        g_assert_cmpuint(result.response, ==, c->response);
        g_assert_cmpuint(result.perm, ==, c->perm);
        g_assert_cmphex(result.mask, ==, c->mask ? c->mask : 0xfff);
        g_assert_cmpint(result.snoop, ==, c->snoop);
        g_assert_cmpint(result.privileged, ==, c->privileged);
        g_assert_false(result.untranslated_only);
        g_assert_false(result.fault.recorded);
        if (!warm) {
            g_assert_cmpint(is_dirty(machine, c, leaf), ==, c->dirty);
        }
        if (c->perm) {          /* from now on the IOTLB alone knows it */
            vtdm_tables_set(&machine->tables, leaf, 0);
        }
    }
    g_assert_cmpuint(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT), ==,
                     0);
    machine_free(machine);
}

static void test_completions(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("case %zu", i);
        check(&cases[i]);
    }
}

/* Without PASID the privilege of RID_PRIV counts, and is not told. */
static void test_rid_priv(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMEntry256 context = vtdm_make_scalable_context(
        VTDM_SCTX_DTE, 3, machine->directory, 0);
    VTDMEntry512 entry;
    VTDMResult result;

    machine_map_first(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                      VTDM_FS_P | VTDM_FS_RW);
    entry = vtdm_make_pasid_first_stage(4, machine->fsptptr, 8);
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    entry.words[2] |= VTDM_PASID_2_SRE | VTDM_PASID_2_WPE;
    machine_set_pasid(machine, 0, entry);
    context.words[1] |= VTDM_SCTX_1_RID_PRIV;
    vtdm_tables_set256(&machine->tables, machine->context, context);
    result = machine_request(machine, (VTDMRequest) {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
    });
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    g_assert_cmpuint(result.perm, ==, R | W);
    g_assert_false(result.privileged);
    machine_free(machine);
}

/*
 * Spec: "Handling of Translation Requests": S.1 and S.2 of the interrupt
 * address range, once the tables let the device ask
 */
static void test_interrupt_range(void)
{
    static const struct {
        bool no_write, no_nwfs;
        uint8_t perm;
    } cases[] = {
        { false, false, W }, { true, false, 0 }, { true, true, W },
    };

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        size_t n = i / 2;
        VTDMConfig config;
        Machine *machine;
        VTDMRequest request = {
            .address = 0xfee00000, .pasid = VTDM_NO_PASID,
            .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
            .no_write = cases[n].no_write,
        };
        VTDMResult result;

        machine_scalable_config(&config);
        config.nwfs = !cases[n].no_nwfs;
        if (i & 1) {
            machine = machine_new_mapped(&config);
        } else {
            machine = machine_new_scalable(&config);
        }
        result = machine_request(machine, request);
        g_assert_cmpuint(result.response, ==, VTDM_OK);
        g_assert_cmpuint(result.perm, ==, cases[n].perm);
        g_assert_cmpint(result.untranslated_only, ==, cases[n].perm == W);
        g_assert_cmphex(result.mask, ==, 0xfff);
        if (!(i & 1)) {
            machine_set_pasid(machine, 0, (VTDMEntry512) { { 0 } });
            machine_enable_scalable(machine);
            result = machine_request(machine, request);
            g_assert_cmpuint(result.fault.condition, ==, VTDM_SPT_2);
            g_assert_cmpuint(result.response, ==, VTDM_S0);
        }
        machine_free(machine);
    }
}

/* With PASID an input there is one like any other; none passes as it is. */
static void test_interrupt_range_with_pasid(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMRequest request = {
        .address = 0xfee01000, .pasid = MACHINE_PASID,
        .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
    };
    VTDMResult result;

    machine_map(machine, 0xfee01000, MACHINE_PAGE, 1, SS_RW);
    result = machine_request(machine, request);
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    g_assert_cmphex(result.address, ==, MACHINE_PAGE);
    g_assert_cmpuint(result.perm, ==, R | W);
    g_assert_false(result.untranslated_only);
    machine_set_pasid(machine, PASS, vtdm_make_pasid_pass_through(9));
    request.pasid = PASS;
    result = machine_request(machine, request);
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    g_assert_cmpuint(result.perm, ==, 0);
    g_assert_false(result.untranslated_only);
    machine_free(machine);
}

/* A page around the range has an answer of its own for what is in it. */
static void test_large_page_and_interrupts(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMResult result;

    machine_map(machine, 0xfee00000, 0x40000000, 2, SS_RW);
    machine_set_pasid(machine, 0, vtdm_make_pasid_second_stage(
                          4, machine->ssptptr, MACHINE_DID));
    machine_expect(machine, 0xfef00000, 0x40100000);
    result = machine_request(machine, (VTDMRequest) {
        .address = 0xfee00000, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
    });
    g_assert_true(result.untranslated_only);
    g_assert_cmpuint(result.perm, ==, W);
    machine_free(machine);
}

/* DTE counts before the IOTLB, which requests of other types have filled. */
static void test_dte_before_iotlb(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA, .pasid = MACHINE_PASID,
        .source_id = MACHINE_SID,
    };

    vtdm_tables_set256(&machine->tables, machine->context,
                       vtdm_make_scalable_context(VTDM_SCTX_PASIDE, 3,
                                                  machine->directory, 0));
    g_assert_cmpuint(machine_request(machine, request).response, ==,
                     VTDM_OK);
    request.type = VTDM_AT_TRANSLATION;
    g_assert_cmpuint(machine_request(machine, request).fault.condition, ==,
                     VTDM_SCT_5);
    machine_free(machine);
}

/* Pass-through is told of in the largest page there is. */
static void test_largest_page(void)
{
    static const struct {
        uint8_t sslps;
        bool fs1gp, fsts;
        uint64_t mask;
    } cases[] = {
        { 3, false, true, 0x3fffffff }, { 1, true, true, 0x3fffffff },
        { 1, false, false, 0x1fffff }, { 0, false, true, 0x1fffff },
        { 0, false, false, 0xfff },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VTDMConfig config;
        Machine *machine;
        VTDMResult result;

        machine_scalable_config(&config);
        config.sslps = cases[i].sslps;
        config.fs1gp = cases[i].fs1gp;
        config.fsts = cases[i].fsts;
        config.fs5lp = config.nest = config.eafs = false;
        machine = machine_new_scalable(&config);
        result = machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
            .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
        });
        g_assert_cmphex(result.mask, ==, cases[i].mask);
        g_assert_cmphex(result.address, ==, MACHINE_IOVA);
        machine_free(machine);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/translation-requests/completions",
                    test_completions);
    g_test_add_func("/vtdm/translation-requests/rid-priv", test_rid_priv);
    g_test_add_func("/vtdm/translation-requests/interrupt-range",
                    test_interrupt_range);
    g_test_add_func("/vtdm/translation-requests/interrupt-range-with-pasid",
                    test_interrupt_range_with_pasid);
    g_test_add_func("/vtdm/translation-requests/large-page-and-interrupts",
                    test_large_page_and_interrupts);
    g_test_add_func("/vtdm/translation-requests/dte-before-iotlb",
                    test_dte_before_iotlb);
    g_test_add_func("/vtdm/translation-requests/largest-page",
                    test_largest_page);
    return g_test_run();
}
