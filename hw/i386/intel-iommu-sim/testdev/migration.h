/*
 * vtd-testdev: in migrations and snapshots.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_MIGRATION_H
#define VTD_TESTDEV_MIGRATION_H

#include "migration/vmstate.h"

extern const VMStateDescription vtdt_vmstate;

#endif
