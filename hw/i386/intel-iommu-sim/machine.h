/*
 * What this machine has, as far as the platform must fit to it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_MACHINE_H
#define INTEL_IOMMU_SIM_MACHINE_H

#include "hw/i386/vtdm/dmar-platform.h"

/*
 * What a DMAR table must fit to: what is mapped now and what firmware maps
 * later in its fixed place, interrupt sources, NUMA nodes. The caller clears
 * it.
 */
VTDMPlatform vtdm_machine_platform(void);

/* Address bits of its CPUs. */
uint8_t vtdm_machine_address_width(void);

/* The first number above the APIC ids of all CPUs that there may be. */
unsigned vtdm_machine_apic_id_limit(void);

/* Whether firmware may place devices' memory in the bytes @first to @last. */
bool vtdm_machine_is_for_pci(uint64_t first, uint64_t last);

/* The first byte after RAM, with all that may be plugged later. */
uint64_t vtdm_machine_end_of_ram(void);

#endif
