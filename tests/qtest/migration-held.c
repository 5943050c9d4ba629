/*
 * A DMA of four bytes to the interrupt range, which waits for what may follow
 * it: a machine that stops meanwhile takes it along, and it is an interrupt
 * once.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "lapic.h"
#include "listening.h"
#include "requester.h"
#include "travel.h"

#define INDEX                   5
#define VECTOR                  0x71

static VM *start(const char *more)
{
    g_autofree char *arguments = g_strdup_printf(
        "%s " LISTENING_DEVICE ",at-stop=%" PRIu64, more,
        vtdm_make_msi_address(INDEX, false));
    VM *vm = vm_new("", arguments);

    unit_enable_queue(&vm->unit);
    unit_enable_interrupts(&vm->unit, false);
    unit_set_irte(&vm->unit, INDEX, vtdm_make_irte(VECTOR, 1, false));
    return vm;
}

static void expect_one_interrupt(VM *vm)
{
    g_auto(Requester) listener = requester_at(vm, LISTENING_SID);

    g_assert_true(lapic_pending(vm->qts, 1, VECTOR));
    g_assert_cmpuint(listener.interrupts, ==, 1);
    g_assert_cmpuint(listener.delivered, ==, 1);
    unit_expect_no_fault(&vm->unit);
}

/* Nobody runs the main loop before the state is saved. */
static void test_migration(void)
{
    char *folder = travel_folder();
    VM *vm = start("");

    travel_ways[0].go(vm, folder);
    expect_one_interrupt(vm);
    vm_free(vm);
    travel_remove(folder);
}

/* Requests to the disk are waited for, which runs it. */
static void test_snapshot(void)
{
    char *folder = travel_folder();
    g_autofree char *disk = travel_disk(folder);
    VM *vm = start(disk);

    travel_ways[1].go(vm, folder);
    expect_one_interrupt(vm);
    vm_free(vm);
    travel_remove(folder);
}

int main(int argc, char **argv)
{
    listening_load(argv[0]);
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/migration-held/migration", test_migration);
    qtest_add_func("/vtdm/migration-held/snapshot", test_snapshot);
    return g_test_run();
}
