/*
 * First-stage walks: canonical addresses, levels, page sizes, reserved bits,
 * rights.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "walker.h"

/* Spec: "First-Stage Translation": each index comes from its own bits */
static void test_levels(gconstpointer opaque)
{
    unsigned levels = GPOINTER_TO_UINT(opaque);
    unsigned width = 12 + 9 * levels;
    uint64_t low = 0x0123456789abc000ULL & vtdm_mask_below(width - 1);
    uint64_t high = ~vtdm_mask_below(width - 1) | low;
    Walker *walker = walker_new(NULL);

    walker_set_levels(walker, levels, 4);
    walker_map(walker, &walker->first, low, MACHINE_PAGE, 1);
    walker_map(walker, &walker->first, high, 0x5000, 1);
    walker_expect(walker, &walker->first, low + 0xabc, MACHINE_PAGE + 0xabc);
    walker_expect(walker, &walker->first, high + 0xabc, 0x5abc);
    for (unsigned bit = 12; bit < width - 1; bit++) {
        walker_expect_fault(walker, &walker->first, low ^ VTDM_BIT(bit),
                            VTDM_SFS_2);
    }
    for (unsigned bit = width - 1; bit < 64; bit++) {
        walker_expect_fault(walker, &walker->first, low ^ VTDM_BIT(bit),
                            VTDM_SGN_1);
        walker_expect_fault(walker, &walker->first, high ^ VTDM_BIT(bit),
                            VTDM_SGN_1);
    }
    walker_free(walker);
}

/* Spec: "First-Stage Translation": both ends of both halves */
static void test_canonical(void)
{
    static const struct {
        uint64_t address;
        VTDMCondition condition;
    } cases[] = {
        { 0, VTDM_SFS_2 },
        { 0x00007fffffffffff, VTDM_SFS_2 },
        { 0x0000800000000000, VTDM_SGN_1 },
        { 0xffff7fffffffffff, VTDM_SGN_1 },
        { 0xffff800000000000, VTDM_SFS_2 },
        { UINT64_MAX, VTDM_SFS_2 },
    };
    Walker *walker = walker_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        walker_expect_fault(walker, &walker->first, cases[i].address,
                            cases[i].condition);
    }
    g_assert_cmpuint(walker->machine->host.reads, ==, 4);
    walker_free(walker);
}

/* Spec: "Hierarchical Translation Structures": large pages end the walk */
static void test_superpage(gconstpointer opaque)
{
    unsigned level = GPOINTER_TO_UINT(opaque);
    uint64_t mask = vtdm_mask_below(12 + 9 * (level - 1));
    Walker *walker = walker_new(NULL);
    VTDMTranslation end;

    walker_map(walker, &walker->first, 0x4000000000, 0x1000000000, level);
    end = walker_walk(walker, &walker->first, 0x4000000000 | mask);
    g_assert_cmpuint(end.condition, ==, VTDM_NO_FAULT);
    g_assert_cmphex(end.output, ==, 0x1000000000);
    g_assert_cmphex(end.mask, ==, mask);
    walker_expect_fault(walker, &walker->first, 0x4000000000 + mask + 1,
                        VTDM_SFS_2);
    walker_free(walker);
}

/* Spec: "First-Stage Translation": 2 MiB always, 1 GiB with FS1GP */
static void test_fs1gp(void)
{
    for (unsigned fs1gp = 0; fs1gp < 2; fs1gp++) {
        for (unsigned level = 2; level <= 5; level++) {
            VTDMConfig config;
            Walker *walker;

            machine_scalable_config(&config);
            config.fs1gp = fs1gp;
            walker = walker_new(&config);
            walker_set_levels(walker, 5, 4);
            walker_map(walker, &walker->first, 0, 0, level);
            if (level == 2 || (level == 3 && fs1gp)) {
                walker_expect(walker, &walker->first, 0x123, 0x123);
            } else {
                walker_expect_fault(walker, &walker->first, 0x123,
                                    VTDM_SFS_3);
            }
            walker_free(walker);
        }
    }
}

/*
 * Whether bit @bit must be 0 in a present entry. EA, G, the memory type, XD of
 * old and all that is software's are ignored.
 */
static bool is_reserved(unsigned bit, unsigned level, bool leaf)
{
    if (bit >= 39 && bit <= 51) {
        return true;            /* above the host address width */
    }
    return leaf && bit >= 13 && bit < 12 + 9 * (level - 1);
}

/*
 * Spec: "First-Stage Paging Entries": every bit of every level, reserved or
 * ignored
 */
static void test_reserved(gconstpointer opaque)
{
    unsigned leaf_level = GPOINTER_TO_UINT(opaque);
    Walker *walker = walker_new(NULL);

    walker_set_levels(walker, 5, 4);
    walker_map(walker, &walker->first, 0, 0x40000000, leaf_level);
    for (unsigned level = 5; level >= leaf_level; level--) {
        bool leaf = level == leaf_level;
        uint64_t at = walker_entry(walker, &walker->first, 0, level);
        uint64_t entry = vtdm_tables_get(&walker->machine->tables, at);

        for (unsigned bit = 3; bit < 64; bit++) {
            bool address = bit >= (leaf && level > 1 ? 13 : 12) &&
                           bit < 39 && !is_reserved(bit, level, leaf);
            bool size = bit == 7 && level > 1;

            if (address || (size && level < 4)) {
                continue;       /* another page or another page size */
            }
            vtdm_tables_set(&walker->machine->tables, at,
                            entry | VTDM_BIT(bit));
            walker_flush(walker);
            if (size || is_reserved(bit, level, leaf)) {
                walker_expect_fault(walker, &walker->first, 8, VTDM_SFS_3);
            } else {
                walker_expect(walker, &walker->first, 8, 0x40000008);
            }
        }
        vtdm_tables_set(&walker->machine->tables, at, entry);
    }
    walker_free(walker);
}

/* Spec: "First-Stage Translation": P = 0 hides everything else */
static void test_not_present(void)
{
    Walker *walker = walker_new(NULL);

    for (unsigned level = 1; level <= 4; level++) {
        uint64_t at;

        walker_map(walker, &walker->first, 0, 0x5000, 1);
        at = walker_entry(walker, &walker->first, 0, level);
        vtdm_tables_set(&walker->machine->tables, at, ~VTDM_FS_P);
        walker_flush(walker);
        walker_expect_fault(walker, &walker->first, 0, VTDM_SFS_2);
        vtdm_tables_set(&walker->machine->tables, at, 0);
    }
    walker_free(walker);
}

static void test_unreadable(void)
{
    static const VTDMCondition expected[] = {
        0, VTDM_SFS_1, VTDM_SFS_1, VTDM_SFS_1, VTDM_SFS_4,
    };
    Walker *walker = walker_new(NULL);
    FakeHost *host = &walker->machine->host;

    walker_map(walker, &walker->first, WALKER_IOVA, MACHINE_PAGE, 1);
    for (unsigned level = 1; level <= 4; level++) {
        host->bad_size = 0;
        host->bad_address = walker_entry(walker, &walker->first, WALKER_IOVA,
                                         level);
        host->bad_size = 8;
        walker_flush(walker);
        walker_expect_fault(walker, &walker->first, WALKER_IOVA,
                            expected[level]);
    }
    walker_free(walker);
}

/* What a request of @access and @privileged meets. */
static VTDMCondition meet(Walker *walker, VTDMAccess access, bool privileged)
{
    VTDMRequest request = { .access = access };
    VTDMTranslation end = walker_walk(walker, &walker->first, WALKER_IOVA);

    g_assert_cmpuint(end.condition, ==, VTDM_NO_FAULT);
    return vtdm_permission_check(&walker->machine->config,
                                 &vtdm_first_stage_conditions, &request,
                                 privileged, &end);
}

/* Spec: "Access Rights": every level has to agree, and WPE to matter */
static void test_rights(void)
{
    static const struct {
        uint64_t without;       /* of one entry */
        bool wpe;
        VTDMCondition user[3], supervisor[3];   /* read, write, atomic */
    } cases[] = {
        { 0, false, { 0 }, { 0 } },
        { 0, true, { 0 }, { 0 } },
        { VTDM_FS_RW, false, { 0, VTDM_SGN_6, VTDM_SGN_6 }, { 0 } },
        { VTDM_FS_RW, true, { 0, VTDM_SGN_6, VTDM_SGN_6 },
          { 0, VTDM_SGN_6, VTDM_SGN_6 } },
        { VTDM_FS_US, false, { VTDM_SGN_2, VTDM_SGN_2, VTDM_SGN_2 }, { 0 } },
        { VTDM_FS_US, true, { VTDM_SGN_2, VTDM_SGN_2, VTDM_SGN_2 }, { 0 } },
        { VTDM_FS_US | VTDM_FS_RW, true,
          { VTDM_SGN_2, VTDM_SGN_2, VTDM_SGN_2 },
          { 0, VTDM_SGN_6, VTDM_SGN_6 } },
    };
    Walker *walker = walker_new(NULL);

    walker_map(walker, &walker->first, WALKER_IOVA, MACHINE_PAGE, 1);
    for (size_t i = 0; i < 4 * G_N_ELEMENTS(cases); i++) {
        unsigned level = 1 + i % 4;
        uint64_t at = walker_entry(walker, &walker->first, WALKER_IOVA,
                                   level);
        uint64_t entry = vtdm_tables_get(&walker->machine->tables, at);

        walker->first.write_protect = cases[i / 4].wpe;
        vtdm_tables_set(&walker->machine->tables, at,
                        entry & ~cases[i / 4].without);
        walker_flush(walker);
        for (unsigned access = 0; access < 3; access++) {
            g_assert_cmpuint(meet(walker, access, false), ==,
                             cases[i / 4].user[access]);
            g_assert_cmpuint(meet(walker, access, true), ==,
                             cases[i / 4].supervisor[access]);
        }
        vtdm_tables_set(&walker->machine->tables, at, entry);
    }
    walker_free(walker);
}

/* A completion tells each its own permissions. Spec: "Access Rights" */
static void test_effective(void)
{
    Walker *walker = walker_new(NULL);
    VTDMRequest request = { .type = VTDM_AT_TRANSLATION };
    uint64_t leaf = walker_map(walker, &walker->first, WALKER_IOVA,
                               MACHINE_PAGE, 1);
    VTDMTranslation end;

    vtdm_tables_set(&walker->machine->tables, leaf, MACHINE_PAGE | VTDM_FS_P);
    end = walker_walk(walker, &walker->first, WALKER_IOVA);
    for (unsigned privileged = 0; privileged < 2; privileged++) {
        g_assert_cmpuint(vtdm_permission_check(
            &walker->machine->config, &vtdm_first_stage_conditions, &request,
            privileged, &end), ==, privileged ? VTDM_NO_FAULT : VTDM_SGN_2);
    }
    g_assert_cmpuint(vtdm_translation_perm(&end, false), ==, 0);
    g_assert_cmpuint(vtdm_translation_perm(&end, true), ==,
                     VTDM_PERM_R | VTDM_PERM_W);
    walker->first.write_protect = true;
    end = walker_walk(walker, &walker->first, WALKER_IOVA);
    g_assert_cmpuint(vtdm_translation_perm(&end, true), ==, VTDM_PERM_R);
    walker_free(walker);
}

/* A fault names the entry that caused it, and its stage. */
static void test_entry(void)
{
    Walker *walker = walker_new(NULL);
    uint64_t leaf = walker_map(walker, &walker->first, WALKER_IOVA,
                               MACHINE_PAGE, 1);
    VTDMTranslation end;

    vtdm_tables_set(&walker->machine->tables, leaf, 0xabcde);
    end = walker_walk(walker, &walker->first, WALKER_IOVA);
    g_assert_cmpuint(end.condition, ==, VTDM_SFS_2);
    g_assert_cmpuint(end.stage, ==, VTDM_FIRST_STAGE);
    g_assert_cmphex(end.entry_address, ==, leaf);
    g_assert_cmphex(end.entry, ==, 0xabcde);
    walker_free(walker);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vtdm/first-stage/levels-4", GUINT_TO_POINTER(4),
                         test_levels);
    g_test_add_data_func("/vtdm/first-stage/levels-5", GUINT_TO_POINTER(5),
                         test_levels);
    g_test_add_func("/vtdm/first-stage/canonical", test_canonical);
    g_test_add_data_func("/vtdm/first-stage/superpage-2m",
                         GUINT_TO_POINTER(2), test_superpage);
    g_test_add_data_func("/vtdm/first-stage/superpage-1g",
                         GUINT_TO_POINTER(3), test_superpage);
    g_test_add_func("/vtdm/first-stage/fs1gp", test_fs1gp);
    g_test_add_data_func("/vtdm/first-stage/reserved-4k",
                         GUINT_TO_POINTER(1), test_reserved);
    g_test_add_data_func("/vtdm/first-stage/reserved-2m",
                         GUINT_TO_POINTER(2), test_reserved);
    g_test_add_data_func("/vtdm/first-stage/reserved-1g",
                         GUINT_TO_POINTER(3), test_reserved);
    g_test_add_func("/vtdm/first-stage/not-present", test_not_present);
    g_test_add_func("/vtdm/first-stage/unreadable", test_unreadable);
    g_test_add_func("/vtdm/first-stage/rights", test_rights);
    g_test_add_func("/vtdm/first-stage/effective", test_effective);
    g_test_add_func("/vtdm/first-stage/entry", test_entry);
    return g_test_run();
}
