/*
 * What each quirk does to a table: to its units, scopes and regions, or to
 * its bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "quirk-kinds.h"
#include "scope.h"
#include "source.h"

static bool zero_base(VTDMDmar *dmar)
{
    vtdm_dmar_unit(dmar, 0)->base = 0;
    return true;
}

static bool ones_address(VTDMDmar *dmar)
{
    vtdm_dmar_unit(dmar, 0)->base = UINT64_MAX;
    return true;
}

static void add_copy(VTDMDmar *dmar, const VTDMDmarUnit *unit)
{
    VTDMDmarUnit *copy = g_new(VTDMDmarUnit, 1);

    *copy = *unit;
    copy->raw = unit->raw ? g_bytes_ref(unit->raw) : NULL;
    copy->scopes = g_array_copy(unit->scopes);
    g_ptr_array_add(dmar->units, copy);
}

static bool duplicate_unit(VTDMDmar *dmar)
{
    add_copy(dmar, vtdm_dmar_unit(dmar, 0));
    return true;
}

/* Without a device it means something only if it is not INCLUDE_PCI_ALL. */
static bool empty_unit(VTDMDmar *dmar)
{
    VTDMDmarUnit *unit = vtdm_dmar_unit(dmar, 0);

    g_array_set_size(unit->scopes, 0);
    return !unit->include_all;
}

static const VTDMDmarUnit *find_include_all(const VTDMDmar *dmar)
{
    for (unsigned i = 0; i < dmar->units->len; i++) {
        if (vtdm_dmar_unit(dmar, i)->include_all) {
            return vtdm_dmar_unit(dmar, i);
        }
    }
    return NULL;
}

static bool has_include_all(VTDMDmar *dmar)
{
    return find_include_all(dmar);
}

static bool two_include_all(VTDMDmar *dmar)
{
    const VTDMDmarUnit *unit = find_include_all(dmar);

    if (unit) {
        add_copy(dmar, unit);
    }
    return unit;
}

static bool no_include_all(VTDMDmar *dmar)
{
    bool found = has_include_all(dmar);

    for (unsigned i = 0; i < dmar->units->len; i++) {
        vtdm_dmar_unit(dmar, i)->include_all = false;
    }
    return found;
}

static bool no_ioapic(VTDMDmar *dmar)
{
    bool found = vtdm_dmar_lists_ioapic(dmar);

    for (unsigned i = 0; i < dmar->units->len; i++) {
        GArray *scopes = vtdm_dmar_unit(dmar, i)->scopes;

        for (unsigned k = scopes->len; k-- > 0;) {
            if (vtdm_dmar_scope(scopes, k)->type == VTDM_DMAR_SCOPE_IOAPIC) {
                g_array_remove_index(scopes, k);
            }
        }
    }
    return found;
}

static bool absent_device(VTDMDmar *dmar)
{
    static const VTDMDmarScope device = {
        .type = VTDM_DMAR_SCOPE_ENDPOINT, .steps = 1, .path = { { 0x1e, 7 } },
    };

    g_array_append_val(vtdm_dmar_unit(dmar, 0)->scopes, device);
    return true;
}

/* The first PCI device that a unit lists. */
static bool wrong_scope_type(VTDMDmar *dmar)
{
    for (unsigned i = 0; i < dmar->units->len; i++) {
        const GArray *scopes = vtdm_dmar_unit(dmar, i)->scopes;

        for (unsigned k = 0; k < scopes->len; k++) {
            VTDMDmarScope *scope = vtdm_dmar_scope(scopes, k);

            if (vtdm_dmar_scope_is_pci(scope)) {
                /* Each type becomes the other one. */
                scope->type ^= VTDM_DMAR_SCOPE_ENDPOINT ^
                               VTDM_DMAR_SCOPE_BRIDGE;
                return true;
            }
        }
    }
    return false;
}

static bool unlisted_unit(VTDMDmar *dmar)
{
    if (dmar->units->len > 1) {
        g_ptr_array_remove_index(dmar->units, 0);
        return true;
    }
    return false;
}

/* The offset of the last structure whose type is not above @type. */
static size_t last_offset(const VTDMDmar *dmar, unsigned type)
{
    size_t last = 0;

    for (unsigned i = 0; i <= type; i++) {
        const GPtrArray *list = *vtdm_dmar_list(&vtdm_dmar_kinds[i], dmar);

        for (unsigned k = 0; k < list->len; k++) {
            const VTDMDmarStructure *structure = list->pdata[k];

            last = MAX(last, structure->at);
        }
    }
    return last;
}

static bool rhsa_unknown(VTDMDmar *dmar)
{
    VTDMDmarAffinity *affinity = g_new0(VTDMDmarAffinity, 1);

    affinity->at = last_offset(dmar, VTDM_DMAR_RHSA);
    do {
        affinity->base += 0xdead0000;
    } while (vtdm_dmar_unit_at(dmar, affinity->base) >= 0);
    g_ptr_array_add(dmar->affinities, affinity);
    return true;
}

static bool small_width(VTDMDmar *dmar)
{
    dmar->host_address_width = 8;
    return true;
}

static bool has_region(VTDMDmar *dmar)
{
    return dmar->regions->len;
}

static bool rmrr_backwards(VTDMDmar *dmar)
{
    VTDMDmarRegion *region;

    if (!has_region(dmar)) {
        return false;
    }
    region = dmar->regions->pdata[0];
    region->limit = region->base - 1;
    return true;
}

/* Offset and length of the first structure of a DRHD with INCLUDE_PCI_ALL. */
static size_t include_all_bytes(const GByteArray *table, size_t *len)
{
    size_t at = sizeof(VTDMDmarHeader);

    for (;; at += *len) {
        const uint8_t *bytes = table->data + at;

        *len = bytes[2] | bytes[3] << 8;
        if ((bytes[0] | bytes[1] << 8) == VTDM_DMAR_DRHD &&
            bytes[offsetof(VTDMDmarDrhd, flags)] &
            VTDM_DRHD_INCLUDE_PCI_ALL) {
            return at;
        }
    }
}

static void include_all_first(GByteArray *table)
{
    uint8_t *first = table->data + sizeof(VTDMDmarHeader);
    size_t len;
    size_t at = include_all_bytes(table, &len);
    g_autofree uint8_t *unit = g_memdup2(table->data + at, len);

    memmove(first + len, first, at - sizeof(VTDMDmarHeader));
    memcpy(first, unit, len);
    vtdm_dmar_seal(table);
}

static void zero_tail(GByteArray *table)
{
    static const uint8_t zeros[16];

    g_byte_array_append(table, zeros, sizeof(zeros));
    vtdm_dmar_seal(table);
}

static void truncate_table(GByteArray *table)
{
    g_byte_array_set_size(table, table->len - 2);
    vtdm_dmar_seal(table);
}

static void bad_checksum(GByteArray *table)
{
    table->data[offsetof(VTDMDmarHeader, checksum)]++;
}

#define NEEDS_INCLUDE_ALL "a unit with include-all"
#define NEEDS_REGION "a reserved memory region: set rmrr="

const VTDMDmarQuirkKind vtdm_dmar_quirks[VTDM_QUIRKS] = {
    [VTDM_QUIRK_ZERO_BASE] = { "zero-base", zero_base },
    [VTDM_QUIRK_ONES_ADDRESS] = { "ones-address", ones_address },
    [VTDM_QUIRK_ONES_REGISTERS] = { "ones-registers" },
    [VTDM_QUIRK_DUPLICATE_UNIT] = { "duplicate-unit", duplicate_unit },
    [VTDM_QUIRK_EMPTY_UNIT] = {
        "empty-unit", empty_unit, .needs = "a first unit without include-all"
    },
    [VTDM_QUIRK_NO_INCLUDE_ALL] = {
        "no-include-all", no_include_all, .needs = NEEDS_INCLUDE_ALL
    },
    [VTDM_QUIRK_TWO_INCLUDE_ALL] = {
        "two-include-all", two_include_all, .needs = NEEDS_INCLUDE_ALL
    },
    [VTDM_QUIRK_INCLUDE_ALL_FIRST] = {
        "include-all-first", has_include_all, include_all_first,
        .needs = NEEDS_INCLUDE_ALL
    },
    [VTDM_QUIRK_NO_IOAPIC] = {
        "no-ioapic", no_ioapic, .needs = "a unit with the ioapic"
    },
    [VTDM_QUIRK_ABSENT_DEVICE] = { "absent-device", absent_device },
    [VTDM_QUIRK_WRONG_SCOPE_TYPE] = {
        "wrong-scope-type", wrong_scope_type,
        .needs = "a unit with an endpoint or a bridge"
    },
    [VTDM_QUIRK_RMRR_UNRESERVED] = {
        "rmrr-unreserved", has_region, .needs = NEEDS_REGION
    },
    [VTDM_QUIRK_RMRR_BACKWARDS] = {
        "rmrr-backwards", rmrr_backwards, .needs = NEEDS_REGION
    },
    [VTDM_QUIRK_RHSA_UNKNOWN] = { "rhsa-unknown", rhsa_unknown },
    [VTDM_QUIRK_SMALL_WIDTH] = { "small-width", small_width },
    [VTDM_QUIRK_UNLISTED_UNIT] = {
        "unlisted-unit", unlisted_unit, .needs = "a second unit"
    },
    [VTDM_QUIRK_ZERO_TAIL] = { "zero-tail", .spoil = zero_tail },
    [VTDM_QUIRK_TRUNCATED] = { "truncated", .spoil = truncate_table },
    [VTDM_QUIRK_BAD_CHECKSUM] = { "bad-checksum", .spoil = bad_checksum },
};
