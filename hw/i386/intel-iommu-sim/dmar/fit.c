/*
 * Adjusts the table of a real machine to a VM, and says what it changed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "affinity.h"
#include "hw/i386/vtdm/dmar-fit.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "scope.h"
#include "source.h"

#define UNITS_WIDTH 32

/* Below the IOAPIC; above RAM there is nothing that must be mapped. */
#define REGIONS_LIMIT 0xfebfffff

typedef struct Fit {
    VTDMDmar *dmar;
    const VTDMPlatform *vm;
    VTDMDmarNotes *changes;
    uint64_t no_room;               /* registers of this size find no place;
                                     * 0: all have found one */
} Fit;

static bool is_too_wide(const Fit *fit, uint64_t last)
{
    return last & ~vtdm_mask_below(fit->dmar->host_address_width);
}

/*
 * Why something that must not share a byte with ranges of @kinds cannot stay,
 * or NULL; the caller frees it.
 */
static char *reason(const Fit *fit, unsigned kinds, uint64_t first,
                    uint64_t last)
{
    const VTDMPlatformRange *other = vtdm_platform_find(fit->vm, kinds, first,
                                                        last);

    if (other) {
        return g_strdup_printf("%s is there", other->name);
    }
    if (vtdm_dmar_takes_interrupts(first, last)) {
        return g_strdup("interrupts go there");
    }
    return is_too_wide(fit, last)
               ? g_strdup("it is beyond the host address width") : NULL;
}

/* The bits that the units' registers and the last byte of RAM need. */
static uint8_t least_width(const VTDMPlatform *vm)
{
    uint8_t width = UNITS_WIDTH;

    for (unsigned i = 0; i < vm->taken->len; i++) {
        const VTDMPlatformRange *range =
            &g_array_index(vm->taken, VTDMPlatformRange, i);

        while (range->kind == VTDM_RANGE_RAM &&
               range->limit & ~vtdm_mask_below(width)) {
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
static void fit_source(Fit *fit, VTDMDmarScopeType type, int id)
{
    VTDMDmarScope *scope = chipset_scope(fit->dmar, type);
    g_autofree char *name = NULL;

    if (id < 0 || !scope || vtdm_dmar_lists_source(fit->dmar, type, id)) {
        return;
    }
    name = vtdm_dmar_scope_name(scope);
    vtdm_dmar_note(fit->changes, scope->at, "DRHD: %s has the id %d, that of "
                   "the VM's", name, id);
    scope->enumeration_id = id;
}

/* Spec: "Remapping Hardware Static Affinity Structure" */
static void move_affinity(const Fit *fit, uint64_t from, uint64_t to)
{
    for (unsigned i = 0; i < fit->dmar->affinities->len; i++) {
        VTDMDmarAffinity *affinity = fit->dmar->affinities->pdata[i];

        if (affinity->base == from) {
            vtdm_dmar_note(fit->changes, affinity->at, "RHSA: goes with its "
                           "unit to " HEX64, to);
            affinity->base = to;
        }
    }
}

static void fit_unit(Fit *fit, VTDMDmarUnit *unit)
{
    VTDMPlace wanted = vtdm_platform_unit_place(unit->size);
    g_autofree char *why = unit->base
        ? reason(fit, VTDM_ALL_RANGES, unit->base,
                 unit->base + (unit->size - 1))
        : g_strdup("no unit can be at 0");
    uint64_t place;

    if (!why || (fit->no_room && unit->size >= fit->no_room)) {
        return;
    }
    place = vtdm_platform_free_place(fit->vm, fit->dmar, &wanted);
    if (!place) {
        fit->no_room = unit->size;
        return;
    }
    vtdm_dmar_note(fit->changes, unit->at, "DRHD: the registers at " HEX64
                   " move to " HEX64 ": %s", unit->base, place, why);
    move_affinity(fit, unit->base, place);
    unit->base = place;
}

/* Where a region can go, or 0: above the RAM below 4 GiB. */
static uint64_t place_for_region(const Fit *fit, const VTDMDmarRegion *region)
{
    uint64_t first = region->base & -(uint64_t)VTDM_DMAR_PAGE;
    VTDMPlace wanted = {
        region->limit - first + 1, VTDM_DMAR_PAGE, VTDM_DMAR_PAGE,
        MIN(REGIONS_LIMIT, vtdm_mask_below(fit->dmar->host_address_width))
    };

    for (unsigned i = 0; i < fit->vm->taken->len; i++) {
        const VTDMPlatformRange *range =
            &g_array_index(fit->vm->taken, VTDMPlatformRange, i);

        if (range->kind == VTDM_RANGE_RAM && range->limit < wanted.to) {
            wanted.from = MAX(wanted.from, range->limit + 1);
        }
    }
    return region->limit - first <= wanted.to
               ? vtdm_platform_free_place(fit->vm, fit->dmar, &wanted) : 0;
}

/* A region of another machine must leave RAM and devices to the VM. */
static char *reason_of_region(const Fit *fit, const VTDMDmarRegion *region)
{
    return reason(fit, VTDM_RANGES(RAM) | VTDM_RANGES(DEVICE), region->base,
                  region->limit);
}

/* Moves @region and lists it again, or frees it. */
static void place_region(Fit *fit, VTDMDmarRegion *region)
{
    uint64_t offset = region->base & (VTDM_DMAR_PAGE - 1);
    g_autofree char *why = reason_of_region(fit, region);
    uint64_t place = place_for_region(fit, region);

    if (!place) {
        vtdm_dmar_note(fit->changes, region->at, "RMRR: " HEX64 " to " HEX64
                       " is left out: %s, and no other place is free",
                       region->base, region->limit, why);
        vtdm_dmar_kinds[VTDM_DMAR_RMRR].free(region);
        return;
    }
    vtdm_dmar_note(fit->changes, region->at, "RMRR: " HEX64 " to " HEX64
                   " moves to " HEX64 ": %s", region->base,
                   region->limit, place + offset, why);
    region->limit = region->limit - region->base + place + offset;
    region->base = place + offset;
    g_ptr_array_add(fit->dmar->regions, region);
}

/* Those that cannot stay, which @dmar has no longer. */
static GPtrArray *take_misplaced(Fit *fit)
{
    GPtrArray *regions = fit->dmar->regions;
    GPtrArray *misplaced = g_ptr_array_new();

    for (unsigned i = 0; i < regions->len;) {
        g_autofree char *why = reason_of_region(fit, regions->pdata[i]);

        if (why) {
            g_ptr_array_add(misplaced, g_ptr_array_steal_index(regions, i));
        } else {
            i++;
        }
    }
    return misplaced;
}

static int largest_first(const void *a, const void *b)
{
    const VTDMDmarRegion *x = *(VTDMDmarRegion *const *)a;
    const VTDMDmarRegion *y = *(VTDMDmarRegion *const *)b;
    uint64_t of_x = x->limit - x->base, of_y = y->limit - y->base;

    return of_x > of_y ? -1 : of_x < of_y;
}

static int by_offset(const void *a, const void *b)
{
    const VTDMDmarStructure *x = *(VTDMDmarStructure *const *)a;
    const VTDMDmarStructure *y = *(VTDMDmarStructure *const *)b;

    return x->at < y->at ? -1 : x->at > y->at;
}

static void fit_regions(Fit *fit)
{
    g_autoptr(GPtrArray) misplaced = take_misplaced(fit);

    g_ptr_array_sort(misplaced, largest_first);
    for (unsigned i = 0; i < misplaced->len; i++) {
        place_region(fit, misplaced->pdata[i]);
    }
    g_ptr_array_sort(fit->dmar->regions, by_offset);
}

void vtdm_dmar_fit(VTDMDmar *dmar, const VTDMPlatform *vm,
                   VTDMDmarNotes *changes)
{
    Fit fit = { dmar, vm, changes };

    fit_width(&fit);
    fit_source(&fit, VTDM_DMAR_SCOPE_IOAPIC, vm->ioapic_id);
    fit_source(&fit, VTDM_DMAR_SCOPE_HPET, vm->hpet_number);
    vtdm_dmar_fit_nodes(dmar, vm->nodes, changes);
    fit_regions(&fit);          /* first: one left out makes room for units */
    for (unsigned i = 0; i < dmar->units->len; i++) {
        fit_unit(&fit, vtdm_dmar_unit(dmar, i));
    }}
