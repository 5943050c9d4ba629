/*
 * A first stage over a second one: page sizes, rights of both, what each can
 * refuse, flags of both, and how much work it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "walker.h"

/* Pages of guest memory that no table of the first stage takes. */
#define GUEST_PAGE              (WALKER_GUEST + 0x30000)
#define GUEST_BIG               0x2000000000    /* 1 GiB pages start here */

static Walker *new_nested(unsigned first, unsigned second)
{
    VTDMConfig config;
    Walker *walker;

    machine_scalable_config(&config);
    config.host_address_width = 46;
    config.mgaw = 57;
    config.sagaw = VTDM_SAGAW_39 | VTDM_SAGAW_48 | VTDM_SAGAW_57;
    walker = walker_new(&config);
    walker_nest(walker, first, second);
    return walker;
}

/* WALKER_IOVA to GUEST_PAGE to MACHINE_PAGE. */
static Walker *new_mapped(void)
{
    Walker *walker = new_nested(4, 4);

    walker_map(walker, &walker->first, WALKER_IOVA, GUEST_PAGE, 1);
    walker_map(walker, &walker->second, GUEST_PAGE, MACHINE_PAGE, 1);
    return walker;
}

static uint64_t mask_of(unsigned level)
{
    return vtdm_mask_below(12 + 9 * (level - 1));
}

/* Spec: "Nested Translation": the smaller page counts, of any depths */
static void test_sizes(void)
{
    for (unsigned i = 0; i < 2 * 3 * 3 * 3; i++) {
        unsigned first = 4 + i % 2, second = 3 + i / 2 % 3;
        unsigned outer = 1 + i / 6 % 3, inner = 1 + i / 18;
        uint64_t mask = mask_of(MIN(outer, inner));
        uint64_t input = WALKER_IOVA & ~mask_of(outer);
        uint64_t part = 0x2345000 & mask_of(outer);
        Walker *walker = new_nested(first, second);
        VTDMTranslation end;
        uint64_t output = 0x1000000000 | ((GUEST_BIG | part) & mask_of(inner));

        walker_map(walker, &walker->first, input, GUEST_BIG, outer);
        walker_map(walker, &walker->second,
                   (GUEST_BIG | part) & ~mask_of(inner), 0x1000000000, inner);
        end = walker_walk(walker, &walker->first, input | part | 0xabc);
        g_assert_cmpstr(vtdm_condition_info(end.condition)->name, ==, "none");
        g_assert_cmphex(end.mask, ==, mask);
        g_assert_cmphex(end.output, ==, output & ~mask);
        walker_free(walker);
    }
}

/* Spec: "Access Rights": effective rights are those of both stages */
static void test_rights(void)
{
    static const struct {
        uint64_t first, second;
        bool wpe;
        uint8_t user, supervisor;       /* 1: read, 2: write */
    } cases[] = {
        { WALKER_FS_ALL, WALKER_SS_ALL, true, 3, 3 },
        { WALKER_FS_ALL, VTDM_SS_R, true, 1, 1 },
        { WALKER_FS_ALL, VTDM_SS_W, true, 2, 2 },
        { VTDM_FS_P | VTDM_FS_US, WALKER_SS_ALL, true, 1, 1 },
        { VTDM_FS_P | VTDM_FS_US, WALKER_SS_ALL, false, 1, 3 },
        { VTDM_FS_P | VTDM_FS_US, VTDM_SS_R, false, 1, 1 },
        { VTDM_FS_P | VTDM_FS_US, VTDM_SS_W, true, 0, 0 },
        { VTDM_FS_P | VTDM_FS_RW, WALKER_SS_ALL, true, 0, 3 },
        { VTDM_FS_P | VTDM_FS_RW, VTDM_SS_R, true, 0, 1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Walker *walker = new_mapped();
        VTDMTables *tables = &walker->machine->tables;
        VTDMTranslation end;

        walker->first.write_protect = cases[i].wpe;
        vtdm_tables_set(tables, walker_entry(walker, &walker->first,
                                             WALKER_IOVA, 1),
                        GUEST_PAGE | cases[i].first);
        vtdm_tables_set(tables, walker_entry(walker, &walker->second,
                                             GUEST_PAGE, 1),
                        MACHINE_PAGE | cases[i].second);
        end = walker_walk(walker, &walker->first, WALKER_IOVA);
        g_assert_cmpuint(end.condition, ==, VTDM_NO_FAULT);
        g_assert_cmpuint(vtdm_translation_perm(&end, false), ==,
                         cases[i].user);
        g_assert_cmpuint(vtdm_translation_perm(&end, true), ==,
                         cases[i].supervisor);
        g_assert_cmpuint(end.stage, ==, VTDM_FIRST_STAGE);
        g_assert_cmphex(end.entry, ==,
                        GUEST_PAGE | cases[i].first | VTDM_FS_A);
        g_assert_cmphex(end.second_address, ==,
                        walker_entry(walker, &walker->second, GUEST_PAGE, 1));
        g_assert_cmphex(end.second_entry, ==,
                        MACHINE_PAGE | cases[i].second);
        g_assert_cmpuint(end.second_perm, ==, cases[i].second);
        walker_free(walker);
    }
}

/* The guest physical page of the first-stage table that has @level. */
static uint64_t guest_table(Walker *walker, unsigned level)
{
    return (walker_entry(walker, &walker->first, WALKER_IOVA, level) &
            ~0xfffULL) - WALKER_GUEST_AT + WALKER_GUEST;
}

/* Changes the second stage's leaf for guest page @guest. */
static void change_second(Walker *walker, uint64_t guest, uint64_t clear,
                          uint64_t set)
{
    uint64_t at = walker_entry(walker, &walker->second, guest, 1);
    uint64_t entry = vtdm_tables_get(&walker->machine->tables, at);

    vtdm_tables_set(&walker->machine->tables, at, (entry & ~clear) | set);
}

/*
 * What the second stage can refuse of a table, at every level: the leaf of
 * the table loses @clear and gets @set.
 */
static void test_tables_refused(void)
{
    static const struct {
        uint64_t clear, set;
        bool ssade, accessed;           /* accessed: nothing to set */
        VTDMCondition top, below;
        VTDMStage stage;                /* of the entry to blame */
    } cases[] = {
        { VTDM_SS_R, 0, false, false, VTDM_SFS_6, VTDM_SFS_7,
          VTDM_SECOND_STAGE },
        { VTDM_SS_R, 0, true, false, VTDM_SFS_6, VTDM_SFS_7,
          VTDM_SECOND_STAGE },
        { VTDM_SS_W, 0, true, true, VTDM_SFS_6, VTDM_SFS_7,
          VTDM_SECOND_STAGE },
        { VTDM_SS_W, 0, false, false, VTDM_SFS_8, VTDM_SFS_8,
          VTDM_FIRST_STAGE },
        { VTDM_SS_W, 0, false, true, VTDM_NO_FAULT, VTDM_NO_FAULT },
        { VTDM_SS_R | VTDM_SS_W, 0, false, true, VTDM_SSS_2, VTDM_SSS_2,
          VTDM_SECOND_STAGE },
        { 0, VTDM_BIT(50), false, true, VTDM_SSS_3, VTDM_SSS_3,
          VTDM_SECOND_STAGE },
    };

    for (size_t i = 0; i < 4 * G_N_ELEMENTS(cases); i++) {
        unsigned level = 4 - i % 4;
        Walker *walker = new_mapped();
        VTDMTranslation end;

        walker->second.flags = cases[i / 4].ssade;
        if (cases[i / 4].accessed) {
            walker_walk(walker, &walker->first, WALKER_IOVA);
            walker_flush(walker);
        }
        change_second(walker, guest_table(walker, level), cases[i / 4].clear,
                      cases[i / 4].set);
        end = walker_walk(walker, &walker->first, WALKER_IOVA);
        g_assert_cmpstr(vtdm_condition_info(end.condition)->name, ==,
                        vtdm_condition_info(level == 4
                                                ? cases[i / 4].top
                                                : cases[i / 4].below)->name);
        if (end.condition != VTDM_NO_FAULT) {
            g_assert_cmpuint(end.stage, ==, cases[i / 4].stage);
        }
        walker_free(walker);
    }
}

/* An address that the second stage does not reach, at every level. */
static void test_beyond(void)
{
    for (unsigned level = 4; level; level--) {
        Walker *walker = new_mapped();
        uint64_t at = walker_entry(walker, &walker->first, WALKER_IOVA,
                                   level);
        uint64_t entry = vtdm_tables_get(&walker->machine->tables, at);
        VTDMTranslation end;

        walker->second.reach = WALKER_GUEST + 0xffffff;
        entry = (entry & ~VTDM_FS_ADDR) | VTDM_BIT(33);
        vtdm_tables_set(&walker->machine->tables, at, entry);
        end = walker_walk(walker, &walker->first, WALKER_IOVA);
        g_assert_cmpuint(end.condition, ==, VTDM_SFS_5);
        g_assert_cmpuint(end.stage, ==, VTDM_FIRST_STAGE);
        g_assert_cmphex(end.entry_address, ==, at);
        walker_free(walker);
    }
}

/* What is wrong with the second stage on the way to the final page. */
static void test_output_refused(void)
{
    static const struct {
        unsigned level;
        uint64_t entry;
        bool unreadable;
        VTDMCondition condition;
    } cases[] = {
        { 1, 0, false, VTDM_SSS_2 },
        { 3, 0, false, VTDM_SSS_2 },
        { 1, MACHINE_PAGE | VTDM_SS_R | VTDM_SS_IW, false, VTDM_SSS_3 },
        { 4, VTDM_SS_R | VTDM_SS_PS, false, VTDM_SSS_3 },
        { 1, 0, true, VTDM_SSS_1 },
        { 3, 0, true, VTDM_SSS_1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Walker *walker = new_nested(4, 4);
        uint64_t at;
        VTDMTranslation end;

        /* a part of the second stage that no table needs */
        walker_map(walker, &walker->first, WALKER_IOVA, GUEST_BIG << 4, 1);
        walker_map(walker, &walker->second, GUEST_BIG << 4, MACHINE_PAGE, 1);
        at = walker_entry(walker, &walker->second, GUEST_BIG << 4,
                          cases[i].level);
        if (cases[i].unreadable) {
            walker->machine->host.bad_address = at;
            walker->machine->host.bad_size = 8;
        } else {
            vtdm_tables_set(&walker->machine->tables, at, cases[i].entry);
        }
        end = walker_walk(walker, &walker->first, WALKER_IOVA);
        g_assert_cmpstr(vtdm_condition_info(end.condition)->name, ==,
                        vtdm_condition_info(cases[i].condition)->name);
        g_assert_cmpuint(end.stage, ==, VTDM_SECOND_STAGE);
        g_assert_cmphex(end.entry_address, ==, at);
        walker_free(walker);
    }
}

/* The first entry of each stage that cannot be read. */
static void test_unreadable(void)
{
    for (unsigned first = 0; first < 2; first++) {
        Walker *walker = new_mapped();

        walker->machine->host.bad_address =
            first ? walker_entry(walker, &walker->first, WALKER_IOVA, 4)
                  : walker->second.root;
        walker->machine->host.bad_size = 8;
        walker_expect_fault(walker, &walker->first, WALKER_IOVA,
                            first ? VTDM_SFS_4 : VTDM_SSS_4);
        walker_free(walker);
    }
}

static uint64_t second_flags(Walker *walker, uint64_t guest, unsigned level)
{
    return vtdm_tables_get(&walker->machine->tables,
                           walker_entry(walker, &walker->second, guest,
                                        level)) & (VTDM_SS_A | VTDM_SS_D);
}

/*
 * Spec: "Accessed and Dirty Flags": with SSADE tables count as written, as
 * they do for the processor; the page itself only by a write
 */
static void test_flags(void)
{
    Walker *walker = new_mapped();
    VTDMTranslation end;

    walker->second.flags = true;
    end = walker_walk(walker, &walker->first, WALKER_IOVA);
    g_assert_false(end.dirty);
    for (unsigned level = 1; level <= 4; level++) {
        g_assert_cmphex(second_flags(walker, guest_table(walker, level), 1),
                        ==, VTDM_SS_A | VTDM_SS_D);
        g_assert_cmphex(second_flags(walker, GUEST_PAGE, level), ==,
                        VTDM_SS_A);
    }
    walker->writes = true;
    end = walker_walk(walker, &walker->first, WALKER_IOVA);
    g_assert_true(end.dirty);
    g_assert_cmphex(second_flags(walker, GUEST_PAGE, 1), ==,
                    VTDM_SS_A | VTDM_SS_D);
    g_assert_true(vtdm_tables_get(&walker->machine->tables,
                                  walker_entry(walker, &walker->first,
                                               WALKER_IOVA, 1)) & VTDM_FS_D);
    walker_free(walker);
}

/* A page is clean as long as one of its leaves is. */
static void test_dirty(void)
{
    for (unsigned i = 0; i < 8; i++) {
        bool ssade = i & 1, first = i & 2, second = i & 4;
        Walker *walker = new_mapped();
        uint64_t leaf = walker_entry(walker, &walker->first, WALKER_IOVA, 1);

        walker->second.flags = ssade;
        vtdm_tables_set(&walker->machine->tables, leaf,
                        vtdm_tables_get(&walker->machine->tables, leaf) |
                        (first ? VTDM_FS_D : 0));
        change_second(walker, GUEST_PAGE, 0, second ? VTDM_SS_D : 0);
        g_assert_cmpint(walker_walk(walker, &walker->first, WALKER_IOVA)
                            .dirty, ==, first && (second || !ssade));
        walker_free(walker);
    }
}

/* A write that one stage refuses is dirty in neither. */
static void test_no_dirty(void)
{
    for (unsigned first = 0; first < 2; first++) {
        Walker *walker = new_mapped();
        uint64_t leaf = walker_entry(walker, &walker->first, WALKER_IOVA, 1);
        uint64_t entry = GUEST_PAGE | VTDM_FS_P | VTDM_FS_US;

        walker->second.flags = true;
        walker->writes = true;
        if (first) {
            vtdm_tables_set(&walker->machine->tables, leaf, entry);
        } else {
            change_second(walker, GUEST_PAGE, VTDM_SS_W, 0);
        }
        g_assert_cmpuint(walker_walk(walker, &walker->first, WALKER_IOVA)
                             .perm, ==, VTDM_PERM_R);
        g_assert_cmphex(vtdm_tables_get(&walker->machine->tables, leaf) &
                        VTDM_FS_D, ==, 0);
        g_assert_cmphex(second_flags(walker, GUEST_PAGE, 1), ==, VTDM_SS_A);
        walker_free(walker);
    }
}

/*
 * Spec: "Accessed, Extended Accessed, and Dirty Flags": accessed flags may be
 * set for requests that fault, dirty ones are of writes alone. That of the
 * first stage could be set here, that of the second cannot.
 */
static void test_dirty_together(void)
{
    Walker *walker = new_mapped();
    uint64_t leaf = walker_entry(walker, &walker->first, WALKER_IOVA, 1);

    walker->second.flags = true;
    walker_walk(walker, &walker->first, WALKER_IOVA);
    walker->writes = true;
    walker->machine->host.read_only = WALKER_GUEST_AT;
    walker_expect_fault(walker, &walker->first, WALKER_IOVA, VTDM_SSS_6);
    g_assert_cmphex(vtdm_tables_get(&walker->machine->tables, leaf), ==,
                    GUEST_PAGE | WALKER_FS_ALL | VTDM_FS_A);
    walker->machine->host.read_only = 0;
    walker_expect(walker, &walker->first, WALKER_IOVA, MACHINE_PAGE);
    g_assert_cmphex(vtdm_tables_get(&walker->machine->tables, leaf), ==,
                    GUEST_PAGE | WALKER_FS_ALL | VTDM_FS_A | VTDM_FS_D);
    g_assert_cmphex(second_flags(walker, GUEST_PAGE, 1), ==,
                    VTDM_SS_A | VTDM_SS_D);
    walker_free(walker);
}

#define SELF_IOVA               VTDM_BIT(39)    /* 1, 0, 0, 0 */

/*
 * One entry at three levels, found through a mapping that can be written
 * and then through one that cannot: the first sets what the others need.
 */
static Walker *new_alias(void)
{
    Walker *walker = new_nested(4, 4);
    uint64_t at;

    walker_map(walker, &walker->first, SELF_IOVA, GUEST_PAGE, 1);
    at = walker_entry(walker, &walker->first, SELF_IOVA, 3);
    walker_map(walker, &walker->second, GUEST_BIG, at & ~0xfffULL, 1);
    change_second(walker, GUEST_BIG, VTDM_SS_W, 0);
    vtdm_tables_set(&walker->machine->tables, at, GUEST_BIG | WALKER_FS_ALL);
    return walker;
}

/* Who only looks is told what a device would get. */
static void test_alias(void)
{
    static const VTDMView views[] = { VTDM_LOOK, VTDM_TABLES, VTDM_USE };
    Walker *walker = new_alias();
    uint64_t at = walker_entry(walker, &walker->first, SELF_IOVA, 3);
    uint64_t entry = vtdm_tables_get(&walker->machine->tables, at);

    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        g_assert_cmphex(vtdm_tables_get(&walker->machine->tables, at), ==,
                        entry);
        walker->view = views[i];
        walker_expect(walker, &walker->first, SELF_IOVA, at & ~0xfffULL);
    }
    g_assert_cmphex(vtdm_tables_get(&walker->machine->tables, at), ==,
                    entry | VTDM_FS_A);
    walker_free(walker);
}

/* Flags that cannot be set: of whichever stage comes first. */
static void test_not_snooped(void)
{
    Walker *walker = new_mapped();

    walker->first.snooped = walker->second.snooped = false;
    walker_expect_fault(walker, &walker->first, WALKER_IOVA, VTDM_SFS_9);
    walker->second.flags = true;
    walker_expect_fault(walker, &walker->first, WALKER_IOVA, VTDM_SSS_5);
    walker->machine->host.read_only = MACHINE_RAM;
    walker->first.snooped = walker->second.snooped = true;
    walker_expect_fault(walker, &walker->first, WALKER_IOVA, VTDM_SSS_6);
    walker->second.flags = false;
    walker_expect_fault(walker, &walker->first, WALKER_IOVA, VTDM_SFS_10);
    walker_free(walker);
}

/* Nothing of it is more than so many reads, with 5 levels of each. */
static void test_bounded(void)
{
    Walker *walker = new_nested(5, 5);

    walker_map(walker, &walker->first, WALKER_IOVA, GUEST_BIG, 1);
    walker_map(walker, &walker->second, GUEST_BIG, MACHINE_PAGE, 1);
    walker->view = VTDM_TABLES;
    walker->machine->host.reads = 0;
    walker_expect(walker, &walker->first, WALKER_IOVA, MACHINE_PAGE);
    g_assert_cmpuint(walker->machine->host.reads, ==, 5 * (5 + 1) + 5);
    /* tables that are their own next ones */
    for (unsigned i = 0; i < 512; i++) {
        vtdm_tables_set(&walker->guest, walker->first.root + 8 * i,
                        walker->first.root | WALKER_FS_ALL);
        vtdm_tables_set(&walker->machine->tables, walker->second.root + 8 * i,
                        walker->second.root | WALKER_SS_ALL);
    }
    walker->machine->host.reads = 0;
    walker_walk(walker, &walker->first, WALKER_IOVA);
    g_assert_cmpuint(walker->machine->host.reads, <=, 5 * (5 + 1) + 5);
    walker_free(walker);
}

/*
 * Spec: "Caches for Paging Structures": of a cached first-stage entry the
 * second stage is asked no more; what it forbade stays forbidden
 */
static void test_combined(void)
{
    Walker *walker = new_mapped();
    uint64_t leaf = walker_entry(walker, &walker->first, WALKER_IOVA, 1);

    change_second(walker, guest_table(walker, 1), VTDM_SS_W, 0);
    walker_expect_fault(walker, &walker->first, WALKER_IOVA, VTDM_SFS_8);
    change_second(walker, guest_table(walker, 1), 0, VTDM_SS_W);
    walker_expect_fault(walker, &walker->first, WALKER_IOVA, VTDM_SFS_8);
    vtdm_tables_set(&walker->machine->tables, leaf,
                    vtdm_tables_get(&walker->machine->tables, leaf) |
                    VTDM_FS_A);
    walker_expect(walker, &walker->first, WALKER_IOVA, MACHINE_PAGE);
    change_second(walker, guest_table(walker, 1), VTDM_SS_R | VTDM_SS_W, 0);
    walker_expect(walker, &walker->first, WALKER_IOVA, MACHINE_PAGE);
    walker_flush(walker);
    walker_expect_fault(walker, &walker->first, WALKER_IOVA, VTDM_SSS_2);
    walker_free(walker);
}

static void note_step(void *opaque, VTDMStage stage, uint64_t entry_address,
                      uint64_t entry, unsigned level)
{
    g_string_append_printf(opaque, "%c%u",
                           stage == VTDM_FIRST_STAGE ? 'f' : 's', level);
}

/* Spec: "Nested Translation": each read of both stages, in this order */
static void test_recorder(void)
{
    Walker *walker = new_mapped();
    g_autoptr(GString) steps = g_string_new(NULL);

    walker->view = VTDM_TABLES;
    walker->recorder = (VTDMWalkRecorder) { note_step, steps };
    walker_expect(walker, &walker->first, WALKER_IOVA, MACHINE_PAGE);
    g_assert_cmpstr(steps->str, ==,
                    "s4s3s2s1f4" "s4s3s2s1f3" "s4s3s2s1f2" "s4s3s2s1f1"
                    "s4s3s2s1");
    walker_free(walker);
}

/* SNP is the second stage's; the first one's bit 11 is software's. */
static void test_snoop(void)
{
    Walker *walker = new_mapped();
    uint64_t leaf = walker_entry(walker, &walker->first, WALKER_IOVA, 1);

    vtdm_tables_set(&walker->machine->tables, leaf,
                    vtdm_tables_get(&walker->machine->tables, leaf) |
                    VTDM_SS_SNP);
    g_assert_false(walker_walk(walker, &walker->first, WALKER_IOVA).snoop);
    change_second(walker, GUEST_PAGE, 0, VTDM_SS_SNP);
    g_assert_true(walker_walk(walker, &walker->first, WALKER_IOVA).snoop);
    walker_free(walker);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/nested/sizes", test_sizes);
    g_test_add_func("/vtdm/nested/rights", test_rights);
    g_test_add_func("/vtdm/nested/tables-refused", test_tables_refused);
    g_test_add_func("/vtdm/nested/beyond", test_beyond);
    g_test_add_func("/vtdm/nested/output-refused", test_output_refused);
    g_test_add_func("/vtdm/nested/unreadable", test_unreadable);
    g_test_add_func("/vtdm/nested/flags", test_flags);
    g_test_add_func("/vtdm/nested/dirty", test_dirty);
    g_test_add_func("/vtdm/nested/no-dirty", test_no_dirty);
    g_test_add_func("/vtdm/nested/dirty-together", test_dirty_together);
    g_test_add_func("/vtdm/nested/alias", test_alias);
    g_test_add_func("/vtdm/nested/not-snooped", test_not_snooped);
    g_test_add_func("/vtdm/nested/bounded", test_bounded);
    g_test_add_func("/vtdm/nested/combined", test_combined);
    g_test_add_func("/vtdm/nested/recorder", test_recorder);
    g_test_add_func("/vtdm/nested/snoop", test_snoop);
    return g_test_run();
}
