/*
 * What differs between the QEMU versions that the device builds in.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_COMPAT_H
#define INTEL_IOMMU_SIM_COMPAT_H

#define VTDM_QEMU_FROM(major, minor) \
    (QEMU_VERSION_MAJOR > (major) || \
     (QEMU_VERSION_MAJOR == (major) && QEMU_VERSION_MINOR >= (minor)))

#if VTDM_QEMU_FROM(11, 0)
#include "hw/core/boards.h"
#include "hw/core/qdev-properties.h"
#include "qemu/aio.h"
#else
#include "block/aio.h"
#include "hw/boards.h"
#include "hw/qdev-properties.h"
#endif

/* VTDM_CLASS_DATA is the type of a class_init function's data. */
#if VTDM_QEMU_FROM(10, 1)
#include "system/address-spaces.h"
#include "system/memory.h"
#define VTDM_CLASS_DATA const void
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
#define VTDM_CLASS_DATA void
#endif

/*
 * Properties that x86-iommu has in some versions and the device has in the
 * others, so that they are read by name.
 */
#if VTDM_QEMU_FROM(11, 0)
#define VTDM_MOVED_PROPERTIES \
    DEFINE_PROP_BOOL("pt", VTDMDevice, config.pt, true),
#elif VTDM_QEMU_FROM(10, 2)
#define VTDM_MOVED_PROPERTIES
#else
#define VTDM_MOVED_PROPERTIES \
    DEFINE_PROP_BOOL("dma-translation", VTDMDevice, dma_translation, true),
#endif

/* Devices may translate, keep translations and ask for pages. */
#define VTDM_HAS_PCI_ATS VTDM_QEMU_FROM(10, 2)

#endif
