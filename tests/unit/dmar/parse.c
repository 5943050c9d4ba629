/*
 * What the parser of the DMAR table reads, refuses and warns of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/dmar-parse.h"
#include "dmar-bytes.h"

static VTDMDmar *parse(const GByteArray *table)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    VTDMDmar *dmar = vtdm_dmar_parse(table->data, table->len, errors);
    g_autofree char *text = vtdm_dmar_notes_for_table(errors);

    g_assert_cmpstr(text, ==, "");
    g_assert_nonnull(dmar);
    return dmar;
}

static void assert_notes(const VTDMDmarNotes *notes, const char *expected)
{
    g_autofree char *text = vtdm_dmar_notes_for_table(notes);

    g_assert_cmpstr(text, ==, expected);
}

static void assert_refused(const GByteArray *table, const char *expected)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();

    g_assert_null(vtdm_dmar_parse(table->data, table->len, errors));
    assert_notes(errors, expected);
}

static const VTDMDmarScope *scope_of(const GArray *scopes, unsigned index)
{
    g_assert_cmpuint(index, <, scopes->len);
    return &g_array_index(scopes, VTDMDmarScope, index);
}

static void test_sample(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();
    g_autoptr(VTDMDmar) dmar = parse(table);
    const VTDMDmarUnit *unit;
    const VTDMDmarRegion *region;

    assert_notes(dmar->warnings, "");
    g_assert_cmpuint(dmar->host_address_width, ==, 39);
    g_assert_cmpuint(dmar->flags, ==, VTDM_DMAR_INTR_REMAP);
    g_assert_cmpuint(dmar->units->len, ==, 2);

    unit = dmar->units->pdata[0];
    g_assert_cmphex(unit->at, ==, 0x30);
    g_assert_cmphex(unit->base, ==, 0xfed90000);
    g_assert_cmphex(unit->size, ==, 0x1000);
    g_assert_false(unit->include_all);
    g_assert_cmpuint(unit->scopes->len, ==, 1);
    g_assert_cmphex(scope_of(unit->scopes, 0)->at, ==, 0x40);
    g_assert_cmpuint(scope_of(unit->scopes, 0)->type, ==,
                     VTDM_DMAR_SCOPE_ENDPOINT);
    g_assert_cmpuint(scope_of(unit->scopes, 0)->path[0].device, ==, 3);

    unit = dmar->units->pdata[1];
    g_assert_true(unit->include_all);
    g_assert_cmpuint(unit->scopes->len, ==, 2);
    g_assert_cmphex(scope_of(unit->scopes, 0)->start_bus, ==, 0xff);
    g_assert_cmpuint(scope_of(unit->scopes, 1)->type, ==, VTDM_DMAR_SCOPE_HPET);

    g_assert_cmpuint(dmar->regions->len, ==, 1);
    region = dmar->regions->pdata[0];
    g_assert_cmphex(region->base, ==, 0x7d000000);
    g_assert_cmphex(region->limit, ==, 0x7d7fffff);
    g_assert_cmpuint(scope_of(region->scopes, 0)->path[0].device, ==, 0x14);
}

static void test_every_type(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_every_type();
    g_autoptr(VTDMDmar) dmar = parse(table);
    const VTDMDmarGroup *atsr = dmar->atsr->pdata[0];
    const VTDMDmarAffinity *affinity = dmar->affinities->pdata[0];
    const VTDMDmarName *name = dmar->names->pdata[0];
    const VTDMDmarGroup *satc = dmar->satc->pdata[0];
    const VTDMDmarGroup *sidp = dmar->sidp->pdata[0];

    assert_notes(dmar->warnings, "offset 0xdb: structure: unknown type 7, "
                 "6 bytes skipped\n"
                 "offset 0xac: ANDD: no unit lists the namespace device 7: "
                 "add namespace=7@BB:DD.F to one\n");
    g_assert_cmphex(atsr->at, ==, 0x88);
    g_assert_cmpuint(scope_of(atsr->scopes, 0)->path[0].device, ==, 0x1c);
    g_assert_cmphex(affinity->base, ==, 0xfed91000);
    g_assert_cmpuint(affinity->proximity_domain, ==, 3);
    g_assert_cmpuint(name->device_number, ==, 7);
    g_assert_cmpstr(name->path, ==, "\\_SB.A");
    g_assert_cmpuint(satc->flags, ==, VTDM_SATC_ATC_REQUIRED);
    g_assert_cmphex(scope_of(sidp->scopes, 0)->flags, ==, 0x12);
}

/* A path as long as its length field allows: 254 bytes, 124 steps. */
static void test_longest_path(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_new();
    g_autoptr(VTDMDmar) dmar = NULL;
    const VTDMDmarUnit *unit;

    table->data[37] = 0;
    dmar_hex(table, "00 00 0e 01 00 00 00 00 00 00 d9 fe 00 00 00 00"
                    "02 fe 00 00 00 00");
    for (int i = 1; i <= 124; i++) {
        dmar_hex(table, i == 124 ? "1f 07" : "01 00");
    }
    dmar_seal(table);
    dmar = parse(table);
    assert_notes(dmar->warnings, "");
    unit = dmar->units->pdata[0];
    g_assert_cmpuint(scope_of(unit->scopes, 0)->steps, ==, 124);
    g_assert_cmpuint(scope_of(unit->scopes, 0)->path[123].device, ==, 0x1f);
    g_assert_cmpuint(scope_of(unit->scopes, 0)->path[123].function, ==, 7);
}

/* Bytes after the length in the header are not part of the table. */
static void test_tail(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();
    g_autoptr(VTDMDmar) dmar = NULL;

    dmar_hex(table, "ff ff ff");
    dmar = parse(table);
    assert_notes(dmar->warnings,
                 "offset 0x88: table: 3 bytes after its end are ignored\n");
}

/* One change to the sample table, and what the parser says of it. */
typedef struct Poke {
    const char *name;
    size_t at;
    int width;
    uint64_t value;
    const char *notes;
} Poke;

static GByteArray *poked(const Poke *poke)
{
    GByteArray *table = dmar_bytes_sample();

    dmar_poke(table, poke->at, poke->width, poke->value);
    dmar_seal(table);
    return table;
}

static void test_refusal(gconstpointer data)
{
    const Poke *poke = data;
    g_autoptr(GByteArray) table = poked(poke);

    assert_refused(table, poke->notes);
}

static const Poke refusals[] = {
    { "signature", 0, 1, 'X', "offset 0x0: table: the signature is 58 4d 41 "
      "52, expected \"DMAR\"\n" },
    { "width-too-small", 36, 1, 10, "offset 0x24: table: a host address "
      "width of 11 bits, expected 12 to 64\n" },
    { "width-too-large", 36, 1, 64, "offset 0x24: table: a host address "
      "width of 65 bits, expected 12 to 64\n" },
    { "width-of-256", 36, 1, 255, "offset 0x24: table: a host address width "
      "of 256 bits, expected 12 to 64\n" },
    { "structure-length-0", 0x32, 2, 0, "offset 0x30: DRHD: a length of 0, "
      "expected at least 16\n" },
    { "structure-too-short", 0x6a, 2, 23, "offset 0x68: RMRR: a length of "
      "23, expected at least 24\n" },
    { "structure-past-end", 0x6a, 2, 33, "offset 0x68: RMRR: runs past the "
      "end of the table (length 33, 32 bytes left)\n" },
    { "structure-cut", 0x6a, 2, 30, "offset 0x80: RMRR: device scope runs "
      "past the end of its structure (length 8, 6 bytes left)\n"
      "offset 0x86: structure: its type and length need 4 bytes, 2 are "
      "left\n" },
    { "unknown-type-short", 0x68, 4, 0x00030009, "offset 0x68: structure of "
      "unknown type: a length of 3, expected at least 4\n" },
    { "unknown-type-past-end", 0x68, 4, 0x00210009, "offset 0x68: structure "
      "of unknown type: runs past the end of the table (length 33, 32 bytes "
      "left)\n" },
    { "truncated-scope", 0x41, 1, 9, "offset 0x40: DRHD: device scope runs "
      "past the end of its structure (length 9, 8 bytes left)\n" },
    { "scope-head-cut", 0x59, 1, 12, "offset 0x64: DRHD: a device scope "
      "needs 6 bytes, 4 are left\n" },
    { "scope-length-0", 0x41, 1, 0, "offset 0x40: DRHD: device scope of "
      "length 0, expected at least 8\n" },
    { "scope-without-path", 0x41, 1, 6, "offset 0x40: DRHD: device scope of "
      "length 6, expected at least 8\n" },
    { "scope-half-a-step", 0x41, 1, 7, "offset 0x40: DRHD: device scope of "
      "length 7, expected at least 8\n" },
    { "reserved-scope-length-0", 0x40, 2, 0x0009, "offset 0x40: DRHD: "
      "device scope of length 0, expected at least 6\n" },
    { "base-zero", 0x38, 8, 0, "offset 0x30: DRHD: register base 0, where no "
      "unit can be: choose a free address, such as 0xfed90000\n" },
    { "base-unaligned", 0x38, 8, 0xfed8f800, "offset 0x30: DRHD: register "
      "base 0xfed8f800, expected a multiple of 0x1000, the size of the "
      "register set; the nearest is 0xfed8f000\n" },
    { "base-unaligned-to-size", 0x34, 2, 0x0500, "offset 0x30: DRHD: "
      "register base 0xfed90000, expected a multiple of 0x20000, the size of "
      "the register set; the nearest is 0xfeda0000\n" },
    { "base-twice", 0x50, 8, 0xfed90000, "offset 0x48: DRHD: the register "
      "sets of two units overlap, at 0xfed90000 and 0xfed90000: move one to "
      "0xfed91000, or beyond\n" },
    { "registers-overlap", 0x35, 1, 1, "offset 0x48: DRHD: the register sets "
      "of two units overlap, at 0xfed90000 and 0xfed91000: move one to "
      "0xfed92000, or beyond\n" },
    { "two-include-all", 0x34, 1, 1, "offset 0x48: DRHD: units 0xfed90000 "
      "and 0xfed91000 are both INCLUDE_PCI_ALL in segment 0, expected "
      "one\n" },
};

static void test_warning(gconstpointer data)
{
    const Poke *poke = data;
    g_autoptr(GByteArray) table = poked(poke);
    g_autoptr(VTDMDmar) dmar = parse(table);

    assert_notes(dmar->warnings, poke->notes);
}

static const Poke warnings[] = {
    { "revision", 8, 1, 9, "offset 0x8: table: revision 9, expected 1\n" },
    { "width-64", 36, 1, 63, "" },
    { "revision-2-is-common", 8, 1, 2, "" },
    { "header-flags", 37, 1, 0x81, "offset 0x25: table: reserved bits 0x80 "
      "are set\n" },
    { "header-reserved", 47, 1, 1, "offset 0x2f: table: reserved bits 0x01 "
      "are set\n" },
    { "x2apic-opt-out-alone", 37, 1, 2, "offset 0x25: table: X2APIC_OPT_OUT "
      "has no meaning without INTR_REMAP: clear the one, or set the "
      "other\n" },
    { "no-ioapic", 0x58, 1, 4, "offset 0x25: table: INTR_REMAP is set, but "
      "no unit lists an IOAPIC: guests will not remap interrupts\n" },
    { "drhd-flags", 0x34, 1, 0x80, "offset 0x34: DRHD: reserved bits 0x80 "
      "are set\n" },
    { "drhd-size", 0x35, 1, 0x10, "offset 0x35: DRHD: reserved bits 0x10 "
      "are set\n" },
    { "rmrr-reserved", 0x6c, 1, 0xff, "offset 0x6c: RMRR: reserved bits 0xff "
      "are set\n" },
    { "scope-flags", 0x42, 1, 1, "offset 0x42: device scope: reserved bits "
      "0x01 are set\n" },
    { "scope-reserved", 0x43, 1, 2, "offset 0x43: device scope: reserved "
      "bits 0x02 are set\n" },
    { "scope-enumeration-id", 0x44, 1, 3, "offset 0x44: device scope: "
      "reserved bits 0x03 are set\n" },
    { "scope-device-number", 0x46, 1, 32, "offset 0x40: DRHD: endpoint "
      "00:20.0: no PCI device has this number\n" },
    { "scope-function-number", 0x47, 1, 8, "offset 0x40: DRHD: endpoint "
      "00:03.8: no PCI device has this number\n" },
    { "scope-type-reserved", 0x40, 1, 9, "offset 0x40: DRHD: device scope of "
      "the reserved type 9 names no device\n" },
    { "base-beyond-width", 0x3c, 4, 0x80, "offset 0x30: DRHD: register base "
      "0x80fed90000 does not fit into the host address width of 39 bits: "
      "choose a free address, such as 0xfed90000\n" },
    { "endpoint-under-include-all", 0x60, 1, 1, "offset 0x60: DRHD: endpoint "
      "ff:0f.0 is listed under an INCLUDE_PCI_ALL unit, which has every "
      "device that no other unit lists: remove it\n" },
    { "ioapic-source-id-0", 0x5d, 1, 0, "offset 0x58: DRHD: IOAPIC 0 00:00.0 "
      "has source-id 0, which guests refuse: give another one\n" },
    { "ioapic-twice", 0x60, 1, 3, "offset 0x60: DRHD: IOAPIC 0 ff:0f.0 is "
      "listed twice, expected it under one unit only\n" },
    { "rmrr-base", 0x71, 1, 8, "offset 0x68: RMRR: base 0x7d000800, expected "
      "a multiple of 0x1000, such as 0x7d000000\n" },
    { "rmrr-limit", 0x78, 1, 0xfe, "offset 0x68: RMRR: limit 0x7d7ffffe, "
      "expected the last byte of a page, such as 0x7d7fffff\n" },
    { "rmrr-empty", 0x78, 8, 0x7cffffff, "offset 0x68: RMRR: ignored, its "
      "limit 0x7cffffff is below its base 0x7d000000\n" },
    { "rmrr-of-one-byte", 0x78, 8, 0x7d000000, "offset 0x68: RMRR: limit "
      "0x7d000000, expected the last byte of a page, such as 0x7d000fff\n" },
    { "rmrr-over-registers", 0x78, 8, 0xfed90fff, "offset 0x68: RMRR: "
      "0x7d000000 to 0xfed90fff overlaps the registers at 0xfed90000: choose "
      "another place\n" },
    { "rmrr-segment", 0x6e, 2, 1, "offset 0x80: RMRR: endpoint 00:14.0 is "
      "under no unit: list it, or make a unit INCLUDE_PCI_ALL "
      "(include-all)\n" },
};

/* Structures after a header, and what the parser says of them. */
typedef struct Body {
    const char *name;
    const char *structures;
    const char *notes;
} Body;

#define OWNER "00 00 10 00 01 00 00 00 00 00 d9 fe 00 00 00 00"  /* to 0x40 */

static GByteArray *table_of(const Body *body)
{
    GByteArray *table = dmar_bytes_new();

    table->data[37] = 0;
    dmar_hex(table, body->structures);
    dmar_seal(table);
    return table;
}

static void test_body_refusal(gconstpointer data)
{
    const Body *body = data;
    g_autoptr(GByteArray) table = table_of(body);

    assert_refused(table, body->notes);
}

static const Body body_refusals[] = {
    { "empty", "", "offset 0x30: table: no DRHD, expected at least one\n" },
    { "no-drhd", "02 00 08 00 01 00 00 00",
      "offset 0x30: table: no DRHD, expected at least one\n" },
    { "zero-tail", OWNER "00 00 00 00 00 00 00 00",
      "offset 0x40: DRHD: a length of 0, expected at least 16\n" },
    { "one-byte-left", OWNER "00", "offset 0x40: structure: its type and "
      "length need 4 bytes, 1 are left\n" },
    { "name-without-end", OWNER "04 00 0a 00 00 00 00 01 5c 41",
      "offset 0x40: ANDD: the object path of 2 bytes does not end with a "
      "zero byte\n" },
    { "name-of-no-bytes", OWNER "04 00 08 00 00 00 00 01",
      "offset 0x40: ANDD: the object path of 0 bytes does not end with a "
      "zero byte\n" },
    { "rhsa-short", OWNER "03 00 10 00 00 00 00 00 00 00 d9 fe 00 00 00 00",
      "offset 0x40: RHSA: a length of 16, expected at least 20\n" },
    { "two-errors", "00 00 10 00 00 00 00 00 00 00 00 00 00 00 00 00"
      "00 00 10 00 00 00 00 00 01 00 d9 fe 00 00 00 00",
      "offset 0x30: DRHD: register base 0, where no unit can be: choose a "
      "free address, such as 0xfed90000\n"
      "offset 0x40: DRHD: register base 0xfed90001, "
      "expected a multiple of 0x1000, the size of the register set; the "
      "nearest is 0xfed90000\n" },
};

static void test_body_warning(gconstpointer data)
{
    const Body *body = data;
    g_autoptr(GByteArray) table = table_of(body);
    g_autoptr(VTDMDmar) dmar = parse(table);

    assert_notes(dmar->warnings, body->notes);
}

static const Body body_warnings[] = {
    { "fine", OWNER, "" },
    { "no-device", "00 00 10 00 00 00 00 00 00 00 d9 fe 00 00 00 00",
      "offset 0x30: DRHD: unit 0xfed90000 owns no device, expected device "
      "scopes or INCLUDE_PCI_ALL (include-all)\n" },
    { "order-of-types", "03 00 14 00 00 00 00 00 00 00 d9 fe 00 00 00 00"
      "00 00 00 00" OWNER "02 00 08 00 01 00 00 00",
      "offset 0x44: structure: type 0 after type 3, expected increasing "
      "types\noffset 0x54: structure: type 2 after type 3, expected "
      "increasing types\n" },
    { "include-all-first", OWNER
      "00 00 18 00 00 00 00 00 00 10 d9 fe 00 00 00 00"
      "01 08 00 00 00 00 03 00",
      "offset 0x40: DRHD: unit 0xfed91000 after the INCLUDE_PCI_ALL unit "
      "0xfed90000, which should be the last of segment 0\n" },
    { "include-all-of-two-segments", OWNER
      "00 00 10 00 01 00 01 00 00 10 d9 fe 00 00 00 00", "" },
    { "same-device-in-two-segments",
      "00 00 18 00 00 00 00 00 00 00 d9 fe 00 00 00 00"
      "01 08 00 00 00 00 03 00"
      "00 00 18 00 00 00 01 00 00 10 d9 fe 00 00 00 00"
      "01 08 00 00 00 00 03 00", "" },
    { "device-twice",
      "00 00 18 00 00 00 00 00 00 00 d9 fe 00 00 00 00"
      "01 08 00 00 00 00 03 00"
      "00 00 18 00 00 00 00 00 00 10 d9 fe 00 00 00 00"
      "02 08 00 00 00 00 03 00",
      "offset 0x58: DRHD: bridge 00:03.0 is listed twice, expected it under "
      "one unit only\n" },
    { "hpet-with-two-source-ids", "00 00 20 00 01 00 00 00 00 00 d9 fe 00 00 "
      "00 00 04 08 00 00 00 f0 0f 00 04 08 00 00 00 f0 0f 01", "" },
    { "ioapic-behind-bridge", "00 00 1a 00 01 00 00 00 00 00 d9 fe 00 00 00 "
      "00 03 0a 00 00 08 00 1c 00 00 00",
      "offset 0x40: DRHD: IOAPIC 8 00:1c.0/00.0 is behind a bridge, its "
      "source-id is unknown: expected a path of one step\n" },
    { "scope-of-odd-length", "00 00 19 00 00 00 00 00 00 00 d9 fe 00 00 00 "
      "00 01 09 00 00 00 00 03 00 00",
      "offset 0x40: DRHD: device scope of odd length 9: half a step of its "
      "path is ignored\n" },
    { "reserved-scope-without-path", "00 00 16 00 01 00 00 00 00 00 d9 fe 00 "
      "00 00 00 07 06 00 00 00 00",
      "offset 0x40: DRHD: device scope of the reserved type 7 names no "
      "device\n" },
    { "rmrr-without-scope", OWNER
      "01 00 18 00 00 00 00 00 00 00 10 00 00 00 00 00"
      "ff ff 10 00 00 00 00 00",
      "offset 0x40: RMRR: no device uses the region at 0x100000, expected a "
      "device scope (@BB:DD.F)\n" },
    { "rmrr-overlap", OWNER
      "01 00 20 00 00 00 00 00 00 00 10 00 00 00 00 00"
      "ff ff 1f 00 00 00 00 00 01 08 00 00 00 00 03 00"
      "01 00 20 00 00 00 00 00 00 00 1f 00 00 00 00 00"
      "ff ff 2f 00 00 00 00 00 01 08 00 00 00 00 04 00",
      "offset 0x60: RMRR: the regions at 0x100000 and 0x1f0000 overlap: make "
      "them one region with the devices of both\n" },
    { "rmrr-overlap-by-a-byte", OWNER
      "01 00 20 00 00 00 00 00 00 00 10 00 00 00 00 00"
      "00 00 1f 00 00 00 00 00 01 08 00 00 00 00 03 00"
      "01 00 20 00 00 00 00 00 00 00 1f 00 00 00 00 00"
      "ff ff 2f 00 00 00 00 00 01 08 00 00 00 00 04 00",
      "offset 0x40: RMRR: limit 0x1f0000, expected the last byte of a page, "
      "such as 0x1f0fff\n"
      "offset 0x60: RMRR: the regions at 0x100000 and 0x1f0000 overlap: make "
      "them one region with the devices of both\n" },
    { "rmrr-overlap-of-segments", OWNER
      "00 00 10 00 01 00 01 00 00 10 d9 fe 00 00 00 00"
      "01 00 20 00 00 00 00 00 00 00 10 00 00 00 00 00"
      "ff ff 1f 00 00 00 00 00 01 08 00 00 00 00 03 00"
      "01 00 20 00 00 00 01 00 00 00 10 00 00 00 00 00"
      "ff ff 1f 00 00 00 00 00 01 08 00 00 00 00 03 00", "" },
    { "atsr-of-endpoint", OWNER
      "02 00 10 00 00 00 00 00 01 08 00 00 00 00 1c 00",
      "offset 0x48: ATSR: endpoint 00:1c.0 does not belong into this "
      "structure\n" },
    { "atsr-without-scope", OWNER "02 00 08 00 00 00 00 00",
      "offset 0x40: ATSR: names no device, expected a device scope or "
      "ALL_PORTS\n" },
    { "atsr-both", OWNER
      "02 00 10 00 01 00 00 00 02 08 00 00 00 00 1c 00",
      "offset 0x40: ATSR: ALL_PORTS and a list of ports, expected one of "
      "them\n" },
    { "atsr-all-ports", OWNER "02 00 08 00 01 00 00 00", "" },
    { "satc-without-scope", OWNER "05 00 08 00 01 00 00 00",
      "offset 0x40: SATC: names no device, expected a device scope\n" },
    { "sidp-without-scope", OWNER "06 00 08 00 00 00 00 00",
      "offset 0x40: SIDP: names no device, expected a device scope\n" },
    { "sidp-flags", OWNER
      "06 00 10 00 00 00 00 00 01 08 20 00 00 00 02 00",
      "offset 0x4a: device scope: reserved bits 0x20 are set\n" },
    { "rhsa-of-no-unit", OWNER
      "03 00 14 00 00 00 00 00 00 10 d9 fe 00 00 00 00 00 00 00 00",
      "offset 0x40: RHSA: no unit has the register base 0xfed91000, the "
      "first one has 0xfed90000\n" },
    { "rhsa-within-registers", OWNER "03 00 14 00 00 00 00 00"
      "10 00 d9 fe 00 00 00 00 00 00 00 00",
      "offset 0x40: RHSA: no unit has the register base 0xfed90010, the "
      "first one has 0xfed90000\n" },
    { "rhsa-twice", OWNER
      "03 00 14 00 00 00 00 00 00 00 d9 fe 00 00 00 00 01 00 00 00"
      "03 00 14 00 00 00 00 00 00 00 d9 fe 00 00 00 00 02 00 00 00",
      "offset 0x54: RHSA: the unit at 0xfed90000 has a node already, 1: remove "
      "this one\n" },
    { "namespace-without-name",
      "00 00 18 00 01 00 00 00 00 00 d9 fe 00 00 00 00"
      "05 08 00 00 07 f0 01 02",
      "offset 0x40: DRHD: no ANDD (andd=) gives the namespace device 7 a name, "
      "so that guests will not find it: add one\n" },
};

static void test_header_cut(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_new();

    g_byte_array_set_size(table, 47);
    assert_refused(table, "offset 0x0: table: 47 bytes, the header alone "
                   "needs 48\n");
}

static void test_header_length(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();

    dmar_poke(table, 4, 4, 47);
    assert_refused(table, "offset 0x4: table: the header gives a length of "
                   "47, it alone needs 48\n");
    dmar_poke(table, 4, 4, 137);
    assert_refused(table, "offset 0x4: table: the header gives a length of "
                   "137, but 136 bytes are there: the end is cut off\n");
}

/* Refused by its header, before anything else is read. */
static void test_too_long(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();

    g_byte_array_set_size(table, 65536);
    memset(table->data + 0x88, 0, table->len - 0x88);
    dmar_seal(table);
    assert_refused(table, "offset 0x4: table: 65536 bytes, QEMU takes ACPI "
                   "tables of up to 65535\n");
}

static void test_checksum(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();
    uint8_t right = table->data[9];
    g_autofree char *expected = g_strdup_printf(
        "offset 0x9: table: the checksum is 0x%02x, expected 0x%02x\n",
        (uint8_t)(right + 1), right);

    table->data[9]++;
    assert_refused(table, expected);
}

/* Whatever the bytes are: a description, or a reason why not. */
static void parse_anything(const GByteArray *table)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree uint8_t *copy = g_malloc(table->len);    /* exactly */
    g_autoptr(VTDMDmar) dmar = NULL;

    memcpy(copy, table->data, table->len);
    dmar = vtdm_dmar_parse(copy, table->len, errors);
    g_assert_true(!dmar == !!errors->count);
}

/* A good table, cut at each length; its header tells the truth or not. */
static void test_every_truncation(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_every_type();

    while (table->len > sizeof(VTDMDmarHeader)) {
        g_byte_array_set_size(table, table->len - 1);
        parse_anything(table);
        dmar_seal(table);
        parse_anything(table);
    }
}

/* A good table with each byte changed, its checksum wrong and right. */
static void test_every_flip(void)
{
    static const uint8_t flips[] = { 0x01, 0x02, 0x08, 0x80, 0xff };
    g_autoptr(GByteArray) table = dmar_bytes_every_type();

    for (unsigned at = 0; at < table->len; at++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(flips); i++) {
            table->data[at] ^= flips[i];
            parse_anything(table);
            dmar_seal(table);
            parse_anything(table);
            g_byte_array_unref(table);
            table = dmar_bytes_every_type();
        }
    }
}

#define ADD_CASES(folder, cases, test) \
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) { \
        g_autofree char *path = g_strconcat("/vtdm/dmar/parse/" folder "/", \
                                            (cases)[i].name, NULL); \
        g_test_add_data_func(path, &(cases)[i], test); \
    }

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/dmar/parse/sample", test_sample);
    g_test_add_func("/vtdm/dmar/parse/every-type", test_every_type);
    g_test_add_func("/vtdm/dmar/parse/longest-path", test_longest_path);
    g_test_add_func("/vtdm/dmar/parse/tail", test_tail);
    ADD_CASES("refuse", refusals, test_refusal);
    ADD_CASES("refuse", body_refusals, test_body_refusal);
    g_test_add_func("/vtdm/dmar/parse/refuse/header-cut", test_header_cut);
    g_test_add_func("/vtdm/dmar/parse/refuse/length", test_header_length);
    g_test_add_func("/vtdm/dmar/parse/refuse/too-long", test_too_long);
    g_test_add_func("/vtdm/dmar/parse/refuse/checksum", test_checksum);
    ADD_CASES("warn", warnings, test_warning);
    ADD_CASES("warn", body_warnings, test_body_warning);
    g_test_add_func("/vtdm/dmar/parse/every-truncation",
                    test_every_truncation);
    g_test_add_func("/vtdm/dmar/parse/every-flip", test_every_flip);
    return g_test_run();
}
