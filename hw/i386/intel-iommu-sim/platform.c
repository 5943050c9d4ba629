/*
 * The platform that a user asked for: from properties to a DMAR table and
 * back through the parser, and all that cannot be had.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/pc.h"
#include "hw/i386/vtdm/dmar-fit.h"
#include "hw/i386/vtdm/dmar-quirk.h"
#include "hw/i386/x86.h"
#include "hw/pci-host/q35.h"
#include "hw/mem/memory-device.h"
#include "hw/pci/pci_bus.h"
#include "hw/southbridge/ich9.h"
#include "kvm/kvm_i386.h"
#include "qemu/error-report.h"
#include "qemu/rcu.h"
#include "qemu/units.h"
#include "system/kvm.h"
#include "system/numa.h"
#include "target/i386/cpu.h"
#include "device.h"

/* Where firmware puts the root complex registers of the ICH9. */
#define RCRB_BASE   0xfed1c000
#define RCRB_SIZE   (16 * KiB)

G_GNUC_PRINTF(2, 3)
static void add_problem(GPtrArray *problems, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(problems, g_strdup_vprintf(format, args));
    va_end(args);
}

static void add_text(GPtrArray *problems, char *text)
{
    g_ptr_array_add(problems, g_strchomp(text));
}

static VTDMDmar *parse(const void *table, size_t len, const char *origin,
                       GPtrArray *problems)
{
    g_autoptr(GPtrArray) errors = vtdm_dmar_notes_new();
    VTDMDmar *dmar = vtdm_dmar_parse(table, len, errors);

    if (!dmar) {
        g_autofree char *text = vtdm_dmar_notes_for_table(errors);

        add_problem(problems, "%s: %s", origin, g_strchomp(text));
    }
    return dmar;
}

/* Hands each note to @report, a line each. */
static void for_each_note(const char *origin, const VTDMDmarNotes *notes,
                          void (*report)(const char *, ...)
                              G_GNUC_PRINTF(1, 2))
{
    g_autofree char *text = vtdm_dmar_notes_for_table(notes);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    Location nowhere;

    loc_push_none(&nowhere);
    for (size_t i = 0; notes->len && lines[i]; i++) {
        report("%s: %s", origin, lines[i]);
    }
    loc_pop(&nowhere);
}

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

/* What is mapped now, and what firmware maps later in its fixed place. */
static GArray *taken_ranges(void)
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

/* A machine that says nothing of NUMA is one node. */
static unsigned numa_nodes(void)
{
    MachineState *ms = MACHINE(qdev_get_machine());

    return ms->numa_state && ms->numa_state->num_nodes
               ? ms->numa_state->num_nodes : 1;
}

/* The table of another machine becomes one of this VM. */
static void fit_table(VTDMDevice *device, GPtrArray *problems)
{
    g_autoptr(GArray) taken = taken_ranges();
    g_autoptr(GPtrArray) changes = vtdm_dmar_notes_new();
    VTDMPlatform vm = {
        .taken = taken,
        .address_width = device->config.host_address_width,
        .nodes = numa_nodes(),
    };

    vtdm_dmar_fit(device->dmar, &vm, changes);
    if (!changes->len) {
        return;
    }
    for_each_note(device->dmar_file, changes, info_report);
    g_byte_array_unref(device->table);
    device->table = vtdm_dmar_build(device->dmar, changes);
    vtdm_dmar_free(g_steal_pointer(&device->dmar));
    if (!device->table) {
        add_text(problems, vtdm_dmar_notes_for_table(changes));
        return;
    }
    device->dmar = parse(device->table->data, device->table->len,
                         "fitted table", problems);
}

/* A node that does not exist does no harm: the table stays as it is. */
static void warn_of_nodes(VTDMDevice *device)
{
    g_autoptr(GPtrArray) notes = vtdm_dmar_notes_new();

    vtdm_dmar_check_nodes(device->dmar, numa_nodes(), notes);
    for_each_note(device->dmar_file, notes, warn_report);
}

static void load_table(VTDMDevice *device, GPtrArray *problems)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize len = 0;

    if (!g_file_get_contents(device->dmar_file, &bytes, &len, &error)) {
        add_problem(problems, "dmar: %s", error->message);
        return;
    }
    device->dmar = parse(bytes, len, device->dmar_file, problems);
    if (!device->dmar) {
        return;
    }
    for_each_note(device->dmar_file, device->dmar->warnings, warn_report);
    device->table = g_byte_array_append(g_byte_array_new(), (guint8 *)bytes,
                                        ldl_le_p(bytes + 4));
    if (device->dmar_fit) {
        fit_table(device, problems);
    } else {
        warn_of_nodes(device);
    }
}

/* The properties that describe structures, by VTDMDmarType. */
static const char *const structure_properties[VTDM_DMAR_TYPES] = {
    "units", "rmrr", "atsr", "rhsa", "andd", "satc", "sidp",
};

/* The text of a property, or what it is without the user's word. */
static const char *structure_text(VTDMDevice *device, VTDMDmarType type)
{
    if (device->structures[type]) {
        return device->structures[type];
    }
    if (type == VTDM_DMAR_DRHD) {
        return VTDM_DMAR_DEFAULT_UNITS;
    }
    return type == VTDM_DMAR_ATSR &&
           vtdm_capabilities_any(device->capabilities,
                                 offsetof(VTDMConfig, dt)) ? "all-ports"
                                                           : NULL;
}

static uint8_t header_flags(VTDMDevice *device)
{
    bool remap = device->dmar_intr_remap == ON_OFF_AUTO_AUTO
                     ? device->config.ir
                     : device->dmar_intr_remap == ON_OFF_AUTO_ON;

    return (remap ? VTDM_DMAR_INTR_REMAP : 0) |
           (device->x2apic_opt_out ? VTDM_DMAR_X2APIC_OPT_OUT : 0) |
           (device->dma_ctrl_opt_in ? VTDM_DMAR_DMA_CTRL_OPT_IN : 0);
}

static VTDMDmar *describe_properties(VTDMDevice *device,
                                     GPtrArray *problems)
{
    VTDMDmar *dmar = vtdm_dmar_new(device->config.host_address_width,
                                   header_flags(device));

    dmar->capabilities = device->capabilities;
    for (VTDMDmarType type = 0; type < VTDM_DMAR_TYPES; type++) {
        const char *text = structure_text(device, type);
        g_autoptr(GPtrArray) errors = vtdm_dmar_notes_new();

        if (text && vtdm_dmar_from_string(dmar, type, text, errors) &&
            type == VTDM_DMAR_RHSA) {
            vtdm_dmar_check_nodes(dmar, numa_nodes(), errors);
        }
        if (errors->len) {
            add_text(problems, vtdm_dmar_notes_for_text(
                         errors, structure_properties[type], text));
        }
    }
    return dmar;
}

/* What the parser reads back is what exists. */
static void generate_table(VTDMDevice *device, GPtrArray *problems)
{
    guint before = problems->len;
    g_autoptr(VTDMDmar) wanted = describe_properties(device, problems);
    g_autoptr(GPtrArray) errors = vtdm_dmar_notes_new();

    if (problems->len > before) {
        return;
    }
    device->table = vtdm_dmar_build(wanted, errors);
    if (!device->table) {
        add_text(problems, vtdm_dmar_notes_for_table(errors));
        return;
    }
    device->dmar = parse(device->table->data, device->table->len,
                         "units", problems);
    if (device->dmar) {
        for_each_note("generated table", device->dmar->warnings,
                      warn_report);
    }
}

/* With a table of its own, the platform is not described otherwise. */
static void check_no_structures(VTDMDevice *device, GPtrArray *problems)
{
    for (VTDMDmarType type = 0; type < VTDM_DMAR_TYPES; type++) {
        if (device->structures[type]) {
            add_problem(problems, "dmar= gives the whole table: leave out "
                        "%s=", structure_properties[type]);
        }
    }
    if (header_flags(device) & ~VTDM_DMAR_INTR_REMAP ||
        device->dmar_intr_remap != ON_OFF_AUTO_AUTO ||
        device->host_address_width) {
        add_problem(problems, "dmar= gives the whole table: leave out "
                    "dmar-intr-remap=, x2apic-opt-out=, dma-ctrl-opt-in= "
                    "and host-address-width=");
    }
}

static void describe_table(VTDMDevice *device, GPtrArray *problems)
{
    if (!device->dmar_file) {
        generate_table(device, problems);
        return;
    }
    check_no_structures(device, problems);
    load_table(device, problems);
    if (device->dmar) {
        vtdm_device_set_host_width(device,
                                   device->dmar->host_address_width);
    }
}

/* The guest is told something else than what exists. */
static void spoil_table(VTDMDevice *device, GPtrArray *problems)
{
    g_autoptr(GPtrArray) errors = vtdm_dmar_notes_new();
    GByteArray *spoilt = NULL;

    if (vtdm_dmar_quirks_from_string(device->dmar_quirk, &device->quirks,
                                     errors) && device->dmar) {
        spoilt = vtdm_dmar_spoil(device->table, device->quirks, errors);
    }
    if (errors->len) {
        add_text(problems, vtdm_dmar_notes_for_text(errors, "dmar-quirk",
                                                    device->dmar_quirk));
    }
    if (spoilt) {
        g_byte_array_unref(device->table);
        device->table = spoilt;
    }
}

void vtdm_platform_describe(VTDMDevice *device, GPtrArray *problems)
{
    vtdm_device_describe_units(device, problems);
    describe_table(device, problems);
    if (device->dmar_quirk) {
        spoil_table(device, problems);
    }
    if (device->table && device->table->len > UINT16_MAX) {
        add_problem(problems, "the DMAR table has %u bytes, QEMU takes "
                    "ACPI tables of up to 65535: describe less",
                    device->table->len);
    }
}

/* Where RAM ends, with all that may be plugged later. */
static uint64_t end_of_ram(void)
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

static void check_memory(VTDMDevice *device, GPtrArray *problems)
{
    uint8_t haw = device->config.host_address_width;
    uint64_t end = end_of_ram();

    if (end - 1 > MAKE_64BIT_MASK(0, haw)) {
        add_problem(problems, "RAM ends at 0x%" PRIx64 ", but units see %u "
                    "address bits: use less memory, or %sa larger aw-bits= "
                    "and -cpu ...,phys-bits=", end, haw,
                    device->dmar_file ? "dmar-fit=on and " : "");
    }
}

/* What every table but a fitted one may ask for in vain. */
static const char *advice(VTDMDevice *device)
{
    return device->dmar_file ? "set dmar-fit=on, or choose another table"
                             : "choose a free address, such as 0xfed90000";
}

static void check_width(VTDMDevice *device, GPtrArray *problems)
{
    uint8_t haw = device->config.host_address_width;
    uint8_t cpu = X86_CPU(first_cpu)->phys_bits;

    if (haw > cpu) {
        add_problem(problems, "the host address width is %u bits, the CPU "
                    "has %u: set -cpu ...,phys-bits=%u, or %s", haw, cpu, haw,
                    device->dmar_file ? "dmar-fit=on"
                                      : "a smaller host-address-width=");
    }
}

static void check_register_size(VTDMDevice *device, guint index,
                                GPtrArray *problems)
{
    VTDMDmarUnit *unit = g_ptr_array_index(device->dmar->units, index);
    const VTDMConfig *config = vtdm_capabilities_of(device->capabilities,
                                                    unit->base);

    if (unit->size < vtdm_config_register_size(config)) {
        add_problem(problems, "unit %u: the table gives its registers 0x%"
                    PRIx64 " bytes, too few for fault-records=%u: use 124 or "
                    "fewer", index, unit->size, config->fault_records);
    }
}

/* Registers must not hide RAM, the APICs or any other device. */
static void check_registers(VTDMDevice *device, GPtrArray *problems)
{
    g_autoptr(GArray) taken = taken_ranges();
    VTDMPlatform vm = { .taken = taken };

    for (guint i = 0; i < device->dmar->units->len; i++) {
        VTDMDmarUnit *unit = g_ptr_array_index(device->dmar->units, i);
        const VTDMPlatformRange *found =
            vtdm_platform_find(&vm, unit->base, unit->base + unit->size - 1);

        if (found) {
            add_problem(problems, "unit %u: registers at 0x%" PRIx64
                        " lie over %s: %s", i, unit->base, found->name,
                        advice(device));
        }
        check_register_size(device, i, problems);
    }
}

/* A CPU's x2APIC id reaches KVM's interrupt controller only if it agrees. */
static void check_accelerator(VTDMDevice *device, GPtrArray *problems)
{
    bool eim = vtdm_capabilities_any(device->capabilities,
                                     offsetof(VTDMConfig, eim));

    if (eim && kvm_irqchip_is_split() &&
        !kvm_enable_x2apic()) {
        add_problem(problems, "eim=on needs a KVM with x2APIC routing "
                    "(KVM_CAP_X2APIC_API): use a newer kernel or eim=off");
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
        add_problem(opaque, "-device %s%s%s was made before the IOMMU and "
                    "would bypass it: put -device intel-iommu-sim first",
                    object_get_typename(OBJECT(dev)), id ? ",id=" : "",
                    id ? id : "");
    }
}

static void check_order_on_bus(PCIBus *bus, void *opaque)
{
    pci_for_each_device_under_bus(bus, check_order, opaque);
}

void vtdm_platform_check(VTDMDevice *device, GPtrArray *problems)
{
    PCMachineState *pcms = PC_MACHINE(qdev_get_machine());

    vtdm_device_check_units(device, problems);
    check_memory(device, problems);
    check_width(device, problems);
    check_accelerator(device, problems);
    if (device->dmar) {
        check_registers(device, problems);
    }
    pci_for_each_bus(pcms->pcibus, check_order_on_bus, problems);
}
