/* SPDX-License-Identifier: GPL-2.0-or-later
 * A PCI device in a user program where there is no IOMMU, and so no VFIO:
 * its registers through sysfs, its addresses those of physical memory.
 */
#ifndef VFIO_NVME_BARE_H
#define VFIO_NVME_BARE_H

#include <stdbool.h>
#include "vfio.h"

/* Whether a device is not behind an IOMMU. */
bool bare(const char *name);

/* Open such a device, which has no driver: only its BAR 0. */
void bare_open(struct vfio *vfio, const char *name);

/* Where the page of MEMORY is. */
uint64_t bare_address(const void *memory);

#endif
