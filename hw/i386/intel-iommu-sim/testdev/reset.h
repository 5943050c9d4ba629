/*
 * vtd-testdev: a reset, from wherever it comes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_RESET_H
#define VTD_TESTDEV_RESET_H

#include "testdev.h"

/*
 * Cancels every command, drops the device TLB, forgets page requests and held
 * invalidations, zeroes counters and registers. The buffer keeps its bytes.
 */
void vtdt_reset(VTDTDevice *device);

#endif
