/*
 * ACPI devices: the scopes call them by a number, an ANDD gives the number a
 * name.
 *
 * Spec: "ACPI Name-space Device Declaration Structure"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "name.h"
#include "scope.h"

/* The numbers of namespace devices in some scopes. */
typedef struct Numbers {
    bool has[UINT8_MAX + 1];
} Numbers;

static void add_numbers(Numbers *numbers, const GArray *scopes)
{
    for (unsigned i = 0; i < scopes->len; i++) {
        const VTDMDmarScope *scope = vtdm_dmar_scope(scopes, i);

        if (scope->type == VTDM_DMAR_SCOPE_NAMESPACE) {
            numbers->has[scope->enumeration_id] = true;
        }
    }
}

static Numbers listed_numbers(const VTDMDmar *dmar)
{
    Numbers numbers = {};

    for (unsigned i = 0; i < dmar->units->len; i++) {
        add_numbers(&numbers, vtdm_dmar_unit(dmar, i)->scopes);
    }
    return numbers;
}

static Numbers named_numbers(const VTDMDmar *dmar)
{
    Numbers numbers = {};

    for (unsigned i = 0; i < dmar->names->len; i++) {
        const VTDMDmarName *name = dmar->names->pdata[i];

        numbers.has[name->device_number] = true;
    }
    return numbers;
}

void vtdm_dmar_check_names(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    Numbers listed = listed_numbers(dmar), seen = {};

    for (unsigned i = 0; i < dmar->names->len; i++) {
        const VTDMDmarName *name = dmar->names->pdata[i];
        unsigned number = name->device_number;

        if (seen.has[number]) {
            vtdm_dmar_note(warnings, name->at, "ANDD: the number %u has a "
                           "name already: choose another number", number);
        } else if (dmar->units->len && !listed.has[number]) {
            vtdm_dmar_note(warnings, name->at, "ANDD: no unit lists the "
                           "namespace device %u: add namespace=%u@BB:DD.F to "
                           "one", number, number);
        }
        seen.has[number] = true;
    }
}

static void check_scopes(const GArray *scopes, const Numbers *named,
                         const char *structure, VTDMDmarNotes *warnings)
{
    for (unsigned i = 0; i < scopes->len; i++) {
        const VTDMDmarScope *scope = vtdm_dmar_scope(scopes, i);

        if (scope->type == VTDM_DMAR_SCOPE_NAMESPACE &&
            !named->has[scope->enumeration_id]) {
            vtdm_dmar_note(warnings, scope->at, "%s: no ANDD (andd=) gives "
                           "the namespace device %u a name, so that guests "
                           "will not find it: add one", structure,
                           scope->enumeration_id);
        }
    }
}

void vtdm_dmar_check_named(const VTDMDmar *dmar, VTDMDmarType type,
                           VTDMDmarNotes *warnings)
{
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
    const GPtrArray *list = *vtdm_dmar_list(kind, dmar);
    Numbers named = named_numbers(dmar);

    for (unsigned i = 0; kind->scopes && i < list->len; i++) {
        check_scopes(*vtdm_dmar_scopes(kind, list->pdata[i]), &named,
                     kind->name, warnings);
    }
}
