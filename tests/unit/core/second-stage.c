/*
 * The second stage of scalable mode: its own names for what goes wrong. Levels,
 * pages and reserved bits are those of legacy mode, which walk.c has.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "walker.h"

static void set_entry(Walker *walker, unsigned level, uint64_t clear,
                      uint64_t set)
{
    uint64_t at = walker_entry(walker, &walker->second, WALKER_IOVA, level);
    uint64_t entry = vtdm_tables_get(&walker->machine->tables, at);

    vtdm_tables_set(&walker->machine->tables, at, (entry & ~clear) | set);
}

/* Every level: not present, reserved bits, no permission left, unreadable. */
static void test_conditions(void)
{
    static const struct {
        uint64_t clear, set;    /* of the entry */
        uint64_t below;         /* cleared in the leaf */
        VTDMCondition condition;
    } cases[] = {
        { WALKER_SS_ALL, 0, 0, VTDM_SSS_2 },
        { WALKER_SS_ALL, ~(uint64_t)WALKER_SS_ALL, 0, VTDM_SSS_2 },
        { 0, VTDM_BIT(50), 0, VTDM_SSS_3 },
        { VTDM_SS_R, VTDM_SS_IW, 0, VTDM_SSS_3 },
        { VTDM_SS_R, 0, VTDM_SS_W, VTDM_SSS_2 },
        { VTDM_SS_W, 0, VTDM_SS_R, VTDM_SSS_2 },
    };

    for (size_t i = 0; i < 4 * G_N_ELEMENTS(cases); i++) {
        Walker *walker = walker_new(NULL);

        walker_map(walker, &walker->second, WALKER_IOVA, MACHINE_PAGE, 1);
        set_entry(walker, 1, cases[i / 4].below, 0);
        set_entry(walker, 1 + i % 4, cases[i / 4].clear, cases[i / 4].set);
        walker_expect_fault(walker, &walker->second, WALKER_IOVA,
                            cases[i / 4].condition);
        walker_free(walker);
    }
}

static void test_unreadable(void)
{
    for (unsigned level = 1; level <= 4; level++) {
        Walker *walker = walker_new(NULL);

        walker_map(walker, &walker->second, WALKER_IOVA, MACHINE_PAGE, 1);
        walker->machine->host.bad_address =
            walker_entry(walker, &walker->second, WALKER_IOVA, level);
        walker->machine->host.bad_size = 8;
        walker_expect_fault(walker, &walker->second, WALKER_IOVA,
                            level == 4 ? VTDM_SSS_4 : VTDM_SSS_1);
        walker_free(walker);
    }
}

/* No canonical rule: what is beyond the limit is, on both sides. */
static void test_limit(void)
{
    Walker *walker = walker_new(NULL);

    walker_expect_fault(walker, &walker->second, vtdm_mask_below(48),
                        VTDM_SSS_2);
    for (unsigned bit = 48; bit < 64; bit++) {
        walker_expect_fault(walker, &walker->second,
                            VTDM_BIT(bit) | WALKER_IOVA, VTDM_SGN_5);
    }
    walker_expect_fault(walker, &walker->second, UINT64_MAX, VTDM_SGN_5);
    walker_free(walker);
}

/* Read, write, atomic, against what the page allows. */
static void test_rights(void)
{
    static const VTDMCondition wanted[4][3] = {
        [VTDM_PERM_R] = { VTDM_NO_FAULT, VTDM_SGN_6, VTDM_SGN_6 },
        [VTDM_PERM_W] = { VTDM_SGN_7, VTDM_NO_FAULT, VTDM_SGN_7 },
        [VTDM_PERM_R | VTDM_PERM_W] = { VTDM_NO_FAULT },
    };

    for (unsigned i = 0; i < 3 * 3 * 4; i++) {
        VTDMRequest request = { .access = i % 3 };
        uint8_t perm = 1 + i / 3 % 3;
        Walker *walker = walker_new(NULL);
        VTDMTranslation end;

        walker_map(walker, &walker->second, WALKER_IOVA, MACHINE_PAGE, 1);
        set_entry(walker, 1 + i / 9, WALKER_SS_ALL, perm);
        end = walker_walk(walker, &walker->second, WALKER_IOVA);
        for (unsigned privileged = 0; privileged < 2; privileged++) {
            g_assert_cmpuint(vtdm_permission_check(
                &walker->machine->config, &vtdm_second_stage_conditions,
                &request, privileged, &end), ==, wanted[perm][i % 3]);
        }
        walker_free(walker);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/second-stage/conditions", test_conditions);
    g_test_add_func("/vtdm/second-stage/unreadable", test_unreadable);
    g_test_add_func("/vtdm/second-stage/limit", test_limit);
    g_test_add_func("/vtdm/second-stage/rights", test_rights);
    return g_test_run();
}
