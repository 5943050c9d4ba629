/*
 * What QEMU knows of the machine that the device is part of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/pc.h"
#include "hw/i386/x86.h"
#include "hw/intc/ioapic.h"
#include "hw/mem/memory-device.h"
#include "hw/pci-host/q35.h"
#include "hw/pci/pci_bus.h"
#include "hw/timer/hpet.h"
#include "qapi/error.h"
#include "qemu/rcu.h"
#include "qemu/units.h"
#include "system/numa.h"
#include "target/i386/cpu.h"
#include "compat.h"
#include "machine.h"

/* Where firmware puts the root complex registers of the ICH9. */
#define RCRB_BASE   0xfed1c000
#define RCRB_SIZE   (16 * KiB)

/* What QEMU's ACPI tables call its IOAPIC and its HPET. */
#define IOAPIC_ID   0
#define HPET_NUMBER 0

static void take_range(GArray *taken, uint64_t base, uint64_t size,
                       const char *name, VTDMRangeKind kind)
{
    VTDMPlatformRange range = { base, base + (size - 1), name, kind };

    g_array_append_val(taken, range);
}

static VTDMRangeKind kind_of(MemoryRegion *mr)
{
    if (memory_region_is_rom(mr) || memory_region_is_romd(mr)) {
        return VTDM_RANGE_ROM;
    }
    return memory_region_is_ram(mr) ? VTDM_RANGE_RAM : VTDM_RANGE_DEVICE;
}

static bool take_mapping(Int128 start, Int128 len, const MemoryRegion *mr,
                         hwaddr offset_in_region, void *opaque)
{
    take_range(opaque, int128_get64(start), int128_get64(len),
               memory_region_name(mr), kind_of((MemoryRegion *)mr));
    return false;
}

static GArray *taken_ranges(void)
{
    PCMachineState *pcms = PC_MACHINE(qdev_get_machine());
    GArray *taken = g_array_new(false, false, sizeof(VTDMPlatformRange));

    RCU_READ_LOCK_GUARD();
    flatview_for_each_range(address_space_to_flatview(&address_space_memory),
                            take_mapping, taken);
    if (pci_bus_is_express(pcms->pcibus)) {
        take_range(taken, MCH_HOST_BRIDGE_PCIEXBAR_DEFAULT,
                   MCH_HOST_BRIDGE_PCIEXBAR_MAX, "ECAM", VTDM_RANGE_DEVICE);
        take_range(taken, RCRB_BASE, RCRB_SIZE, "RCRB", VTDM_RANGE_DEVICE);
    }
    return taken;
}

/* A machine that says nothing of NUMA is one node. */
static unsigned numa_nodes(void)
{
    MachineState *ms = MACHINE(qdev_get_machine());

    return ms->numa_state && ms->numa_state->num_nodes
               ? ms->numa_state->num_nodes : 1;
}

VTDMPlatform vtdm_machine_platform(void)
{
    Object *hpet = object_resolve_path_type("", TYPE_HPET, NULL);

    return (VTDMPlatform) {
        .taken = taken_ranges(),
        .address_width = vtdm_machine_address_width(),
        .ioapic_id = IOAPIC_ID,
        .hpet_number = hpet ? HPET_NUMBER : -1,
        .nodes = numa_nodes(),
    };
}

uint8_t vtdm_machine_address_width(void)
{
    return X86_CPU(first_cpu)->phys_bits;
}

unsigned vtdm_machine_apic_id_limit(void)
{
    return X86_MACHINE(qdev_get_machine())->apic_id_limit;
}

bool vtdm_machine_is_for_pci(uint64_t first, uint64_t last)
{
    PCMachineState *pcms = PC_MACHINE(qdev_get_machine());
    uint64_t low = X86_MACHINE(pcms)->below_4g_mem_size;
    uint64_t high = pc_pci_hole64_start();
    uint64_t size = object_property_get_uint(
        OBJECT(pcms->pcibus->qbus.parent), PCI_HOST_PROP_PCI_HOLE64_SIZE,
        &error_abort);

    return (first < IO_APIC_DEFAULT_ADDRESS && last >= low) ||
           (first < high + size && last >= high);
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
