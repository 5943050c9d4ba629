/*
 * The tables of legacy mode: a root table of buses, a context table of devices
 * for each bus, and the second-stage tables of each domain.
 *
 * A unit without ECAP.C reads memory past the CPU's caches: there, CLFLUSH
 * each entry after it is written.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "bare.h"

static uint64_t pool[64][ENTRIES] __attribute__((aligned(VTDM_PAGE_SIZE)));

/* A page of zeros; none is ever freed. */
void *new_page(void)
{
    static unsigned used;

    return pool[used++];
}

/* Four levels where the unit has them, else three. */
Domain domain_new(Unit *unit, uint16_t id)
{
    bool four = vtdm_get(unit->cap, VTDM_CAP_SAGAW) & VTDM_SAGAW_48;

    return (Domain) { unit, id, four ? 4 : 3, new_page() };
}

/* With CAP.CM a unit remembers, too, what was not there. */
static bool caches_absence(const Unit *unit)
{
    return unit->cap & VTDM_CAP_CM;
}

void domain_attach(Domain *domain, uint16_t source_id)
{
    Unit *unit = domain->unit;
    VTDMEntry128 *root = &unit->root[source_id >> 8];
    VTDMEntry128 *context;

    if (!(root->lo & VTDM_ROOT_P)) {
        root->lo = (uintptr_t)new_page() | VTDM_ROOT_P;
    }
    context = (VTDMEntry128 *)(root->lo & VTDM_ROOT_CTP) + (source_id & 0xff);
    context->hi = vtdm_field(VTDM_CTX_HI_DID, domain->id) |
                  vtdm_field(VTDM_CTX_HI_AW, domain->levels - 2);
    /* P last: the unit may look at any time. */
    __atomic_store_n(&context->lo, (uintptr_t)domain->top |
                     vtdm_field(VTDM_CTX_TT, VTDM_TT_SECOND_STAGE) |
                     VTDM_CTX_P, __ATOMIC_RELEASE);
    if (caches_absence(unit)) {
        unit_invalidate_contexts(unit);
    }
}

/* The last-level entry of an address; tables on the way are made. */
static uint64_t *find_entry(Domain *domain, uint64_t iova)
{
    uint64_t *table = domain->top;

    for (unsigned level = domain->levels; ; level--) {
        unsigned shift = VTDM_PAGE_BITS + (level - 1) * VTDM_LEVEL_BITS;
        uint64_t *entry = &table[iova >> shift & (ENTRIES - 1)];

        if (level == 1) {
            return entry;
        }
        if (!*entry) {
            *entry = (uintptr_t)new_page() | VTDM_SS_R | VTDM_SS_W;
        }
        table = (uint64_t *)(*entry & VTDM_SS_ADDR);
    }
}

/* What was not mapped needs no invalidation, unless CAP.CM says so. */
void domain_map(Domain *domain, uint64_t iova, const void *page,
                uint64_t permissions)
{
    *find_entry(domain, iova) = (uintptr_t)page | permissions;
    if (caches_absence(domain->unit)) {
        unit_invalidate_page(domain->unit, domain->id, iova);
    }
}

/* The device may still go to the page: see unit_invalidate_page(). */
void domain_unmap_without_invalidation(Domain *domain, uint64_t iova)
{
    *find_entry(domain, iova) = 0;
}
