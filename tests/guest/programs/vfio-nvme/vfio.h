/* SPDX-License-Identifier: GPL-2.0-or-later
 * PCI devices in a user program: VFIO with type-1 containers.
 * What fails ends the program with status 2 and a line that says why.
 */
#ifndef VFIO_NVME_VFIO_H
#define VFIO_NVME_VFIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <linux/vfio.h>

enum {
    PAGE = 4096,
    HUGE_PAGE = 2 << 20,
    VFIO_READ = VFIO_DMA_MAP_FLAG_READ,     /* what the device may do */
    VFIO_BOTH = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
};

struct vfio {
    int container;
    int group;
    int device;
    volatile uint8_t *bar;                  /* BAR 0 */
    size_t bar_size;
};

/* Print WHAT and, if errno tells, why; exit with status 2. */
_Noreturn void die(const char *what);

/*
 * Open a device that is bound to vfio-pci, such as 0000:00:03.0, in the
 * container of another one, which thus shares its mappings, or in a new one.
 */
void vfio_open(struct vfio *vfio, const char *name, const struct vfio *other);

/* Give the device back as it is: the kernel resets it. */
void vfio_close(struct vfio *vfio);

/* Let the device use SIZE bytes of MEMORY at IOVA. */
void vfio_map(const struct vfio *vfio, void *memory, uint64_t iova,
              size_t size, unsigned flags);

/* Take that back. */
void vfio_unmap(const struct vfio *vfio, uint64_t iova, size_t size);

/* Four bytes of its configuration space. */
uint32_t vfio_config(const struct vfio *vfio, unsigned offset);

/* A descriptor on which the MSI-X messages of VECTOR are counted. */
int vfio_eventfd(const struct vfio *vfio, unsigned vector);

/* New memory, zeros, of whole pages; HUGE_PAGE or more is of huge pages. */
void *memory_new(size_t size);

#endif
