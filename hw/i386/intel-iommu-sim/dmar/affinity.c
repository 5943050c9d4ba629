/*
 * The NUMA nodes of units, and those that a machine has.
 *
 * Spec: "Remapping Hardware Static Affinity Structure"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "affinity.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/dmar-platform.h"
#include "structures.h"

static void check_unit(const VTDMDmar *dmar, const VTDMDmarAffinity *affinity,
                       VTDMDmarNotes *warnings)
{
    if (dmar->units->len && vtdm_dmar_unit_at(dmar, affinity->base) < 0) {
        vtdm_dmar_note(warnings, affinity->at, "RHSA: no unit has the "
                       "register base " HEX64 ", the first one has " HEX64,
                       affinity->base, vtdm_dmar_unit(dmar, 0)->base);
    }
}

/* A node that does not exist does no harm, but nor does it any good. */
static void check_node(const VTDMDmar *dmar, const VTDMDmarAffinity *affinity,
                       VTDMDmarNotes *warnings)
{
    uint32_t node = affinity->proximity_domain;

    if (dmar->platform && node >= dmar->platform->nodes) {
        vtdm_dmar_note(warnings, affinity->at, "RHSA: the unit at " HEX64
                       " is in node %u, the last one of the machine is %u: "
                       "add -numa node,nodeid=%u, or choose another",
                       affinity->base, node, dmar->platform->nodes - 1, node);
    }
}

static int by_base(const void *a, const void *b)
{
    const VTDMDmarAffinity *x = *(VTDMDmarAffinity *const *)a;
    const VTDMDmarAffinity *y = *(VTDMDmarAffinity *const *)b;

    return x->base < y->base ? -1 : x->base > y->base;
}

static void check_once(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    g_autoptr(GPtrArray) sorted = vtdm_dmar_sorted(dmar->affinities, by_base);

    for (unsigned i = 1; i < sorted->len; i++) {
        const VTDMDmarAffinity *x = sorted->pdata[i - 1];
        const VTDMDmarAffinity *y = sorted->pdata[i];

        if (x->base == y->base) {
            vtdm_dmar_note(warnings, MAX(x->at, y->at), "RHSA: the unit at "
                           HEX64 " has a node already, %u: remove this one",
                           x->base, x->proximity_domain);
        }
    }
}

void vtdm_dmar_check_affinities(const VTDMDmar *dmar,
                                VTDMDmarNotes *warnings)
{
    check_once(dmar, warnings);
    for (unsigned i = 0; i < dmar->affinities->len; i++) {
        check_unit(dmar, dmar->affinities->pdata[i], warnings);
        check_node(dmar, dmar->affinities->pdata[i], warnings);
    }
}

void vtdm_dmar_fit_nodes(VTDMDmar *dmar, unsigned nodes,
                         VTDMDmarNotes *changes)
{
    GPtrArray *affinities = dmar->affinities;

    for (unsigned i = 0; i < affinities->len;) {
        const VTDMDmarAffinity *affinity = affinities->pdata[i];

        if (affinity->proximity_domain < nodes) {
            i++;
            continue;
        }
        vtdm_dmar_note(changes, affinity->at, "RHSA: that the unit at "
                       HEX64 " is in node %u is left out: the last one of "
                       "the VM is %u", affinity->base,
                       affinity->proximity_domain, nodes - 1);
        g_ptr_array_remove_index(affinities, i);
    }
}
