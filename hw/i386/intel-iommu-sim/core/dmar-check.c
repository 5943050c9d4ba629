/*
 * What must hold, and what should hold, between the parts of a description:
 * units, the devices in their scopes, and reserved memory regions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "dmar-internal.h"

static bool is_platform_scope(const VTDMDmarScope *scope)
{
    return scope->type == VTDM_SCOPE_IOAPIC || scope->type == VTDM_SCOPE_HPET;
}

/* Spec: "DMA Remapping Hardware Unit Definition Structure" */
static void check_registers(const VTDMDmarUnit *unit, unsigned width,
                            VTDMDmarNotes *errors, VTDMDmarNotes *warnings)
{
    if (!unit->base) {
        vtdm_dmar_note(errors, unit->at, "DRHD: register base 0, expected "
                       "the address of the unit's registers");
    } else if (unit->base & (unit->size - 1)) {
        vtdm_dmar_note(errors, unit->at, "DRHD: register base " HEX64 ", "
                       "expected a multiple of 0x%x, the size of the "
                       "register set; the nearest is " HEX64, unit->base,
                       (unsigned)unit->size,
                       MAX(unit->base & -unit->size, unit->size));
    } else if (width < 64 && (unit->base + (unit->size - 1)) >> width) {
        vtdm_dmar_note(warnings, unit->at, "DRHD: register base " HEX64
                       " does not fit into the host address width of %u "
                       "bits", unit->base, width);
    }
}

static void check_unit_scopes(const VTDMDmarUnit *unit,
                              VTDMDmarNotes *warnings)
{
    if (!unit->include_all && !unit->scopes->len) {
        vtdm_dmar_note(warnings, unit->at, "DRHD: unit " HEX64 " owns no "
                       "device, expected device scopes or INCLUDE_PCI_ALL",
                       unit->base);
    }
    for (unsigned i = 0; i < unit->scopes->len; i++) {
        const VTDMDmarScope *scope = vtdm_dmar_scope(unit->scopes, i);
        g_autofree char *name = vtdm_dmar_scope_name(scope);

        if (unit->include_all && vtdm_dmar_scope_is_pci(scope)) {
            vtdm_dmar_note(warnings, scope->at, "DRHD: %s is listed under an "
                           "INCLUDE_PCI_ALL unit, which has every device that "
                           "no other unit lists: remove it", name);
        }
        if (is_platform_scope(scope) && scope->steps > 1) {
            vtdm_dmar_note(warnings, scope->at, "DRHD: %s is behind a "
                           "bridge, its source-id is unknown: expected a "
                           "path of one step", name);
        } else if (scope->type == VTDM_SCOPE_IOAPIC &&
                   !vtdm_dmar_scope_source_id(scope)) {
            vtdm_dmar_note(warnings, scope->at, "DRHD: %s has source-id 0, "
                           "which guests refuse: give another one", name);
        }
    }
}

/*
 * The INCLUDE_PCI_ALL unit that came before @unit in its segment, if any.
 * Call it for each unit in order, with @owners empty at first.
 */
static const VTDMDmarUnit *owner_before(GHashTable *owners,
                                        const VTDMDmarUnit *unit)
{
    void *segment = GUINT_TO_POINTER(unit->segment);
    const VTDMDmarUnit *owner = g_hash_table_lookup(owners, segment);

    if (!owner && unit->include_all) {
        g_hash_table_insert(owners, segment, (void *)unit);
    }
    return owner;
}

/* Spec: "DMA Remapping Hardware Unit Definition Structure" */
static void check_one_include_all(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    g_autoptr(GHashTable) owners = g_hash_table_new(NULL, NULL);

    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, i);
        const VTDMDmarUnit *owner = owner_before(owners, unit);

        if (owner && unit->include_all) {
            vtdm_dmar_note(errors, unit->at, "DRHD: units " HEX64 " and "
                           HEX64 " are both INCLUDE_PCI_ALL in segment %u, "
                           "expected one", owner->base, unit->base,
                           unit->segment);
        }
    }
}

/* Spec: "DMA Remapping Hardware Unit Definition Structure" */
static void check_include_all_last(const VTDMDmar *dmar,
                                   VTDMDmarNotes *warnings)
{
    g_autoptr(GHashTable) owners = g_hash_table_new(NULL, NULL);

    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, i);
        const VTDMDmarUnit *owner = owner_before(owners, unit);

        if (owner && !unit->include_all) {
            vtdm_dmar_note(warnings, unit->at, "DRHD: unit " HEX64 " after "
                           "the INCLUDE_PCI_ALL unit " HEX64 ", which should "
                           "be the last of segment %u", unit->base,
                           owner->base, unit->segment);
        }
    }
}

static int by_base(const void *a, const void *b)
{
    const VTDMDmarUnit *x = *(VTDMDmarUnit *const *)a;
    const VTDMDmarUnit *y = *(VTDMDmarUnit *const *)b;

    return x->base < y->base ? -1 : x->base > y->base;
}

static void check_register_overlap(const VTDMDmar *dmar,
                                   VTDMDmarNotes *errors)
{
    g_autoptr(GPtrArray) units = vtdm_dmar_sorted(dmar->units, by_base);

    for (unsigned i = 1; i < units->len; i++) {
        const VTDMDmarUnit *low = units->pdata[i - 1];
        const VTDMDmarUnit *high = units->pdata[i];

        if (high->base && high->base - low->base < low->size) {
            vtdm_dmar_note(errors, MAX(low->at, high->at), "DRHD: the "
                           "register sets of two units overlap, at " HEX64
                           " and " HEX64 ": give each a base of its own",
                           low->base, high->base);
        }
    }
}

/* A scope and the segment in which its unit found it. */
typedef struct Listing {
    const VTDMDmarScope *scope;
    uint16_t segment;
} Listing;

/*
 * 0 for two scopes exactly when they name the same device. An HPET may have
 * one source-id for each of its timers, an IOAPIC has one.
 */
static int by_device(const void *a, const void *b)
{
    const Listing *x = a, *y = b;
    uint8_t key[2][6] = {};
    int order;

    for (int i = 0; i < 2; i++) {
        const Listing *listing = i ? y : x;
        const VTDMDmarScope *scope = listing->scope;
        bool pci = vtdm_dmar_scope_is_pci(scope);
        bool has_path = pci || scope->type == VTDM_SCOPE_HPET;

        key[i][0] = pci ? listing->segment >> 8 : 0;
        key[i][1] = pci ? listing->segment : 0;
        key[i][2] = pci ? 0 : scope->type;
        key[i][3] = pci ? 0 : scope->enumeration_id;
        key[i][4] = has_path ? scope->start_bus : 0;
        key[i][5] = has_path ? scope->steps : 0;
    }
    order = memcmp(key[0], key[1], sizeof(key[0]));
    if (order || !key[0][5]) {
        return order;
    }
    return memcmp(x->scope->path, y->scope->path,
                  x->scope->steps * sizeof(x->scope->path[0]));
}

static GArray *all_listings(const VTDMDmar *dmar)
{
    GArray *listings = g_array_new(FALSE, FALSE, sizeof(Listing));

    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, i);

        for (unsigned k = 0; k < unit->scopes->len; k++) {
            Listing listing = { vtdm_dmar_scope(unit->scopes, k),
                                unit->segment };

            if (listing.scope->type <= VTDM_SCOPE_NAMESPACE) {
                g_array_append_val(listings, listing);
            }
        }
    }
    return listings;
}

static void check_listed_twice(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    g_autoptr(GArray) listings = all_listings(dmar);

    g_array_sort(listings, by_device);
    for (unsigned i = 1; i < listings->len; i++) {
        const Listing *pair = &g_array_index(listings, Listing, i - 1);

        if (!by_device(&pair[0], &pair[1])) {
            const VTDMDmarScope *again =
                pair[pair[0].scope->at < pair[1].scope->at].scope;
            g_autofree char *name = vtdm_dmar_scope_name(again);

            vtdm_dmar_note(warnings, again->at, "DRHD: %s is listed twice, "
                           "expected it under one unit only", name);
        }
    }
}

bool vtdm_dmar_lists_ioapic(const VTDMDmar *dmar)
{
    for (unsigned i = 0; i < dmar->units->len; i++) {
        const GArray *scopes = vtdm_dmar_unit(dmar, i)->scopes;

        for (unsigned k = 0; k < scopes->len; k++) {
            if (vtdm_dmar_scope(scopes, k)->type == VTDM_SCOPE_IOAPIC) {
                return true;
            }
        }
    }
    return false;
}

static void check_interrupts(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    if (dmar->flags & VTDM_DMAR_X2APIC_OPT_OUT &&
        !(dmar->flags & VTDM_DMAR_INTR_REMAP)) {
        vtdm_dmar_note(warnings, offsetof(VTDMDmarHeader, flags),
                       "table: X2APIC_OPT_OUT without INTR_REMAP");
    }
    if (dmar->flags & VTDM_DMAR_INTR_REMAP &&
        !vtdm_dmar_lists_ioapic(dmar)) {
        vtdm_dmar_note(warnings, offsetof(VTDMDmarHeader, flags),
                       "table: INTR_REMAP is set, but no unit lists an "
                       "IOAPIC: guests will not remap interrupts");
    }
}

/* Spec: "Remapping Hardware Static Affinity Structure" */
void vtdm_dmar_check_affinities(const VTDMDmar *dmar,
                                VTDMDmarNotes *warnings)
{
    for (unsigned i = 0; i < dmar->affinities->len; i++) {
        const VTDMDmarAffinity *affinity = dmar->affinities->pdata[i];

        if (dmar->units->len && vtdm_dmar_unit_at(dmar, affinity->base) < 0) {
            vtdm_dmar_note(warnings, affinity->at, "RHSA: no unit has the "
                           "register base " HEX64, affinity->base);
        }
    }
}

void vtdm_dmar_check_units(const VTDMDmar *dmar, VTDMDmarNotes *errors,
                           VTDMDmarNotes *warnings)
{
    if (!dmar->units->len) {
        vtdm_dmar_note(errors, sizeof(VTDMDmarHeader),
                       "table: no DRHD, expected at least one");
    }
    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, i);

        check_registers(unit, dmar->host_address_width, errors, warnings);
        check_unit_scopes(unit, warnings);
    }
    check_one_include_all(dmar, errors);
    check_register_overlap(dmar, errors);
    check_listed_twice(dmar, warnings);
}

void vtdm_dmar_check_table(const VTDMDmar *dmar, VTDMDmarNotes *errors)
{
    vtdm_dmar_check_units(dmar, errors, dmar->warnings);
    vtdm_dmar_check_regions(dmar, dmar->warnings);
    check_include_all_last(dmar, dmar->warnings);
    check_interrupts(dmar, dmar->warnings);
    vtdm_dmar_check_affinities(dmar, dmar->warnings);
    vtdm_dmar_check_names(dmar, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_ATSR, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_SATC, dmar->warnings);
    vtdm_dmar_check_groups(dmar, VTDM_DMAR_SIDP, dmar->warnings);
}
