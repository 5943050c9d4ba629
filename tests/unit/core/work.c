/*
 * The work that register writes leave behind: who is told when, what software
 * sees until then, and how much of it one call does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/unit.h"
#include "worst-cases.h"

#define SLICE   4096            /* steps of one call... */
#define NOTICE  256             /* ... of which one notice takes these */
#define DATA    0x1234

/* One who keeps copies, and needs some calls until they are up to date. */
typedef struct Keeper {
    Machine *machine;
    unsigned behind;            /* calls that it takes */
    unsigned changes, interrupts, updates;
    void (*check)(struct Keeper *keeper);   /* whenever it is told */
} Keeper;

static void hear(Keeper *keeper)
{
    if (keeper->check) {
        keeper->check(keeper);
    }
}

static void changed(void *opaque, const VTDMInvalidation *what)
{
    Keeper *keeper = opaque;

    keeper->changes++;
    hear(keeper);
}

static void dropped(void *opaque)
{
    Keeper *keeper = opaque;

    keeper->interrupts++;
    hear(keeper);
}

static void ignore(void *opaque, const VTDMPage *page, bool exists)
{
}

/* A mirror that is outdated makes the unit ask. */
static void outdate(void *opaque, const VTDMInvalidation *what)
{
    Keeper *keeper = opaque;
    VTDMMirror *mirror = vtdm_mirror_new(ignore, NULL);

    changed(opaque, what);
    vtdm_unit_outdate_mirror(keeper->machine->unit, mirror, MACHINE_SID,
                             what);
    vtdm_mirror_free(mirror);
}

static bool update(void *opaque, unsigned *steps)
{
    Keeper *keeper = opaque;

    keeper->updates++;
    *steps = 0;
    hear(keeper);
    return !keeper->behind || !--keeper->behind;
}

static void start(Keeper *keeper, const VTDMConfig *config)
{
    Machine *machine = machine_new_mapped(config);

    *keeper = (Keeper) { .machine = machine };
    machine_enable_queue(machine);
    machine_write32(machine, VTDM_REG_IECTL, 0);
    machine->in_slices = true;
    machine->host.dropped = dropped;
    machine->host.dropped_opaque = keeper;
    machine->host.changed = changed;
    machine->host.changed_opaque = keeper;
}

/* From now on one who takes @calls until it is up to date. */
static void lag(Keeper *keeper, unsigned calls)
{
    keeper->behind = calls;
    keeper->machine->host.changed = outdate;
    keeper->machine->host.update = update;
}

static void put(Machine *machine, unsigned place, VTDMEntry128 descriptor)
{
    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + 16 * place,
                       descriptor);
}

static VTDMEntry128 flush_all(void)
{
    return vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0, false);
}

static VTDMEntry128 flush_page(unsigned page)
{
    return vtdm_make_iotlb_invalidate(VTDM_G_SELECTIVE, MACHINE_DID,
                                      (uint64_t)page * VTDM_PAGE_SIZE, 0,
                                      false);
}

static VTDMEntry128 wait_for(uint32_t data)
{
    return vtdm_make_wait(VTDM_WAIT_SW | VTDM_WAIT_IF, MACHINE_STATUS, data);
}

static uint32_t status(Machine *machine)
{
    return vtdm_tables_get(&machine->tables, MACHINE_STATUS);
}

static uint64_t head(Machine *machine)
{
    return machine_read64(machine, VTDM_REG_IQH);
}

static void finish(Machine *machine)
{
    while (machine_work(machine)) {
        /* until all is done */
    }
}

/* ---- the lock ---- */

static void *use_unit(void *opaque)
{
    Keeper *keeper = opaque;

    machine_dma(keeper->machine, MACHINE_IOVA, VTDM_READ);
    machine_interrupt(keeper->machine, 0, 0xfee00000, 0);
    return NULL;
}

static void use_unit_elsewhere(Keeper *keeper)
{
    g_thread_join(g_thread_new("other", use_unit, keeper));
}

/* Whoever is told may wait for a thread that uses the unit. */
static void test_unlocked(void)
{
    Keeper keeper;

    start(&keeper, NULL);
    lag(&keeper, 2);
    keeper.check = use_unit_elsewhere;
    put(keeper.machine, 0, flush_all());
    put(keeper.machine, 1, vtdm_make_iec_invalidate_all());
    put(keeper.machine, 2, wait_for(DATA));
    machine_write64(keeper.machine, VTDM_REG_IQT, 48);
    finish(keeper.machine);
    g_assert_cmpuint(keeper.changes, ==, 1);
    g_assert_cmpuint(keeper.interrupts, ==, 1);
    g_assert_cmpuint(keeper.updates, ==, 2);
    g_assert_cmphex(status(keeper.machine), ==, DATA);
    machine_free(keeper.machine);
}

/* ---- what comes after what ---- */

static void expect_no_completion(Keeper *keeper)
{
    g_assert_cmphex(status(keeper->machine), ==, 0);
    g_assert_cmpuint(keeper->machine->host.messages->len, ==, 0);
    g_assert_cmphex(head(keeper->machine), ==, 32);
}

/* Spec: "Invalidation Wait Descriptor": all before it is complete */
static void test_wait(void)
{
    Keeper keeper;

    start(&keeper, NULL);
    lag(&keeper, 5);
    keeper.check = expect_no_completion;
    put(keeper.machine, 0, vtdm_make_iec_invalidate(0, 0));
    put(keeper.machine, 1, flush_all());
    put(keeper.machine, 2, wait_for(DATA));
    put(keeper.machine, 3, wait_for(DATA + 1));
    machine_write64(keeper.machine, VTDM_REG_IQT, 64);
    finish(keeper.machine);
    g_assert_cmpuint(keeper.updates, ==, 5);
    g_assert_cmphex(status(keeper.machine), ==, DATA + 1);
    g_assert_cmpuint(keeper.machine->host.messages->len, ==, 1);
    g_assert_cmphex(head(keeper.machine), ==, 64);
    machine_free(keeper.machine);
}

/*
 * With nobody who keeps copies a wait completes in the write; who comes is told
 * from then on, until there is nobody again.
 */
static void test_nobody_keeps_copies(void)
{
    Keeper keeper;

    start(&keeper, NULL);
    put(keeper.machine, 0, flush_all());
    put(keeper.machine, 1, wait_for(DATA));
    put(keeper.machine, 2, flush_page(1));
    put(keeper.machine, 3, flush_all());
    vtdm_unit_keep_copies(keeper.machine->unit, false);
    machine_write64(keeper.machine, VTDM_REG_IQT, 32);
    g_assert_cmpuint(keeper.changes, ==, 0);
    g_assert_cmphex(status(keeper.machine), ==, DATA);
    vtdm_unit_keep_copies(keeper.machine->unit, true);
    machine_write64(keeper.machine, VTDM_REG_IQT, 48);
    g_assert_cmpuint(keeper.changes, ==, 1);
    vtdm_unit_keep_copies(keeper.machine->unit, false);
    machine_write64(keeper.machine, VTDM_REG_IQT, 64);
    g_assert_cmpuint(keeper.changes, ==, 1);
    g_assert_cmphex(head(keeper.machine), ==, 64);
    machine_free(keeper.machine);
}

/* KVM keeps interrupt entries, though nobody keeps translations. */
static void test_interrupts_are_told(void)
{
    Keeper keeper;

    start(&keeper, NULL);
    vtdm_unit_keep_copies(keeper.machine->unit, false);
    put(keeper.machine, 0, vtdm_make_iec_invalidate(0, 0));
    machine_write64(keeper.machine, VTDM_REG_IQT, 16);
    g_assert_cmpuint(keeper.interrupts, ==, 1);
    machine_free(keeper.machine);
}

/*
 * A flush that leaves hardly any entry leaves the room to the host's call; the
 * wait does not wait for it. That of fewer is left to who fills it.
 */
static void test_room_comes_later(void)
{
    for (unsigned pages = 90; pages <= 100; pages += 10) {
        VTDMConfig config;
        Keeper keeper;

        vtdm_config_init(&config);
        config.iotlb_entries = 110;
        start(&keeper, &config);
        for (unsigned i = 0; i < pages; i++) {
            machine_map(keeper.machine, i * VTDM_PAGE_SIZE, MACHINE_PAGE, 1,
                        VTDM_SS_R);
            machine_expect(keeper.machine, i * VTDM_PAGE_SIZE, MACHINE_PAGE);
        }
        vtdm_unit_keep_copies(keeper.machine->unit, false);
        put(keeper.machine, 0, flush_all());
        put(keeper.machine, 1, wait_for(DATA));
        keeper.machine->host.asked = false;
        machine_write64(keeper.machine, VTDM_REG_IQT, 32);
        g_assert_cmphex(status(keeper.machine), ==, DATA);
        g_assert_cmpuint(keeper.machine->unit->iotlb.sets.flushed, ==, pages);
        g_assert_cmpint(keeper.machine->host.asked, ==, pages == 100);
        finish(keeper.machine);
        g_assert_cmpuint(keeper.machine->unit->iotlb.sets.flushed, ==,
                         pages == 100 ? 36 : pages);
        machine_free(keeper.machine);
    }
}

/* Nor does a call that comes for something else: here, a context entry. */
static void test_room_stays(void)
{
    Keeper keeper;

    start(&keeper, NULL);
    machine_map(keeper.machine, 0, MACHINE_PAGE, 1, VTDM_SS_R);
    machine_expect(keeper.machine, 0, MACHINE_PAGE);
    vtdm_unit_keep_copies(keeper.machine->unit, false);
    put(keeper.machine, 0, vtdm_make_context_invalidate(VTDM_G_GLOBAL, 0, 0,
                                                        0));
    put(keeper.machine, 1, flush_all());
    keeper.machine->host.asked = false;
    machine_write64(keeper.machine, VTDM_REG_IQT, 32);
    g_assert_true(keeper.machine->host.asked);
    finish(keeper.machine);
    g_assert_false(vtdm_contexts_have_work(keeper.machine->unit));
    g_assert_cmpuint(keeper.machine->unit->iotlb.sets.flushed, ==, 1);
    machine_free(keeper.machine);
}

/* A register, the bits that show that a command is not complete, a write. */
typedef struct Command {
    const char *name;
    uint32_t reads;
    uint64_t mask, before, after;
    void (*write)(Machine *machine);
} Command;

static void write_ccmd(Machine *machine)
{
    machine_write64(machine, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                    vtdm_field(VTDM_CCMD_CIRG, VTDM_G_GLOBAL));
}

static void write_iotlb(Machine *machine)
{
    machine_write64(machine, machine_iotlb(machine) + VTDM_REG_IOTLB,
                    VTDM_IOTLB_IVT |
                    vtdm_field(VTDM_IOTLB_IIRG, VTDM_G_GLOBAL));
}

static void write_te(Machine *machine)
{
    machine_command(machine, 0, VTDM_GCMD_TE);
}

static void write_srtp(Machine *machine)
{
    machine_set_root(machine, MACHINE_ROOT);
}

static void write_pmen(Machine *machine)
{
    machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
}

static const Command commands[] = {
    { "ccmd", VTDM_REG_CCMD, VTDM_CCMD_ICC, VTDM_CCMD_ICC, 0, write_ccmd },
    { "iotlb", 0, VTDM_IOTLB_IVT, VTDM_IOTLB_IVT, 0, write_iotlb },
    { "srtp", VTDM_REG_GSTS, VTDM_GSTS_RTPS, 0, VTDM_GSTS_RTPS,
      write_srtp },
    { "pmen", VTDM_REG_PMEN, VTDM_PMEN_PRS, 0, VTDM_PMEN_PRS, write_pmen },
    { "te", VTDM_REG_GSTS, VTDM_GSTS_TES, VTDM_GSTS_TES, 0, write_te },
};

static uint64_t bits(Machine *machine, const Command *command)
{
    uint32_t offset = command->reads ? command->reads
                      : machine_iotlb(machine) + VTDM_REG_IOTLB;
    unsigned size = command->mask >> 32 ? 8 : 4;

    return vtdm_unit_read(machine->unit, offset, size) & command->mask;
}

/* Spec: "Register-based Invalidation Interface", "Global Status Register" */
static void test_command(gconstpointer opaque)
{
    const Command *command = opaque;
    VTDMConfig config;
    Keeper keeper;

    vtdm_config_init(&config);
    config.plmr = true;
    start(&keeper, &config);
    machine_command(keeper.machine, 0, VTDM_GCMD_QIE);
    finish(keeper.machine);
    lag(&keeper, 3);
    command->write(keeper.machine);
    for (unsigned call = 1; call < 3; call++) {
        g_assert_cmphex(bits(keeper.machine, command), ==, command->before);
        g_assert_true(machine_work(keeper.machine));
    }
    finish(keeper.machine);
    g_assert_cmphex(bits(keeper.machine, command), ==, command->after);
    g_assert_cmpuint(keeper.changes, ==, 1);
    machine_free(keeper.machine);
}

/*
 * Commands of several registers, and many of one, complete together: all but
 * TE, the last, which the write of SRTP would set again.
 */
static void test_commands(void)
{
    const size_t count = G_N_ELEMENTS(commands) - 1;
    VTDMConfig config;
    Keeper keeper;

    vtdm_config_init(&config);
    config.plmr = true;
    start(&keeper, &config);
    machine_command(keeper.machine, 0, VTDM_GCMD_QIE);
    finish(keeper.machine);
    lag(&keeper, 100);
    for (unsigned again = 0; again < 5; again++) {
        for (size_t i = 0; i < count; i++) {
            commands[i].write(keeper.machine);
        }
        for (size_t i = 0; i < count; i++) {
            g_assert_cmphex(bits(keeper.machine, &commands[i]), ==,
                            commands[i].before);
        }
        g_assert_true(machine_work(keeper.machine));
    }
    finish(keeper.machine);
    for (size_t i = 0; i < count; i++) {
        g_assert_cmphex(bits(keeper.machine, &commands[i]), ==,
                        commands[i].after);
    }
    machine_free(keeper.machine);
}

/* What is in effect is so at once, though software does not see it yet. */
static void test_in_effect(void)
{
    Keeper keeper;

    start(&keeper, NULL);
    lag(&keeper, 3);
    machine_expect(keeper.machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_command(keeper.machine, 0, VTDM_GCMD_TE);
    machine_expect(keeper.machine, MACHINE_IOVA, MACHINE_IOVA);
    g_assert_true(machine_read32(keeper.machine, VTDM_REG_GSTS) &
                  VTDM_GSTS_TES);
    finish(keeper.machine);
    g_assert_false(machine_read32(keeper.machine, VTDM_REG_GSTS) &
                   VTDM_GSTS_TES);
    machine_free(keeper.machine);
}

/* ---- what happens in between ---- */

/* Three descriptors, of which the second waits for a slow keeper. */
static void start_waiting(Keeper *keeper, VTDMEntry128 third)
{
    start(keeper, NULL);
    lag(keeper, 4);
    put(keeper->machine, 0, flush_all());
    put(keeper->machine, 1, wait_for(DATA));
    put(keeper->machine, 2, third);
    machine_write64(keeper->machine, VTDM_REG_IQT, 48);
    g_assert_cmphex(head(keeper->machine), ==, 16);
    g_assert_cmphex(status(keeper->machine), ==, 0);
}

static void test_reset_between(void)
{
    Keeper keeper;

    start_waiting(&keeper, wait_for(DATA + 1));
    vtdm_unit_reset(keeper.machine->unit, true);
    finish(keeper.machine);
    g_assert_cmphex(status(keeper.machine), ==, 0);
    g_assert_cmphex(head(keeper.machine), ==, 0);
    g_assert_cmphex(machine_read32(keeper.machine, VTDM_REG_GSTS), ==, 0);
    g_assert_cmpuint(keeper.changes, ==, 2);
    machine_free(keeper.machine);
}

/* Spec: "Queued Invalidation Interface": off, nothing more is fetched */
static void test_off_between(void)
{
    Keeper keeper;

    start_waiting(&keeper, wait_for(DATA + 1));
    machine_command(keeper.machine, 0, VTDM_GCMD_QIE);
    g_assert_cmphex(head(keeper.machine), ==, 0);
    g_assert_true(machine_read32(keeper.machine, VTDM_REG_GSTS) &
                  VTDM_GSTS_QIES);
    finish(keeper.machine);
    g_assert_false(machine_read32(keeper.machine, VTDM_REG_GSTS) &
                   VTDM_GSTS_QIES);
    g_assert_cmphex(status(keeper.machine), ==, 0);
    machine_command(keeper.machine, VTDM_GCMD_QIE, 0);
    finish(keeper.machine);
    g_assert_cmphex(status(keeper.machine), ==, DATA + 1);
    machine_free(keeper.machine);
}

/* An error behind a wait is one only when the queue gets there. */
static void test_error_behind(void)
{
    Keeper keeper;

    start_waiting(&keeper, (VTDMEntry128) { .lo = 6 });
    g_assert_cmphex(machine_read32(keeper.machine, VTDM_REG_FSTS), ==, 0);
    finish(keeper.machine);
    g_assert_cmphex(status(keeper.machine), ==, DATA);
    g_assert_cmphex(machine_read32(keeper.machine, VTDM_REG_FSTS), ==,
                    VTDM_FSTS_IQE);
    g_assert_cmphex(head(keeper.machine), ==, 32);
    machine_free(keeper.machine);
}

/* A tail that moves meanwhile is not lost. */
static void test_tail_between(void)
{
    Keeper keeper;

    start_waiting(&keeper, flush_all());
    put(keeper.machine, 3, wait_for(DATA + 1));
    machine_write64(keeper.machine, VTDM_REG_IQT, 64);
    finish(keeper.machine);
    g_assert_cmphex(status(keeper.machine), ==, DATA + 1);
    g_assert_cmpuint(keeper.changes, ==, 2);
    machine_free(keeper.machine);
}

/* ---- what is told once ---- */

/* Whatever repeats, or is covered, up to the next wait. */
static void test_told_once(void)
{
    Keeper keeper;
    unsigned at = 0;

    start(&keeper, NULL);
    for (unsigned i = 0; i < 50; i++) {
        put(keeper.machine, at++, flush_page(i));
    }
    put(keeper.machine, at++, flush_all());
    put(keeper.machine, at++,
        vtdm_make_context_invalidate(VTDM_G_GLOBAL, 0, 0, 0));
    put(keeper.machine, at++, flush_page(7));
    for (unsigned i = 0; i < 50; i++) {
        put(keeper.machine, at++, vtdm_make_iec_invalidate(i, 0));
    }
    put(keeper.machine, at++, vtdm_make_iec_invalidate_all());
    put(keeper.machine, at++, wait_for(DATA));
    machine_write64(keeper.machine, VTDM_REG_IQT, 16 * at);
    finish(keeper.machine);
    g_assert_cmpuint(keeper.changes, ==, 1);
    g_assert_cmpuint(keeper.interrupts, ==, 1);
    machine_free(keeper.machine);
}

/* More notices than are kept apart: what they cover together is told. */
#define CROWD 40

static void cross_off(void *opaque, const VTDMInvalidation *what)
{
    bool *seen = opaque;

    g_assert_cmpuint(what->cache, ==, VTDM_CACHE_IOTLB);
    g_assert_cmpuint(what->domain_id, ==, MACHINE_DID);
    for (unsigned i = 0; i < CROWD; i++) {
        seen[i] |= what->scope == VTDM_SCOPE_DOMAIN ||
            !((what->address ^ i * 3 * VTDM_PAGE_SIZE) & ~what->mask);
    }
}

static void test_crowd(void)
{
    Machine *machine = machine_new_mapped(NULL);
    GArray *told = machine->host.interrupts;
    bool seen[CROWD] = { false };

    machine_enable_queue(machine);
    machine->host.changed = cross_off;
    machine->host.changed_opaque = seen;
    told->len = 0;
    for (unsigned i = 0; i < CROWD; i++) {
        put(machine, 2 * i, flush_page(3 * i));
        put(machine, 2 * i + 1, vtdm_make_iec_invalidate(3 * i, 0));
    }
    put(machine, 2 * CROWD, wait_for(DATA));
    machine_write64(machine, VTDM_REG_IQT, 16 * (2 * CROWD + 1));
    g_assert_cmphex(status(machine), ==, DATA);
    for (unsigned i = 0; i < CROWD; i++) {
        bool covered = false;

        for (guint k = 0; k < told->len; k++) {
            VTDMInvalidation *what = &g_array_index(told, VTDMInvalidation, k);

            covered |= !((what->index ^ 3 * i) & ~what->index_mask);
        }
        g_assert_true(covered);
        g_assert_true(seen[i]);
    }
    g_assert_cmpuint(told->len, <, CROWD);
    machine_free(machine);
}

/* A root table with ESRTPS drops two caches: copies are compared once. */
static void test_root_told_once(void)
{
    Keeper keeper;

    start(&keeper, NULL);
    g_assert_true(keeper.machine->config.esrtps);
    machine_set_root(keeper.machine, MACHINE_ROOT);
    finish(keeper.machine);
    g_assert_cmpuint(keeper.changes, ==, 1);
    machine_free(keeper.machine);
}

/* ---- how much ---- */

static uint64_t steps(WorstCase *worst)
{
    return vtdm_unit_steps(worst->machine->unit);
}

/* No call does more than a slice, whatever the last step of it was. */
static uint64_t run_call(WorstCase *worst, bool *again)
{
    uint64_t before = steps(worst), all;

    *again = machine_work(worst->machine);
    all = steps(worst) - before;
    g_assert_cmpuint(all, <=, SLICE + NOTICE);
    return all;
}

/*
 * All of it costs what is in the queue, what it removes and what is compared,
 * each once, and a little for telling.
 */
static void test_worst_case(gconstpointer opaque)
{
    WorstCase *worst = worst_case_new(opaque);
    uint64_t wanted = worst->descriptors + worst->removed + worst->compared;
    uint64_t all = steps(worst);
    bool again = true;

    worst_case_start(worst);
    all = steps(worst) - all;
    g_assert_cmpuint(all, <=, SLICE + NOTICE);
    g_assert_false(worst_case_is_done(worst));
    while (again) {
        all += run_call(worst, &again);
    }
    g_assert_true(worst_case_is_done(worst));
    g_assert_cmpuint(all, <=, wanted + 4 * 512 + 4 * NOTICE);
    worst_case_free(worst);
}

static void add_commands(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        char *path = g_strdup_printf("/vtdm/work/command/%s",
                                     commands[i].name);

        g_test_add_data_func(path, &commands[i], test_command);
        g_free(path);
    }
}

static void add_worst_cases(void)
{
    for (size_t i = 0; i < worst_cases_count; i++) {
        char *path = g_strdup_printf("/vtdm/work/worst-case/%s",
                                     worst_cases[i].name);

        g_test_add_data_func(path, &worst_cases[i], test_worst_case);
        g_free(path);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/work/unlocked", test_unlocked);
    g_test_add_func("/vtdm/work/wait", test_wait);
    g_test_add_func("/vtdm/work/nobody-keeps-copies",
                    test_nobody_keeps_copies);
    g_test_add_func("/vtdm/work/interrupts-are-told",
                    test_interrupts_are_told);
    g_test_add_func("/vtdm/work/room-comes-later", test_room_comes_later);
    g_test_add_func("/vtdm/work/room-stays", test_room_stays);
    add_commands();
    g_test_add_func("/vtdm/work/commands", test_commands);
    g_test_add_func("/vtdm/work/in-effect", test_in_effect);
    g_test_add_func("/vtdm/work/between/reset", test_reset_between);
    g_test_add_func("/vtdm/work/between/off", test_off_between);
    g_test_add_func("/vtdm/work/between/error-behind", test_error_behind);
    g_test_add_func("/vtdm/work/between/tail", test_tail_between);
    g_test_add_func("/vtdm/work/told-once/queue", test_told_once);
    g_test_add_func("/vtdm/work/crowd", test_crowd);
    g_test_add_func("/vtdm/work/told-once/root", test_root_told_once);
    add_worst_cases();
    return g_test_run();
}
