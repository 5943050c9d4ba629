/*
 * A unit that is saved and loaded: everything that it was, it is again.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/save.h"
#include "machine.h"

static GByteArray *save(Machine *machine)
{
    return vtdm_unit_save(machine->unit, true);
}

/* Loads @bytes, which have to be good. */
static void load(Machine *machine, const GByteArray *bytes)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

    if (!vtdm_unit_load(machine->unit, bytes->data, bytes->len, problems)) {
        g_error("%s", (const char *)problems->pdata[0]);
    }
    g_assert_cmpuint(problems->len, ==, 0);
}

static void expect_same(const GByteArray *a, const GByteArray *b)
{
    g_assert_cmpmem(a->data, a->len, b->data, b->len);
}

/* Another machine with the same memory, to which @machine moves. */
static Machine *move(Machine *machine)
{
    Machine *other = machine_new(&machine->config);
    g_autoptr(GByteArray) bytes = save(machine);
    g_autoptr(GByteArray) again = NULL;

    memcpy(other->host.ram, machine->host.ram, machine->host.size);
    other->tables.next = machine->tables.next;
    load(other, bytes);
    again = save(other);
    expect_same(bytes, again);
    return other;
}

static void test_fresh(void)
{
    Machine *machine = machine_new(NULL);
    Machine *other = move(machine);

    machine_free(machine);
    machine_free(other);
}

/* A translation that is stale stays so, and goes with its invalidation. */
static void test_stale(void)
{
    Machine *machine = machine_new_mapped(NULL);
    Machine *other;

    machine_enable_queue(machine);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE + 0x1000, 1,
                VTDM_SS_R | VTDM_SS_W);
    other = move(machine);
    machine_expect(other, MACHINE_IOVA, MACHINE_PAGE);
    machine_submit(other, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0,
                                                     false));
    machine_expect(other, MACHINE_IOVA, MACHINE_PAGE + 0x1000);
    machine_free(machine);
    machine_free(other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/save/fresh", test_fresh);
    g_test_add_func("/vtdm/save/stale", test_stale);
    return g_test_run();
}
