/*
 * /dev/vtd-testdevN: what a program asks of the Linux driver for vtd-testdev.
 *
 * An open file is a user of the device. It is bound to the address space of the
 * process that calls BIND, and remains so, whoever else has the file, and also
 * when that process has ended. RUN does one command with the PASID of that
 * address space and returns when the device has ended it; commands of several
 * users are done one after the other. read(), write(), pread() and pwrite()
 * access the device's buffer, which all users share.
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
