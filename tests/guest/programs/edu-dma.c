/* SPDX-License-Identifier: GPL-2.0-or-later
 * edu-dma: makes QEMU's edu device do one DMA, from inside the guest, with no
 * driver. The address is what the device puts on the bus, mapped or not.
 *
 *   edu-dma 0000:00:06.0 read|write ADDRESS LENGTH [BUFFER-OFFSET]
 *
 * `read` and `write` are the device's: a read fetches from memory.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    BAR_SIZE = 1 << 20,
    REG_SOURCE = 0x80,
    REG_DESTINATION = 0x88,
    REG_COUNT = 0x90,
    REG_COMMAND = 0x98,
    COMMAND_START = 1,
    COMMAND_TO_MEMORY = 2,
    BUFFER = 0x40000,
    BUFFER_SIZE = 4096,
    PCI_COMMAND = 4,
    PCI_COMMAND_MEMORY = 2,
    PCI_COMMAND_MASTER = 4,
};

static int open_of_device(const char *device, const char *file)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", device, file);
    fd = open(path, O_RDWR | O_SYNC);
    if (fd < 0) {
        perror(path);
        exit(2);
    }
    return fd;
}

static void enable(const char *device)
{
    int fd = open_of_device(device, "config");
    uint16_t command;

    if (pread(fd, &command, sizeof(command), PCI_COMMAND) != sizeof(command)) {
        perror("config");
        exit(2);
    }
    command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    if (pwrite(fd, &command, sizeof(command), PCI_COMMAND) != sizeof(command)) {
        perror("config");
        exit(2);
    }
    close(fd);
}

static volatile uint8_t *map_bar(const char *device)
{
    int fd = open_of_device(device, "resource0");
    void *bar = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (bar == MAP_FAILED) {
        perror("resource0");
        exit(2);
    }
    close(fd);
    return bar;
}

static void put(volatile uint8_t *bar, unsigned reg, uint64_t value)
{
    *(volatile uint64_t *)(bar + reg) = value;
}

static int finish(volatile uint8_t *bar)
{
    for (int tries = 0; tries < 60000; tries++) {
        if (!(*(volatile uint64_t *)(bar + REG_COMMAND) & COMMAND_START)) {
            return 0;
        }
        usleep(10000);
    }
    fputs("edu-dma: the device did not finish in ten minutes\n", stderr);
    return 1;
}

static int transfer(volatile uint8_t *bar, int to_memory, uint64_t address,
                    uint64_t length, uint64_t offset)
{
    put(bar, REG_SOURCE, to_memory ? BUFFER + offset : address);
    put(bar, REG_DESTINATION, to_memory ? address : BUFFER + offset);
    put(bar, REG_COUNT, length);
    put(bar, REG_COMMAND,
        COMMAND_START | (to_memory ? COMMAND_TO_MEMORY : 0));
    return finish(bar);
}

int main(int argc, char **argv)
{
    uint64_t address, length, offset;
    int to_memory;

    if (argc < 5 || argc > 6) {
        fputs("usage: edu-dma DEVICE read|write ADDRESS LENGTH [OFFSET]\n",
              stderr);
        return 2;
    }
    to_memory = !strcmp(argv[2], "write");
    address = strtoull(argv[3], NULL, 0);
    length = strtoull(argv[4], NULL, 0);
    offset = argc == 6 ? strtoull(argv[5], NULL, 0) : 0;
    if (offset + length > BUFFER_SIZE) {
        fprintf(stderr, "edu-dma: the device holds %d bytes only\n",
                BUFFER_SIZE);
        return 2;
    }
    enable(argv[1]);
    return transfer(map_bar(argv[1]), to_memory, address, length, offset);
}
