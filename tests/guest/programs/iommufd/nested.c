/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "abi.h"
#include "iommufd.h"
#include "session.h"

/*
 * The second stage is the kernel's: this program's memory from 0 on. The first
 * stage is the program's own: page tables in that memory, at the addresses that
 * the second stage gives it, which lead from VIRTUAL on to its data pages.
 */
enum {
    TABLES = 4,                     /* pages 0 to 3, of 48 bits */
    DATA = TABLES,                  /* the pages after them */
    PAGES = 2,
    TOTAL = DATA + PAGES,
    PASID = 5,
    WIDTH = 48,
    PRESENT = 1,
    WRITABLE = 2,
    USER = 4,
};

#define VIRTUAL     0x123456789000ull
#define ALL         (PRESENT | WRITABLE | USER)

static struct session session;
static uint64_t *memory;            /* TOTAL pages */
static uint32_t nested;

static uint64_t *table(unsigned level)
{
    return memory + (TABLES - level) * PAGE / sizeof(*memory);
}

static unsigned slot(uint64_t address, unsigned level)
{
    return address >> (12 + 9 * (level - 1)) & 511;
}

/* A page of the first stage, or none. */
static void first_stage(unsigned page, uint64_t rights)
{
    uint64_t address = VIRTUAL + page * PAGE;

    for (unsigned level = TABLES; level > 1; level--) {
        table(level)[slot(address, level)] = (TABLES - level + 1) * PAGE | ALL;
    }
    table(1)[slot(address, 1)] = rights ? (DATA + page) * PAGE | rights : 0;
}

static void invalidate(uint64_t address, uint64_t pages, uint32_t flags)
{
    struct vtd_invalidation entry = {
        .address = address,
        .pages = pages,
        .flags = flags,
    };
    struct hwpt_invalidate request = {
        .size = sizeof(request),
        .hwpt = nested,
        .entries = (uintptr_t)&entry,
        .entry_length = sizeof(entry),
        .count = 1,
    };

    if (ioctl(session.iommufd, HWPT_INVALIDATE, &request)) {
        die("invalidating");
    }
}

static uint32_t nest(uint32_t parent, uint32_t flags)
{
    struct vtd_first_stage stage = { .table = 0, .width = WIDTH };
    struct hwpt_alloc alloc = {
        .size = sizeof(alloc),
        .flags = flags,
        .device = session.device,
        .parent = parent,
        .data_type = DATA_VTD_FIRST_STAGE,
        .data_length = sizeof(stage),
        .data = (uintptr_t)&stage,
    };

    if (ioctl(session.iommufd, HWPT_ALLOC, &alloc)) {
        die("a nested page table");
    }
    return alloc.hwpt;
}

static int page_is(unsigned page, int byte)
{
    const uint8_t *bytes = (uint8_t *)memory + (DATA + page) * PAGE;

    for (int i = 0; i < PAGE; i++) {
        if (bytes[i] != byte) {
            return 0;
        }
    }
    return 1;
}

/* Have the device write to a page: its status, and whether the page has it. */
static void try_at(const char *name, uint64_t control, uint64_t address,
                   unsigned page)
{
    static int byte;
    uint64_t status;

    byte++;
    for (int i = 0; i < PAGE; i++) {
        session.buffer[i] = byte;
    }
    status = device_run(&session, VTD_TESTDEV_WRITE | control, address, PAGE);
    say(name, page_is(page, byte), status);
}

static void try(const char *name, unsigned page)
{
    try_at(name, 0, VIRTUAL + page * PAGE, page);
}

/* Both stages, the second one with some flags: the second one's table. */
static uint32_t make_stages(const char *device, uint32_t flags)
{
    uint32_t parent;

    memory = memory_new(TOTAL * PAGE);
    first_stage(0, ALL);
    first_stage(1, ALL);
    session_open(&session, device);
    parent = table_new(&session, HWPT_NEST_PARENT | flags);
    space_map(&session, memory, 0, TOTAL * PAGE);
    nested = nest(parent, flags);
    return parent;
}

void try_nested(const char *device)
{
    make_stages(device, 0);
    table_use(&session, nested);

    try("both", 0);
    first_stage(0, 0);
    try("first-stale", 0);          /* the unit has not been told */
    invalidate(VIRTUAL, 1, 0);
    try("first-gone", 0);
    first_stage(0, PRESENT | USER);
    try("first-read-only", 0);
    first_stage(0, ALL);
    invalidate(0, UINT64_MAX, 0);
    try("first-again", 0);
    first_stage(0, 0);
    invalidate(VIRTUAL, PAGES, INVALIDATE_LEAF);
    try("first-leaf-gone", 0);
    first_stage(0, ALL);

    try("second-before", 1);
    space_unmap(&session, 0, TOTAL * PAGE);
    /* The tables of the first stage cannot be read either, now. */
    try("second-gone", 1);
    space_map(&session, memory, 0, (DATA + 1) * PAGE);
    try("second-partly", 0);
    try("second-leaf-gone", 1);
}

static void say_hardware(void)
{
    struct vtd_hardware registers = { 0 };
    struct get_hardware get = {
        .size = sizeof(get),
        .device = session.device,
        .data_length = sizeof(registers),
        .data = (uintptr_t)&registers,
    };

    if (ioctl(session.iommufd, GET_HARDWARE, &get)) {
        die("what the hardware is");
    }
    say("hardware", registers.cap, registers.ecap);
}

/* How much the driver shows of the tables of the PASID. */
static void say_shown(const char *device)
{
    char path[256], bytes[4096];
    ssize_t size = -1;
    int file;

    snprintf(path, sizeof(path), "/sys/kernel/debug/iommu/intel/%s/%x/"
             "domain_translation_struct", device, PASID);
    file = open(path, O_RDONLY);
    if (file < 0 || (size = read(file, bytes, sizeof(bytes))) < 0) {
        die(path);
    }
    close(file);
    say("shown", size, 1);
}

void try_pasid(const char *device)
{
    const uint64_t by_pasid = VTD_TESTDEV_WITH_PASID |
                              (uint64_t)PASID << VTD_TESTDEV_PASID_SHIFT;
    uint32_t parent = make_stages(device, HWPT_PASID);

    say_hardware();
    table_use(&session, parent);
    try_at("without", 0, DATA * PAGE, 0);
    try_at("before", by_pasid, DATA * PAGE, 0);
    pasid_use(&session, PASID, table_new(&session, HWPT_PASID));
    try_at("plain", by_pasid, DATA * PAGE, 0);
    say_shown(device);
    pasid_use(&session, PASID, nested);
    try_at("nested", by_pasid, VIRTUAL, 0);
    try_at("beside", 0, (DATA + 1) * PAGE, 1);
    first_stage(0, 0);
    invalidate(VIRTUAL, 1, 0);
    try_at("nested-gone", by_pasid, VIRTUAL, 0);
    pasid_leave(&session, PASID);
    try_at("left", by_pasid, VIRTUAL + PAGE, 1);
    table_use(&session, session.ioas);
    try_at("space", 0, DATA * PAGE, 0);
}
