/*
 * Root and context entries, and the context cache.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/context-cache.h"
#include "core/unit.h"
#include "machine.h"

#define ROOT_ENTRY (MACHINE_ROOT + 16 * (MACHINE_SID >> 8))

static VTDMCondition try_source(Machine *machine, uint16_t source_id)
{
    return machine_request(machine, (VTDMRequest) {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = source_id,
    }).fault.condition;
}

static uint64_t context_address(Machine *machine)
{
    return (vtdm_tables_get(&machine->tables, ROOT_ENTRY) & VTDM_ROOT_CTP) +
           16 * (MACHINE_SID & 0xff);
}

/*
 * Flips bit @bit of the 128-bit entry at @address, flushes, and says how a
 * read ends; then mends the entry.
 */
static VTDMCondition with_bit(Machine *machine, uint64_t address,
                              unsigned bit)
{
    uint64_t at = address + bit / 64 * 8;
    uint64_t entry = vtdm_tables_get(&machine->tables, at);
    VTDMCondition condition;

    vtdm_tables_set(&machine->tables, at, entry ^ VTDM_BIT(bit % 64));
    machine_set_root(machine, MACHINE_ROOT);
    condition = try_source(machine, MACHINE_SID);
    vtdm_tables_set(&machine->tables, at, entry);
    return condition;
}

/* Spec: "Legacy Mode Address Translation": bus, then device and function */
static void test_index(void)
{
    static const uint16_t sources[] = {
        0x0000, 0x0001, 0x0008, 0x00ff, 0x0100, 0x7f80, 0xff00, 0xffff,
    };
    Machine *machine = machine_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        machine_attach(machine, sources[i], i, VTDM_TT_SECOND_STAGE);
        machine_map(machine, MACHINE_IOVA, MACHINE_PAGE + 0x1000 * i, 1,
                    VTDM_SS_R);
    }
    machine_enable_dma(machine);
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        VTDMResult result = machine_request(machine, (VTDMRequest) {
            .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
            .source_id = sources[i],
        });

        g_assert_cmphex(result.address, ==, MACHINE_PAGE + 0x1000 * i);
        g_assert_cmpuint(result.domain_id, ==, i);
        g_assert_cmpuint(try_source(machine, sources[i] ^ 2), !=,
                         VTDM_NO_FAULT);
    }
    machine_free(machine);
}

/* Spec: "Root Entry": every bit */
static void test_root_bits(void)
{
    Machine *machine = machine_new_mapped(NULL);

    for (unsigned bit = 0; bit < 128; bit++) {
        VTDMCondition condition = with_bit(machine, ROOT_ENTRY, bit);

        if (bit == 0) {
            g_assert_cmpuint(condition, ==, VTDM_LRT_2);
        } else if (bit < 12 || bit >= 39) {
            g_assert_cmpuint(condition, ==, VTDM_LRT_3);
        } else {                /* another, empty or missing table */
            g_assert_true(condition == VTDM_LCT_2 ||
                          condition == VTDM_LCT_1);
        }
    }
    machine_free(machine);
}

/* Spec: "Root Entry": with P = 0 nothing else matters */
static void test_root_absent(void)
{
    Machine *machine = machine_new_mapped(NULL);

    vtdm_tables_set128(&machine->tables, ROOT_ENTRY,
                       (VTDMEntry128) { ~VTDM_ROOT_P, UINT64_MAX });
    g_assert_cmpuint(try_source(machine, MACHINE_SID), ==, VTDM_LRT_2);
    machine_free(machine);
}

static VTDMCondition expected_of_bit(unsigned bit)
{
    if (bit == 0) {
        return VTDM_LCT_2;
    }
    if ((bit >= 4 && bit < 12) || (bit >= 39 && bit < 64) || bit == 71 ||
        bit >= 88) {
        return VTDM_LCT_3;      /* reserved, or above the address width */
    }
    if (bit == 2) {
        return VTDM_LCT_4_2;    /* device-TLB, without DT */
    }
    return bit == 65 || bit == 66 ? VTDM_LCT_4_1 : VTDM_NO_FAULT;
}

/* Spec: "Context Entry": every bit */
static void test_context_bits(void)
{
    Machine *machine = machine_new_mapped(NULL);

    for (unsigned bit = 0; bit < 128; bit++) {
        bool pointer = bit >= 12 && bit < 39;

        if (pointer || bit == 64 || bit == 65 || bit == 3) {
            continue;           /* another table, another depth, TT */
        }
        g_assert_cmpuint(with_bit(machine, context_address(machine), bit),
                         ==, expected_of_bit(bit));
    }
    machine_free(machine);
}

/* Spec: "Context Entry": with P = 0 only FPD is looked at */
static void test_context_absent(void)
{
    Machine *machine = machine_new_mapped(NULL);

    vtdm_tables_set128(&machine->tables, context_address(machine),
                       (VTDMEntry128) { ~VTDM_CTX_P, UINT64_MAX });
    g_assert_cmpuint(try_source(machine, MACHINE_SID), ==, VTDM_LCT_2);
    machine_free(machine);
}

/* Spec: "Context Entry": DID bits above the supported width */
static void test_domain_width(void)
{
    for (unsigned nd = 0; nd <= 6; nd++) {
        VTDMConfig config;

        vtdm_config_init(&config);
        config.nd = nd;
        for (unsigned bit = 0; bit < 16; bit++) {
            Machine *machine = machine_new(&config);

            machine_attach(machine, MACHINE_SID, 1 << bit,
                           VTDM_TT_SECOND_STAGE);
            machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1, VTDM_SS_R);
            machine_enable_dma(machine);
            g_assert_cmpuint(try_source(machine, MACHINE_SID), ==,
                             bit < 4 + 2 * nd ? VTDM_NO_FAULT : VTDM_LCT_3);
            machine_free(machine);
        }
    }
}

/* How a context entry with @tt and @aw is taken. */
static VTDMCondition try_aw(const VTDMConfig *config, unsigned tt,
                            unsigned aw)
{
    Machine *machine = machine_new(config);
    VTDMCondition condition;

    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(tt, aw + 2, MACHINE_TABLES, 1));
    machine_enable_dma(machine);
    condition = try_source(machine, MACHINE_SID);
    machine_free(machine);
    return condition;
}

/* Spec: "Context Entry": AW must be in SAGAW; pass-through: the largest */
static void test_aw(void)
{
    for (unsigned sagaw = 2; sagaw < 16; sagaw += 2) {
        VTDMConfig config;
        unsigned widest = sagaw & 8 ? 3 : sagaw & 4 ? 2 : 1;

        vtdm_config_init(&config);
        config.sagaw = sagaw;
        for (unsigned aw = 0; aw < 8; aw++) {
            VTDMCondition walk = try_aw(&config, VTDM_TT_SECOND_STAGE, aw);
            VTDMCondition pass = try_aw(&config, VTDM_TT_PASS_THROUGH, aw);

            g_assert_cmpint(walk == VTDM_LCT_4_1, ==, !(sagaw >> aw & 1));
            g_assert_cmpuint(pass, ==,
                             aw == widest ? VTDM_NO_FAULT : VTDM_LCT_4_1);
        }
    }
}

/* Spec: "Context Entry": TT by capability */
static void test_tt(void)
{
    for (unsigned caps = 0; caps < 4; caps++) {
        const bool supported[] = { true, caps & 1, caps & 2, false };
        VTDMConfig config;

        vtdm_config_init(&config);
        config.dt = caps & 1;
        config.pt = caps & 2;
        for (unsigned tt = 0; tt < 4; tt++) {
            g_assert_cmpint(try_aw(&config, tt, 2) != VTDM_LCT_4_2, ==,
                            supported[tt]);
        }
    }
}

/* Spec: "Context Entry": SSPTPTR is ignored for pass-through */
static void test_pass_through_pointer(void)
{
    Machine *machine = machine_new(NULL);

    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4,
                                          VTDM_CTX_SSPTPTR, 1));
    machine_enable_dma(machine);
    machine_expect(machine, MACHINE_IOVA, MACHINE_IOVA);
    machine_free(machine);
}

/* Spec: "Context-Cache": an entry stays until it is invalidated */
static void test_cached(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    vtdm_tables_set(&machine->tables, context_address(machine), 0);
    g_assert_cmpuint(machine_dma(machine, 0, VTDM_READ).fault.condition, ==,
                     VTDM_LGN_3);
    machine_write64(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                    vtdm_field(VTDM_CCMD_CIRG, VTDM_G_GLOBAL));
    g_assert_cmpuint(machine_dma(machine, 0, VTDM_READ).fault.condition, ==,
                     VTDM_LCT_2);
    machine_free(machine);
}

static void invalidate_domain(Machine *machine, uint16_t domain_id)
{
    machine_write64(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                    vtdm_field(VTDM_CCMD_CIRG, VTDM_G_DOMAIN) |
                    vtdm_field(VTDM_CCMD_DID, domain_id));
}

/* Spec: "Caching Mode": faulting entries are kept only with CM = 1 */
static void test_caching_mode(gconstpointer opaque)
{
    bool cm = GPOINTER_TO_UINT(opaque);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.cm = cm;
    machine = machine_new(&config);
    machine_enable_dma(machine);
    g_assert_cmpuint(try_source(machine, MACHINE_SID), ==, VTDM_LRT_2);
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1, VTDM_SS_R);
    if (cm) {
        g_assert_cmpuint(try_source(machine, MACHINE_SID), ==, VTDM_LRT_2);
        invalidate_domain(machine, MACHINE_DID);
        g_assert_cmpuint(try_source(machine, MACHINE_SID), ==, VTDM_LRT_2);
        machine_write64(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                        vtdm_field(VTDM_CCMD_CIRG, VTDM_G_SELECTIVE) |
                        MACHINE_SID << 16);     /* under domain 0 */
    }
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(machine);
}

/* Spec: "Context-Cache": faulting entries are kept under domain 0 */
static void test_faulting_domain(void)
{
    static const struct {
        uint64_t lo, hi;        /* bits to flip in a good context entry */
        VTDMCondition condition;
    } cases[] = {
        { VTDM_CTX_P, 0, VTDM_LCT_2 },
        { VTDM_BIT(4), 0, VTDM_LCT_3 },
        { VTDM_CTX_TT, 0, VTDM_LCT_4_2 },
        { 0, VTDM_BIT(0), VTDM_LCT_4_1 },       /* AW 2 to 3 */
    };
    VTDMConfig config;

    vtdm_config_init(&config);
    config.cm = true;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = machine_new_mapped(&config);
        uint64_t at = context_address(machine);
        VTDMEntry128 good = vtdm_tables_get128(&machine->tables, at);
        const VTDMContext *kept;

        vtdm_tables_set128(&machine->tables, at, (VTDMEntry128) {
            good.lo ^ cases[i].lo, good.hi ^ cases[i].hi,
        });
        g_assert_cmpuint(try_source(machine, MACHINE_SID), ==,
                         cases[i].condition);
        kept = vtdm_context_lookup(machine->unit, MACHINE_SID);
        g_assert_nonnull(kept);
        g_assert_cmpuint(kept->domain_id, ==, 0);
        vtdm_tables_set128(&machine->tables, at, good);
        invalidate_domain(machine, MACHINE_DID);
        g_assert_cmpuint(try_source(machine, MACHINE_SID), ==,
                         cases[i].condition);
        invalidate_domain(machine, 0);
        machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
        machine_free(machine);
    }
}

/* Spec: "Translation Structure Formats": 128 bits in one read, 64 in one */
static void test_whole_entries(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMMapping mapping = {
        .table = machine->ssptptr, .levels = 4, .input = MACHINE_IOVA,
    };
    FakeRead reads[6] = {
        { ROOT_ENTRY, 16 }, { context_address(machine), 16 },
    };

    for (unsigned level = 4; level; level--) {
        reads[6 - level] = (FakeRead) {
            vtdm_tables_entry(&machine->tables, &mapping, level), 8,
        };
    }
    fake_host_log_reads(&machine->host);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    fake_host_expect_reads(&machine->host, reads, 6);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    fake_host_expect_reads(&machine->host, NULL, 0);
    machine_free(machine);
}

/* A request that only looks leaves nothing in the cache. */
static void test_look(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA + 0x1000, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .view = VTDM_LOOK,
    };

    g_assert_cmpuint(machine_request(machine, request).fault.condition, ==,
                     VTDM_LGN_3);
    g_assert_cmpuint(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    vtdm_tables_set(&machine->tables, context_address(machine), 0);
    g_assert_cmpuint(machine_request(machine, request).fault.condition, ==,
                     VTDM_LCT_2);
    machine_free(machine);
}

/* A request that asks the tables leaves the cache out, and alone. */
static void test_tables_view(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .view = VTDM_TABLES,
    };

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    vtdm_tables_set(&machine->tables, context_address(machine), 0);
    g_assert_cmpuint(machine_request(machine, request).fault.condition, ==,
                     VTDM_LCT_2);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

static void count_context(void *opaque, const VTDMContext *context)
{
    unsigned *seen = opaque;

    g_assert_cmphex(context->source_id & ~0xff, ==, MACHINE_SID & ~0xff);
    g_assert_cmpuint(context->domain_id, ==,
                     MACHINE_DID + (uint8_t)context->source_id);
    *seen += context->source_id & 0xff;
}

static void test_list(void)
{
    Machine *machine = machine_new(NULL);
    unsigned seen = 0;

    for (unsigned devfn = 1; devfn <= 4; devfn++) {
        machine_attach(machine, (MACHINE_SID & ~0xff) | devfn,
                       MACHINE_DID + devfn, VTDM_TT_SECOND_STAGE);
    }
    machine_enable_dma(machine);
    for (unsigned devfn = 1; devfn <= 4; devfn++) {
        try_source(machine, (MACHINE_SID & ~0xff) | devfn);
    }
    vtdm_contexts_for_each(machine->unit, count_context, &seen);
    g_assert_cmpuint(seen, ==, 1 + 2 + 3 + 4);
    machine_free(machine);
}

/* The oldest entry goes first, and only it. */
static void test_capacity(void)
{
    Machine *machine = machine_new(NULL);

    machine_enable_dma(machine);
    for (unsigned i = 0; i <= VTDM_CONTEXT_CACHE_ENTRIES; i++) {
        vtdm_context_insert(machine->unit, &(VTDMContext) {
            .source_id = i, .domain_id = i % 7,
        });
    }
    for (unsigned i = 0; i <= VTDM_CONTEXT_CACHE_ENTRIES; i++) {
        g_assert_cmpint(vtdm_context_lookup(machine->unit, i) != NULL, ==,
                        i > 0);
    }
    machine_free(machine);
}

/* All of what is covered goes at once; freeing costs what it frees. */
static void test_flush(void)
{
    static const VTDMInvalidation cases[] = {
        { .scope = VTDM_SCOPE_DOMAIN, .domain_id = 3 },
        { .scope = VTDM_SCOPE_DOMAIN, .domain_id = UINT16_MAX },
        { .scope = VTDM_SCOPE_GLOBAL },
    };
    static const unsigned removed[] = { 1024, 1024,
                                        VTDM_CONTEXT_CACHE_ENTRIES };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = machine_new(NULL);
        VTDMUnit *unit = machine->unit;
        uint64_t before, last;

        for (unsigned j = 0; j < VTDM_CONTEXT_CACHE_ENTRIES; j++) {
            vtdm_context_insert(unit, &(VTDMContext) {
                .source_id = j, .domain_id = j % 4 == 1 ? UINT16_MAX : j % 4,
            });
        }
        before = last = unit->steps;
        vtdm_contexts_invalidate(unit, &cases[i]);
        g_assert_cmpuint(unit->steps, ==, before);
        for (unsigned j = 0; j < VTDM_CONTEXT_CACHE_ENTRIES; j++) {
            uint16_t domain_id = j % 4 == 1 ? UINT16_MAX : j % 4;
            bool covered = cases[i].scope == VTDM_SCOPE_GLOBAL ||
                           cases[i].domain_id == domain_id;

            g_assert_cmpint(vtdm_context_lookup(unit, j) != NULL, ==,
                            !covered);
        }
        while (vtdm_contexts_reclaim(unit)) {
            g_assert_cmpuint(unit->steps - last, <=, 64);
            last = unit->steps;
        }
        g_assert_cmpuint(unit->steps - before, ==, removed[i]);
        machine_free(machine);
    }
}

/*
 * Spec: "Context-cache Invalidate Descriptor": a domain's entries, a device's,
 * at both ends of what there is
 */
static void test_ends(void)
{
    static const uint16_t ends[] = { 0, 1, 0x8000, UINT16_MAX };

    for (unsigned i = 0; i < 16; i++) {
        Machine *machine = machine_new(NULL);
        uint16_t domain_id = ends[i / 4], source_id = ends[i % 4];

        for (unsigned j = 0; j < 16; j++) {
            vtdm_context_insert(machine->unit, &(VTDMContext) {
                .source_id = ends[j % 4] ^ j / 4 << 3,
                .domain_id = ends[j / 4],
            });
        }
        vtdm_contexts_invalidate(machine->unit, &(VTDMInvalidation) {
            .cache = VTDM_CACHE_CONTEXT, .scope = VTDM_SCOPE_DEVICE,
            .domain_id = domain_id, .source_mask = UINT16_MAX,
            .source_id = source_id ^ i / 4 << 3,
        });
        for (unsigned j = 0; j < 16; j++) {
            g_assert_cmpint(vtdm_context_lookup(
                                machine->unit, ends[j % 4] ^ j / 4 << 3)
                                != NULL, ==, i != j);
        }
        machine_free(machine);
    }
}

/* Spec: "Context Entry": without any SAGAW no AW is supported */
static void test_pass_through_aw(void)
{
    static const struct {
        unsigned sagaw, aw;
        VTDMCondition condition;
    } cases[] = {
        { 0, 1, VTDM_LCT_4_1 },
        { VTDM_SAGAW_39, 1, VTDM_NO_FAULT },
        { VTDM_SAGAW_39 | VTDM_SAGAW_48, 1, VTDM_LCT_4_1 },
        { VTDM_SAGAW_39 | VTDM_SAGAW_48, 2, VTDM_NO_FAULT },
        { VTDM_SAGAW_39 | VTDM_SAGAW_48, 3, VTDM_LCT_4_1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VTDMConfig config;
        Machine *machine;

        vtdm_config_init(&config);
        config.sagaw = cases[i].sagaw;
        machine = machine_new(&config);
        vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                            vtdm_make_context(VTDM_TT_PASS_THROUGH,
                                              cases[i].aw + 2, 0,
                                              MACHINE_DID));
        machine_enable_dma(machine);
        g_assert_cmpuint(try_source(machine, MACHINE_SID), ==,
                         cases[i].condition);
        machine_free(machine);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/context/index", test_index);
    g_test_add_func("/vtdm/context/root-bits", test_root_bits);
    g_test_add_func("/vtdm/context/root-absent", test_root_absent);
    g_test_add_func("/vtdm/context/context-bits", test_context_bits);
    g_test_add_func("/vtdm/context/context-absent", test_context_absent);
    g_test_add_func("/vtdm/context/domain-width", test_domain_width);
    g_test_add_func("/vtdm/context/aw", test_aw);
    g_test_add_func("/vtdm/context/tt", test_tt);
    g_test_add_func("/vtdm/context/pass-through-pointer",
                    test_pass_through_pointer);
    g_test_add_func("/vtdm/context/cached", test_cached);
    g_test_add_data_func("/vtdm/context/caching-mode-0",
                         GUINT_TO_POINTER(0), test_caching_mode);
    g_test_add_data_func("/vtdm/context/caching-mode-1",
                         GUINT_TO_POINTER(1), test_caching_mode);
    g_test_add_func("/vtdm/context/faulting-domain", test_faulting_domain);
    g_test_add_func("/vtdm/context/whole-entries", test_whole_entries);
    g_test_add_func("/vtdm/context/look", test_look);
    g_test_add_func("/vtdm/context/tables", test_tables_view);
    g_test_add_func("/vtdm/context/capacity", test_capacity);
    g_test_add_func("/vtdm/context/flush", test_flush);
    g_test_add_func("/vtdm/context/ends", test_ends);
    g_test_add_func("/vtdm/context/list", test_list);
    g_test_add_func("/vtdm/context/pass-through-aw", test_pass_through_aw);
    return g_test_run();
}
