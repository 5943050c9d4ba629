/*
 * Adjusts the table of a real machine to a VM, and says what it changed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "affinity.h"
#include "hw/i386/vtdm/dmar-fit.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "scope.h"

/* Where chipsets have the registers of units, and nothing else. */
#define UNITS_BASE  0xfed90000
#define UNITS_LIMIT 0xfedfffff
#define UNITS_WIDTH 32

/* Below the IOAPIC; above RAM there is nothing that must be mapped. */
#define REGIONS_LIMIT 0xfebfffff

typedef struct Fit {
    VTDMDmar *dmar;
    const VTDMPlatform *vm;
    VTDMDmarNotes *changes;
} Fit;

const VTDMPlatformRange *vtdm_platform_find(const VTDMPlatform *vm,
                                            uint64_t first, uint64_t last)
{
    for (unsigned i = 0; i < vm->taken->len; i++) {
        const VTDMPlatformRange *range =
            &g_array_index(vm->taken, VTDMPlatformRange, i);

        if (first <= range->limit && range->base <= last) {
            return range;
        }
    }
    return NULL;
}

/* Is something between @first and @last? Gives the last byte of it. */
static bool is_occupied(const Fit *fit, uint64_t first, uint64_t last,
                        uint64_t *limit)
{
    const VTDMPlatformRange *range = vtdm_platform_find(fit->vm, first, last);
    int unit = vtdm_dmar_find_registers(fit->dmar, first, last);

    if (range) {
        *limit = range->limit;
        return true;
    }
    if (unit >= 0) {
        const VTDMDmarUnit *other = vtdm_dmar_unit(fit->dmar, unit);

        *limit = other->base + (other->size - 1);
        return true;
    }
    for (unsigned i = 0; i < fit->dmar->regions->len; i++) {
        const VTDMDmarRegion *region = fit->dmar->regions->pdata[i];

        if (first <= region->limit && region->base <= last) {
            *limit = region->limit;
            return true;
        }
    }
    return false;
}

/*
 * The lowest free place of @size bytes between @from and @to, or 0. Its
 * address is a multiple of @align, a power of two.
 */
static uint64_t find_place(const Fit *fit, uint64_t size, uint64_t align,
                           uint64_t from, uint64_t to)
{
    uint64_t at = (from + align - 1) & -align;
    uint64_t limit;

    while (at && at <= to && to - at >= size - 1) {
        if (!is_occupied(fit, at, at + size - 1, &limit)) {
            return at;
        }
        at = (limit + align) & -align;
    }
    return 0;
}

static bool is_too_wide(const Fit *fit, uint64_t last)
{
    return last & ~vtdm_mask_below(fit->dmar->host_address_width);
}

/* Why something cannot stay; the caller frees it. */
static char *reason(const VTDMPlatformRange *other)
{
    return other ? g_strdup_printf("%s is there", other->name) :
                   g_strdup("it is beyond the host address width");
}

/* The bits that the units' registers and the last byte of RAM need. */
static uint8_t least_width(const VTDMPlatform *vm)
{
    uint8_t width = UNITS_WIDTH;

    for (unsigned i = 0; i < vm->taken->len; i++) {
        const VTDMPlatformRange *range =
            &g_array_index(vm->taken, VTDMPlatformRange, i);

        while (range->is_ram && range->limit & ~vtdm_mask_below(width)) {
            width++;
        }
    }
    return width;
}

static void fit_width(Fit *fit)
{
    uint8_t given = fit->dmar->host_address_width;
    uint8_t width = MIN(MAX(given, least_width(fit->vm)),
                        fit->vm->address_width);

    if (width != given) {
        vtdm_dmar_note(fit->changes,
                       offsetof(VTDMDmarHeader, host_address_width),
                       "table: the host address width is %u bits instead of "
                       "%u, %s", width, given, width < given ?
                       "more than the VM has" : "too few for the VM");
    }
    fit->dmar->host_address_width = width;
}

static VTDMDmarScope *first_scope(const VTDMDmarUnit *unit,
                                  VTDMDmarScopeType type)
{
    for (unsigned i = 0; i < unit->scopes->len; i++) {
        VTDMDmarScope *scope = vtdm_dmar_scope(unit->scopes, i);

        if (scope->type == type && scope->steps == 1) {
            return scope;
        }
    }
    return NULL;
}

/* The one of the chipset: listed by the unit that has all other devices. */
static VTDMDmarScope *chipset_scope(const VTDMDmar *dmar,
                                    VTDMDmarScopeType type)
{
    VTDMDmarScope *found = NULL;

    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, i);
        VTDMDmarScope *scope = first_scope(unit, type);

        if (scope && (!found || (unit->include_all && !unit->segment))) {
            found = scope;
        }
    }
    return found;
}

/* Gives the scope of the chipset the id that the VM's device has. */
static void fit_source(Fit *fit, VTDMDmarScopeType type, uint8_t id, int found)
{
    VTDMDmarScope *scope = chipset_scope(fit->dmar, type);
    g_autofree char *name = NULL;

    if (found >= 0 || !scope) {
        return;
    }
    name = vtdm_dmar_scope_name(scope);
    vtdm_dmar_note(fit->changes, scope->at, "DRHD: %s has the id %u, that of "
                   "the VM's", name, id);
    scope->enumeration_id = id;
}

/* Spec: "Remapping Hardware Static Affinity Structure" */
static void move_affinity(const Fit *fit, uint64_t from, uint64_t to)
{
    for (unsigned i = 0; i < fit->dmar->affinities->len; i++) {
        VTDMDmarAffinity *affinity = fit->dmar->affinities->pdata[i];

        if (affinity->base == from) {
            affinity->base = to;
        }
    }
}

static void fit_unit(Fit *fit, VTDMDmarUnit *unit)
{
    uint64_t last = unit->base + (unit->size - 1);
    const VTDMPlatformRange *other = vtdm_platform_find(fit->vm, unit->base,
                                                        last);
    g_autofree char *why = reason(other);
    uint64_t place;

    if (!other && !is_too_wide(fit, last)) {
        return;
    }
    place = find_place(fit, unit->size, unit->size, UNITS_BASE, UNITS_LIMIT);
    if (!place) {
        return;
    }
    vtdm_dmar_note(fit->changes, unit->at, "DRHD: the registers at " HEX64
                   " move to " HEX64 ": %s", unit->base, place, why);
    move_affinity(fit, unit->base, place);
    unit->base = place;
}

/* RAM that shares a byte with the region, or NULL. */
static const VTDMPlatformRange *find_ram(const Fit *fit,
                                         const VTDMDmarRegion *region)
{
    for (unsigned i = 0; i < fit->vm->taken->len; i++) {
        const VTDMPlatformRange *range =
            &g_array_index(fit->vm->taken, VTDMPlatformRange, i);

        if (range->is_ram && region->base <= range->limit &&
            range->base <= region->limit) {
            return range;
        }
    }
    return NULL;
}

/* Where a region can go, or 0: above the RAM below 4 GiB. */
static uint64_t place_for_region(const Fit *fit, const VTDMDmarRegion *region)
{
    uint64_t first = region->base & -(uint64_t)VTDM_DMAR_PAGE;
    uint64_t limit = MIN(REGIONS_LIMIT,
                         vtdm_mask_below(fit->dmar->host_address_width));
    uint64_t from = VTDM_DMAR_PAGE;

    for (unsigned i = 0; i < fit->vm->taken->len; i++) {
        const VTDMPlatformRange *range =
            &g_array_index(fit->vm->taken, VTDMPlatformRange, i);

        if (range->is_ram && range->limit < limit) {
            from = MAX(from, range->limit + 1);
        }
    }
    return region->limit - first <= limit ?
           find_place(fit, region->limit - first + 1, VTDM_DMAR_PAGE, from,
                      limit) : 0;
}

/* False if there is no place for it in the VM. */
static bool fit_region(Fit *fit, VTDMDmarRegion *region)
{
    uint64_t offset = region->base & (VTDM_DMAR_PAGE - 1);
    const VTDMPlatformRange *ram = find_ram(fit, region);
    g_autofree char *why = reason(ram);
    uint64_t place;

    if (!ram && !is_too_wide(fit, region->limit)) {
        return true;
    }
    place = place_for_region(fit, region);
    if (!place) {
        vtdm_dmar_note(fit->changes, region->at, "RMRR: " HEX64 " to " HEX64
                       " is left out: %s, and no other place is free",
                       region->base, region->limit, why);
        return false;
    }
    vtdm_dmar_note(fit->changes, region->at, "RMRR: " HEX64 " to " HEX64
                   " moves to " HEX64 ": %s", region->base,
                   region->limit, place + offset, why);
    region->limit = region->limit - region->base + place + offset;
    region->base = place + offset;
    return true;
}

static void fit_regions(Fit *fit)
{
    GPtrArray *regions = fit->dmar->regions;

    for (unsigned i = 0; i < regions->len;) {
        if (fit_region(fit, regions->pdata[i])) {
            i++;
        } else {
            g_ptr_array_remove_index(regions, i);
        }
    }
}

void vtdm_dmar_fit(VTDMDmar *dmar, const VTDMPlatform *vm,
                   VTDMDmarNotes *changes)
{
    Fit fit = { dmar, vm, changes };

    fit_width(&fit);
    fit_source(&fit, VTDM_DMAR_SCOPE_IOAPIC, vm->ioapic_id,
               vtdm_dmar_ioapic_source_id(dmar, vm->ioapic_id, NULL));
    fit_source(&fit, VTDM_DMAR_SCOPE_HPET, vm->hpet_number,
               vtdm_dmar_hpet_source_id(dmar, vm->hpet_number, NULL));
    vtdm_dmar_fit_nodes(dmar, vm->nodes, changes);
    fit_regions(&fit);          /* first: one left out makes room for units */
    for (unsigned i = 0; i < dmar->units->len; i++) {
        fit_unit(&fit, vtdm_dmar_unit(dmar, i));
    }
}
