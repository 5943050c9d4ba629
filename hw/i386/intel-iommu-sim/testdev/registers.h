/*
 * vtd-testdev: the register block, BAR0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_REGISTERS_H
#define VTD_TESTDEV_REGISTERS_H

#include "testdev.h"

/* The opaque pointer is the device. */
extern const MemoryRegionOps vtdt_registers_ops;

#endif
