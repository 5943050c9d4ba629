/*
 * ATSR, SATC and SIDP, the structures that give properties to a group of
 * devices: what should hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "group.h"
#include "listing.h"
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

static bool has_all_ports(VTDMDmarType type, const VTDMDmarGroup *group)
{
    return type == VTDM_DMAR_ATSR && group->flags & VTDM_ATSR_ALL_PORTS;
}

/* Call it for each ATSR in order, with @segments empty at first. */
static void check_all_ports_once(GHashTable *segments,
                                 const VTDMDmarGroup *group,
                                 VTDMDmarNotes *warnings)
{
    if (!g_hash_table_add(segments, GUINT_TO_POINTER(group->segment))) {
        vtdm_dmar_note(warnings, group->at, "ATSR: all ports of segment %u "
                       "are listed already: remove this one",
                       group->segment);
    }
}

void vtdm_dmar_check_groups(const VTDMDmar *dmar, VTDMDmarType type,
                            VTDMDmarNotes *warnings)
{
    const VTDMDmarKind *kind = &vtdm_dmar_kinds[type];
    const GPtrArray *groups = *vtdm_dmar_list(kind, dmar);
    g_autoptr(GHashTable) segments = g_hash_table_new(NULL, NULL);

    for (unsigned i = 0; i < groups->len; i++) {
        const VTDMDmarGroup *group = groups->pdata[i];
        bool all_ports = has_all_ports(type, group);

        check_devices(group, kind->name, all_ports, warnings);
        if (all_ports) {
            check_all_ports_once(segments, group, warnings);
        }
    }
    vtdm_dmar_check_listed_twice(dmar, type, warnings);
}
