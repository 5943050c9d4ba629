/*
 * Which unit owns a device, an interrupt source or an address.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/dmar-match.h"
#include "scope.h"

/* Does @scope's path start at hop @first of @dev and stay on its chain? */
static bool path_follows(const VTDMDmarScope *scope,
                         const VTDMDmarDevice *dev, size_t first)
{
    if (scope->start_bus != dev->hop[first].bus ||
        scope->steps > dev->hops - first) {
        return false;
    }
    for (unsigned i = 0; i < scope->steps; i++) {
        uint8_t devfn = dev->hop[first + i].devfn;

        if (scope->path[i].device != devfn >> 3 ||
            scope->path[i].function != (devfn & 7)) {
            return false;
        }
    }
    return true;
}

/*
 * How many hops of @dev remain from its root to what @scope names: all of
 * them if it names the device, fewer for a bridge above, 0 for neither.
 *
 * Spec: "Device Scope Structure"
 */
static size_t scope_reach(const VTDMDmarScope *scope,
                          const VTDMDmarDevice *dev)
{
    size_t reach = 0;

    if (!vtdm_dmar_scope_is_pci(scope)) {
        return 0;
    }
    for (size_t first = 0; first < dev->hops; first++) {
        if (path_follows(scope, dev, first)) {
            reach = first + scope->steps;
        }
    }
    return scope->type == VTDM_DMAR_SCOPE_BRIDGE || reach == dev->hops
               ? reach : 0;
}

int vtdm_dmar_find_unit(const VTDMDmar *dmar, const VTDMDmarDevice *dev)
{
    int listed = -1, include_all = -1;
    size_t best = 0;

    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, i);

        if (unit->segment != dev->segment) {
            continue;
        }
        if (unit->include_all) {
            include_all = i;
        }
        for (unsigned k = 0; k < unit->scopes->len; k++) {
            size_t reach = scope_reach(vtdm_dmar_scope(unit->scopes, k), dev);

            if (reach > best) {
                best = reach;
                listed = i;
            }
        }
    }
    return listed >= 0 ? listed : include_all;
}

static int find_source_id(const VTDMDmar *dmar, VTDMDmarScopeType type,
                          uint8_t enumeration_id, int *unit)
{
    for (unsigned i = 0; i < dmar->units->len; i++) {
        const GArray *scopes = vtdm_dmar_unit(dmar, i)->scopes;

        for (unsigned k = 0; k < scopes->len; k++) {
            const VTDMDmarScope *scope = vtdm_dmar_scope(scopes, k);

            if (scope->type == type && scope->steps == 1 &&
                scope->enumeration_id == enumeration_id) {
                if (unit) {
                    *unit = i;
                }
                return vtdm_dmar_scope_source_id(scope);
            }
        }
    }
    return -1;
}

/* Spec: "Reporting Scope for I/OxAPICs" */
int vtdm_dmar_ioapic_source_id(const VTDMDmar *dmar, uint8_t enumeration_id,
                               int *unit)
{
    return find_source_id(dmar, VTDM_DMAR_SCOPE_IOAPIC, enumeration_id, unit);
}

/* Spec: "Reporting Scope for MSI Capable HPET Timer Block" */
int vtdm_dmar_hpet_source_id(const VTDMDmar *dmar, uint8_t enumeration_id,
                             int *unit)
{
    return find_source_id(dmar, VTDM_DMAR_SCOPE_HPET, enumeration_id, unit);
}

int vtdm_dmar_unit_at(const VTDMDmar *dmar, uint64_t base)
{
    for (unsigned i = 0; i < dmar->units->len; i++) {
        if (vtdm_dmar_unit(dmar, i)->base == base) {
            return i;
        }
    }
    return -1;
}

int vtdm_dmar_find_registers(const VTDMDmar *dmar, uint64_t first,
                             uint64_t last)
{
    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, i);

        if (first <= unit->base + (unit->size - 1) && unit->base <= last) {
            return i;
        }
    }
    return -1;
}
