/*
 * Which unit owns a device, through bridges whose buses the guest numbers,
 * and the source-ids of interrupt controllers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-statement.h"
#include "dmar-bytes.h"

static VTDMDmar *units(const char *text)
{
    VTDMDmar *dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    bool ok = vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, text, errors);
    g_autofree char *notes = vtdm_dmar_notes_for_text(errors, "units", text);

    g_assert_cmpstr(notes, ==, "");
    g_assert_true(ok);
    return dmar;
}

#define DEVFN(device, function) ((device) << 3 | (function))

typedef struct Case {
    const char *name;
    const char *units;
    VTDMDmarHop hop[3];             /* bus and devfn, from the root */
    size_t hops;
    int unit;
} Case;

static const Case cases[] = {
    { "endpoint", "0x1000 endpoint=00:03.0; 0x2000 include-all",
      { { 0, DEVFN(3, 0) } }, 1, 0 },
    { "other-device", "0x1000 endpoint=00:03.0; 0x2000 include-all",
      { { 0, DEVFN(4, 0) } }, 1, 1 },
    { "other-function", "0x1000 endpoint=00:03.0; 0x2000 include-all",
      { { 0, DEVFN(3, 1) } }, 1, 1 },
    { "other-bus", "0x1000 endpoint=00:03.0; 0x2000 include-all",
      { { 0x80, DEVFN(3, 0) } }, 1, 1 },
    { "no-unit", "0x1000 endpoint=00:03.0",
      { { 0, DEVFN(4, 0) } }, 1, -1 },
    { "endpoint-is-not-what-is-below",
      "0x1000 endpoint=00:1c.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 5, DEVFN(0, 0) } }, 2, 1 },
    { "path-whatever-the-bus-number",
      "0x1000 endpoint=00:1c.0/00.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 0x37, DEVFN(0, 0) } }, 2, 0 },
    { "path-of-another-bridge",
      "0x1000 endpoint=00:1c.0/00.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 1) }, { 1, DEVFN(0, 0) } }, 2, 1 },
    { "path-longer-than-the-chain",
      "0x1000 endpoint=00:1c.0/00.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) } }, 1, 1 },
    { "path-of-two-bridges",
      "0x1000 endpoint=00:1c.0/02.0/01.3; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 1, DEVFN(2, 0) }, { 2, DEVFN(1, 3) } },
      3, 0 },
    { "start-bus-below-the-root",
      "0x1000 endpoint=05:00.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 5, DEVFN(0, 0) } }, 2, 0 },
    { "start-bus-renumbered-away",
      "0x1000 endpoint=05:00.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 6, DEVFN(0, 0) } }, 2, 1 },
    { "bridge-itself", "0x1000 bridge=00:1c.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) } }, 1, 0 },
    { "below-bridge", "0x1000 bridge=00:1c.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 9, DEVFN(0x11, 7) } }, 2, 0 },
    { "two-below-bridge", "0x1000 bridge=00:1c.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 9, DEVFN(0, 0) }, { 10, DEVFN(0, 0) } },
      3, 0 },
    { "beside-bridge", "0x1000 bridge=00:1c.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 1) }, { 9, DEVFN(0, 0) } }, 2, 1 },
    { "inner-bridge-path", "0x1000 bridge=00:1c.0/01.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 9, DEVFN(1, 0) }, { 10, DEVFN(0, 0) } },
      3, 0 },
    { "above-inner-bridge",
      "0x1000 bridge=00:1c.0/01.0; 0x2000 include-all",
      { { 0, DEVFN(0x1c, 0) }, { 9, DEVFN(2, 0) } }, 2, 1 },
    { "endpoint-beats-bridge",
      "0x1000 bridge=00:1c.0; 0x2000 endpoint=00:1c.0/00.0",
      { { 0, DEVFN(0x1c, 0) }, { 9, DEVFN(0, 0) } }, 2, 1 },
    { "nearest-bridge", "0x1000 bridge=00:1c.0/01.0; 0x2000 bridge=00:1c.0",
      { { 0, DEVFN(0x1c, 0) }, { 9, DEVFN(1, 0) }, { 10, DEVFN(0, 0) } },
      3, 0 },
    { "include-all-written-first",
      "0x1000 include-all; 0x2000 endpoint=00:03.0",
      { { 0, DEVFN(3, 0) } }, 1, 1 },
    { "ioapic-is-no-pci-device",
      "0x1000 ioapic=0@f0:1f.0; 0x2000 include-all",
      { { 0xf0, DEVFN(0x1f, 0) } }, 1, 1 },
};

static void test_case(gconstpointer data)
{
    const Case *c = data;
    g_autoptr(VTDMDmar) dmar = units(c->units);
    VTDMDmarDevice dev = { 0, c->hop, c->hops };

    g_assert_cmpint(vtdm_dmar_find_unit(dmar, &dev), ==, c->unit);
}

static void test_segment(void)
{
    g_autoptr(VTDMDmar) dmar = units("0x1000 endpoint=00:03.0;"
                                     "0x2000 include-all");
    VTDMDmarHop hop = { 0, DEVFN(3, 0) };
    VTDMDmarDevice dev = { 1, &hop, 1 };

    g_assert_cmpint(vtdm_dmar_find_unit(dmar, &dev), ==, -1);
    ((VTDMDmarUnit *)dmar->units->pdata[1])->segment = 1;
    g_assert_cmpint(vtdm_dmar_find_unit(dmar, &dev), ==, 1);
    dev.segment = 0;
    g_assert_cmpint(vtdm_dmar_find_unit(dmar, &dev), ==, 0);
}

static void test_source_ids(void)
{
    g_autoptr(VTDMDmar) dmar = units("0x1000 ioapic=9@f0:1f.2;"
                                     "0x2000 include-all ioapic hpet;"
                                     "0x3000 hpet=1@00:1e.6");
    int unit = -1;

    g_assert_cmphex(vtdm_dmar_ioapic_source_id(dmar, 9, &unit), ==, 0xf0fa);
    g_assert_cmpint(unit, ==, 0);
    g_assert_cmphex(vtdm_dmar_ioapic_source_id(dmar, 0, &unit), ==, 0xff00);
    g_assert_cmpint(unit, ==, 1);
    g_assert_cmphex(vtdm_dmar_hpet_source_id(dmar, 0, NULL), ==, 0xff78);
    g_assert_cmphex(vtdm_dmar_hpet_source_id(dmar, 1, &unit), ==, 0x00f6);
    g_assert_cmpint(unit, ==, 2);
    g_assert_cmpint(vtdm_dmar_ioapic_source_id(dmar, 1, &unit), ==, -1);
    g_assert_cmpint(vtdm_dmar_hpet_source_id(dmar, 9, &unit), ==, -1);
}

/* A path through a bridge gives no source-id that is known beforehand. */
static void test_ioapic_behind_bridge(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_new();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(VTDMDmar) dmar = NULL;

    dmar_hex(table, "00 00 1a 00 01 00 00 00 00 00 d9 fe 00 00 00 00"
                    "03 0a 00 00 08 00 1c 00 00 00");
    dmar_seal(table);
    dmar = vtdm_dmar_parse(table->data, table->len, errors);
    g_assert_nonnull(dmar);
    g_assert_cmpint(vtdm_dmar_ioapic_source_id(dmar, 8, NULL), ==, -1);
}

static void test_registers(void)
{
    g_autoptr(VTDMDmar) dmar = units("0x1000 endpoint=00:03.0;"
                                     "0x3000 include-all");

    g_assert_cmpint(vtdm_dmar_find_registers(dmar, 0, 0xfff), ==, -1);
    g_assert_cmpint(vtdm_dmar_find_registers(dmar, 0, 0x1000), ==, 0);
    g_assert_cmpint(vtdm_dmar_find_registers(dmar, 0x1fff, 0x1fff), ==, 0);
    g_assert_cmpint(vtdm_dmar_find_registers(dmar, 0x2000, 0x2fff), ==, -1);
    g_assert_cmpint(vtdm_dmar_find_registers(dmar, 0x3800, 0x9000), ==, 1);
    g_assert_cmpint(vtdm_dmar_find_registers(dmar, 0x2000, UINT64_MAX), ==,
                    1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/vtdm/dmar/match/",
                                            cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/vtdm/dmar/match/segment", test_segment);
    g_test_add_func("/vtdm/dmar/match/source-ids", test_source_ids);
    g_test_add_func("/vtdm/dmar/match/ioapic-behind-bridge",
                    test_ioapic_behind_bridge);
    g_test_add_func("/vtdm/dmar/match/registers", test_registers);
    return g_test_run();
}
