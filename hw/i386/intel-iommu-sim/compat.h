/*
 * What differs between the QEMU versions that the device builds in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_COMPAT_H
#define INTEL_IOMMU_SIM_COMPAT_H

#if QEMU_VERSION_MAJOR >= 11
#include "hw/core/boards.h"
#include "hw/core/qdev-properties.h"
#else
#include "hw/boards.h"
#include "hw/qdev-properties.h"
#endif

/* VTDM_CLASS_DATA is the type of a class_init function's data. */
#if QEMU_VERSION_MAJOR > 10 || \
    (QEMU_VERSION_MAJOR == 10 && QEMU_VERSION_MINOR >= 1)
#include "system/address-spaces.h"
#include "system/memory.h"
#define VTDM_CLASS_DATA const void
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
#define VTDM_CLASS_DATA void
#endif

#endif
