/*
 * Fuzz target: any text as the properties that describe structures, or as the
 * capabilities of units. What is understood must build a table that parses,
 * or units whose registers can be made.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "hw/i386/vtdm/config-check.h"
#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/config-register.h"
#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-platform.h"
#include "hw/i386/vtdm/dmar-statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Every refusal has a reason, and a place in the text. */
static void check_errors(const VTDMDmarNotes *errors, const char *text,
                         bool ok)
{
    g_autofree char *notes = vtdm_dmar_notes_for_text(errors, "units", text);

    require(ok == !errors->count && ok == !*notes);
    require(strlen(notes) < 32768);
    for (unsigned i = 0; i < errors->kept->len; i++) {
        const VTDMDmarNote *note = errors->kept->pdata[i];

        require(note->at <= strlen(text));
    }
}

static void check_table(const VTDMDmar *dmar)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) table = vtdm_dmar_build(dmar, errors);
    g_autoptr(VTDMDmar) parsed = NULL;

    if (table) {
        for (int type = 0; type < VTDM_DMAR_TYPES; type++) {
            vtdm_dmar_check_statements(dmar, type, errors);
        }
        parsed = vtdm_dmar_parse(table->data, table->len, errors);
        require(parsed && parsed->warnings->count == errors->count);
        require(parsed->units->len == dmar->units->len);
    }
}

/* As a machine has it, so that its checks run, too. */
static const VTDMPlatformRange taken[] = {
    { 0x0, 0x3fffffff, "pc.ram", VTDM_RANGE_RAM },
    { 0xb0000000, 0xbfffffff, "ECAM", VTDM_RANGE_DEVICE },
    { 0xfffc0000, 0xffffffff, "pc.bios", VTDM_RANGE_ROM },
};

static void try_structures(VTDMDmarType type, const char *text)
{
    g_auto(VTDMPlatform) vm = {
        .taken = g_array_new(FALSE, FALSE, sizeof(taken[0])), .nodes = 1,
    };
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(
        39, strlen(text) & 1 ? VTDM_DMAR_INTR_REMAP : 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    bool ok;

    g_array_append_vals(vm.taken, taken, G_N_ELEMENTS(taken));
    dmar->platform = &vm;
    ok = vtdm_dmar_from_string(dmar, type, text, errors);

    check_errors(errors, text, ok);
    if (ok && dmar->units->len) {
        check_table(dmar);
    }
}

/* A unit that no rule forbids shows what it was made of. */
static void check_unit(const VTDMConfig *config)
{
    if (vtdm_config_check(config, NULL)) {
        VTDMConfig shown = *config;

        vtdm_config_set_register(&shown, VTDM_REG_CAP,
                                 vtdm_config_cap(config));
        vtdm_config_set_register(&shown, VTDM_REG_ECAP,
                                 vtdm_config_ecap(config));
        require(vtdm_config_cap(&shown) == vtdm_config_cap(config));
        require(vtdm_config_ecap(&shown) == vtdm_config_ecap(config));
    }
}

static void try_capabilities(const char *text)
{
    g_autoptr(VTDMCapabilities) capabilities = NULL;
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmarNotes) warnings = vtdm_dmar_notes_new();
    VTDMConfig config;
    bool ok;

    vtdm_config_init(&config);
    capabilities = vtdm_capabilities_new(&config);
    ok = vtdm_capabilities_from_string(capabilities, text, errors, warnings);
    check_errors(errors, text, ok);
    require(ok || !warnings->count);
    check_unit(&capabilities->all);
    for (unsigned i = 0; i < capabilities->units->len; i++) {
        check_unit(&g_array_index(capabilities->units, VTDMUnitCapabilities,
                                  i).config);
    }
}

/* The first byte chooses the property. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = size ? g_strndup((const char *)data + 1,
                                             size - 1) : NULL;
    unsigned choice = size ? data[0] % (VTDM_DMAR_TYPES + 1) : 0;

    if (size && choice == VTDM_DMAR_TYPES) {
        try_capabilities(text);
    } else if (size) {
        try_structures(choice, text);
    }
    return 0;
}
