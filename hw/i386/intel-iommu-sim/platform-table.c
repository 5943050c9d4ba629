/*
 * The DMAR table of the platform that a user asked for: from properties, or
 * from a file, to bytes, and back through the parser.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-check.h"
#include "hw/i386/vtdm/dmar-file.h"
#include "hw/i386/vtdm/dmar-fit.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-quirk.h"
#include "hw/i386/vtdm/dmar-statement.h"
#include "qemu/error-report.h"
#include "device.h"
#include "machine.h"
#include "platform-table.h"
#include "problems.h"
#include "unit-properties.h"

static VTDMDmar *parse(const void *table, size_t len, const char *origin,
                       GPtrArray *problems)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    VTDMDmar *dmar = vtdm_dmar_parse(table, len, errors);

    if (!dmar) {
        g_autofree char *text = vtdm_dmar_notes_for_table(errors);

        vtdm_problem_add(problems, "%s: %s", origin, g_strchomp(text));
    }
    return dmar;
}

/* What to do about a table that asks for more than the machine has. */
static const char *advice(VTDMDevice *device)
{
    if (!device->dmar_file) {
        return NULL;
    }
    return device->dmar_fit ? "choose another table"
                            : "set dmar-fit=on, or choose another table";
}

static VTDMPlatform platform_of(VTDMDevice *device)
{
    VTDMPlatform vm = vtdm_machine_platform();

    vm.address_width = device->config.host_address_width;
    vm.advice = advice(device);
    return vm;
}

/* The table of another machine becomes one of this VM. */
static void fit_table(VTDMDmar *dmar, const char *origin)
{
    g_autoptr(VTDMDmarNotes) changes = vtdm_dmar_notes_new();

    vtdm_dmar_fit(dmar, dmar->platform, changes);
    vtdm_notes_report(origin, changes, info_report);
}

/* Nothing of the bytes changes but what was fitted. */
static void take_table(VTDMDevice *device, const GByteArray *bytes,
                       const char *origin, GPtrArray *problems)
{
    g_auto(VTDMPlatform) vm = platform_of(device);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_read(bytes->data, bytes->len,
                                              errors);
    g_autofree char *text = NULL;

    if (dmar) {
        dmar->platform = &vm;
        if (device->dmar_fit && !errors->count) {
            fit_table(dmar, origin);
        }
        vtdm_dmar_check(dmar, errors);
    }
    if (errors->count) {
        text = vtdm_dmar_notes_for_table(errors);
        vtdm_problem_add(problems, "%s: %s", origin, g_strchomp(text));
        return;
    }
    vtdm_notes_report(origin, dmar->warnings, warn_report);
    device->table = vtdm_dmar_build(dmar, errors);
    device->dmar = parse(device->table->data, device->table->len, origin,
                         problems);
}

static void load_table(VTDMDevice *device, GPtrArray *problems)
{
    g_autofree char *name = vtdm_dmar_escape(device->dmar_file,
                                             strlen(device->dmar_file));
    g_autofree char *error = NULL;
    g_autoptr(GByteArray) bytes = vtdm_dmar_file_read(device->dmar_file,
                                                      &error);

    if (bytes) {
        take_table(device, bytes, name, problems);
    } else {
        vtdm_problem_add(problems, "dmar=%s: %s", name, error);
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
                     ? vtdm_capabilities_any(device->capabilities,
                                             offsetof(VTDMConfig, ir))
                     : device->dmar_intr_remap == ON_OFF_AUTO_ON;

    return (remap ? VTDM_DMAR_INTR_REMAP : 0) |
           (device->x2apic_opt_out ? VTDM_DMAR_X2APIC_OPT_OUT : 0) |
           (device->dma_ctrl_opt_in ? VTDM_DMAR_DMA_CTRL_OPT_IN : 0);
}

static void add_text_problem(VTDMDevice *device, VTDMDmarType type,
                             const VTDMDmarNotes *errors,
                             GPtrArray *problems)
{
    vtdm_problem_take(problems, vtdm_dmar_notes_for_text(
                          errors, structure_properties[type],
                          structure_text(device, type)));
}

static void read_text(VTDMDevice *device, VTDMDmar *dmar, VTDMDmarType type,
                      GPtrArray *problems)
{
    const char *text = structure_text(device, type);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    if (text && !vtdm_dmar_from_string(dmar, type, text, errors)) {
        add_text_problem(device, type, errors, problems);
    }
}

static void check_text(VTDMDevice *device, const VTDMDmar *dmar,
                       VTDMDmarType type, GPtrArray *problems)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    vtdm_dmar_check_statements(dmar, type, errors);
    if (errors->count) {
        add_text_problem(device, type, errors, problems);
    }
}

static VTDMDmar *describe_properties(VTDMDevice *device,
                                     const VTDMPlatform *vm,
                                     GPtrArray *problems)
{
    VTDMDmar *dmar = vtdm_dmar_new(device->config.host_address_width,
                                   header_flags(device));
    guint before = problems->len;

    dmar->capabilities = device->capabilities;
    dmar->platform = vm;
    for (VTDMDmarType type = 0; type < VTDM_DMAR_TYPES; type++) {
        read_text(device, dmar, type, problems);
    }
    for (VTDMDmarType type = 0; problems->len == before &&
                                type < VTDM_DMAR_TYPES; type++) {
        check_text(device, dmar, type, problems);
    }
    return dmar;
}

/* What the parser reads back is what exists. */
static void generate_table(VTDMDevice *device, GPtrArray *problems)
{
    guint before = problems->len;
    g_auto(VTDMPlatform) vm = platform_of(device);
    g_autoptr(VTDMDmar) wanted = describe_properties(device, &vm, problems);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    if (problems->len > before) {
        return;
    }
    device->table = vtdm_dmar_build(wanted, errors);
    if (!device->table) {
        vtdm_problem_take(problems, vtdm_dmar_notes_for_table(errors));
        return;
    }
    device->dmar = parse(device->table->data, device->table->len,
                         "units", problems);
    if (device->dmar) {
        vtdm_notes_report("generated table", device->dmar->warnings,
                          warn_report);
    }
}

/* With a table of its own, the platform is not described otherwise. */
static void check_no_structures(VTDMDevice *device, GPtrArray *problems)
{
    for (VTDMDmarType type = 0; type < VTDM_DMAR_TYPES; type++) {
        if (device->structures[type]) {
            vtdm_problem_add(problems, "dmar= gives the whole table: leave "
                             "out %s=", structure_properties[type]);
        }
    }
    if (header_flags(device) & ~VTDM_DMAR_INTR_REMAP ||
        device->dmar_intr_remap != ON_OFF_AUTO_AUTO ||
        device->host_address_width) {
        vtdm_problem_add(problems, "dmar= gives the whole table: leave out "
                         "dmar-intr-remap=, x2apic-opt-out=, "
                         "dma-ctrl-opt-in= and host-address-width=");
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
        vtdm_units_set_host_width(device,
                                   device->dmar->host_address_width);
    }
}

/* The guest is told something else than what exists. */
static void spoil_table(VTDMDevice *device, GPtrArray *problems)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    GByteArray *spoilt = NULL;

    if (vtdm_dmar_quirks_from_string(device->dmar_quirk, &device->quirks,
                                     errors) && device->dmar) {
        spoilt = vtdm_dmar_spoil(device->table, device->dmar_quirk, errors);
    }
    if (errors->count) {
        vtdm_problem_take(problems, vtdm_dmar_notes_for_text(
                              errors, "dmar-quirk", device->dmar_quirk));
    }
    if (spoilt) {
        g_byte_array_unref(device->table);
        device->table = spoilt;
    }
}

void vtdm_platform_describe(VTDMDevice *device, GPtrArray *problems)
{
    vtdm_units_describe(device, problems);
    describe_table(device, problems);
    if (device->dmar_quirk) {
        spoil_table(device, problems);
    }
    if (device->table && device->table->len > UINT16_MAX) {
        vtdm_problem_add(problems, "the DMAR table has %u bytes, QEMU takes "
                         "ACPI tables of up to 65535: describe less",
                         device->table->len);
    }
}
