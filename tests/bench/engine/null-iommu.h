/*
 * An IOMMU that answers every request with its own address, and whose registers,
 * where those of a VT-d unit are, do nothing: what QEMU's memory API alone
 * takes, and no IOMMU can go below.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef BENCH_NULL_IOMMU_H
#define BENCH_NULL_IOMMU_H

#include "hw/pci/pci_device.h"

/* Puts one between memory and all devices of @bus that come later. */
void null_iommu_new(PCIBus *bus, Object *owner);

#endif
