/*
 * intel-iommu-sim: class, properties, realize, reset.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/pc.h"
#include "hw/i386/vtdm/config-row.h"
#include "hw/i386/vtdm/dmar-statement.h"
#include "hw/i386/x86.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "system/system.h"
#include "acpi.h"
#include "bar-conflicts.h"
#include "device.h"
#include "guest-devices.h"
#include "hpet.h"
#include "interrupts.h"
#include "migration.h"
#include "pci-ats.h"
#include "platform-check.h"
#include "platform-table.h"
#include "problems.h"
#include "ram-map.h"
#include "remapping-units.h"
#include "row-properties.h"
#include "spaces.h"
#include "state.h"

/* What `-device intel-iommu-sim,help` says of properties without a row. */
static const struct {
    const char *name;
    const char *text;
} descriptions[] = {
    { "units", "DRHD: units and what each owns, separated by ';': "
      "BASE WORD..., words: endpoint=BB:DD.F[/DD.F...], "
      "bridge=BB:DD.F[/DD.F...], ioapic[=ID@BB:DD.F], hpet[=N@BB:DD.F], "
      "namespace=N@BB:DD.F, include-all, segment=N, size=4K. "
      "Default: " VTDM_DMAR_DEFAULT_UNITS },
    { "rmrr", "RMRR: reserved memory regions, separated by ';': "
      "BASE-LIMIT@BB:DD.F[+BB:DD.F...] WORD..., LIMIT is the last byte, "
      "words: endpoint=, bridge=, namespace=, segment=" },
    { "atsr", "ATSR: root ports with ATS: all-ports, or bridge=BB:DD.F..., "
      "and segment=N. Default: all-ports with device-iotlb=on" },
    { "rhsa", "RHSA: NUMA nodes of units: BASE node=N" },
    { "andd", "ANDD: names of namespace devices: N path=\\_SB.PC00.UA00" },
    { "satc", "SATC: devices with an ATC of the SoC: endpoint=BB:DD.F..., "
      "atc-required, segment=N" },
    { "sidp", "SIDP: properties of devices of the SoC: "
      "endpoint=BB:DD.F[+PROPERTY...], namespace=N@BB:DD.F[+PROPERTY...], "
      "segment=N, properties: no-nested, no-pwsnp, no-pgsnp, atc-hardened, "
      "atc-required" },
    { "dmar-intr-remap", "INTR_REMAP of the DMAR table. auto: on if a unit has "
      "intremap" },
    { "x2apic-opt-out", "X2APIC_OPT_OUT of the DMAR table" },
    { "dma-ctrl-opt-in", "DMA_CTRL_PLATFORM_OPT_IN_FLAG of the DMAR table" },
    { "host-address-width", "of the DMAR table, in bits. 0: what the CPU "
      "and aw-bits allow" },
    { "dmar", "file with a binary DMAR table to use instead of all these" },
    { "dmar-fit", "of a table from a file, adjust what this VM cannot "
      "honour; off: refuse it" },
    { "dmar-quirk", "firmware bugs of the table that the guest is given, "
      "separated by '+': zero-base, ones-address, ones-registers, "
      "duplicate-unit, empty-unit, no-include-all, two-include-all, "
      "include-all-first, no-ioapic, absent-device, wrong-scope-type, "
      "rmrr-unreserved, rmrr-backwards, rhsa-unknown, small-width, "
      "unlisted-unit, zero-tail, truncated, bad-checksum" },
    { "migrate-caches", "what is cached travels in migrations and snapshots, "
      "so that a stale translation stays one; off: it is left behind, and "
      "read anew" },
    { "caps", "capabilities of single units, separated by ';': "
      "BASE WORD..., or first of all: all WORD..., words: NAME=VALUE of the "
      "properties below, and cap=0x..., ecap=0x... of a real unit" },
    { "x-scalable-mode", "scalable-mode, as QEMU 10 calls it" },
};

static const Property properties[] = {
    VTDM_MOVED_PROPERTIES
    DEFINE_PROP_STRING("units", VTDMDevice, structures[VTDM_DMAR_DRHD]),
    DEFINE_PROP_STRING("rmrr", VTDMDevice, structures[VTDM_DMAR_RMRR]),
    DEFINE_PROP_STRING("atsr", VTDMDevice, structures[VTDM_DMAR_ATSR]),
    DEFINE_PROP_STRING("rhsa", VTDMDevice, structures[VTDM_DMAR_RHSA]),
    DEFINE_PROP_STRING("andd", VTDMDevice, structures[VTDM_DMAR_ANDD]),
    DEFINE_PROP_STRING("satc", VTDMDevice, structures[VTDM_DMAR_SATC]),
    DEFINE_PROP_STRING("sidp", VTDMDevice, structures[VTDM_DMAR_SIDP]),
    DEFINE_PROP_ON_OFF_AUTO("dmar-intr-remap", VTDMDevice, dmar_intr_remap,
                            ON_OFF_AUTO_AUTO),
    DEFINE_PROP_BOOL("x2apic-opt-out", VTDMDevice, x2apic_opt_out, false),
    DEFINE_PROP_BOOL("dma-ctrl-opt-in", VTDMDevice, dma_ctrl_opt_in, false),
    DEFINE_PROP_UINT32("host-address-width", VTDMDevice, host_address_width,
                       0),
    DEFINE_PROP_STRING("dmar", VTDMDevice, dmar_file),
    DEFINE_PROP_BOOL("dmar-fit", VTDMDevice, dmar_fit, true),
    DEFINE_PROP_STRING("dmar-quirk", VTDMDevice, dmar_quirk),
    DEFINE_PROP_BOOL("migrate-caches", VTDMDevice, migrate_caches, true),
    DEFINE_PROP_STRING("caps", VTDMDevice, caps),
    DEFINE_PROP_BOOL("x-scalable-mode", VTDMDevice, config.smts, false),
    DEFINE_PROP_ON_OFF_AUTO("eim", VTDMDevice, eim, ON_OFF_AUTO_AUTO),
};

/*
 * Not even by qom-set: QEMU refuses to make or unmake again what was plugged
 * in and cannot be.
 */
static void refuse_unrealize(DeviceState *dev)
{
    dev->hotplugged = true;
}

/* Runs before the machine builds its ACPI tables. */
static void machine_done(Notifier *notifier, void *data)
{
    VTDMDevice *device = container_of(notifier, VTDMDevice, machine_done);

    vtdm_devices_check(device);
    vtdm_acpi_add_table(device);
    vtdm_hpet_hook(device);
    vtdm_bar_conflicts_watch(device);
    vtdm_ram_map_init(device);
    refuse_unrealize(DEVICE(device));
}

static void realize(DeviceState *dev, Error **errp)
{
    VTDMDevice *device = INTEL_IOMMU_SIM(dev);
    PCMachineState *pcms = PC_MACHINE(qdev_get_machine());
    static const PCIIOMMUOps ops = {
        .get_address_space = vtdm_space_get,
        .set_iommu_device = vtdm_space_set_host,
        .unset_iommu_device = vtdm_space_unset_host,
#if VTDM_HAS_PCI_ATS
        .get_iotlb_info = vtdm_pci_ats_get_iotlb_info,
        .init_iotlb_notifier = vtdm_pci_ats_init_notifier,
        .register_iotlb_notifier = vtdm_pci_ats_register,
        .unregister_iotlb_notifier = vtdm_pci_ats_unregister,
        .ats_request_translation = vtdm_pci_ats_translate,
        .pri_register_notifier = vtdm_pci_pri_register,
        .pri_unregister_notifier = vtdm_pci_pri_unregister,
        .pri_request_page = vtdm_pci_pri_request,
#endif
    };
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

    vtdm_platform_describe(device, problems);
    vtdm_platform_check(device, problems);
    if (problems->len) {
        vtdm_problems_report(problems, errp);
        return;
    }
    vtdm_units_create(device);
    vtdm_migration_init(device);
    vtdm_spaces_init(device);
    vtdm_interrupts_init(device);
    vtdm_acpi_reserve(device);
    pci_setup_iommu(pcms->pcibus, &ops, device);
    device->machine_done.notify = machine_done;
    qemu_add_machine_init_done_notifier(&device->machine_done);
}

/*
 * After all others: devices may still do DMA while they reset. A guest that
 * wakes up from suspend to RAM goes on, and with it counters and log.
 */
static void reset_exit(Object *obj, ResetType type)
{
    VTDMDevice *device = INTEL_IOMMU_SIM(obj);

    vtdm_units_reset(device);
    if (type != RESET_TYPE_WAKEUP) {
        vtdm_spaces_reset(device);
        vtdm_units_forget_statistics(device);
        vtdm_fault_log_clear(&device->fault_log);
    }
}

/* QEMU says of a second one only that it is too many. */
static void tell_second(void)
{
    Object *machine = object_resolve_path_component(object_get_root(),
                                                    "machine");
    PCMachineState *pcms = (PCMachineState *)
        object_dynamic_cast(machine, TYPE_PC_MACHINE);

    if (pcms && pcms->iommu && !phase_check(PHASE_MACHINE_READY) &&
        object_dynamic_cast(OBJECT(pcms->iommu), TYPE_INTEL_IOMMU_SIM)) {
        error_report("one device has all remapping units: list them in its "
                     "units=, separated by ';'");
    }
}

static void instance_init(Object *obj)
{
    VTDMDevice *device = INTEL_IOMMU_SIM(obj);

    tell_second();
    device->said = (VTDMConfigSaid) { 0 };      /* those were defaults */
    vtdm_config_init(&device->config);
    qemu_mutex_init(&device->spaces_lock);
    vtdm_fault_log_init(&device->fault_log);
}

static void instance_finalize(Object *obj)
{
    VTDMDevice *device = INTEL_IOMMU_SIM(obj);

    vtdm_migration_exit(device);
    vtdm_capabilities_free(device->capabilities);
    vtdm_dmar_free(device->dmar);
    if (device->table) {
        g_byte_array_unref(device->table);
    }
    qemu_mutex_destroy(&device->spaces_lock);
    vtdm_fault_log_destroy(&device->fault_log);
}

/* Some properties are the parent's; their descriptions go there. */
static void describe(ObjectClass *oc, const char *name, const char *text)
{
    ObjectProperty *own = object_class_property_find(oc, name);

    g_free(own->description);
    own->description = g_strdup(text);
}

static void describe_properties(ObjectClass *oc)
{
    for (size_t i = 0; i < ARRAY_SIZE(descriptions); i++) {
        describe(oc, descriptions[i].name, descriptions[i].text);
    }
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        g_autofree char *help = vtdm_config_row_help(row);

        describe(oc, row->name, help);
    }
}

/* QEMU keeps the array. */
static void add_properties(DeviceClass *dc)
{
    GArray *all = g_array_new(false, false, sizeof(Property));
    size_t count;

    g_array_append_vals(all, properties, ARRAY_SIZE(properties));
    vtdm_row_properties_add(all);
    count = all->len;
    device_class_set_props_n(dc, (Property *)g_array_free(all, false), count);
}

static void class_init(ObjectClass *oc, VTDM_CLASS_DATA *data)
{
    DeviceClass *dc = DEVICE_CLASS(oc);
    X86IOMMUClass *xc = X86_IOMMU_DEVICE_CLASS(oc);

    dc->desc = "Intel VT-d, modelled strictly, with any number of units";
    dc->vmsd = &vtdm_migration_vmstate;
    dc->hotpluggable = false;
    dc->user_creatable = true;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    add_properties(dc);
    RESETTABLE_CLASS(oc)->phases.exit = reset_exit;
    xc->realize = realize;
    xc->int_remap = vtdm_int_remap;
    vtdm_state_class_init(oc);
    describe_properties(oc);
    vtdm_row_properties_watch(oc);
}

static const TypeInfo type_info = {
    .name = TYPE_INTEL_IOMMU_SIM,
    .parent = TYPE_X86_IOMMU_DEVICE,
    .instance_size = sizeof(VTDMDevice),
    .instance_init = instance_init,
    .instance_finalize = instance_finalize,
    .class_init = class_init,
};

static void register_types(void)
{
    type_register_static(&type_info);
}

/* Machines list the sysbus devices that a user may add to them. */
static void allow_on_machines(void)
{
    ObjectClass *oc = object_class_by_name(TYPE_X86_MACHINE);

    machine_class_allow_dynamic_sysbus_dev(MACHINE_CLASS(oc),
                                           TYPE_INTEL_IOMMU_SIM);
}

type_init(register_types)
migration_init(allow_on_machines)
