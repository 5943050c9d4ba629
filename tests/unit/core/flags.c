/*
 * Accessed and dirty flags of one stage: which are set, when, and what
 * happens if they cannot be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "walker.h"

/* The stage that a test is about. */
typedef struct Stage {
    const char *name;
    bool first;
    uint64_t accessed, dirty, extended;
    uint64_t write;             /* the bit that allows it */
    VTDMCondition not_snooped, not_updated;
} Stage;

static const Stage stages[] = {
    { "first-stage", true, VTDM_FS_A, VTDM_FS_D, VTDM_FS_EA, VTDM_FS_RW,
      VTDM_SFS_9, VTDM_SFS_10 },
    { "second-stage", false, VTDM_SS_A, VTDM_SS_D, 0, VTDM_SS_W,
      VTDM_SSS_5, VTDM_SSS_6 },
};

/* The walk of @stage, whose flags are on, with a page mapped. */
static VTDMTable *prepare(Walker *walker, const Stage *stage)
{
    VTDMTable *table = stage->first ? &walker->first : &walker->second;

    table->flags = true;
    walker_map(walker, table, WALKER_IOVA, MACHINE_PAGE, 1);
    return table;
}

static uint64_t get(Walker *walker, const VTDMTable *table, unsigned level)
{
    return vtdm_tables_get(&walker->machine->tables,
                           walker_entry(walker, table, WALKER_IOVA, level));
}

static void set(Walker *walker, const VTDMTable *table, unsigned level,
                uint64_t entry)
{
    vtdm_tables_set(&walker->machine->tables,
                    walker_entry(walker, table, WALKER_IOVA, level), entry);
}

/* Fails the test unless the flags are those of a walk that wrote or not. */
static void expect_flags(Walker *walker, const VTDMTable *table,
                         const Stage *stage, uint64_t accessed, bool dirty)
{
    uint64_t all = stage->accessed | stage->dirty | stage->extended;

    for (unsigned level = 1; level <= 4; level++) {
        g_assert_cmphex(get(walker, table, level) & all, ==,
                        accessed | (level == 1 && dirty ? stage->dirty : 0));
    }
}

/* A is set in all, D by a write in the leaf, each update in one piece. */
static void test_set(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, stage);
    FakeHost *host = &walker->machine->host;

    g_assert_false(walker_walk(walker, table, WALKER_IOVA).dirty);
    expect_flags(walker, table, stage, stage->accessed, false);
    g_assert_cmpuint(host->exchanges, ==, 4);
    walker->writes = true;
    g_assert_true(walker_walk(walker, table, WALKER_IOVA).dirty);
    expect_flags(walker, table, stage, stage->accessed, true);
    g_assert_cmpuint(host->exchanges, ==, 5);
    g_assert_true(walker_walk(walker, table, WALKER_IOVA).dirty);
    g_assert_cmpuint(host->exchanges, ==, 5);
    walker_free(walker);
}

/* The update that sets D sets A, too. */
static void test_together(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, stage);

    walker->writes = true;
    walker_walk(walker, table, WALKER_IOVA);
    expect_flags(walker, table, stage, stage->accessed, true);
    g_assert_cmpuint(walker->machine->host.exchanges, ==, 4);
    walker_free(walker);
}

/* EA comes with A, with EAFE only. */
static void test_extended(void)
{
    const Stage *stage = &stages[0];
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, stage);

    table->extended = true;
    walker_walk(walker, table, WALKER_IOVA);
    expect_flags(walker, table, stage, VTDM_FS_A | VTDM_FS_EA, false);
    g_assert_cmpuint(walker->machine->host.exchanges, ==, 4);
    set(walker, table, 1, get(walker, table, 1) & ~VTDM_FS_EA);
    walker_walk(walker, table, WALKER_IOVA);
    expect_flags(walker, table, stage, VTDM_FS_A | VTDM_FS_EA, false);
    walker_free(walker);
}

/* A write that is not let through leaves D alone. */
static void test_denied(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, stage);

    walker->writes = true;
    for (unsigned level = 1; level <= 4; level++) {
        uint64_t entry = get(walker, table, level);

        set(walker, table, level, entry & ~stage->write);
        walker_flush(walker);
        walker_walk(walker, table, WALKER_IOVA);
        g_assert_cmphex(get(walker, table, 1) & stage->dirty, ==, 0);
        set(walker, table, level, entry);
    }
    walker_free(walker);
}

/* Without SSADE the second stage's are neither looked at nor written. */
static void test_off(void)
{
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, &stages[1]);

    table->flags = false;
    table->snooped = false;
    walker->writes = true;
    g_assert_true(walker_walk(walker, table, WALKER_IOVA).dirty);
    expect_flags(walker, table, &stages[1], 0, false);
    walker_free(walker);
}

/* In the leaf of a large page they are the same. */
static void test_large(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Walker *walker = walker_new(NULL);
    VTDMTable *table = stage->first ? &walker->first : &walker->second;
    uint64_t leaf;

    table->flags = true;
    walker->writes = true;
    for (unsigned level = 2; level <= 3; level++) {
        leaf = walker_map(walker, table, level * VTDM_BIT(36), 0, level);
        walker_walk(walker, table, level * VTDM_BIT(36));
        g_assert_cmphex(vtdm_tables_get(&walker->machine->tables, leaf) &
                        (stage->accessed | stage->dirty), ==,
                        stage->accessed | stage->dirty);
    }
    walker_free(walker);
}

/* What software clears is not set again while the entry is cached. */
static void test_cached(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, stage);

    walker_walk(walker, table, WALKER_IOVA);
    set(walker, table, 3, get(walker, table, 3) & ~stage->accessed);
    walker_walk(walker, table, WALKER_IOVA);
    g_assert_cmphex(get(walker, table, 3) & stage->accessed, ==, 0);
    walker_flush(walker);
    walker_walk(walker, table, WALKER_IOVA);
    g_assert_cmphex(get(walker, table, 3) & stage->accessed, ==,
                    stage->accessed);
    walker_free(walker);
}

/* Spec: "Snoop Behavior": a flag must be set and cannot be */
static void test_not_snooped(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, stage);

    table->snooped = false;
    for (unsigned level = 4; level; level--) {
        walker_flush(walker);
        walker_expect_fault(walker, table, WALKER_IOVA, stage->not_snooped);
        set(walker, table, level,
            get(walker, table, level) | stage->accessed);
    }
    walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
    walker->writes = true;
    walker_expect_fault(walker, table, WALKER_IOVA, stage->not_snooped);
    set(walker, table, 1, get(walker, table, 1) | stage->dirty);
    walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
    g_assert_cmpuint(walker->machine->host.exchanges, ==, 0);
    walker_free(walker);
}

/* Memory that cannot be written: for who only looks, too. */
static void test_read_only(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, stage);

    walker->machine->host.read_only = MACHINE_RAM;
    for (unsigned view = VTDM_USE; view <= VTDM_TABLES; view++) {
        walker->view = view;
        walker_expect_fault(walker, table, WALKER_IOVA, stage->not_updated);
    }
    for (unsigned level = 1; level <= 4; level++) {
        set(walker, table, level,
            get(walker, table, level) | stage->accessed);
    }
    walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
    walker_free(walker);
}

/* Who only looks is answered as if, and changes nothing. */
static void test_look(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Walker *walker = walker_new(NULL);
    VTDMTable *table = prepare(walker, stage);

    walker->writes = true;
    for (unsigned view = VTDM_LOOK; view <= VTDM_TABLES; view++) {
        walker->view = view;
        walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
        expect_flags(walker, table, stage, 0, false);
    }
    walker_free(walker);
}

/* ---- a guest that changes an entry under the walk ---- */

typedef struct Race {
    Walker *walker;
    const VTDMTable *table;
    uint64_t change;            /* of the entry that is being updated */
    unsigned times;
} Race;

static void change_entry(void *opaque, uint64_t address)
{
    Race *race = opaque;
    VTDMTables *tables = &race->walker->machine->tables;

    if (race->times) {
        race->times--;
        vtdm_tables_set(tables, address,
                        vtdm_tables_get(tables, address) ^ race->change);
    }
}

static VTDMTable *prepare_race(Race *race, const Stage *stage)
{
    VTDMTable *table;

    race->walker = walker_new(NULL);
    table = prepare(race->walker, stage);
    race->table = table;
    race->walker->machine->host.races = change_entry;
    race->walker->machine->host.races_opaque = race;
    return table;
}

/* The changed entry is what counts, and keeps what it was changed to. */
static void test_race(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Race race = { .change = VTDM_BIT(55), .times = 1 };
    VTDMTable *table = prepare_race(&race, stage);

    walker_expect(race.walker, table, WALKER_IOVA, MACHINE_PAGE);
    expect_flags(race.walker, table, stage, stage->accessed, false);
    g_assert_true(get(race.walker, table, 4) & VTDM_BIT(55));
    walker_free(race.walker);
}

/* The leaf becomes one that does not allow to write: D stays 0. */
static void test_race_of_rights(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Race race = { .change = stage->write };
    VTDMTable *table = prepare_race(&race, stage);
    VTDMTranslation end;

    walker_expect(race.walker, table, WALKER_IOVA, MACHINE_PAGE);
    race.walker->writes = true;
    race.times = 1;
    end = walker_walk(race.walker, table, WALKER_IOVA);
    g_assert_cmpuint(race.times, ==, 0);
    g_assert_cmpuint(end.condition, ==, VTDM_NO_FAULT);
    g_assert_cmpuint(end.perm, ==, VTDM_PERM_R);
    g_assert_cmphex(get(race.walker, table, 1) & stage->dirty, ==, 0);
    walker_free(race.walker);
}

/* A guest that never lets go makes the request fail, and soon. */
static void test_endless_race(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Race race = { .change = VTDM_BIT(55), .times = 1000 };
    VTDMTable *table = prepare_race(&race, stage);

    walker_expect_fault(race.walker, table, WALKER_IOVA, stage->not_updated);
    g_assert_cmpuint(race.times, >=, 1000 - 20);
    g_assert_cmpuint(race.walker->machine->host.reads, <, 100);
    walker_free(race.walker);
}

/* ---- with the IOTLB above: what requests see ---- */

/*
 * A page that was read stays clean; the first write walks again, those behind
 * it do not.
 */
static void test_first_write(gconstpointer opaque)
{
    const Stage *stage = opaque;
    Machine *machine = machine_new_scalable(NULL);
    uint64_t root = vtdm_tables_page(&machine->tables);
    uint64_t leaf = vtdm_tables_map(&machine->tables, &(VTDMMapping) {
        root, 4, MACHINE_IOVA, MACHINE_PAGE, 1,
        stage->first ? WALKER_FS_ALL : WALKER_SS_ALL, stage->first });
    VTDMEntry512 entry = stage->first
        ? vtdm_make_pasid_first_stage(4, root, MACHINE_DID)
        : vtdm_make_pasid_second_stage(4, root, MACHINE_DID);

    entry.words[0] |= stage->first ? 0 : VTDM_PASID_SSADE;
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, 0x77, entry);
    for (unsigned i = 0; i < 4; i++) {
        VTDMResult result;

        machine->host.reads = 0;
        result = machine_dma_with_pasid(machine, 0x77, MACHINE_IOVA,
                                        i < 2 ? VTDM_READ : VTDM_WRITE);
        g_assert_cmpuint(result.response, ==, VTDM_OK);
        g_assert_cmphex(result.address, ==, MACHINE_PAGE);
        g_assert_cmpint(machine->host.reads == 0, ==, i % 2);
        g_assert_cmpint(vtdm_tables_get(&machine->tables, leaf) &
                        stage->dirty, ==, i < 2 ? 0 : stage->dirty);
    }
    machine_free(machine);
}

static void add(const char *name, void (*test)(gconstpointer opaque))
{
    for (size_t i = 0; i < G_N_ELEMENTS(stages); i++) {
        char *path = g_strdup_printf("/vtdm/flags/%s/%s", stages[i].name,
                                     name);

        g_test_add_data_func(path, &stages[i], test);
        g_free(path);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("set", test_set);
    add("together", test_together);
    add("denied", test_denied);
    add("large", test_large);
    add("cached", test_cached);
    add("not-snooped", test_not_snooped);
    add("read-only", test_read_only);
    add("look", test_look);
    add("race", test_race);
    add("race-of-rights", test_race_of_rights);
    add("endless-race", test_endless_race);
    add("first-write", test_first_write);
    g_test_add_func("/vtdm/flags/extended", test_extended);
    g_test_add_func("/vtdm/flags/off", test_off);
    return g_test_run();
}
