/*
 * vtd-testdev: the ring of commands in memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_RING_H
#define VTD_TESTDEV_RING_H

#include "testdev.h"

void vtdt_ring_init(VTDTDevice *device);
void vtdt_ring_exit(VTDTDevice *device);
void vtdt_ring_finalize(VTDTDevice *device);

/* Drops the command that runs, and what was to come. */
void vtdt_ring_reset(VTDTDevice *device);

/* The base or the size is another one: head and tail are 0. */
void vtdt_ring_start(VTDTDevice *device);

/* The doorbell: the tail is another one. */
void vtdt_ring_set_tail(VTDTDevice *device);

/* Whether head and tail are within what can be a ring. */
bool vtdt_ring_is_possible(const VTDTDevice *device);

/* Goes on where there is something to do. */
void vtdt_ring_kick(VTDTDevice *device);

#endif
