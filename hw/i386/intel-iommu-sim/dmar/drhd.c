/*
 * Remapping units: what must hold, and what should hold, of their registers
 * and of the devices in their scopes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "drhd.h"
#include "hw/i386/vtdm/dmar-platform.h"
#include "listing.h"
#include "scope.h"

static bool is_platform_scope(const VTDMDmarScope *scope)
{
    return scope->type == VTDM_DMAR_SCOPE_IOAPIC ||
           scope->type == VTDM_DMAR_SCOPE_HPET;
}

/* What to do about a place that the registers of @unit cannot have. */
static char *other_place(const VTDMDmar *dmar, const VTDMDmarUnit *unit)
{
    const VTDMPlatform *vm = dmar->platform;
    VTDMPlace wanted = vtdm_platform_unit_place(unit->size);
    uint64_t place = vm && !vm->advice
                         ? vtdm_platform_free_place(vm, dmar, &wanted)
                         : wanted.from;

    if (vm && vm->advice) {
        return g_strdup(vm->advice);
    }
    return place ? g_strdup_printf("choose a free address, such as " HEX64,
                                   place)
                 : g_strdup("choose a free address");
}

/* Notes that @why the registers are misplaced, and what to do about it. */
static void note_place(const VTDMDmar *dmar, const VTDMDmarUnit *unit,
                       const char *why, VTDMDmarNotes *notes)
{
    g_autofree char *fix = notes->count < VTDM_DMAR_NOTES_MAX
                               ? other_place(dmar, unit) : g_strdup("");

    vtdm_dmar_note(notes, unit->at, "DRHD: %s: %s", why, fix);
}

/* What the registers would hide, of a machine that is known. */
static void check_place(const VTDMDmar *dmar, const VTDMDmarUnit *unit,
                        VTDMDmarNotes *errors)
{
    uint64_t last = unit->base + (unit->size - 1);
    const VTDMPlatformRange *other = dmar->platform
        ? vtdm_platform_find(dmar->platform, VTDM_ALL_RANGES, unit->base, last)
        : NULL;
    g_autofree char *why = NULL;

    if (other) {
        why = g_strdup_printf("registers at " HEX64 " lie over %s",
                              unit->base, other->name);
        note_place(dmar, unit, why, errors);
    }
}

static void check_width(const VTDMDmar *dmar, const VTDMDmarUnit *unit,
                        VTDMDmarNotes *warnings)
{
    unsigned width = dmar->host_address_width;
    g_autofree char *why = NULL;

    if (width < 64 && (unit->base + (unit->size - 1)) >> width) {
        why = g_strdup_printf("register base " HEX64 " does not fit into the "
                              "host address width of %u bits", unit->base,
                              width);
        note_place(dmar, unit, why, warnings);
    }
}

static bool is_aligned(const VTDMDmarUnit *unit)
{
    return !(unit->base & (unit->size - 1));
}

/* Below, unless another unit is there. */
static uint64_t nearest_base(const VTDMDmar *dmar, const VTDMDmarUnit *unit)
{
    uint64_t base = MAX(unit->base & -unit->size, unit->size);

    for (unsigned i = 0; i < dmar->units->len; i++) {
        const VTDMDmarUnit *other = vtdm_dmar_unit(dmar, i);

        if (other != unit && base <= other->base + (other->size - 1) &&
            other->base <= base + (unit->size - 1)) {
            return base + unit->size;
        }
    }
    return base;
}

/* Spec: "DMA Remapping Hardware Unit Definition Structure" */
static void check_registers(const VTDMDmar *dmar, const VTDMDmarUnit *unit,
                            VTDMDmarNotes *errors, VTDMDmarNotes *warnings)
{
    if (!unit->base) {
        note_place(dmar, unit, "register base 0, where no unit can be",
                   errors);
    } else if (!is_aligned(unit)) {
        vtdm_dmar_note(errors, unit->at, "DRHD: register base " HEX64 ", "
                       "expected a multiple of 0x%x, the size of the "
                       "register set; the nearest is " HEX64, unit->base,
                       (unsigned)unit->size, nearest_base(dmar, unit));
    } else {
        check_width(dmar, unit, warnings);
        check_place(dmar, unit, errors);
    }
}

static void check_unit_scopes(const VTDMDmarUnit *unit,
                              VTDMDmarNotes *warnings)
{
    if (!unit->include_all && !unit->scopes->len) {
        vtdm_dmar_note(warnings, unit->at, "DRHD: unit " HEX64 " owns no "
                       "device, expected device scopes or INCLUDE_PCI_ALL "
                       "(include-all)", unit->base);
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
        } else if (scope->type == VTDM_DMAR_SCOPE_IOAPIC &&
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
void vtdm_dmar_check_include_all_last(const VTDMDmar *dmar,
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

/* Sizes are powers of 2: the first place for @unit behind @other. */
static uint64_t place_behind(const VTDMDmarUnit *other,
                             const VTDMDmarUnit *unit)
{
    return (other->base + other->size + unit->size - 1) & -unit->size;
}

/* Of a base that is none, something else is said. */
static void check_register_overlap(const VTDMDmar *dmar,
                                   VTDMDmarNotes *errors)
{
    g_autoptr(GPtrArray) units = vtdm_dmar_sorted(dmar->units, by_base);

    for (unsigned i = 1; i < units->len; i++) {
        const VTDMDmarUnit *low = units->pdata[i - 1];
        const VTDMDmarUnit *high = units->pdata[i];

        if (high->base && is_aligned(low) && is_aligned(high) &&
            high->base - low->base < low->size) {
            vtdm_dmar_note(errors, MAX(low->at, high->at), "DRHD: the "
                           "register sets of two units overlap, at " HEX64
                           " and " HEX64 ": move one to " HEX64 ", or beyond",
                           low->base, high->base, place_behind(low, high));
        }
    }
}

/* All devices of a PC are in segment 0. */
static void check_segments(const VTDMDmar *dmar, VTDMDmarNotes *warnings)
{
    const VTDMDmarUnit *unit = NULL;

    for (unsigned i = dmar->units->len; i-- > 0;) {
        unit = vtdm_dmar_unit(dmar, i);
        if (!unit->segment) {
            return;
        }
    }
    if (dmar->platform && unit) {
        vtdm_dmar_note(warnings, unit->at, "DRHD: no unit is in segment 0, "
                       "where all devices of this machine are, so that none "
                       "is translated: %s", dmar->platform->advice ?:
                       "leave out segment=");
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

        check_registers(dmar, unit, errors, warnings);
        check_unit_scopes(unit, warnings);
    }
    check_segments(dmar, warnings);
    check_one_include_all(dmar, errors);
    check_register_overlap(dmar, errors);
    vtdm_dmar_check_listed_twice(dmar, VTDM_DMAR_DRHD, warnings);
}
