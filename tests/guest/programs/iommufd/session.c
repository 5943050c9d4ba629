/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "abi.h"
#include "session.h"

enum {
    PCI_COMMAND = 4,
    PCI_COMMAND_MEMORY = 2,
    PCI_COMMAND_MASTER = 4,
};

_Noreturn void die(const char *what)
{
    fprintf(stderr, "iommufd: %s: %s\n", what,
            errno ? strerror(errno) : "not as expected");
    exit(2);
}

void say(const char *name, uint64_t value, uint64_t more)
{
    printf("%s %#" PRIx64 " %#" PRIx64 "\n", name, value, more);
    fflush(stdout);
}

static void ask(int file, unsigned long request, void *argument,
                const char *name)
{
    if (ioctl(file, request, argument)) {
        die(name);
    }
}

/* The file that VFIO has for one device: vfio0 and so on, below its folder. */
static int device_file(const char *name)
{
    char path[PATH_MAX];
    struct dirent *found;
    DIR *folder;
    int file = -1;

    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", name);
    folder = opendir(path);
    if (!folder) {
        die(path);
    }
    while ((found = readdir(folder))) {
        if (!strncmp(found->d_name, "vfio", 4)) {
            snprintf(path, sizeof(path), "/dev/vfio/devices/%s",
                     found->d_name);
            file = open(path, O_RDWR);
        }
    }
    closedir(folder);
    if (file < 0) {
        die(path);
    }
    return file;
}

static struct vfio_region_info region(const struct session *session,
                                      unsigned index)
{
    struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

    ask(session->file, VFIO_DEVICE_GET_REGION_INFO, &info, "a region");
    return info;
}

static volatile void *mapped(const struct session *session, unsigned index)
{
    struct vfio_region_info info = region(session, index);
    void *memory = mmap(NULL, info.size, PROT_READ | PROT_WRITE, MAP_SHARED,
                        session->file, info.offset);

    if (memory == MAP_FAILED) {
        die("mapping a BAR");
    }
    return memory;
}

static void enable(const struct session *session)
{
    off_t at = region(session, VFIO_PCI_CONFIG_REGION_INDEX).offset +
               PCI_COMMAND;
    uint16_t command;

    if (pread(session->file, &command, sizeof(command), at) !=
        sizeof(command)) {
        die("reading PCI_COMMAND");
    }
    command |= PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    if (pwrite(session->file, &command, sizeof(command), at) !=
        sizeof(command)) {
        die("writing PCI_COMMAND");
    }
}

void session_open(struct session *session, const char *name)
{
    struct device_bind bind = { .size = sizeof(bind) };
    struct ioas_alloc space = { .size = sizeof(space) };

    session->iommufd = open("/dev/iommu", O_RDWR);
    if (session->iommufd < 0) {
        die("/dev/iommu");
    }
    session->file = device_file(name);
    bind.iommufd = session->iommufd;
    ask(session->file, DEVICE_BIND, &bind, "binding to iommufd");
    ask(session->iommufd, IOAS_ALLOC, &space, "an address space");
    session->device = bind.device;
    session->ioas = space.ioas;
    enable(session);
    session->registers = mapped(session, VTD_TESTDEV_BAR_REGISTERS);
    session->buffer = mapped(session, VTD_TESTDEV_BAR_BUFFER);
}

uint32_t table_new(const struct session *session, uint32_t flags)
{
    struct hwpt_alloc alloc = {
        .size = sizeof(alloc),
        .flags = flags,
        .device = session->device,
        .parent = session->ioas,
        .data_type = DATA_NONE,
    };

    ask(session->iommufd, HWPT_ALLOC, &alloc, "a page table");
    return alloc.hwpt;
}

void table_use(const struct session *session, uint32_t table)
{
    struct device_attach attach = { .size = 12, .target = table };

    ask(session->file, DEVICE_ATTACH, &attach, "attaching");
}

void pasid_use(const struct session *session, uint32_t pasid, uint32_t table)
{
    struct device_attach attach = {
        .size = sizeof(attach),
        .flags = FOR_PASID,
        .target = table,
        .pasid = pasid,
    };

    ask(session->file, DEVICE_ATTACH, &attach, "attaching a PASID");
}

void pasid_leave(const struct session *session, uint32_t pasid)
{
    struct device_detach detach = {
        .size = sizeof(detach),
        .flags = FOR_PASID,
        .pasid = pasid,
    };

    ask(session->file, DEVICE_DETACH, &detach, "detaching a PASID");
}

void space_map(const struct session *session, void *memory, uint64_t iova,
               size_t size)
{
    struct ioas_map map = {
        .size = sizeof(map),
        .flags = MAP_AT_IOVA | MAP_WRITE | MAP_READ,
        .ioas = session->ioas,
        .memory = (uintptr_t)memory,
        .length = size,
        .iova = iova,
    };

    ask(session->iommufd, IOAS_MAP, &map, "mapping");
}

void space_unmap(const struct session *session, uint64_t iova, size_t size)
{
    struct ioas_unmap unmap = {
        .size = sizeof(unmap),
        .ioas = session->ioas,
        .iova = iova,
        .length = size,
    };

    ask(session->iommufd, IOAS_UNMAP, &unmap, "unmapping");
}

void *memory_new(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

    if (memory == MAP_FAILED) {
        die("memory");
    }
    return memory;
}

uint64_t device_run(const struct session *session, uint64_t control,
                    uint64_t address, uint64_t length)
{
    volatile uint64_t *at = session->registers;

    at[VTD_TESTDEV_SLOT_CONTROL / 8] = control;
    at[VTD_TESTDEV_SLOT_ADDRESS / 8] = address;
    at[VTD_TESTDEV_SLOT_LENGTH / 8] = length;
    at[VTD_TESTDEV_SLOT_OFFSET / 8] = 0;
    at[VTD_TESTDEV_RUN / 8] = 1;
    while (!(at[VTD_TESTDEV_SLOT_STATUS / 8] & VTD_TESTDEV_STATUS)) {
    }
    return at[VTD_TESTDEV_SLOT_STATUS / 8] &
           (VTD_TESTDEV_STATUS | VTD_TESTDEV_REASON);
}
