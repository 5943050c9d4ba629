/*
 * ATSR, SATC and SIDP, the structures that give properties to a group of
 * devices, and ANDD, which names some of them: what should hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "group.h"
#include "scope.h"

/* Spec: "Root Port ATS Capability Reporting Structure" */
static void check_devices(const VTDMDmarGroup *group, const char *name,
                          bool all_ports, VTDMDmarNotes *warnings)
{
    if (all_ports && group->scopes->len) {
        vtdm_dmar_note(warnings, group->at, "%s: ALL_PORTS and a list of "
                       "ports, expected one of them", name);
    } else if (!all_ports && !group->scopes->len) {
        vtdm_dmar_note(warnings, group->at, "%s: names no device, expected "
                       "a device scope%s", name,
                       strcmp(name, "ATSR") ? "" : " or ALL_PORTS");
    }
}

void vtdm_dmar_check_groups(const VTDMDmar *dmar, VTDMDmarType type,
                            VTDMDmarNotes *warnings)
{
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
    const GPtrArray *groups = *vtdm_dmar_list(kind, dmar);

    for (unsigned i = 0; i < groups->len; i++) {
        const VTDMDmarGroup *group = groups->pdata[i];

        check_devices(group, kind->name, type == VTDM_DMAR_ATSR &&
                      group->flags & VTDM_ATSR_ALL_PORTS, warnings);
    }
}

static bool lists_namespace(const GArray *scopes, uint8_t number)
{
    for (unsigned i = 0; i < scopes->len; i++) {
        const VTDMDmarScope *scope = vtdm_dmar_scope(scopes, i);

        if (scope->type == VTDM_DMAR_SCOPE_NAMESPACE &&
            scope->enumeration_id == number) {
            return true;
        }
    }
    return false;
}

/* Spec: "ACPI Name-space Device Declaration Structure" */
void vtdm_dmar_check_names(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    for (unsigned i = 0; i < dmar->names->len; i++) {
        const VTDMDmarName *name = dmar->names->pdata[i];
        bool listed = !dmar->units->len;

        for (unsigned k = 0; k < dmar->units->len && !listed; k++) {
            listed = lists_namespace(vtdm_dmar_unit(dmar, k)->scopes,
                                     name->device_number);
        }
        if (!listed) {
            vtdm_dmar_note(warnings, name->at, "ANDD: no unit lists the "
                           "namespace device %u", name->device_number);
        }
    }
}
