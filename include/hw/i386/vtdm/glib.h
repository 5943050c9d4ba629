/*
 * intel-iommu-sim: glib as QEMU takes it. Newer ones put calls of functions
 * that they alone have into those who do not say that they want less; a module
 * that was built so would not load beside an older one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_GLIB_H
#define VTDM_GLIB_H

#ifndef GLIB_VERSION_MIN_REQUIRED
#define GLIB_VERSION_MIN_REQUIRED GLIB_VERSION_2_66
#endif

#include <glib.h>

#endif
