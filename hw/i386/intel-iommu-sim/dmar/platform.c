/*
 * The addresses of a machine: what is taken, and where there is room.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/dmar-platform.h"
#include "hw/i386/vtdm/spec/registers.h"
#include "structures.h"

/* Where chipsets have the registers of units, and nothing else. */
#define UNITS_BASE  0xfed90000
#define UNITS_LIMIT 0xfedfffff

const VTDMPlatformRange *vtdm_platform_find(const VTDMPlatform *vm,
                                            unsigned kinds, uint64_t first,
                                            uint64_t last)
{
    for (unsigned i = 0; i < vm->taken->len; i++) {
        const VTDMPlatformRange *range =
            &g_array_index(vm->taken, VTDMPlatformRange, i);

        if (kinds & 1u << range->kind && first <= range->limit &&
            range->base <= last) {
            return range;
        }
    }
    return NULL;
}

bool vtdm_dmar_takes_interrupts(uint64_t first, uint64_t last)
{
    return first < VTDM_INTERRUPT_BASE + VTDM_INTERRUPT_SIZE &&
           last >= VTDM_INTERRUPT_BASE;
}

static const VTDMDmarRegion *find_region(const VTDMDmar *dmar, uint64_t first,
                                         uint64_t last)
{
    for (unsigned i = 0; i < dmar->regions->len; i++) {
        const VTDMDmarRegion *region = dmar->regions->pdata[i];

        if (first <= region->limit && region->base <= last) {
            return region;
        }
    }
    return NULL;
}

/* Is something between @first and @last? Gives the last byte of it. */
static bool is_occupied(const VTDMPlatform *vm, const VTDMDmar *dmar,
                        uint64_t first, uint64_t last, uint64_t *limit)
{
    const VTDMPlatformRange *range = vtdm_platform_find(vm, VTDM_ALL_RANGES,
                                                        first, last);
    const VTDMDmarRegion *region = find_region(dmar, first, last);
    int unit = vtdm_dmar_find_registers(dmar, first, last);

    if (range) {
        *limit = range->limit;
    } else if (region) {
        *limit = region->limit;
    } else if (unit >= 0) {
        *limit = vtdm_dmar_unit(dmar, unit)->base +
                 (vtdm_dmar_unit(dmar, unit)->size - 1);
    }
    return range || region || unit >= 0;
}

uint64_t vtdm_platform_free_place(const VTDMPlatform *vm,
                                  const VTDMDmar *dmar,
                                  const VTDMPlace *place)
{
    uint64_t align = place->align;
    uint64_t at = (place->from + align - 1) & -align;
    uint64_t limit;

    while (at && at <= place->to && place->to - at >= place->size - 1) {
        if (!is_occupied(vm, dmar, at, at + place->size - 1, &limit)) {
            return at;
        }
        at = (limit + align) & -align;
    }
    return 0;
}

VTDMPlace vtdm_platform_unit_place(uint64_t size)
{
    return (VTDMPlace) { size, size, UNITS_BASE, UNITS_LIMIT };
}
