/*
 * Whether this machine and its devices can have the platform that a user
 * asked for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/acpi/acpi.h"
#include "hw/i386/pc.h"
#include "hw/i386/vtdm/config-register.h"
#include "hw/pci/pci_bus.h"
#include "kvm/kvm_i386.h"
#include "system/kvm.h"
#include "device.h"
#include "machine.h"
#include "platform-check.h"
#include "problems.h"
#include "unit-properties.h"

/* The id 255 means all of them. */
#define APIC_IDS_WITHOUT_EIM    255

static void check_memory(VTDMDevice *device, GPtrArray *problems)
{
    uint8_t haw = device->config.host_address_width;
    uint64_t end = vtdm_machine_end_of_ram();

    if (end - 1 > MAKE_64BIT_MASK(0, haw)) {
        vtdm_problem_add(problems, "RAM ends at 0x%" PRIx64 ", but units see "
                         "%u address bits: use less memory, or %sa larger "
                         "aw-bits= and -cpu ...,phys-bits=", end, haw,
                         device->dmar_file ? "dmar-fit=on and " : "");
    }
}

static void check_width(VTDMDevice *device, GPtrArray *problems)
{
    uint8_t haw = device->config.host_address_width;
    uint8_t cpu = vtdm_machine_address_width();

    if (haw > cpu) {
        vtdm_problem_add(problems, "the host address width is %u bits, the "
                         "CPU has %u: set -cpu ...,phys-bits=%u, or %s", haw,
                         cpu, haw, device->dmar_file
                             ? "dmar-fit=on" : "a smaller host-address-width=");
    }
}

static void check_register_size(VTDMDevice *device, guint index,
                                GPtrArray *problems)
{
    VTDMDmarUnit *unit = g_ptr_array_index(device->dmar->units, index);
    const VTDMConfig *config = vtdm_capabilities_of(device->capabilities,
                                                    unit->base);

    if (unit->size >= vtdm_config_register_size(config)) {
        return;
    }
    if (config->pms) {
        vtdm_problem_add(problems, "unit %u: the table gives its registers "
                         "0x%" PRIx64 " bytes, too few for perfmon=on: use "
                         "perfmon=off%s", index, unit->size,
                         device->dmar_file ? "" : ", or size=64K");
    } else {
        vtdm_problem_add(problems, "unit %u: the table gives its registers "
                         "0x%" PRIx64 " bytes, too few for fault-records=%u: "
                         "use 124 or fewer%s", index, unit->size,
                         config->fault_records,
                         device->dmar_file ? "" : ", or size=8K");
    }
}

/* Nothing is wrong before the firmware has placed its devices' memory. */
static void warn_of_pci(unsigned index, const VTDMDmarUnit *unit)
{
    if (vtdm_machine_is_for_pci(unit->base, unit->base + unit->size - 1)) {
        vtdm_warn("unit %u: registers at 0x%" PRIx64 " lie where firmware may "
                  "put devices, see x-unit-state: an address such as "
                  "0xfed90000 does not", index, unit->base);
    }
}

/* A CPU's x2APIC id reaches KVM's interrupt controller only if it agrees. */
static void check_accelerator(VTDMDevice *device, GPtrArray *problems)
{
    bool eim = vtdm_capabilities_any(device->capabilities,
                                     offsetof(VTDMConfig, eim));

    if (eim && kvm_irqchip_is_split() &&
        !kvm_enable_x2apic()) {
        vtdm_problem_add(problems, "eim=on needs a KVM with x2APIC routing "
                         "(KVM_CAP_X2APIC_API): use a newer kernel or "
                         "eim=off");
    }
}

/* Guests take one of the two. Ours is not among them yet. */
static void check_acpi_tables(GPtrArray *problems)
{
    for (uint8_t *table = acpi_table_first(); table;
         table = acpi_table_next(table)) {
        if (!memcmp(table, VTDM_DMAR_SIGNATURE, 4)) {
            vtdm_problem_add(problems, "-acpitable adds a second DMAR table: "
                             "leave it out, or load it with dmar=FILE");
        }
    }
}

/* Spec: "Extended Capability Register": without EIM, 8 bits of APIC id */
static void warn_of_cpus(VTDMDevice *device)
{
    unsigned ids = vtdm_machine_apic_id_limit();

    if (ids > APIC_IDS_WITHOUT_EIM &&
        !vtdm_capabilities_any(device->capabilities,
                               offsetof(VTDMConfig, eim))) {
        vtdm_warn("CPUs have APIC ids up to %u, and without eim=on no "
                  "interrupt of a device reaches one above %u: guests leave "
                  "those CPUs out", ids - 1, APIC_IDS_WITHOUT_EIM - 1);
    }
}

static bool wants_iommu_early(PCIDevice *dev)
{
    Object *obj = OBJECT(dev);

    return object_dynamic_cast(obj, "vfio-pci") ||
           (object_dynamic_cast(obj, "virtio-pci") &&
            object_property_get_bool(obj, "iommu_platform", NULL));
}

/* These ask for their address space when they are made, not later. */
static void check_order(PCIBus *bus, PCIDevice *dev, void *opaque)
{
    const char *id = DEVICE(dev)->id;

    if (wants_iommu_early(dev)) {
        vtdm_problem_add(opaque, "-device %s%s%s was made before the IOMMU "
                         "and would bypass it: put -device intel-iommu-sim "
                         "first", object_get_typename(OBJECT(dev)),
                         id ? ",id=" : "", id ?: "");
    }
}

static void check_order_on_bus(PCIBus *bus, void *opaque)
{
    pci_for_each_device_under_bus(bus, check_order, opaque);
}

void vtdm_platform_check(VTDMDevice *device, GPtrArray *problems)
{
    PCMachineState *pcms = PC_MACHINE(qdev_get_machine());

    vtdm_units_check_properties(device, problems);
    check_memory(device, problems);
    check_width(device, problems);
    check_accelerator(device, problems);
    check_acpi_tables(problems);
    warn_of_cpus(device);
    for (guint i = 0; device->dmar && i < device->dmar->units->len; i++) {
        warn_of_pci(i, g_ptr_array_index(device->dmar->units, i));
        check_register_size(device, i, problems);
    }
    pci_for_each_bus(pcms->pcibus, check_order_on_bus, problems);
}
