/*
 * Reserved memory regions: what should hold between them, the units and the
 * devices that use them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/dmar-platform.h"
#include "listing.h"
#include "region.h"
#include "scope.h"

/* Spec: "Reserved Memory Region Reporting Structure" */
static void check_extent(const VTDMDmarRegion *region,
                         VTDMDmarNotes *warnings)
{
    uint64_t offset = VTDM_DMAR_PAGE - 1;

    if (region->base & offset) {
        vtdm_dmar_note(warnings, region->at, "RMRR: base " HEX64 ", expected "
                       "a multiple of 0x1000, such as " HEX64, region->base,
                       region->base & ~offset);
    }
    if ((region->limit & offset) != offset) {
        vtdm_dmar_note(warnings, region->at, "RMRR: limit " HEX64 ", expected "
                       "the last byte of a page, such as " HEX64,
                       region->limit, region->limit | offset);
    }
}

/*
 * What is there besides memory, or NULL; the caller frees it. RAM may be
 * there, to be reserved, but all of it: half a region cannot be used.
 */
static char *other_than_memory(const VTDMPlatform *vm,
                               const VTDMDmarRegion *region)
{
    uint64_t base = region->base, limit = region->limit;
    const VTDMPlatformRange *device =
        vtdm_platform_find(vm, VTDM_RANGES(DEVICE), base, limit);
    const VTDMPlatformRange *ram =
        vtdm_platform_find(vm, VTDM_RANGES(RAM), base, limit);

    if (device) {
        return g_strdup_printf("lies over %s", device->name);
    }
    if (ram && (base < ram->base || limit > ram->limit)) {
        return g_strdup_printf("is RAM in part only, that of %s goes from "
                               HEX64 " to " HEX64, ram->name, ram->base,
                               ram->limit);
    }
    return NULL;
}

/* Why it cannot be there, or NULL; the caller frees it. */
static char *misplaced(const VTDMDmar *dmar, const VTDMDmarRegion *region)
{
    unsigned width = dmar->host_address_width;
    int unit = vtdm_dmar_find_registers(dmar, region->base, region->limit);

    if (unit >= 0) {
        return g_strdup_printf("overlaps the registers at " HEX64,
                               vtdm_dmar_unit(dmar, unit)->base);
    }
    if (vtdm_dmar_takes_interrupts(region->base, region->limit)) {
        return g_strdup("reaches into the interrupt range, where no memory "
                        "can be");
    }
    if (width < 64 && region->limit >> width) {
        return g_strdup_printf("does not fit into the host address width of "
                               "%u bits", width);
    }
    return dmar->platform ? other_than_memory(dmar->platform, region) : NULL;
}

static void check_place(const VTDMDmar *dmar, const VTDMDmarRegion *region,
                        VTDMDmarNotes *warnings)
{
    const char *advice = dmar->platform ? dmar->platform->advice : NULL;
    g_autofree char *why = misplaced(dmar, region);

    if (why) {
        vtdm_dmar_note(warnings, region->at, "RMRR: " HEX64 " to " HEX64
                       " %s: %s", region->base, region->limit, why,
                       advice ?: "choose another place");
    }
}

static bool unit_owns(const VTDMDmarUnit *unit, uint16_t segment,
                      const VTDMDmarScope *device)
{
    if (unit->segment != segment || unit->include_all) {
        return unit->segment == segment;
    }
    for (unsigned i = 0; i < unit->scopes->len; i++) {
        if (vtdm_dmar_scope_covers(vtdm_dmar_scope(unit->scopes, i),
                                   device)) {
            return true;
        }
    }
    return false;
}

static bool is_owned(const VTDMDmar *dmar, uint16_t segment,
                     const VTDMDmarScope *device)
{
    for (unsigned i = 0; i < dmar->units->len; i++) {
        if (unit_owns(vtdm_dmar_unit(dmar, i), segment, device)) {
            return true;
        }
    }
    return false;
}

static void check_devices(const VTDMDmar *dmar, const VTDMDmarRegion *region,
                          VTDMDmarNotes *warnings)
{
    if (!region->scopes->len) {
        vtdm_dmar_note(warnings, region->at, "RMRR: no device uses the "
                       "region at " HEX64 ", expected a device scope (@BB:DD.F"
                       ")", region->base);
    }
    for (unsigned i = 0; i < region->scopes->len; i++) {
        const VTDMDmarScope *device = vtdm_dmar_scope(region->scopes, i);

        if (dmar->units->len && !is_owned(dmar, region->segment, device)) {
            g_autofree char *name = vtdm_dmar_scope_name(device);

            vtdm_dmar_note(warnings, device->at, "RMRR: %s is under no unit: "
                           "list it, or make a unit INCLUDE_PCI_ALL "
                           "(include-all)", name);
        }
    }
}

static int by_base(const void *a, const void *b)
{
    const VTDMDmarRegion *x = *(VTDMDmarRegion *const *)a;
    const VTDMDmarRegion *y = *(VTDMDmarRegion *const *)b;

    return x->base < y->base ? -1 : x->base > y->base;
}

static void check_overlap(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    g_autoptr(GPtrArray) regions = vtdm_dmar_sorted(dmar->regions, by_base);

    for (unsigned i = 1; i < regions->len; i++) {
        const VTDMDmarRegion *low = regions->pdata[i - 1];
        const VTDMDmarRegion *high = regions->pdata[i];

        if (high->base <= low->limit && low->segment == high->segment) {
            vtdm_dmar_note(warnings, MAX(low->at, high->at), "RMRR: the "
                           "regions at " HEX64 " and " HEX64 " overlap: make "
                           "them one region with the devices of both",
                           low->base, high->base);
        }
    }
}

void vtdm_dmar_check_regions(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    for (unsigned i = 0; i < dmar->regions->len; i++) {
        check_extent(dmar->regions->pdata[i], warnings);
        check_place(dmar, dmar->regions->pdata[i], warnings);
        check_devices(dmar, dmar->regions->pdata[i], warnings);
    }
    check_overlap(dmar, warnings);
    vtdm_dmar_check_listed_twice(dmar, VTDM_DMAR_RMRR, warnings);
}
