/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include "abi.h"
#include "iommufd.h"
#include "session.h"

enum { PAGES = 256, WRITTEN = 40, START = 0x40000000 };

static struct session session;
static uint32_t table;

static void track(int on)
{
    struct hwpt_track_dirty track = {
        .size = sizeof(track),
        .on = on,
        .hwpt = table,
    };

    if (ioctl(session.iommufd, HWPT_TRACK_DIRTY, &track)) {
        die("dirty tracking");
    }
}

/* Which pages the kernel says were written, which it forgets by that. */
static void read_dirty(uint64_t *bitmap)
{
    struct hwpt_read_dirty read = {
        .size = sizeof(read),
        .hwpt = table,
        .iova = START,
        .length = PAGES * PAGE,
        .page = PAGE,
        .bitmap = (uintptr_t)bitmap,
    };

    memset(bitmap, 0, PAGES / 8);
    if (ioctl(session.iommufd, HWPT_READ_DIRTY, &read)) {
        die("reading what is dirty");
    }
}

static unsigned count(const uint64_t *bitmap)
{
    unsigned bits = 0;

    for (int i = 0; i < PAGES / 64; i++) {
        bits += __builtin_popcountll(bitmap[i]);
    }
    return bits;
}

static void access_page(uint64_t opcode, unsigned page)
{
    uint64_t address = START + page * PAGE + 8 * page;
    uint64_t status = device_run(&session, opcode, address, 8);

    if (status != VTD_TESTDEV_OK) {
        errno = 0;
        die("a DMA");
    }
}

/* The device writes some pages, the same for each seed, and reads all. */
static void touch(unsigned seed, uint64_t *wanted)
{
    memset(wanted, 0, PAGES / 8);
    for (unsigned page = 0; page < PAGES; page++) {
        access_page(VTD_TESTDEV_READ, page);
    }
    for (unsigned i = 0; i < WRITTEN; i++) {
        unsigned page;

        seed = seed * 1103515245 + 12345;
        page = (seed >> 16) % PAGES;
        access_page(VTD_TESTDEV_WRITE, page);
        wanted[page / 64] |= 1ull << page % 64;
    }
}

static void compare(const char *name, const uint64_t *wanted)
{
    uint64_t found[PAGES / 64];

    read_dirty(found);
    say(name, !memcmp(found, wanted, sizeof(found)), count(found));
}

void try_dirty(const char *device)
{
    static const uint64_t none[PAGES / 64];
    uint64_t wanted[PAGES / 64];
    void *memory = memory_new(PAGES * PAGE);

    session_open(&session, device);
    table = table_new(&session, HWPT_DIRTY);
    table_use(&session, table);
    space_map(&session, memory, START, PAGES * PAGE);
    track(1);
    compare("nothing", none);
    touch(1, wanted);
    say("written", 1, count(wanted));
    compare("dirty", wanted);
    compare("dirty-again", none);   /* reading has cleared it */
    touch(2, wanted);
    compare("dirty-later", wanted); /* also pages of the first time */
    track(0);
    touch(3, wanted);
    track(1);
    compare("untracked", none);     /* starting to track has cleared it */
}
