/*
 * Copies of translations that others keep. All functions are called with
 * the big lock held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_NOTIFIERS_H
#define INTEL_IOMMU_SIM_NOTIFIERS_H

#include "device.h"

/*
 * Somebody wants to hear of @flags, or nobody does any more. Fails, with the
 * fix, if the space's unit cannot serve it.
 */
int vtdm_notifiers_flags_changed(VTDMSpace *space, IOMMUNotifierFlag flags,
                                 Error **errp);

/* The guest invalidates. */
void vtdm_notifiers_changed(VTDMDeviceUnit *unit,
                            const VTDMInvalidation *what);
void vtdm_notifiers_device_tlb(VTDMDeviceUnit *unit,
                               const VTDMInvalidation *what);

/*
 * Brings the mirrors of a unit's spaces up to date, as far as *@steps allow.
 * Returns whether they are.
 */
bool vtdm_notifiers_update_mirrors(VTDMDeviceUnit *unit, unsigned *steps);

/* The devices are gone. */
void vtdm_notifiers_stop(VTDMSpace *space);

/*
 * A device of the host uses the space, or uses it no more. Fails, with the
 * fix, if the host's IOMMU cannot do what the space's unit promises the guest.
 */
bool vtdm_notifiers_add_host(VTDMSpace *space, HostIOMMUDevice *host,
                             Error **errp);
void vtdm_notifiers_remove_host(VTDMSpace *space);

#endif
