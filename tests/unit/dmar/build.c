/*
 * What the builder of the DMAR table writes, and that the parser reads back
 * any description that it was given.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-statement.h"
#include "dmar-bytes.h"

static GByteArray *build(const VTDMDmar *dmar)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    GByteArray *table = vtdm_dmar_build(dmar, errors);

    g_assert_cmpuint(errors->count, ==, 0);
    g_assert_nonnull(table);
    return table;
}

static VTDMDmar *parse(const GByteArray *table)
{
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    VTDMDmar *dmar = vtdm_dmar_parse(table->data, table->len, errors);
    g_autofree char *text = vtdm_dmar_notes_for_table(errors);

    g_assert_cmpstr(text, ==, "");
    return dmar;
}

static void test_default(void)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(46, VTDM_DMAR_INTR_REMAP);
    g_autoptr(GByteArray) expected = g_byte_array_new();
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) table = NULL;
    g_autoptr(VTDMDmar) parsed = NULL;

    g_assert_true(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD,
                                        VTDM_DMAR_DEFAULT_UNITS, errors));
    table = build(dmar);
    parsed = parse(table);
    dmar_hex(expected, "44 4d 41 52 50 00 00 00 01 00 56 54 44 53 49 4d"
                       "49 4f 4d 4d 55 20 20 20 01 00 00 00 56 54 44 4d"
                       "01 00 00 00 2d 01 00 00 00 00 00 00 00 00 00 00"
                       "00 00 20 00 01 00 00 00 00 00 d9 fe 00 00 00 00"
                       "03 08 00 00 00 ff 00 00 04 08 00 00 00 ff 0f 00");
    dmar_seal(expected);
    g_assert_cmpmem(table->data, table->len, expected->data, expected->len);
    g_assert_cmpuint(parsed->warnings->count, ==, 0);
}

/* Units are written with the one that owns the rest at the end. */
static void test_include_all_last(void)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) table = NULL;
    g_autoptr(VTDMDmar) parsed = NULL;
    const VTDMDmarUnit *last;

    g_assert_true(vtdm_dmar_from_string(
        dmar, VTDM_DMAR_DRHD,
        "0xfed90000 include-all; 0xfed91000 endpoint=00:03.0", errors));
    table = build(dmar);
    parsed = parse(table);
    g_assert_cmpuint(parsed->warnings->count, ==, 0);
    g_assert_cmpuint(parsed->units->len, ==, 2);
    last = parsed->units->pdata[1];
    g_assert_cmphex(last->base, ==, 0xfed90000);
    g_assert_true(last->include_all);
}

static void assert_same_bytes(GByteArray *wanted)
{
    g_autoptr(VTDMDmar) dmar = NULL;
    g_autoptr(GByteArray) table = NULL;

    dmar_seal(wanted);
    dmar = parse(wanted);
    table = build(dmar);
    g_assert_cmpmem(table->data, table->len, wanted->data, wanted->len);
}

/* A table of each structure comes out as it went in. */
static void test_every_type(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_every_type();

    assert_same_bytes(table);
}

/* Who made a table, and by which revision, stays as it was. */
static void test_header(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_sample();

    table->data[8] = 2;
    assert_same_bytes(table);
}

/* So does what has no meaning, wherever firmware puts it. */
static void test_meaningless(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_new();

    table->data[37] |= VTDM_DMAR_FLAGS_RESERVED;
    table->data[38] = 0x55;                     /* reserved in the header */
    /* DRHD with reserved flags; endpoint with a reserved byte; odd scope */
    dmar_hex(table, "00 00 21 00 80 10 00 00 00 00 d9 fe 00 00 00 00"
                    "01 08 00 77 00 00 03 00"
                    "01 09 00 00 00 00 04 00 99");
    /* RMRR that is ignored; RHSA with four bytes too many; padded ANDD */
    dmar_hex(table, "01 00 20 00 11 22 00 00 00 00 00 7d 00 00 00 00"
                    "00 00 00 7c 00 00 00 00 01 08 00 00 00 00 14 00");
    dmar_hex(table, "03 00 18 00 01 02 03 04 00 00 d9 fe 00 00 00 00"
                    "00 00 00 00 aa bb cc dd");
    dmar_hex(table, "04 00 14 00 01 02 03 07 5c 5f 53 42 2e 41 00 00"
                    "ee 00 00 00");
    /* An unknown structure before a unit; another one of two bytes less */
    dmar_hex(table, "09 00 06 00 aa bb");
    dmar_hex(table, "00 00 10 00 01 00 00 00 00 10 d9 fe 00 00 00 00");
    dmar_hex(table, "08 00 04 00");
    assert_same_bytes(table);
}

/* A change reaches its own bytes only. */
static void test_change(void)
{
    g_autoptr(GByteArray) table = dmar_bytes_every_type();
    g_autoptr(GByteArray) wanted = NULL;
    g_autoptr(GByteArray) changed = NULL;
    g_autoptr(VTDMDmar) dmar = NULL;

    table->data[0x43] = 0x77;                   /* reserved in a scope */
    dmar_seal(table);
    dmar = parse(table);
    ((VTDMDmarUnit *)dmar->units->pdata[0])->base = 0xfed95000;
    g_ptr_array_remove_index(dmar->regions, 0);
    changed = build(dmar);

    wanted = g_byte_array_append(g_byte_array_new(), table->data,
                                 table->len);
    dmar_poke(wanted, 0x38, 8, 0xfed95000);
    g_byte_array_remove_range(wanted, 0x68, 0x20);
    dmar_seal(wanted);
    g_assert_cmpmem(changed->data, changed->len, wanted->data, wanted->len);
}

static void test_too_long(void)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autofree char *notes = NULL;
    g_autoptr(GString) text = g_string_new("0xfed90000");

    for (unsigned i = 0; i < 0x2000; i++) {
        g_string_append_printf(text, " endpoint=%02x:%02x.%x", i >> 8,
                               i >> 3 & 0x1f, i & 7);
    }
    g_assert_true(vtdm_dmar_from_string(dmar, VTDM_DMAR_DRHD, text->str,
                                        errors));
    g_assert_null(vtdm_dmar_build(dmar, errors));
    notes = vtdm_dmar_notes_for_table(errors);
    g_assert_cmpstr(notes, ==, "offset 0x0: DRHD: 65552 bytes, a structure "
                    "has at most 65535: list fewer devices, or a bridge "
                    "above them\n");
}

static void test_free_nothing(void)
{
    vtdm_dmar_free(NULL);
}

/* Random descriptions */

static uint64_t random_bits(int width)
{
    uint64_t high = (uint32_t)g_test_rand_int();

    return (high << 32 | (uint32_t)g_test_rand_int()) >> (64 - width);
}

static GArray *random_scopes(unsigned least)
{
    GArray *scopes = g_array_new(FALSE, FALSE, sizeof(VTDMDmarScope));
    unsigned count = least + random_bits(2);

    while (count--) {
        VTDMDmarScope scope = {
            .type = 1 + g_test_rand_int_range(0, 6),
            .flags = random_bits(8),
            .enumeration_id = random_bits(8),
            .start_bus = random_bits(8),
            .steps = random_bits(4) ? 1 + random_bits(2)
                                    : VTDM_DMAR_SCOPE_MAX_STEPS,
        };

        for (unsigned i = 0; i < scope.steps; i++) {
            scope.path[i].device = random_bits(5);
            scope.path[i].function = random_bits(3);
        }
        g_array_append_val(scopes, scope);
    }
    return scopes;
}

static void add_unit(VTDMDmar *dmar, bool include_all)
{
    VTDMDmarUnit *unit = g_new0(VTDMDmarUnit, 1);

    unit->size = 0x1000ull << random_bits(4);
    unit->base = ((uint64_t)dmar->units->len + 1) << 32 |
                 (random_bits(32) & -unit->size);
    unit->segment = include_all ? dmar->units->len : random_bits(16);
    unit->include_all = include_all;
    unit->scopes = random_scopes(0);
    g_ptr_array_add(dmar->units, unit);
}

static void add_region(VTDMDmar *dmar)
{
    VTDMDmarRegion *region = g_new0(VTDMDmarRegion, 1);

    region->base = random_bits(63);
    region->limit = region->base + random_bits(62);
    region->segment = random_bits(16);
    region->scopes = random_scopes(0);
    g_ptr_array_add(dmar->regions, region);
}

static void add_group(GPtrArray *list)
{
    VTDMDmarGroup *group = g_new0(VTDMDmarGroup, 1);

    group->flags = random_bits(8);
    group->segment = random_bits(16);
    group->scopes = random_scopes(0);
    g_ptr_array_add(list, group);
}

static void add_affinity(VTDMDmar *dmar)
{
    VTDMDmarAffinity *affinity = g_new0(VTDMDmarAffinity, 1);

    affinity->base = random_bits(64);
    affinity->proximity_domain = random_bits(32);
    g_ptr_array_add(dmar->affinities, affinity);
}

static void add_name(VTDMDmar *dmar)
{
    VTDMDmarName *name = g_new0(VTDMDmarName, 1);

    name->device_number = random_bits(8);
    name->path = g_strnfill(random_bits(5), 'A' + random_bits(4));
    g_ptr_array_add(dmar->names, name);
}

static VTDMDmar *random_dmar(void)
{
    VTDMDmar *dmar = vtdm_dmar_new(g_test_rand_int_range(12, 65),
                                   random_bits(3));

    for (unsigned i = random_bits(2); i; i--) {
        add_unit(dmar, false);
        add_region(dmar);
        add_group(dmar->atsr);
        add_affinity(dmar);
    }
    for (unsigned i = 1 + random_bits(1); i; i--) {
        add_unit(dmar, true);
        add_name(dmar);
        add_group(dmar->satc);
        add_group(dmar->sidp);
    }
    return dmar;
}

static void assert_same_scopes(const GArray *a, const GArray *b)
{
    g_assert_cmpuint(a->len, ==, b->len);
    for (unsigned i = 0; i < a->len; i++) {
        VTDMDmarScope x = g_array_index(a, VTDMDmarScope, i);
        VTDMDmarScope y = g_array_index(b, VTDMDmarScope, i);

        g_assert_cmpuint(x.type, ==, y.type);
        g_assert_cmphex(x.flags, ==, y.flags);
        g_assert_cmpuint(x.enumeration_id, ==, y.enumeration_id);
        g_assert_cmphex(x.start_bus, ==, y.start_bus);
        g_assert_cmpmem(x.path, x.steps * 2, y.path, y.steps * 2);
    }
}

static void assert_same_unit(const void *a, const void *b)
{
    const VTDMDmarUnit *x = a, *y = b;

    g_assert_cmphex(x->base, ==, y->base);
    g_assert_cmphex(x->size, ==, y->size);
    g_assert_cmpuint(x->segment, ==, y->segment);
    g_assert_cmpint(x->include_all, ==, y->include_all);
    assert_same_scopes(x->scopes, y->scopes);
}

static void assert_same_region(const void *a, const void *b)
{
    const VTDMDmarRegion *x = a, *y = b;

    g_assert_cmphex(x->base, ==, y->base);
    g_assert_cmphex(x->limit, ==, y->limit);
    g_assert_cmpuint(x->segment, ==, y->segment);
    assert_same_scopes(x->scopes, y->scopes);
}

static void assert_same_group(const void *a, const void *b)
{
    const VTDMDmarGroup *x = a, *y = b;

    g_assert_cmphex(x->flags, ==, y->flags);
    g_assert_cmpuint(x->segment, ==, y->segment);
    assert_same_scopes(x->scopes, y->scopes);
}

static void assert_same_affinity(const void *a, const void *b)
{
    const VTDMDmarAffinity *x = a, *y = b;

    g_assert_cmphex(x->base, ==, y->base);
    g_assert_cmpuint(x->proximity_domain, ==, y->proximity_domain);
}

static void assert_same_name(const void *a, const void *b)
{
    const VTDMDmarName *x = a, *y = b;

    g_assert_cmpuint(x->device_number, ==, y->device_number);
    g_assert_cmpstr(x->path, ==, y->path);
}

static void assert_same_list(const GPtrArray *a, const GPtrArray *b,
                             void (*same)(const void *, const void *))
{
    g_assert_cmpuint(a->len, ==, b->len);
    for (unsigned i = 0; i < a->len; i++) {
        same(a->pdata[i], b->pdata[i]);
    }
}

static void test_random_round_trip(void)
{
    for (int round = 0; round < 2000; round++) {
        g_autoptr(VTDMDmar) x = random_dmar();
        g_autoptr(GByteArray) table = build(x);
        g_autoptr(VTDMDmar) y = parse(table);

        g_assert_cmpuint(x->host_address_width, ==, y->host_address_width);
        g_assert_cmphex(x->flags, ==, y->flags);
        assert_same_list(x->units, y->units, assert_same_unit);
        assert_same_list(x->regions, y->regions, assert_same_region);
        assert_same_list(x->atsr, y->atsr, assert_same_group);
        assert_same_list(x->affinities, y->affinities, assert_same_affinity);
        assert_same_list(x->names, y->names, assert_same_name);
        assert_same_list(x->satc, y->satc, assert_same_group);
        assert_same_list(x->sidp, y->sidp, assert_same_group);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/dmar/build/default", test_default);
    g_test_add_func("/vtdm/dmar/build/include-all-last",
                    test_include_all_last);
    g_test_add_func("/vtdm/dmar/build/every-type", test_every_type);
    g_test_add_func("/vtdm/dmar/build/header", test_header);
    g_test_add_func("/vtdm/dmar/build/meaningless", test_meaningless);
    g_test_add_func("/vtdm/dmar/build/change", test_change);
    g_test_add_func("/vtdm/dmar/build/too-long", test_too_long);
    g_test_add_func("/vtdm/dmar/build/free-nothing", test_free_nothing);
    g_test_add_func("/vtdm/dmar/build/random-round-trip",
                    test_random_round_trip);
    return g_test_run();
}
