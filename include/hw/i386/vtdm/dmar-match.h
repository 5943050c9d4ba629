/*
 * Which unit of a description owns a device, an interrupt source or an
 * address.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_MATCH_H
#define VTDM_DMAR_MATCH_H

#include "hw/i386/vtdm/dmar.h"

/* The index of the unit whose registers start at @base, or -1. */
int vtdm_dmar_unit_at(const VTDMDmar *dmar, uint64_t base);

/* A function on its bus, as the guest has numbered buses at this time. */
typedef struct VTDMDmarHop {
    uint8_t bus;
    uint8_t devfn;
} VTDMDmarHop;

/*
 * A device as the chain that leads to it: hop[0] is on a root bus, the last
 * one is the device, those between are bridges. For a virtual function the
 * last hop is its physical function.
 */
typedef struct VTDMDmarDevice {
    uint16_t segment;
    const VTDMDmarHop *hop;
    size_t hops;
} VTDMDmarDevice;

/*
 * The index in @dmar->units of the unit that owns @dev: the one that lists
 * the device, else the one that lists the bridge nearest above it, else the
 * INCLUDE_PCI_ALL unit of its segment, else -1.
 */
int vtdm_dmar_find_unit(const VTDMDmar *dmar, const VTDMDmarDevice *dev);

/*
 * The source-id of the IOAPIC or HPET with this enumeration id, or -1 if no
 * unit lists it or its path leads through a bridge. On success *@unit is
 * the index of the unit that lists it; @unit may be NULL.
 */
int vtdm_dmar_ioapic_source_id(const VTDMDmar *dmar, uint8_t enumeration_id,
                               int *unit);
int vtdm_dmar_hpet_source_id(const VTDMDmar *dmar, uint8_t enumeration_id,
                             int *unit);

/*
 * The index of a unit whose registers share a byte with @first to @last,
 * or -1.
 */
int vtdm_dmar_find_registers(const VTDMDmar *dmar, uint64_t first,
                             uint64_t last);

#endif
