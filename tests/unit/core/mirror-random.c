/*
 * A mirror in a random run, with every address compared after each step.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "mirror-listener.h"

#define RW      (VTDM_SS_R | VTDM_SS_W)
#define PAGE    VTDM_PAGE_SIZE
#define LARGE   0x200000ULL
#define HUGE    0x40000000ULL

#define ARENA_PAGES     48

/* Some at 4 KiB from 1 GiB on, some in the next 2 MiB, some around APICs. */
static uint64_t arena(unsigned i)
{
    static const uint64_t bases[] = { HUGE, HUGE + LARGE, 0xfedf8000,
                                      0xfeef8000, 5 * HUGE, 8 * HUGE };

    return bases[i % G_N_ELEMENTS(bases)] + i / G_N_ELEMENTS(bases) * PAGE;
}

/* What a unit without caches says, asked for each access. */
static void compare(Listener *listener, VTDMUnit *fresh, uint64_t address)
{
    const VTDMPage *page = listener_find(listener, address);

    for (VTDMAccess access = VTDM_READ; access <= VTDM_WRITE; access++) {
        VTDMRequest request = { .address = address, .access = access,
                                .pasid = VTDM_NO_PASID, .view = VTDM_LOOK,
                                .source_id = MACHINE_SID };
        uint8_t right = access == VTDM_READ ? VTDM_PERM_R : VTDM_PERM_W;
        VTDMResult result;

        vtdm_unit_translate(fresh, &request, &result);
        g_assert_cmpint(page && (page->perm & right), ==,
                        result.response == VTDM_OK);
        if (result.response == VTDM_OK) {
            g_assert_cmphex(page->output + (address & page->mask), ==,
                            result.address);
        }
    }
}

static void change(Machine *machine)
{
    static const uint64_t flags[] = { 0, VTDM_SS_R, VTDM_SS_W, RW, RW, RW,
                                      RW | VTDM_SS_SNP };
    uint64_t address = arena(g_test_rand_int_range(0, ARENA_PAGES));
    unsigned level = g_test_rand_int_range(0, 8) ? 1 :
                     g_test_rand_int_range(2, 4);
    uint64_t size = 1ULL << (12 + 9 * (level - 1));
    uint64_t entry = vtdm_tables_entry(&machine->tables, &(VTDMMapping) {
        .table = machine->ssptptr, .levels = 4, .input = address,
    }, level);
    uint64_t old = vtdm_tables_get(&machine->tables, entry);

    if (level > 1 && (old & VTDM_SS_R) && !(old & VTDM_SS_PS)) {
        vtdm_tables_set(&machine->tables, entry, old ^ VTDM_SS_W);
    } else {
        vtdm_tables_set(&machine->tables, entry,
                        size * g_test_rand_int_range(0, 8) |
                        (level > 1 ? VTDM_SS_PS : 0) |
                        flags[g_test_rand_int_range(0, 7)]);
    }
    if (level == 1) {
        machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, address, 0);
    } else {
        machine_flush(machine, VTDM_G_SELECTIVE, MACHINE_DID, address & -size,
                      level == 2 ? 9 : 18);
    }
}

/* The mirror of a slow machine. */
static bool update_slowly(void *opaque, unsigned *steps)
{
    Listener *listener = opaque;
    unsigned few = g_test_rand_int_range(1, 40);

    *steps = 0;
    return vtdm_mirror_update(listener->mirror, &few);
}

static void finish(Machine *machine)
{
    while (machine_work(machine)) {
        /* until all is done */
    }
}

/* Many changes while the mirror is at the first. */
static void change_in_slices(Machine *machine)
{
    for (unsigned changes = g_test_rand_int_range(1, 6); changes; changes--) {
        change(machine);
        for (unsigned i = g_test_rand_int_range(0, 4); i; i--) {
            machine_work(machine);
        }
    }
    finish(machine);
}

static void run_random(void (*step)(Machine *machine), unsigned steps)
{
    Listener listener;
    Machine *machine;
    VTDMUnit *fresh;

    listener_start(&listener);
    machine = listener.machine;
    machine->host.quiet = true;
    fresh = vtdm_unit_new(&machine->config, &fake_host_ops, &machine->host);
    vtdm_unit_write(fresh, VTDM_REG_RTADDR, 8, MACHINE_ROOT);
    vtdm_unit_write(fresh, VTDM_REG_GCMD, 4, VTDM_GCMD_SRTP);
    for (unsigned i = 0; i < ARENA_PAGES; i++) {
        machine_map(machine, arena(i), i * PAGE, 1, RW);
    }
    machine_flush(machine, VTDM_G_GLOBAL, 0, 0, 0);
    machine->host.changed = NULL;
    vtdm_unit_write(fresh, VTDM_REG_GCMD, 4, VTDM_GCMD_TE);
    machine->host.changed = listener_outdate;
    machine->in_slices = step == change_in_slices;
    if (machine->in_slices) {
        machine->host.update = update_slowly;
    }
    for (unsigned n = 0; n < steps; n++) {
        step(machine);
        for (unsigned i = 0; i < ARENA_PAGES; i++) {
            compare(&listener, fresh, arena(i));
        }
    }
    vtdm_unit_free(fresh);
    listener_end(&listener);
}

static void test_random(void)
{
    run_random(change, 3000);
}

static void test_random_in_slices(void)
{
    run_random(change_in_slices, 300);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/mirror/random", test_random);
    g_test_add_func("/vtdm/mirror/random-in-slices", test_random_in_slices);
    return g_test_run();
}
