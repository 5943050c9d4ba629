/*
 * dma-map THREADS PAGES: has Linux's dma_map_benchmark map and unmap buffers of
 * so many pages for a second, and prints how many a second all threads did.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define PATH        "/sys/kernel/debug/dma_map_benchmark"
#define UNIT        1e7         /* of times: so many are a second */

/* As the kernel lays it out. */
struct request {
    uint64_t map;               /* what one took, in units */
    uint64_t map_deviation;
    uint64_t unmap;
    uint64_t unmap_deviation;
    uint32_t threads;
    uint32_t seconds;
    int32_t node;
    uint32_t bits;              /* of an address */
    uint32_t direction;         /* 0: both */
    uint32_t pause;             /* ns between mapping and unmapping */
    uint32_t pages;
    uint8_t rest[76];
};

int main(int argc, char **argv)
{
    struct request request = {
        .seconds = 1,
        .node = -1,
        .bits = 32,
    };
    int fd = open(PATH, O_RDWR);

    if (argc != 3) {
        fprintf(stderr, "dma-map THREADS PAGES\n");
        return EXIT_FAILURE;
    }
    request.threads = atoi(argv[1]);
    request.pages = atoi(argv[2]);
    if (fd < 0 || ioctl(fd, _IOWR('d', 1, struct request), &request)) {
        perror(PATH);
        return EXIT_FAILURE;
    }
    printf("%.0f\n", request.threads * UNIT / (request.map + request.unmap));
    return EXIT_SUCCESS;
}
