/* SPDX-License-Identifier: GPL-2.0-or-later
 * The command `bench`: polling reads of 4 KiB from random places into random
 * pages, how many a second.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include "bare.h"
#include "session.h"

enum {
    HUGE_BUFFERS = 256,             /* pages of the driver's own huge page */
    SMALL_BUFFERS = 8192,
    PER_PAGE = PAGE / NVME_BLOCK,
    SMALL = 0x40000000,
    DISK_PAGES = 16384,
};

struct bench {
    struct session session;
    bool bare;
    bool remap;                     /* each read has a mapping of its own */
    unsigned buffers;
    uint64_t addresses[SMALL_BUFFERS];
    uint8_t *memory;                /* the first buffer */
    uint32_t seed;
};

#define SECONDS 0.25                /* of one measurement */

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static uint32_t any(struct bench *bench)
{
    bench->seed = bench->seed * 1664525 + 1013904223;
    return bench->seed >> 8;
}

/* The driver's memory and the buffers in one huge page, mapped once. */
static void start(struct bench *bench, const char *device)
{
    struct session *session = &bench->session;
    uint8_t *memory = memory_new(HUGE_PAGE);
    uint64_t address = QUEUES;

    bench->bare = bare(device);
    if (bench->bare) {
        bare_open(&session->vfio, device);
        address = bare_address(memory);
    } else {
        vfio_open(&session->vfio, device, NULL);
        vfio_map(&session->vfio, memory, QUEUES, HUGE_PAGE, VFIO_BOTH);
    }
    nvme_start(&session->nvme, session->vfio.bar, memory, address, 0);
    bench->buffers = HUGE_BUFFERS;
    bench->memory = memory + HUGE_PAGE - HUGE_BUFFERS * PAGE;
    for (int i = 0; i < HUGE_BUFFERS; i++) {
        bench->addresses[i] = address + HUGE_PAGE - (i + 1) * PAGE;
    }
}

/* Buffers of small pages in the place of those. */
static void use_small_pages(struct bench *bench)
{
    size_t size = (size_t)SMALL_BUFFERS * PAGE;
    uint8_t *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED || madvise(memory, size, MADV_NOHUGEPAGE)) {
        die("memory of small pages");
    }
    memset(memory, 1, size);
    bench->buffers = SMALL_BUFFERS;
    for (int i = 0; i < SMALL_BUFFERS; i++) {
        bench->addresses[i] = bench->bare ? bare_address(memory + i * PAGE)
                                          : (uint64_t)SMALL + i * PAGE;
    }
    if (!bench->bare) {
        vfio_map(&bench->session.vfio, memory, SMALL, size, VFIO_BOTH);
    }
}

static void submit(struct bench *bench)
{
    struct nvme_transfer read = {
        .opcode = NVME_READ,
        .block = any(bench) % DISK_PAGES * PER_PAGE,
        .address = bench->addresses[any(bench) % bench->buffers],
        .bytes = PAGE,
    };

    if (bench->remap) {
        read.address = BUFFER;
        vfio_map(&bench->session.vfio, bench->memory, BUFFER, PAGE, VFIO_BOTH);
    }
    nvme_submit(&bench->session.nvme, &read);
}

static void finish(struct bench *bench)
{
    errno = 0;
    if (nvme_wait(&bench->session.nvme)) {
        die("a read");
    }
    if (bench->remap) {
        vfio_unmap(&bench->session.vfio, BUFFER, PAGE);
    }
}

/* The VM is paused until the host lets it go on. */
static void mark(void)
{
    if (system("mark")) {
        die("mark");
    }
}

/* How many; *rate: in a second. */
static unsigned read_for_a_while(struct bench *bench, unsigned depth,
                                 double *rate)
{
    double start = now(), end;
    unsigned reads = 0;

    for (unsigned i = 0; i < depth; i++) {
        submit(bench);
    }
    do {
        for (int i = 0; i < 64; i++, reads++) {
            finish(bench);
            submit(bench);
        }
        end = now();
    } while (end < start + SECONDS);
    for (unsigned i = 0; i < depth; i++) {
        finish(bench);
    }
    *rate = reads / (end - start);
    return reads;
}

void command_bench(char **words)
{
    static struct bench bench;
    unsigned reads;
    double rate;

    start(&bench, words[0]);
    if (!strcmp(words[1], "small")) {
        use_small_pages(&bench);
    }
    bench.remap = !strcmp(words[1], "remap");
    mark();
    reads = read_for_a_while(&bench, atoi(words[2]), &rate);
    mark();
    say(words[3], "%.0f %u", rate, reads);
    nvme_stop(&bench.session.nvme);
}
