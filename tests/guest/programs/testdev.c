/*
 * testdev kernel|post FILE, testdev storm FILE COUNT: what the driver of
 * vtd-testdev, whose node is FILE, does with addresses and interrupts of the
 * kernel's own. Prints a line for each thing it tries: its name, what came of
 * it, a number. testdev wait FILE shares its memory, makes /tmp/bound, waits.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "vtd-testdev-ioctl.h"

enum { SIZE = 1024, VECTOR = 77, SPARE = 1, PATIENCE = 6000 };

#define NOWHERE 0xdeadb00000000000ull

static int device;
static uint64_t page;                   /* as the device sees it */

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(2);
}

static void say(const char *name, long value, uint64_t number)
{
    printf("%s %ld %#" PRIx64 "\n", name, value, number);
    fflush(stdout);
}

static uint64_t run(uint64_t control, uint64_t address, uint64_t operand)
{
    struct vtd_testdev_command command = {
        .control = control,
        .address = address,
        .length = SIZE,
        .operand = operand,
    };

    if (ioctl(device, VTD_TESTDEV_RUN_COMMAND, &command)) {
        die("VTD_TESTDEV_RUN_COMMAND");
    }
    return command.status & (VTD_TESTDEV_STATUS | VTD_TESTDEV_REASON);
}

/* What is in the device's buffer, and behind it in the driver's page. */
static void look(void *bytes, size_t size, off_t at)
{
    if (pread(device, bytes, size, at) != (ssize_t)size) {
        die("reading the device's buffer");
    }
}

static void fill(int byte)
{
    char bytes[SIZE];

    memset(bytes, byte, SIZE);
    if (pwrite(device, bytes, SIZE, 0) != SIZE) {
        die("writing the device's buffer");
    }
}

static int has(int byte, off_t at)
{
    char found[SIZE], wanted[SIZE];

    look(found, SIZE, at);
    memset(wanted, byte, SIZE);
    return !memcmp(found, wanted, SIZE);
}

static void try_kernel(void)
{
    uint64_t status;

    fill('w');
    status = run(VTD_TESTDEV_WRITE, page, 0);
    say("written", has('w', VTD_TESTDEV_BUFFER_SIZE), status);
    fill('-');
    status = run(VTD_TESTDEV_READ, page, 0);
    say("read", has('w', 0), status);
    fill('t');
    status = run(VTD_TESTDEV_WRITE | VTD_TESTDEV_THROUGH_TLB, page, 0);
    say("through-tlb", has('t', VTD_TESTDEV_BUFFER_SIZE), status);
}

/* That many faults, one after the other. */
static void try_storm(unsigned long count)
{
    unsigned long refused = 0;

    for (unsigned long i = 0; i < count; i++) {
        uint64_t status = run(VTD_TESTDEV_WRITE, NOWHERE, 0);

        refused += (status & VTD_TESTDEV_STATUS) == VTD_TESTDEV_UR;
    }
    say("storm", refused, count);
}

/* How often the interrupt came to a CPU by now. */
static long post(unsigned vector)
{
    int taken = ioctl(device, VTD_TESTDEV_POST, vector);

    if (taken < 0) {
        die("VTD_TESTDEV_POST");
    }
    return taken;
}

static void send(void)
{
    if (run(VTD_TESTDEV_MSI, 0, SPARE) != VTD_TESTDEV_OK) {
        die("sending the interrupt");
    }
}

/* How often it came to a CPU, once it is so often or much time has passed. */
static long taken(long wanted)
{
    long count = post(VTD_TESTDEV_POSTED_NONE);

    for (int tries = 0; count < wanted && tries < PATIENCE; tries++) {
        usleep(100000);
        count = post(VTD_TESTDEV_POSTED_NONE);
    }
    return count;
}

static void try_post(void)
{
    uint64_t descriptor[8], wanted[8] = {
        [VECTOR / 64] = 1ull << VECTOR % 64,
        [4] = VTD_TESTDEV_POSTED_SUPPRESSED,
    };

    send();
    say("remapped", taken(1), 1);
    post(VECTOR);
    send();
    look(descriptor, sizeof(descriptor),
         VTD_TESTDEV_BUFFER_SIZE + VTD_TESTDEV_POSTED);
    say("posted", !memcmp(descriptor, wanted, sizeof(wanted)),
        descriptor[VECTOR / 64]);
    say("not-taken", taken(1), 1);
    send();
    say("remapped-again", taken(2), 1);
}

static _Noreturn void wait_bound(void)
{
    if (ioctl(device, VTD_TESTDEV_BIND) < 0) {
        die("VTD_TESTDEV_BIND");
    }
    close(open("/tmp/bound", O_CREAT | O_WRONLY, 0644));
    for (;;) {
        pause();
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";

    if (argc < 3 || (!strcmp(what, "storm") && argc < 4)) {
        fprintf(stderr, "usage: testdev kernel|post|wait FILE, "
                "testdev storm FILE COUNT\n");
        return 2;
    }
    device = open(argv[2], O_RDWR);
    if (device < 0) {
        die(argv[2]);
    }
    if (!strcmp(what, "wait")) {
        wait_bound();
    }
    if (ioctl(device, VTD_TESTDEV_BIND_KERNEL, &page) < 0) {
        die("VTD_TESTDEV_BIND_KERNEL");
    }
    if (!strcmp(what, "kernel")) {
        try_kernel();
    } else if (!strcmp(what, "post")) {
        try_post();
    } else {
        try_storm(strtoul(argv[3], NULL, 0));
    }
    return 0;
}
