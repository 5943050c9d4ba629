/*
 * What this machine has, as far as the platform must fit to it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_MACHINE_H
#define INTEL_IOMMU_SIM_MACHINE_H

#include <glib.h>

/*
 * Of VTDMPlatformRange: what is mapped now, and what firmware maps later in
 * its fixed place. The caller unrefs the array.
 */
GArray *vtdm_machine_taken_ranges(void);

/* NUMA nodes. A machine that says nothing of NUMA is one node. */
unsigned vtdm_machine_nodes(void);

/* Address bits of its CPUs. */
uint8_t vtdm_machine_address_width(void);

/* The first byte after RAM, with all that may be plugged later. */
uint64_t vtdm_machine_end_of_ram(void);

#endif
