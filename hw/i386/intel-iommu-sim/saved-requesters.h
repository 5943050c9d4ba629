/*
 * What requesters did, as it travels.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_SAVED_REQUESTERS_H
#define INTEL_IOMMU_SIM_SAVED_REQUESTERS_H

#include "device.h"
#include "migration/vmstate.h"

typedef struct VTDMSavedRequester {
    uint8_t kind;               /* a PCI function, the IOAPIC, the HPET */
    uint16_t source_id;
    uint64_t reads;
    uint64_t writes;
    uint64_t messages_sent;
    uint64_t messages_blocked;
    uint64_t messages_delivered;
    uint64_t faults;
    int32_t domain_id;
    uint8_t stage;
    uint64_t held_address;
    uint32_t held_data;
    uint32_t held_size;
} VTDMSavedRequester;

typedef struct VTDMSavedRequesters {
    int32_t count;
    VTDMSavedRequester *list;
} VTDMSavedRequesters;

extern const VMStateDescription vtdm_saved_requesters_vmstate;

void vtdm_saved_requesters_fill(VTDMSavedRequesters *saved,
                                VTDMDevice *device);

/* Whether they can be requesters; adds a line to @problems if not. */
bool vtdm_saved_requesters_check(const VTDMSavedRequesters *saved,
                                 GPtrArray *problems);

/*
 * Gives what has been checked to the requesters of @device. Bridges have been
 * loaded, so that source-ids are the guest's; a virtual function that its
 * physical function has still to make begins anew.
 */
void vtdm_saved_requesters_take(const VTDMSavedRequesters *saved,
                                VTDMDevice *device);

/* Frees the list. */
void vtdm_saved_requesters_forget(VTDMSavedRequesters *saved);

#endif
