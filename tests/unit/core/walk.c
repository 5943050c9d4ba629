/*
 * Second-stage walks: levels, page sizes, permissions, reserved bits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>

#include "core/second-stage.h"
#include "core/walk.h"
#include "machine.h"

#define RW (VTDM_SS_R | VTDM_SS_W)

/* A machine whose device walks @levels levels of an empty table. */
static Machine *new_empty(const VTDMConfig *config, unsigned levels)
{
    Machine *machine = machine_new(config);

    machine->ssptptr = vtdm_tables_page(&machine->tables);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, levels,
                                          machine->ssptptr, MACHINE_DID));
    machine_enable_dma(machine);
    return machine;
}

static uint64_t map(Machine *machine, unsigned levels, uint64_t input,
                    uint64_t output, unsigned level)
{
    return vtdm_tables_map(&machine->tables, &(VTDMMapping) {
        machine->ssptptr, levels, input, output, level, RW });
}

/* Spec: "Second-Stage Translation": each index comes from its own bits */
static void test_levels(gconstpointer opaque)
{
    unsigned levels = GPOINTER_TO_UINT(opaque);
    unsigned width = 12 + 9 * levels;
    uint64_t input = 0x0123456789abc000ULL & vtdm_mask_below(width);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.mgaw = 57;
    config.sagaw = VTDM_SAGAW_39 | VTDM_SAGAW_48 | VTDM_SAGAW_57;
    machine = new_empty(&config, levels);
    map(machine, levels, input, MACHINE_PAGE, 1);
    map(machine, levels, vtdm_mask_below(width) & ~0xfffULL, 0x5000, 1);
    machine_expect(machine, input + 0xabc, MACHINE_PAGE + 0xabc);
    machine_expect(machine, vtdm_mask_below(width), 0x5fff);
    for (unsigned bit = 12; bit < width; bit++) {
        machine_expect_fault(machine, input ^ VTDM_BIT(bit), VTDM_LGN_3);
    }
    for (unsigned bit = width; bit < 64; bit++) {
        machine_expect_fault(machine, input ^ VTDM_BIT(bit), VTDM_LGN_1_1);
    }
    machine_free(machine);
}

/* Spec: "Second-Stage Translation": MGAW limits what AGAW would allow */
static void test_mgaw(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.mgaw = 40;
    machine = new_empty(&config, 4);
    map(machine, 4, VTDM_BIT(39), MACHINE_PAGE, 1);
    map(machine, 4, VTDM_BIT(40), MACHINE_PAGE, 1);
    machine_expect(machine, VTDM_BIT(39), MACHINE_PAGE);
    machine_expect_fault(machine, VTDM_BIT(40), VTDM_LGN_1_1);
    machine_free(machine);
}

/* Spec: "Hierarchical Translation Structures": large pages end the walk */
static void test_superpage(gconstpointer opaque)
{
    unsigned level = GPOINTER_TO_UINT(opaque);
    uint64_t mask = vtdm_mask_below(12 + 9 * (level - 1));
    Machine *machine = new_empty(NULL, 4);
    VTDMResult result;

    map(machine, 4, 0x4000000000, 0x1000000000, level);
    result = machine_dma(machine, 0x4000000000 | mask, VTDM_WRITE);
    g_assert_cmphex(result.address, ==, 0x1000000000 | mask);
    g_assert_cmphex(result.mask, ==, mask);
    g_assert_true(result.translated);
    machine_expect_fault(machine, 0x4000000000 + mask + 1, VTDM_LGN_3);
    machine_free(machine);
}

/* Spec: "Second-Stage Paging Entries": large pages need SSLPS */
static void test_sslps(void)
{
    for (unsigned sslps = 0; sslps < 4; sslps++) {
        for (unsigned level = 2; level <= 4; level++) {
            VTDMConfig config;
            Machine *machine;
            bool allowed = level < 4 && (sslps >> (level - 2) & 1);

            if (sslps == 2) {
                continue;       /* the configuration forbids it */
            }
            vtdm_config_init(&config);
            config.sslps = sslps;
            machine = new_empty(&config, 4);
            map(machine, 4, 0, 0, level);
            if (allowed) {
                machine_expect(machine, 0x123, 0x123);
            } else {
                machine_expect_fault(machine, 0x123, VTDM_LSS_2);
            }
            machine_free(machine);
        }
    }
}

/* Whether bit @bit must be 0 in a present entry with default capabilities */
static bool is_reserved(unsigned bit, unsigned level, bool leaf)
{
    if (bit == 62 || (bit >= 39 && bit <= 51)) {
        return true;            /* IW; above the host address width */
    }
    if (bit == 11) {
        return true;            /* SNP: SC = 0, and no leaf has it */
    }
    return leaf && bit >= 12 && bit < 12 + 9 * (level - 1);
}

/*
 * Spec: "Second-Stage Paging Entries": every bit of every level, reserved
 * or ignored
 */
static void test_reserved(gconstpointer opaque)
{
    unsigned leaf_level = GPOINTER_TO_UINT(opaque);
    Machine *machine = new_empty(NULL, 4);
    VTDMMapping mapping = { machine->ssptptr, 4, 0, 0x40000000, leaf_level,
                            RW };

    vtdm_tables_map(&machine->tables, &mapping);
    for (unsigned level = 4; level >= leaf_level; level--) {
        bool leaf = level == leaf_level;
        uint64_t at = vtdm_tables_entry(&machine->tables, &mapping, level);
        uint64_t entry = vtdm_tables_get(&machine->tables, at);

        for (unsigned bit = 2; bit < 64; bit++) {
            bool address = bit >= 12 && bit < 39 &&
                           !is_reserved(bit, level, leaf);
            bool size = bit == 7 && level > 1;

            if (address || (size && level < 4)) {
                continue;       /* another page or another page size */
            }
            vtdm_tables_set(&machine->tables, at, entry | VTDM_BIT(bit));
            machine_set_root(machine, MACHINE_ROOT);    /* flushes */
            if (size || is_reserved(bit, level, leaf)) {
                machine_expect_fault(machine, 8, VTDM_LSS_2);
            } else {
                machine_expect(machine, 8, 0x40000008);
            }
        }
        vtdm_tables_set(&machine->tables, at, entry);
    }
    machine_free(machine);
}

/* Spec: "Second-Stage Translation": R = W = 0 hides reserved bits */
static void test_not_present(void)
{
    Machine *machine = new_empty(NULL, 4);

    for (unsigned level = 1; level <= 4; level++) {
        uint64_t at = map(machine, 4, 0, 0, 1);
        VTDMMapping mapping = { machine->ssptptr, 4, 0 };

        at = vtdm_tables_entry(&machine->tables, &mapping, level);
        vtdm_tables_set(&machine->tables, at, ~(uint64_t)RW);
        machine_set_root(machine, MACHINE_ROOT);
        machine_expect_fault(machine, 0, VTDM_LGN_3);
        g_assert_cmpuint(machine_dma(machine, 0, VTDM_WRITE)
                             .fault.condition, ==, VTDM_LGN_2);
        vtdm_tables_set(&machine->tables, at, 0);
    }
    machine_free(machine);
}

/* Spec: "Access Rights": every level has to agree */
static void test_permission(void)
{
    Machine *machine = new_empty(NULL, 4);
    VTDMMapping mapping = { machine->ssptptr, 4, 0, MACHINE_PAGE, 1, RW };

    vtdm_tables_map(&machine->tables, &mapping);
    for (unsigned level = 1; level <= 4; level++) {
        uint64_t at = vtdm_tables_entry(&machine->tables, &mapping, level);
        uint64_t entry = vtdm_tables_get(&machine->tables, at);

        vtdm_tables_set(&machine->tables, at, entry & ~VTDM_SS_W);
        machine_set_root(machine, MACHINE_ROOT);
        machine_expect(machine, 0, MACHINE_PAGE);
        g_assert_cmpuint(machine_dma(machine, 0, VTDM_READ).perm, ==,
                         VTDM_PERM_R);
        g_assert_cmpuint(machine_dma(machine, 0, VTDM_WRITE)
                             .fault.condition, ==, VTDM_LGN_2);
        g_assert_cmpuint(machine_dma(machine, 0, VTDM_ATOMIC)
                             .fault.condition, ==, VTDM_LGN_2);
        vtdm_tables_set(&machine->tables, at, entry & ~VTDM_SS_R);
        machine_set_root(machine, MACHINE_ROOT);
        machine_expect_fault(machine, 0, VTDM_LGN_3);
        g_assert_cmpuint(machine_dma(machine, 0, VTDM_WRITE).response, ==,
                         VTDM_OK);
        g_assert_cmpuint(machine_dma(machine, 0, VTDM_ATOMIC)
                             .fault.condition, ==, VTDM_LGN_3);
        vtdm_tables_set(&machine->tables, at, entry);
    }
    machine_free(machine);
}

/* Read-only above write-only leaves nothing. Spec: "Access Rights" */
static void test_no_common_permission(void)
{
    Machine *machine = new_empty(NULL, 4);
    VTDMMapping mapping = { machine->ssptptr, 4, 0, MACHINE_PAGE, 1,
                            VTDM_SS_W };
    uint64_t at;

    vtdm_tables_map(&machine->tables, &mapping);
    at = vtdm_tables_entry(&machine->tables, &mapping, 2);
    vtdm_tables_set(&machine->tables, at,
                    vtdm_tables_get(&machine->tables, at) & ~VTDM_SS_W);
    machine_expect_fault(machine, 0, VTDM_LGN_3);
    g_assert_cmpuint(machine_dma(machine, 0, VTDM_WRITE).fault.condition,
                     ==, VTDM_LGN_2);
    at = vtdm_tables_entry(&machine->tables, &mapping, 3);
    vtdm_tables_set(&machine->tables, at,
                    vtdm_tables_get(&machine->tables, at) & ~VTDM_SS_R);
    machine_set_root(machine, MACHINE_ROOT);
    at = vtdm_tables_entry(&machine->tables, &mapping, 1);
    machine->host.bad_address = at;     /* not read: nothing is left */
    machine->host.bad_size = 8;
    machine_expect_fault(machine, 0, VTDM_LGN_3);
    machine_free(machine);
}

/* Spec: "Handling of Zero-Length Reads" */
static void test_zero_length(void)
{
    for (unsigned zlr = 0; zlr < 2; zlr++) {
        VTDMRequest request = {
            .pasid = VTDM_NO_PASID, .source_id = MACHINE_SID,
            .zero_length = true,
        };
        VTDMConfig config;
        Machine *machine;
        VTDMMapping mapping;

        vtdm_config_init(&config);
        config.zlr = zlr;
        machine = new_empty(&config, 4);
        mapping = (VTDMMapping) { machine->ssptptr, 4, 0, MACHINE_PAGE, 1,
                                  VTDM_SS_W };
        vtdm_tables_map(&machine->tables, &mapping);
        g_assert_cmpuint(machine_request(machine, request).fault.condition,
                         ==, zlr ? VTDM_NO_FAULT : VTDM_LGN_3);
        request.address = 0x1000;       /* nothing mapped */
        g_assert_cmpuint(machine_request(machine, request).fault.condition,
                         ==, VTDM_LGN_3);
        machine_free(machine);
    }
}

/* Spec: "Snoop Behavior": SNP counts in leaves, with SC = 1 */
static void test_snoop(void)
{
    VTDMConfig config;
    Machine *machine;
    uint64_t leaf;

    vtdm_config_init(&config);
    config.sc = true;
    machine = new_empty(&config, 4);
    leaf = map(machine, 4, 0, MACHINE_PAGE, 1);
    map(machine, 4, 0x1000, MACHINE_PAGE, 1);
    vtdm_tables_set(&machine->tables, leaf,
                    vtdm_tables_get(&machine->tables, leaf) | VTDM_SS_SNP);
    g_assert_true(machine_dma(machine, 0, VTDM_READ).snoop);
    g_assert_false(machine_dma(machine, 0x1000, VTDM_READ).snoop);
    machine_free(machine);
}

/* Spec: "Fault Conditions and Remapping Hardware Behavior...": LCT.4.3 */
static void test_unreadable(void)
{
    static const VTDMCondition expected[] = {
        0, VTDM_LSS_1, VTDM_LSS_1, VTDM_LSS_1, VTDM_LCT_4_3,
    };
    Machine *machine = new_empty(NULL, 4);
    VTDMMapping mapping = { machine->ssptptr, 4, 0x7654321000, MACHINE_PAGE,
                            1, RW };

    vtdm_tables_map(&machine->tables, &mapping);
    machine->host.bad_size = 8;
    for (unsigned level = 1; level <= 4; level++) {
        machine->host.bad_size = 0;
        machine->host.bad_address =
            vtdm_tables_entry(&machine->tables, &mapping, level);
        machine->host.bad_size = 8;
        machine_set_root(machine, MACHINE_ROOT);
        machine_expect_fault(machine, mapping.input, expected[level]);
    }
    machine->host.bad_size = 0;
    machine_expect(machine, mapping.input, MACHINE_PAGE);
    machine_free(machine);
}

/* A fault names the entry that caused it. */
static void test_entry(void)
{
    Machine *machine = new_empty(NULL, 4);
    uint64_t leaf = map(machine, 4, 0, MACHINE_PAGE, 1);
    VTDMResult result;

    vtdm_tables_set(&machine->tables, leaf,
                    MACHINE_PAGE | VTDM_SS_R | VTDM_SS_IW);
    result = machine_dma(machine, 0, VTDM_READ);
    g_assert_cmphex(result.fault.entry_address, ==, leaf);
    g_assert_cmphex(result.fault.entry.lo, ==,
                    MACHINE_PAGE | VTDM_SS_R | VTDM_SS_IW);
    machine_free(machine);
}

/* What old software leaves in a leaf, and only there. */
static void test_stale_tm(void)
{
    VTDMConfig config;
    Machine *machine;
    uint64_t leaf;

    vtdm_config_init(&config);
    config.dt = config.stale_tm = true;
    machine = new_empty(&config, 4);
    leaf = map(machine, 4, 0, MACHINE_PAGE, 1);
    vtdm_tables_set(&machine->tables, leaf,
                    MACHINE_PAGE | VTDM_SS_R | VTDM_SS_IW);
    machine_expect(machine, 0, MACHINE_PAGE);
    machine_free(machine);
}

static void record_step(void *opaque, VTDMStage stage,
                        uint64_t entry_address, uint64_t entry,
                        unsigned level)
{
    g_assert_cmpuint(stage, ==, VTDM_SECOND_STAGE);
    g_string_append_printf(opaque, "%u@%" PRIx64 "=%" PRIx64 " ", level,
                           entry_address, entry);
}

/* A walk hands over each entry that it reads, from the root down. */
static void test_recorder(void)
{
    Machine *machine = machine_new_mapped(NULL);
    g_autoptr(GString) steps = g_string_new(NULL);
    g_autoptr(GString) wanted = g_string_new(NULL);
    static const VTDMWalkConditions conditions = { VTDM_LGN_1_1 };
    VTDMTable table = {
        .format = &vtdm_second_stage, .conditions = &conditions,
        .root = machine->ssptptr, .reach = vtdm_mask_below(48), .levels = 4,
    };
    VTDMWalkRecorder recorder = { record_step, steps };
    VTDMWalkAccess access = { .view = VTDM_TABLES, .recorder = &recorder };
    VTDMTranslation end;
    uint64_t at = machine->ssptptr;

    for (unsigned level = 4; level; level--) {
        uint64_t entry_address = at + 8 * vtdm_level_index(MACHINE_IOVA,
                                                           level);
        uint64_t entry = vtdm_tables_get(&machine->tables, entry_address);

        record_step(wanted, VTDM_SECOND_STAGE, entry_address, entry, level);
        at = entry & VTDM_SS_ADDR;
    }
    vtdm_walk(machine->unit, &table, MACHINE_IOVA, &access, &end);
    g_assert_cmpstr(steps->str, ==, wanted->str);
    g_assert_cmphex(end.output, ==, MACHINE_PAGE);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vtdm/walk/levels-3", GUINT_TO_POINTER(3),
                         test_levels);
    g_test_add_data_func("/vtdm/walk/levels-4", GUINT_TO_POINTER(4),
                         test_levels);
    g_test_add_data_func("/vtdm/walk/levels-5", GUINT_TO_POINTER(5),
                         test_levels);
    g_test_add_func("/vtdm/walk/mgaw", test_mgaw);
    g_test_add_data_func("/vtdm/walk/superpage-2m", GUINT_TO_POINTER(2),
                         test_superpage);
    g_test_add_data_func("/vtdm/walk/superpage-1g", GUINT_TO_POINTER(3),
                         test_superpage);
    g_test_add_func("/vtdm/walk/sslps", test_sslps);
    g_test_add_data_func("/vtdm/walk/reserved-4k", GUINT_TO_POINTER(1),
                         test_reserved);
    g_test_add_data_func("/vtdm/walk/reserved-2m", GUINT_TO_POINTER(2),
                         test_reserved);
    g_test_add_data_func("/vtdm/walk/reserved-1g", GUINT_TO_POINTER(3),
                         test_reserved);
    g_test_add_func("/vtdm/walk/not-present", test_not_present);
    g_test_add_func("/vtdm/walk/permission", test_permission);
    g_test_add_func("/vtdm/walk/no-common-permission",
                    test_no_common_permission);
    g_test_add_func("/vtdm/walk/zero-length", test_zero_length);
    g_test_add_func("/vtdm/walk/snoop", test_snoop);
    g_test_add_func("/vtdm/walk/unreadable", test_unreadable);
    g_test_add_func("/vtdm/walk/entry", test_entry);
    g_test_add_func("/vtdm/walk/stale-tm", test_stale_tm);
    g_test_add_func("/vtdm/walk/recorder", test_recorder);
    return g_test_run();
}
