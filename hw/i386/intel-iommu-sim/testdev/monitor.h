/*
 * vtd-testdev: from outside, over QMP.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_MONITOR_H
#define VTD_TESTDEV_MONITOR_H

#include "testdev.h"

/* Adds the QMP command vtd-testdev-run, unless it is there. */
void vtdt_monitor_init(void);

/* Adds the properties that are no settings. */
void vtdt_monitor_class_init(ObjectClass *oc);

#endif
