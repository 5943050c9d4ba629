/* SPDX-License-Identifier: GPL-2.0-or-later
 * What the program tries with a device, such as 0000:00:03.0; each prints a
 * line for each thing: its name, whether it is as it should be, a number.
 */
#ifndef IOMMUFD_IOMMUFD_H
#define IOMMUFD_IOMMUFD_H

/* A first stage of its own over a second stage of the kernel's; the number is
 * the device's status, with the fault's reason. */
void try_nested(const char *device);

/* Page tables for a PASID: one of the kernel's, then both stages. The number is
 * as before, but for what it says of the hardware, CAP and ECAP, and of how many
 * bytes the driver shows. */
void try_pasid(const char *device);

/* Which pages the kernel says that the device wrote; the number is how many. */
void try_dirty(const char *device);

#endif
