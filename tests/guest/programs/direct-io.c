/*
 * direct-io DISK read|write random|sequential SIZE DEPTH: reads or writes pieces
 * of SIZE bytes past the page cache, DEPTH of them at a time, and prints how
 * many a second.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECONDS     0.25        /* of one measurement */
#define WARM_UP     64          /* pieces before it */
#define MOST        64          /* pieces at a time */
#define ALIGNMENT   4096

struct bench {
    int fd;
    int writes;
    int random;
    size_t size;
    uint64_t pieces;            /* of the disk */
    uint64_t next;
    aio_context_t context;
};

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void submit(struct bench *bench, struct iocb *piece)
{
    bench->next = bench->random
        ? bench->next * 6364136223846793005u + 1442695040888963407u
        : bench->next + 1;
    piece->aio_offset = (bench->random ? bench->next >> 32 : bench->next) %
        bench->pieces * bench->size;
    if (syscall(SYS_io_submit, bench->context, 1, &piece) != 1) {
        die("io_submit");
    }
}

/* At least one is done, and as many are sent again. */
static int go_on(struct bench *bench)
{
    struct io_event events[MOST];
    int count = syscall(SYS_io_getevents, bench->context, 1, MOST, events,
                        NULL);

    if (count < 1) {
        die("io_getevents");
    }
    for (int i = 0; i < count; i++) {
        if (events[i].res != (int64_t)bench->size) {
            die("a piece");
        }
        submit(bench, (struct iocb *)(uintptr_t)events[i].obj);
    }
    return count;
}

static void start(struct bench *bench, struct iocb *pieces, int depth)
{
    for (int i = 0; i < depth; i++) {
        void *buffer;

        if (posix_memalign(&buffer, ALIGNMENT, bench->size)) {
            die("memory");
        }
        memset(buffer, 1, bench->size);
        pieces[i] = (struct iocb) {
            .aio_fildes = bench->fd,
            .aio_lio_opcode = bench->writes ? IOCB_CMD_PWRITE
                                            : IOCB_CMD_PREAD,
            .aio_buf = (uintptr_t)buffer,
            .aio_nbytes = bench->size,
        };
        submit(bench, &pieces[i]);
    }
}

int main(int argc, char **argv)
{
    static struct iocb pieces[MOST];
    struct bench bench = { 0 };
    double begin, end;
    uint64_t done = 0;
    int depth = argc == 6 ? atoi(argv[5]) : 0;

    if (depth < 1 || depth > MOST) {
        fprintf(stderr, "direct-io DISK read|write random|sequential SIZE "
                "DEPTH, which is 1 to %d\n", MOST);
        return EXIT_FAILURE;
    }
    bench.writes = !strcmp(argv[2], "write");
    bench.random = !strcmp(argv[3], "random");
    bench.size = strtoul(argv[4], NULL, 0);
    bench.fd = open(argv[1], O_DIRECT | (bench.writes ? O_RDWR : O_RDONLY));
    if (bench.fd < 0 || syscall(SYS_io_setup, MOST, &bench.context)) {
        die(argv[1]);
    }
    bench.pieces = lseek(bench.fd, 0, SEEK_END) / bench.size;
    start(&bench, pieces, depth);
    for (int i = 0; i < WARM_UP; i++) {
        go_on(&bench);
    }
    begin = now();
    do {
        done += go_on(&bench);
        end = now();
    } while (end < begin + SECONDS);
    printf("%.0f\n", done / (end - begin));
    return EXIT_SUCCESS;
}
