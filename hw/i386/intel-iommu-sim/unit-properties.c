/*
 * What each unit can do: the device's properties for all of them, and caps=
 * for single ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/config-check.h"
#include "kvm/kvm_i386.h"
#include "qapi/error.h"
#include "system/kvm.h"
#include "device.h"
#include "machine.h"
#include "problems.h"
#include "unit-properties.h"

/* A property that may be the parent's. */
static bool property(VTDMDevice *device, const char *name)
{
    return object_property_get_bool(OBJECT(device), name, &error_abort);
}

/* Properties that the model knows in another form. */
static void set_width(VTDMDevice *device, GPtrArray *problems)
{
    if (!vtdm_config_set_width(&device->config, device->config.mgaw)) {
        vtdm_problem_add(problems, "aw-bits must be 39, 48 or 57, not %u",
                         device->config.mgaw);
        vtdm_config_set_width(&device->config, 48);
    }
    if (!property(device, "dma-translation")) {
        device->config.sagaw = 0;
    }
}

/* A local APIC and an IOAPIC in the kernel know no remapping. */
static bool irqchip_remaps(void)
{
    return !kvm_irqchip_in_kernel() || kvm_irqchip_is_split();
}

static bool wants_eim(VTDMDevice *device, GPtrArray *problems)
{
    bool on = device->eim == ON_OFF_AUTO_ON;

    if (on && !irqchip_remaps()) {
        vtdm_problem_add(problems, "eim=on needs interrupt remapping, which "
                         "KVM's own IOAPIC does not have: use -machine "
                         "kernel-irqchip=split, or eim=off");
        return false;
    }
    return on || (device->eim == ON_OFF_AUTO_AUTO && device->config.ir);
}

/* Properties that other layers own, as the model's capabilities. */
static void set_capabilities(VTDMDevice *device, GPtrArray *problems)
{
    X86IOMMUState *x86 = X86_IOMMU_DEVICE(device);

    device->config.ir = x86_iommu_ir_supported(x86);
    device->config.dt = x86->dt_supported;
    device->config.pt = property(device, "pt");
    device->config.eim = wants_eim(device, problems);
}

/* The parent's property shows what came of it. */
static void follow_user(VTDMDevice *device)
{
    vtdm_config_follow(&device->config, &device->said);
    X86_IOMMU_DEVICE(device)->dt_supported = device->config.dt;
}

static void add_errors(GPtrArray *problems, const VTDMDmarNotes *errors,
                       VTDMDevice *device)
{
    vtdm_problem_take(problems, vtdm_dmar_notes_for_text(errors, "caps",
                                                         device->caps));
}

/* What each unit can do. */
static void read_capabilities(VTDMDevice *device, GPtrArray *problems)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();

    device->capabilities = vtdm_capabilities_new(&device->config);
    if (device->caps &&
        !vtdm_capabilities_from_string(device->capabilities, device->caps,
                                       errors, warnings)) {
        add_errors(problems, errors, device);
    }
    vtdm_notes_warn_of_text("caps", warnings);
}

void vtdm_units_set_host_width(VTDMDevice *device, uint8_t bits)
{
    device->config.host_address_width = bits;
    vtdm_capabilities_set_host_width(device->capabilities, bits);
}

static uint8_t widest_host_width(VTDMDevice *device)
{
    uint8_t units = vtdm_capabilities_width(device->capabilities);

    return MIN(MIN(units, vtdm_machine_address_width()), 52);
}

/* A width that cannot be makes no second problem. */
static void choose_host_width(VTDMDevice *device, GPtrArray *problems)
{
    uint32_t bits = device->host_address_width;

    if (bits && (bits < 12 || bits > 52)) {
        vtdm_problem_add(problems, "host-address-width must be 12 to 52, not "
                         "%u; or 0, for what the CPU and aw-bits allow",
                         bits);
        bits = 0;
    }
    vtdm_units_set_host_width(device, bits ?: widest_host_width(device));
}

/* How much of @line says what is wrong; the way out depends on who asks. */
static size_t conflict_length(const char *line)
{
    const char *fix = strstr(line, ": set ");

    return fix ? fix - line : strlen(line);
}

static bool is_among(const char *line, GPtrArray *lines)
{
    size_t length = conflict_length(line);

    for (guint i = 0; i < lines->len; i++) {
        const char *other = g_ptr_array_index(lines, i);

        if (conflict_length(other) == length &&
            !strncmp(line, other, length)) {
            return true;
        }
    }
    return false;
}

/* What is wrong with the unit and not with @all. */
static void check_unit(const VTDMUnitCapabilities *unit, GPtrArray *all,
                       GPtrArray *problems)
{
    g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func(g_free);

    vtdm_config_check(&unit->config, own);
    for (guint i = 0; i < own->len; i++) {
        const char *line = g_ptr_array_index(own, i);

        if (!is_among(line, all)) {
            vtdm_problem_add(problems, "unit 0x%" PRIx64 ": %s", unit->base,
                             line);
        }
    }
}

static void check_each_unit(VTDMDevice *device, GPtrArray *problems)
{
    GArray *units = device->capabilities->units;
    GPtrArray *all = g_ptr_array_new();

    vtdm_config_check_said(&device->capabilities->all, &device->said, all);
    for (guint i = 0; i < units->len; i++) {
        check_unit(&g_array_index(units, VTDMUnitCapabilities, i), all,
                   problems);
    }
    g_ptr_array_extend_and_steal(problems, all);
}

/* The parent tells QEMU whether there is interrupt remapping at all. */
static void check_interrupts(VTDMDevice *device, GPtrArray *problems)
{
    if (vtdm_capabilities_any(device->capabilities,
                              offsetof(VTDMConfig, ir)) &&
        !x86_iommu_ir_supported(X86_IOMMU_DEVICE(device))) {
        vtdm_problem_add(problems, "caps: a unit remaps interrupts, but the "
                         "device has intremap=off: set %s, or intremap=off "
                         "eim=off for the unit",
                         irqchip_remaps() ? "intremap=on" :
                         "-machine kernel-irqchip=split");
    }
}

static void check_bases(VTDMDevice *device, GPtrArray *problems)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    vtdm_capabilities_check_bases(device->capabilities, device->dmar, errors);
    if (errors->count) {
        add_errors(problems, errors, device);
    }
}

void vtdm_units_describe(VTDMDevice *device, GPtrArray *problems)
{
    set_width(device, problems);
    set_capabilities(device, problems);
    follow_user(device);
    read_capabilities(device, problems);
    choose_host_width(device, problems);
}

void vtdm_units_check_properties(VTDMDevice *device, GPtrArray *problems)
{
    check_each_unit(device, problems);
    check_interrupts(device, problems);
    if (device->dmar) {
        check_bases(device, problems);
    }
}
