/*
 * What QEMU knows of the machine that the device is part of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/pc.h"
#include "hw/i386/vtdm/dmar-fit.h"
#include "hw/i386/x86.h"
#include "hw/mem/memory-device.h"
#include "hw/pci-host/q35.h"
#include "hw/pci/pci_bus.h"
#include "qemu/rcu.h"
#include "qemu/units.h"
#include "system/numa.h"
#include "target/i386/cpu.h"
#include "compat.h"
#include "machine.h"

/* Where firmware puts the root complex registers of the ICH9. */
#define RCRB_BASE   0xfed1c000
#define RCRB_SIZE   (16 * KiB)

static void take_range(GArray *taken, uint64_t base, uint64_t size,
                       const char *name, bool is_ram)
{
    VTDMPlatformRange range = { base, base + (size - 1), name, is_ram };

    g_array_append_val(taken, range);
}

static bool take_mapping(Int128 start, Int128 len, const MemoryRegion *mr,
                         hwaddr offset_in_region, void *opaque)
{
    take_range(opaque, int128_get64(start), int128_get64(len),
               memory_region_name(mr),
               memory_region_is_ram((MemoryRegion *)mr) && !mr->readonly);
    return false;
}

GArray *vtdm_machine_taken_ranges(void)
{
    PCMachineState *pcms = PC_MACHINE(qdev_get_machine());
    GArray *taken = g_array_new(false, false, sizeof(VTDMPlatformRange));

    RCU_READ_LOCK_GUARD();
    flatview_for_each_range(address_space_to_flatview(&address_space_memory),
                            take_mapping, taken);
    if (pci_bus_is_express(pcms->pcibus)) {
        take_range(taken, MCH_HOST_BRIDGE_PCIEXBAR_DEFAULT,
                   MCH_HOST_BRIDGE_PCIEXBAR_MAX, "ECAM", false);
        take_range(taken, RCRB_BASE, RCRB_SIZE, "RCRB", false);
    }
    return taken;
}

unsigned vtdm_machine_nodes(void)
{
    MachineState *ms = MACHINE(qdev_get_machine());

    return ms->numa_state && ms->numa_state->num_nodes
               ? ms->numa_state->num_nodes : 1;
}

uint8_t vtdm_machine_address_width(void)
{
    return X86_CPU(first_cpu)->phys_bits;
}

uint64_t vtdm_machine_end_of_ram(void)
{
    X86MachineState *x86ms = X86_MACHINE(qdev_get_machine());
    DeviceMemoryState *plugged = MACHINE(x86ms)->device_memory;

    if (plugged) {
        return plugged->base + memory_region_size(&plugged->mr);
    }
    return x86ms->above_4g_mem_size
        ? x86ms->above_4g_mem_start + x86ms->above_4g_mem_size
        : x86ms->below_4g_mem_size;
}
