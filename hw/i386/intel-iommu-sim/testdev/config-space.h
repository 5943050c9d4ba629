/*
 * vtd-testdev: PCI Express, ATS, PRI and PASID in configuration space, and
 * what software has enabled there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_CONFIG_SPACE_H
#define VTD_TESTDEV_CONFIG_SPACE_H

#include "testdev.h"

/* Page requests that may be without answer. */
#define VTDT_PAGE_CAPACITY      256

bool vtdt_config_init(VTDTDevice *device, Error **errp);

/* What software has enabled is off again. */
void vtdt_config_reset(VTDTDevice *device);

/* PCIDeviceClass.config_write */
void vtdt_config_write(PCIDevice *dev, uint32_t address, uint32_t value,
                       int length);

bool vtdt_has_bus_master(VTDTDevice *device);
bool vtdt_has_ats(VTDTDevice *device);
bool vtdt_has_pri(VTDTDevice *device);

/* Whether it may send @flags: WITH_PASID, PRIVILEGED, EXECUTE. */
bool vtdt_has_modes(VTDTDevice *device, uint64_t flags);

/* How many page requests may be without answer. */
uint32_t vtdt_page_allocation(VTDTDevice *device);

/* Stopped: PRI is disabled, and no request is without answer. */
void vtdt_config_show_stopped(VTDTDevice *device);

/* A page response was a failure: no more page requests. */
void vtdt_config_fail_pri(VTDTDevice *device);

/* A page response was for no group. */
void vtdt_config_unexpected_group(VTDTDevice *device);

#endif
