/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "bare.h"

enum {
    BAR_SIZE = 2 * PAGE,            /* registers and the first doorbells */
    PCI_COMMAND = 4,
    PCI_COMMAND_MEMORY = 2,
    PCI_COMMAND_MASTER = 4,
};
static const uint64_t frame_mask = (1ULL << 55) - 1;    /* of pagemap */

static const char *path_of(const char *name, const char *file)
{
    static char path[PATH_MAX];

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", name, file);
    return path;
}

static int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    if (fd < 0) {
        die(path);
    }
    return fd;
}

bool bare(const char *name)
{
    return access(path_of(name, "iommu_group"), F_OK);
}

void bare_open(struct vfio *vfio, const char *name)
{
    int config = opened(path_of(name, "config"), O_RDWR);
    uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

    if (pwrite(config, &command, sizeof(command), PCI_COMMAND) !=
        sizeof(command)) {
        die("writing PCI_COMMAND");
    }
    close(config);
    vfio->device = opened(path_of(name, "resource0"), O_RDWR);
    vfio->bar_size = BAR_SIZE;
    vfio->bar = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
                     vfio->device, 0);
    if (vfio->bar == MAP_FAILED) {
        die("mapping BAR 0");
    }
}

uint64_t bare_address(const void *memory)
{
    int fd = opened("/proc/self/pagemap", O_RDONLY);
    uint64_t entry;

    if (pread(fd, &entry, sizeof(entry),
              (uintptr_t)memory / PAGE * sizeof(entry)) != sizeof(entry)) {
        die("reading /proc/self/pagemap");
    }
    close(fd);
    return (entry & frame_mask) * PAGE;
}
