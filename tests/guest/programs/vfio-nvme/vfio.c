/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>
#include "vfio.h"

enum {
    PCI_COMMAND = 4,
    PCI_COMMAND_MEMORY = 2,
    PCI_COMMAND_MASTER = 4,
};

_Noreturn void die(const char *what)
{
    fprintf(stderr, "vfio-nvme: %s: %s\n", what,
            errno ? strerror(errno) : "not as expected");
    exit(2);
}

static int opened(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        die(path);
    }
    return fd;
}

static int group_of(const char *name)
{
    char path[PATH_MAX], target[PATH_MAX], *number;
    ssize_t length;

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", name);
    length = readlink(path, target, sizeof(target) - 1);
    if (length < 0) {
        die(path);
    }
    target[length] = 0;
    number = strrchr(target, '/');
    snprintf(path, sizeof(path), "/dev/vfio/%s", number + 1);
    return opened(path);
}

static int new_container(void)
{
    int container = opened("/dev/vfio/vfio");

    if (ioctl(container, VFIO_GET_API_VERSION) != VFIO_API_VERSION ||
        !ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU)) {
        die("/dev/vfio/vfio has no type-1 v2");
    }
    return container;
}

static void attach(struct vfio *vfio, const struct vfio *other)
{
    struct vfio_group_status status = { .argsz = sizeof(status) };

    if (ioctl(vfio->group, VFIO_GROUP_GET_STATUS, &status) ||
        !(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
        die("a device of the group has another driver");
    }
    vfio->container = other ? dup(other->container) : new_container();
    if (ioctl(vfio->group, VFIO_GROUP_SET_CONTAINER, &vfio->container) ||
        (!other &&
         ioctl(vfio->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))) {
        die("attaching to a container");
    }
}

static struct vfio_region_info region(const struct vfio *vfio, unsigned index)
{
    struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

    if (ioctl(vfio->device, VFIO_DEVICE_GET_REGION_INFO, &info)) {
        die("VFIO_DEVICE_GET_REGION_INFO");
    }
    return info;
}

/* Where a register of the configuration space is in the device's file. */
static off_t config_at(const struct vfio *vfio, unsigned offset)
{
    return region(vfio, VFIO_PCI_CONFIG_REGION_INDEX).offset + offset;
}

uint32_t vfio_config(const struct vfio *vfio, unsigned offset)
{
    uint32_t value;

    if (pread(vfio->device, &value, sizeof(value), config_at(vfio, offset)) !=
        sizeof(value)) {
        die("reading the configuration space");
    }
    return value;
}

static void enable(const struct vfio *vfio)
{
    uint16_t command = vfio_config(vfio, PCI_COMMAND) | PCI_COMMAND_MEMORY |
                       PCI_COMMAND_MASTER;

    if (pwrite(vfio->device, &command, sizeof(command),
               config_at(vfio, PCI_COMMAND)) != sizeof(command)) {
        die("writing PCI_COMMAND");
    }
}

void vfio_open(struct vfio *vfio, const char *name, const struct vfio *other)
{
    struct vfio_region_info bar;

    vfio->group = group_of(name);
    attach(vfio, other);
    vfio->device = ioctl(vfio->group, VFIO_GROUP_GET_DEVICE_FD, name);
    if (vfio->device < 0) {
        die(name);
    }
    enable(vfio);
    bar = region(vfio, VFIO_PCI_BAR0_REGION_INDEX);
    vfio->bar_size = bar.size;
    vfio->bar = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED,
                     vfio->device, bar.offset);
    if (vfio->bar == MAP_FAILED) {
        die("mapping BAR 0");
    }
}

void vfio_close(struct vfio *vfio)
{
    munmap((void *)vfio->bar, vfio->bar_size);
    close(vfio->device);
    close(vfio->group);
    close(vfio->container);
}

void vfio_map(const struct vfio *vfio, void *memory, uint64_t iova,
              size_t size, unsigned flags)
{
    struct vfio_iommu_type1_dma_map map = {
        .argsz = sizeof(map),
        .flags = flags,
        .vaddr = (uintptr_t)memory,
        .iova = iova,
        .size = size,
    };

    if (ioctl(vfio->container, VFIO_IOMMU_MAP_DMA, &map)) {
        die("VFIO_IOMMU_MAP_DMA");
    }
}

void vfio_unmap(const struct vfio *vfio, uint64_t iova, size_t size)
{
    struct vfio_iommu_type1_dma_unmap unmap = {
        .argsz = sizeof(unmap),
        .iova = iova,
        .size = size,
    };

    if (ioctl(vfio->container, VFIO_IOMMU_UNMAP_DMA, &unmap) ||
        unmap.size != size) {
        die("VFIO_IOMMU_UNMAP_DMA");
    }
}

int vfio_eventfd(const struct vfio *vfio, unsigned vector)
{
    struct {
        struct vfio_irq_set set;
        int32_t fd;
    } request = {
        .set = {
            .argsz = sizeof(request),
            .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
            .index = VFIO_PCI_MSIX_IRQ_INDEX,
            .start = vector,
            .count = 1,
        },
        .fd = eventfd(0, EFD_CLOEXEC),
    };

    if (request.fd < 0) {
        die("eventfd");
    }
    if (ioctl(vfio->device, VFIO_DEVICE_SET_IRQS, &request)) {
        die("VFIO_DEVICE_SET_IRQS");
    }
    return request.fd;
}

void *memory_new(size_t size)
{
    int huge = size >= HUGE_PAGE ? MAP_HUGETLB : 0;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE | huge,
                        -1, 0);

    if (memory == MAP_FAILED) {
        die(huge ? "no huge pages: see /proc/sys/vm/nr_hugepages" : "memory");
    }
    return memory;
}
