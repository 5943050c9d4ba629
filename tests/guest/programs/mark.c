/*
 * mark: pauses the VM, by the pvpanic-pci in slot 1d, until the host lets it go
 * on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEVICE      "/sys/bus/pci/devices/0000:00:1d.0/"
#define PANICKED    1

static int opened(const char *file)
{
    int fd = open(file, O_RDWR);

    if (fd < 0) {
        perror(file);
        exit(EXIT_FAILURE);
    }
    return fd;
}

int main(void)
{
    volatile uint8_t *event;

    if (write(opened(DEVICE "enable"), "1", 1) != 1) {
        perror(DEVICE);
        return EXIT_FAILURE;
    }
    event = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED,
                 opened(DEVICE "resource0"), 0);
    if (event == MAP_FAILED) {
        perror(DEVICE);
        return EXIT_FAILURE;
    }
    *event = PANICKED;
    return EXIT_SUCCESS;
}
