/*
 * Code of a guest that a unit writes to: what runs afterwards is the new code,
 * also where TCG has translated the old one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <glib/gstdio.h>
#include "vm.h"

#define PROGRAM                 0x7003
#define OPERAND                 0x7008      /* of its store */
#define STORED                  0x6000
#define OLD                     0x11111111
#define NEW                     0x22222222
#define ROM_SIZE                0x10000
#define ROM_RESET               0xfff0
#define ROUNDS                  100

/* Stores OLD to STORED for ever. */
static const uint8_t program[] = {
    0x66, 0xc7, 0x06, 0x00, 0x60, 0x11, 0x11, 0x11, 0x11,
    0xeb, 0xf5,
};

/* Jumps there. */
static const uint8_t reset[] = { 0xea, 0x03, 0x70, 0x00, 0x00 };

static char *make_rom(void)
{
    g_autofree char *rom = g_malloc0(ROM_SIZE);
    g_autoptr(GError) error = NULL;
    char *name;
    int file = g_file_open_tmp("vtdm-XXXXXX", &name, &error);

    g_assert_no_error(error);
    close(file);
    memcpy(rom + ROM_RESET, reset, sizeof(reset));
    g_file_set_contents(name, rom, ROM_SIZE, &error);
    g_assert_no_error(error);
    return name;
}

/* The program runs, on QEMU's own emulation of a CPU. */
static VM *start(void)
{
    g_autofree char *rom = make_rom();
    g_autofree char *arguments = g_strdup_printf("-accel tcg -S -bios %s",
                                                 rom);
    VM *vm = vm_new("", arguments);

    g_unlink(rom);
    unit_enable_queue(&vm->unit);
    qtest_memwrite(vm->qts, PROGRAM, program, sizeof(program));
    qtest_qmp_assert_success(vm->qts, "{ 'execute': 'cont' }");
    return vm;
}

/* What the program stores next. */
static uint32_t stored(VM *vm)
{
    uint32_t value;

    qtest_writel(vm->qts, STORED, 0);
    do {
        value = qtest_readl(vm->qts, STORED);
    } while (!value);
    return value;
}

/* A wait's status is an operand of the program. */
static void test_status(void)
{
    VM *vm = start();
    unsigned rounds = 0;

    g_assert_cmphex(stored(vm), ==, OLD);
    unit_submit(&vm->unit, vtdm_make_wait(VTDM_WAIT_SW, OPERAND, NEW));
    while (stored(vm) != NEW) {
        g_assert_cmpuint(++rounds, <, ROUNDS);
    }
    vm_free(vm);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    qtest_add_func("/vtdm/code/status", test_status);
    return g_test_run();
}
