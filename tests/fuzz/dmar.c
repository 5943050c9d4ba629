/*
 * Fuzz target: any bytes as a DMAR table. What parses must survive being
 * built and parsed again without a change, fitted to a VM, and made wrong.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-check.h"
#include "hw/i386/vtdm/dmar-fit.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "quirk-kinds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

static VTDMDmar *parse(const uint8_t *table, size_t size)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    VTDMDmar *dmar = vtdm_dmar_parse(table, size, errors);

    require(!dmar == !!errors->count);
    return dmar;
}

static GByteArray *build(const VTDMDmar *dmar)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    GByteArray *table = vtdm_dmar_build(dmar, errors);

    require(table && !errors->count);
    return table;
}

static void ask(const VTDMDmar *dmar)
{
    static const VTDMDmarHop hop[] = { { 0, 0xe0 }, { 5, 0x08 }, { 6, 0 } };
    VTDMDmarDevice dev = { .segment = 0, .hop = hop };
    int count = dmar->units->len;

    for (dev.hops = 1; dev.hops <= G_N_ELEMENTS(hop); dev.hops++) {
        int unit = vtdm_dmar_find_unit(dmar, &dev);

        require(unit >= -1 && unit < count);
    }
    for (unsigned id = 0; id <= UINT8_MAX; id++) {
        require(vtdm_dmar_ioapic_source_id(dmar, id, NULL) <= UINT16_MAX);
    }
}

/* A fitted table is whole, and fits. */
static void fit(VTDMDmar *dmar)
{
    static const VTDMPlatformRange ranges[] = {
        { 0x0, 0x9ffff, "RAM", VTDM_RANGE_RAM },
        { 0x100000, 0x7fffffff, "RAM", VTDM_RANGE_RAM },
        { 0xb0000000, 0xbfffffff, "ECAM", VTDM_RANGE_DEVICE },
        { 0xfed00000, 0xfed91fff, "HPET", VTDM_RANGE_DEVICE },
    };
    g_autoptr(GArray) taken = g_array_new(FALSE, FALSE, sizeof(ranges[0]));
    g_autoptr(VTDMDmarNotes) changes = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmarNotes) none = vtdm_dmar_notes_new();
    VTDMPlatform vm = { .taken = taken, .address_width = 40, .nodes = 2 };
    g_autoptr(GByteArray) table = NULL;
    g_autoptr(VTDMDmar) again = NULL;

    g_array_append_vals(taken, ranges, G_N_ELEMENTS(ranges));
    vtdm_dmar_fit(dmar, &vm, changes);
    require(dmar->host_address_width <= 40);
    table = build(dmar);
    again = parse(table->data, table->len);
    require(again);
    vtdm_dmar_fit(again, &vm, none);
    require(!none->count);
    again->platform = &vm;
    vtdm_dmar_check(again, none);       /* units may have found no place */
}

/* One quirk after the other; a description survives or is refused. */
static void spoil(const GByteArray *table)
{
    for (int quirk = 0; quirk < VTDM_QUIRKS; quirk++) {
        g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
        g_autoptr(GByteArray) bad = vtdm_dmar_spoil(
            table, vtdm_dmar_quirks[quirk].name, errors);

        require(!bad == !!errors->count);
        if (bad) {
            g_autoptr(VTDMDmar) dmar = vtdm_dmar_read(bad->data, bad->len,
                                                      errors);

            require(dmar);
        }
    }
}

static void round_trip(const uint8_t *bytes, size_t size)
{
    g_autoptr(VTDMDmar) dmar = parse(bytes, size);

    if (dmar) {
        g_autoptr(GByteArray) same = build(dmar);

        require(same->len <= size && !memcmp(same->data, bytes, same->len));
        ask(dmar);
        fit(dmar);
        spoil(same);
    }
}

/* Makes signature, length and checksum right, which chance never does. */
static void seal(uint8_t *table, size_t size)
{
    VTDMDmarHeader *header = (VTDMDmarHeader *)table;
    uint8_t sum = 0;

    memcpy(header->signature, VTDM_DMAR_SIGNATURE, sizeof(header->signature));
    header->length = GUINT32_TO_LE(size);
    header->checksum = 0;
    for (size_t i = 0; i < size; i++) {
        sum += table[i];
    }
    header->checksum = -sum;
}

/* A file is a table, or the text of one, or it is said what it is. */
static void decode(const uint8_t *data, size_t size)
{
    GByteArray *bytes = g_byte_array_new();
    g_autofree char *error = NULL;
    g_autoptr(GByteArray) table = NULL;

    g_byte_array_append(bytes, data, size);
    table = vtdm_dmar_decode(bytes, &error);
    require(!table == !!error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree uint8_t *copy = g_malloc(size);

    decode(data, size);
    round_trip(data, size);
    if (size >= sizeof(VTDMDmarHeader)) {
        memcpy(copy, data, size);
        seal(copy, size);
        round_trip(copy, size);
    }
    return 0;
}
