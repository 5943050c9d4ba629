/*
 * /dev/vtd-testdevN: what a program asks of the Linux driver for vtd-testdev.
 *
 * An open file is a user of the device. It is bound to the address space of the
 * process that calls BIND, and remains so, whoever else has the file, and also
 * when that process has ended. RUN does one command with the PASID of that
 * address space and returns when the device has ended it; commands of several
 * users are done one after the other. read(), write(), pread() and pwrite()
 * access the device's buffer, which all users share. Behind it, read() and
 * pread() find a page of the driver's memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later OR MIT
 */

#ifndef VTD_TESTDEV_IOCTL_H
#define VTD_TESTDEV_IOCTL_H

#include "vtd-testdev.h"

#ifdef __KERNEL__
#include <linux/ioctl.h>
#else
#include <sys/ioctl.h>
#endif

/*
 * Returns the PASID. EBUSY: the file is bound already; else what the kernel
 * says of shared addressing: ENOSPC or EINVAL without PASIDs, ATS or PRI.
 */
#define VTD_TESTDEV_BIND        _IO('v', 1)

/*
 * Returns a PASID by which commands use the kernel's own addresses of the
 * device, as they are without one; tells that of the driver's page. Errors as
 * above.
 */
#define VTD_TESTDEV_BIND_KERNEL _IOR('v', 4, uint64_t)
#define   VTD_TESTDEV_PAGE_SIZE         4096

/*
 * Interrupt 1 of the device, which the command MSI sends, sets the bit of this
 * vector in a posted-interrupt descriptor at POSTED in the driver's page, which
 * suppresses notifications; with POSTED_NONE it goes to a CPU again. Clears the
 * descriptor, and returns how often the interrupt has come to a CPU.
 * EOPNOTSUPP: the IOMMU does not post interrupts. EINVAL: a vector that no CPU
 * has.
 */
#define VTD_TESTDEV_POST        _IO('v', 5)
#define   VTD_TESTDEV_POSTED            2048
#define   VTD_TESTDEV_POSTED_NONE       256
#define   VTD_TESTDEV_POSTED_SUPPRESSED 2       /* of bytes 32 to 39 */

/*
 * Does the command: control, address, length, offset and operand are taken,
 * status and result are given. The driver adds the PASID and the interrupt.
 * EINVAL: the file is not bound, or control has bits that are the driver's
 * (PASID, interrupt, vector) or another's (a requester, claims). EINTR: a
 * signal came; the device was reset. ETIMEDOUT: so it was after a minute.
 */
#define VTD_TESTDEV_RUN_COMMAND _IOWR('v', 2, struct vtd_testdev_command)

/* One of the counters: in, its register; out, its value. EINVAL: no counter. */
#define VTD_TESTDEV_COUNTER     _IOWR('v', 3, uint64_t)

#endif
