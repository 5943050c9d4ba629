/* SPDX-License-Identifier: GPL-2.0-or-later
 * vtd-testdev, its registers and its DMA in the hands of this program, by VFIO
 * and iommufd. What fails ends the program with status 2 and a line that says
 * why.
 */
#ifndef IOMMUFD_SESSION_H
#define IOMMUFD_SESSION_H

#include <stddef.h>
#include <stdint.h>
#include "vtd-testdev.h"

enum { PAGE = 4096 };

struct session {
    int iommufd;
    int file;                       /* of the device */
    uint32_t device;                /* as iommufd calls it... */
    uint32_t ioas;                  /* ... and its address space */
    volatile uint64_t *registers;
    volatile uint8_t *buffer;
};

/* Print WHAT and, if errno tells, why; exit with status 2. */
_Noreturn void die(const char *what);

/* One line of the output. */
void say(const char *name, uint64_t value, uint64_t more);

/* Take the device, such as 0000:00:03.0, which vfio-pci has. */
void session_open(struct session *session, const char *name);

/* Make a page table for the address space, with some of the HWPT_ flags. */
uint32_t table_new(const struct session *session, uint32_t flags);

/* The device's DMA goes through that one from now on. */
void table_use(const struct session *session, uint32_t table);

/* So it does with that PASID; or there is nothing any more for that PASID. */
void pasid_use(const struct session *session, uint32_t pasid, uint32_t table);
void pasid_leave(const struct session *session, uint32_t pasid);

/* Let what uses the address space reach SIZE bytes of MEMORY at IOVA, or no
 * longer. */
void space_map(const struct session *session, void *memory, uint64_t iova,
               size_t size);
void space_unmap(const struct session *session, uint64_t iova, size_t size);

/* New memory, zeros, of whole pages. */
void *memory_new(size_t size);

/* Have the device do one command: its status, with the fault's reason. */
uint64_t device_run(const struct session *session, uint64_t control,
                    uint64_t address, uint64_t length);

#endif
