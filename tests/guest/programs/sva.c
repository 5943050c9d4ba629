/*
 * sva FILE: has vtd-testdev work in this program's own memory, FILE is its node
 * /dev/vtd-testdev0. Prints a line for each thing it tries: its name, what came
 * of it, the device's status.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "vtd-testdev-ioctl.h"

enum { PAGE = 4096, SIZE = 4 * PAGE, SECRET = 0x5ec7e7 };

/* The device asks for what it lacks, as any with ATS and PRI does. */
#define PAGING (VTD_TESTDEV_THROUGH_TLB | VTD_TESTDEV_REQUEST_PAGES)

static int device;

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(2);
}

static void *aligned(size_t size)
{
    void *memory;

    if (posix_memalign(&memory, PAGE, size)) {
        die("posix_memalign");
    }
    return memory;
}

static struct vtd_testdev_command run(uint64_t control, const void *address,
                                      uint64_t length, uint64_t operand)
{
    struct vtd_testdev_command command = {
        .control = control,
        .address = (uintptr_t)address,
        .length = length,
        .operand = operand,
    };

    if (ioctl(device, VTD_TESTDEV_RUN_COMMAND, &command)) {
        die("VTD_TESTDEV_RUN_COMMAND");
    }
    return command;
}

static unsigned status(uint64_t control, const void *address, uint64_t length)
{
    return run(control, address, length, 0).status & VTD_TESTDEV_STATUS;
}

static uint64_t counter(uint64_t which)
{
    if (ioctl(device, VTD_TESTDEV_COUNTER, &which)) {
        die("VTD_TESTDEV_COUNTER");
    }
    return which;
}

static void fill_buffer(int byte)
{
    char bytes[SIZE];

    memset(bytes, byte, SIZE);
    if (pwrite(device, bytes, SIZE, 0) != SIZE) {
        die("writing the device's buffer");
    }
}

static int buffer_has(const char *bytes)
{
    char found[SIZE];

    if (pread(device, found, SIZE, 0) != SIZE) {
        die("reading the device's buffer");
    }
    return !memcmp(found, bytes, SIZE);
}

static int all(const char *bytes, int byte)
{
    for (int i = 0; i < SIZE; i++) {
        if (bytes[i] != byte) {
            return 0;
        }
    }
    return 1;
}

static void say(const char *name, long value, unsigned status)
{
    printf("%s %ld %u\n", name, value, status);
    fflush(stdout);
}

/* What the program has written, the device reads by the same pointer. */
static void try_read(void)
{
    char *memory = malloc(SIZE);
    unsigned done;

    for (int i = 0; i < SIZE; i++) {
        memory[i] = i * 7 + 1;
    }
    fill_buffer(0);
    done = status(VTD_TESTDEV_READ | PAGING, memory, SIZE);
    say("read", buffer_has(memory), done);
    free(memory);
}

/* Nobody has touched the memory: there are no pages before the device asks. */
static void try_pages(void)
{
    char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t before = counter(VTD_TESTDEV_COUNT_PAGE_REQUESTS);
    unsigned done;

    fill_buffer('p');
    done = status(VTD_TESTDEV_WRITE | PAGING, memory, SIZE);
    say("page-requests",
        counter(VTD_TESTDEV_COUNT_PAGE_REQUESTS) - before, done);
    say("pages", all(memory, 'p'), done);
    munmap(memory, SIZE);
}

static void try_fetch_add(void)
{
    uint64_t *number = aligned(sizeof(*number));
    struct vtd_testdev_command done;

    *number = SECRET;
    done = run(VTD_TESTDEV_FETCH_ADD | PAGING, number, sizeof(*number), 5);
    say("fetch-add", done.result == SECRET && *number == SECRET + 5,
        done.status & VTD_TESTDEV_STATUS);
    free(number);
}

/* The device's write is this process's: the child keeps what there was. */
static void try_copy_on_write(void)
{
    char *memory = aligned(SIZE);
    int go[2], state;
    unsigned done;
    pid_t child;
    char byte;

    memset(memory, 'b', SIZE);
    status(VTD_TESTDEV_WRITE | PAGING, memory, 1);
    memset(memory, 'b', SIZE);
    if (pipe(go) || (child = fork()) < 0) {
        die("fork");
    }
    if (!child) {
        close(go[1]);
        _exit(read(go[0], &byte, 1) || !all(memory, 'b'));
    }
    fill_buffer('a');
    done = status(VTD_TESTDEV_WRITE | PAGING, memory, SIZE);
    close(go[0]);
    close(go[1]);
    waitpid(child, &state, 0);
    say("copy-on-write", all(memory, 'a') && !state, done);
    free(memory);
}

static void try_read_only(void)
{
    char *memory = aligned(SIZE);
    unsigned done;

    memset(memory, 'r', SIZE);
    mprotect(memory, SIZE, PROT_READ);
    fill_buffer('w');
    done = status(VTD_TESTDEV_WRITE | PAGING, memory, SIZE);
    say("read-only", all(memory, 'r'), done);
    mprotect(memory, SIZE, PROT_READ | PROT_WRITE);
    free(memory);
}

/* What the device had a translation of is gone with munmap(), both ways. */
static void try_unmapped(void)
{
    char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t before;

    memset(memory, 'm', SIZE);
    say("mapped", 1, status(VTD_TESTDEV_READ | PAGING, memory, SIZE));
    say("mapped-untranslated", 1, status(VTD_TESTDEV_READ, memory, SIZE));
    before = counter(VTD_TESTDEV_COUNT_INVALIDATIONS);
    munmap(memory, SIZE);
    say("invalidations",
        counter(VTD_TESTDEV_COUNT_INVALIDATIONS) > before, 1);
    fill_buffer('-');
    say("unmapped", 1, status(VTD_TESTDEV_READ | PAGING, memory, SIZE));
    say("unmapped-untranslated", 1, status(VTD_TESTDEV_READ, memory, SIZE));
}

/* A child is bound and ends; what it was bound by is still here. */
static void try_gone(const char *path)
{
    char *memory = aligned(SIZE);
    int state;
    pid_t child;

    memset(memory, 'g', SIZE);
    close(device);
    device = open(path, O_RDWR);
    child = device < 0 ? -1 : fork();
    if (child < 0) {
        die(path);
    }
    if (!child) {
        if (ioctl(device, VTD_TESTDEV_BIND) < 0) {
            die("VTD_TESTDEV_BIND of a child");
        }
        say("child", 1, status(VTD_TESTDEV_READ | PAGING, memory, SIZE));
        _exit(0);
    }
    waitpid(child, &state, 0);
    say("gone", !state, status(VTD_TESTDEV_READ | PAGING, memory, SIZE));
    say("gone-untranslated", 1, status(VTD_TESTDEV_READ, memory, SIZE));
    free(memory);
}

static void bind_device(const char *path)
{
    int pasid;

    device = open(path, O_RDWR);
    if (device < 0) {
        die(path);
    }
    pasid = ioctl(device, VTD_TESTDEV_BIND);
    if (pasid < 0) {
        die("VTD_TESTDEV_BIND");
    }
    printf("pasid %d\n", pasid);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: sva FILE\n");
        return 2;
    }
    bind_device(argv[1]);
    try_read();
    try_pages();
    try_fetch_add();
    try_copy_on_write();
    try_read_only();
    try_unmapped();
    try_gone(argv[1]);
    return 0;
}
