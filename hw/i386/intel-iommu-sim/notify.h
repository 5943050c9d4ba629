/*
 * What one notifier of QEMU's is told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_NOTIFY_H
#define INTEL_IOMMU_SIM_NOTIFY_H

#include "device.h"

/* @first to @last are gone, as far as they lie in the notifier's range. */
void vtdm_notify_unmap(IOMMUNotifier *notifier, IOMMUNotifierFlag type,
                       hwaddr first, hwaddr last);

/* @page exists from now on, or no more. */
void vtdm_notify_page(IOMMUNotifier *notifier, const VTDMPage *page,
                      bool exists);

#endif
