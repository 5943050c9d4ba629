/*
 * IOAPICs and HPETs in the scopes of units: whether they are those that the
 * machine has, and whether their unit remaps interrupts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/capabilities.h"
#include "hw/i386/vtdm/dmar-platform.h"
#include "scope.h"
#include "source.h"

/* A scope, and the unit that lists it. */
typedef struct Source {
    const VTDMDmarUnit *unit;
    const VTDMDmarScope *scope;     /* NULL: there is none */
} Source;

/* The first scope of @type with this id; with any id if it is -1. */
static Source find_source(const VTDMDmar *dmar, VTDMDmarScopeType type,
                          int id)
{
    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, i);

        for (unsigned k = 0; k < unit->scopes->len; k++) {
            const VTDMDmarScope *scope = vtdm_dmar_scope(unit->scopes, k);

            if (scope->type == type &&
                (id < 0 || scope->enumeration_id == id)) {
                return (Source) { unit, scope };
            }
        }
    }
    return (Source) {};
}

bool vtdm_dmar_lists_source(const VTDMDmar *dmar, VTDMDmarScopeType type,
                            uint8_t id)
{
    return find_source(dmar, type, id).scope;
}

bool vtdm_dmar_lists_ioapic(const VTDMDmar *dmar)
{
    return find_source(dmar, VTDM_DMAR_SCOPE_IOAPIC, -1).scope;
}

/* Spec: "Reporting Scope for I/OxAPICs" */
static void check_ioapic_is_listed(const VTDMDmar *dmar,
                                   VTDMDmarNotes *warnings)
{
    if (vtdm_dmar_lists_ioapic(dmar)) {
        return;
    }
    if (dmar->is_loaded) {
        vtdm_dmar_note(warnings, offsetof(VTDMDmarHeader, flags),
                       "table: INTR_REMAP is set, but no unit lists an "
                       "IOAPIC: guests will not remap interrupts");
    } else {
        vtdm_dmar_note(warnings, 0, "no unit lists the IOAPIC, so that "
                       "guests will not remap interrupts: add \"ioapic\" to "
                       "one unit");
    }
}

/*
 * One of @type is listed: is it the machine's, which has @id, or -1 if it has
 * none? @word is what a text calls it.
 */
static void check_id(const VTDMDmar *dmar, VTDMDmarScopeType type,
                     const char *word, int id, VTDMDmarNotes *warnings)
{
    const VTDMDmarScope *found = find_source(dmar, type, -1).scope;
    g_autofree char *name = NULL;
    g_autofree char *fix = NULL;

    if (id < 0 || !found || vtdm_dmar_lists_source(dmar, type, id)) {
        return;
    }
    name = vtdm_dmar_scope_name(found);
    fix = dmar->platform->advice
              ? g_strdup(dmar->platform->advice)
              : g_strdup_printf("write %s=%d@ before its path", word, id);
    vtdm_dmar_note(warnings, found->at, "DRHD: %s is not this machine's, "
                   "which has the id %d, so that guests will not remap its "
                   "interrupts: %s", name, id, fix);
}

/* The machine's IOAPIC is under a unit that can remap its interrupts. */
static void check_unit(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    Source source = find_source(dmar, VTDM_DMAR_SCOPE_IOAPIC,
                                dmar->platform->ioapic_id);

    if (source.scope && dmar->capabilities &&
        !vtdm_capabilities_of(dmar->capabilities, source.unit->base)->ir) {
        vtdm_dmar_note(warnings, source.scope->at, "DRHD: the IOAPIC is "
                       "under the unit " HEX64 ", which has intremap=off, so "
                       "that guests will not remap interrupts: list it under "
                       "another unit, or set dmar-intr-remap=off",
                       source.unit->base);
    }
}

void vtdm_dmar_check_sources(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    if (!(dmar->flags & VTDM_DMAR_INTR_REMAP)) {
        return;
    }
    check_ioapic_is_listed(dmar, warnings);
    if (dmar->platform) {
        check_id(dmar, VTDM_DMAR_SCOPE_IOAPIC, "ioapic",
                 dmar->platform->ioapic_id, warnings);
        check_id(dmar, VTDM_DMAR_SCOPE_HPET, "hpet",
                 dmar->platform->hpet_number, warnings);
        check_unit(dmar, warnings);
    }
}
