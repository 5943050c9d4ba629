/*
 * Two tables side by side: each difference has one line, which names what a
 * user has to say.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-compare.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "hw/i386/vtdm/dmar-statement.h"
#include "dmar-bytes.h"

/* One side: the texts of its properties, and its header. */
typedef struct Side {
    const char *text[VTDM_DMAR_TYPES];
    uint8_t flags;
    uint8_t width;              /* 0: 39 */
} Side;

#define ONE_UNIT                "0xfed90000 include-all ioapic"
#define TWO_UNITS               "0xfed90000 endpoint=00:03.0; " \
                                "0xfed91000 include-all ioapic"

/* As the device makes it: through bytes. */
static VTDMDmar *make(const Side *side)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(side->width ? side->width : 39,
                                             side->flags);
    g_autoptr(VTDMDmarNotes) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) bytes = NULL;
    VTDMDmar *parsed;

    for (VTDMDmarType type = 0; type < VTDM_DMAR_TYPES; type++) {
        g_assert_true(!side->text[type] ||
                      vtdm_dmar_from_string(dmar, type, side->text[type],
                                            errors));
    }
    bytes = vtdm_dmar_build(dmar, errors);
    g_assert_nonnull(bytes);
    parsed = vtdm_dmar_parse(bytes->data, bytes->len, errors);
    g_assert_nonnull(parsed);
    return parsed;
}

typedef struct Case {
    const char *name;
    Side here;
    Side source;
    const char *lines[4];       /* parts of them, in order */
} Case;

static const Case cases[] = {
    { "same", { { ONE_UNIT } }, { { ONE_UNIT } }, { NULL } },
    { "same-of-every-kind",
      { { TWO_UNITS, "0x1000-0x1fff@00:03.0", "all-ports",
          "0xfed90000 node=1", NULL, "endpoint=00:03.0",
          "endpoint=00:03.0+no-nested" } },
      { { TWO_UNITS, "0x1000-0x1fff@00:03.0", "all-ports",
          "0xfed90000 node=1", NULL, "endpoint=00:03.0",
          "endpoint=00:03.0+no-nested" } }, { NULL } },
    { "more-units", { { ONE_UNIT } }, { { TWO_UNITS } },
      { "the source has 2 (0xfed90000, 0xfed91000), this side has 1 "
        "(0xfed90000)" } },
    { "other-base", { { ONE_UNIT } }, { { "0xfed80000 include-all" } },
      { "1 (0xfed80000), this side has 1 (0xfed90000)" } },
    { "other-devices",
      { { "0xfed90000 endpoint=00:03.0" } },
      { { "0xfed90000 endpoint=00:04.0" } },
      { "this side too, with other devices or properties: give both sides the "
        "same units=" } },
    { "other-size",
      { { "0xfed90000 include-all" } },
      { { "0xfed90000 size=64K include-all" } },
      { "the same perfmon= and fault-records=, which make register sets "
        "larger, and the same units=, or the same dmar=" } },
    { "many-units",
      { { ONE_UNIT } },
      { { "0x1000 endpoint=00:01.0; 0x2000 endpoint=00:02.0; "
          "0x3000 endpoint=00:03.0; 0x4000 endpoint=00:04.0; "
          "0x5000 endpoint=00:05.0; 0x6000 endpoint=00:06.0; "
          "0x7000 endpoint=00:07.0; 0x8000 endpoint=00:08.0; "
          "0x9000 endpoint=00:09.0" } }, { "0x8000, ...)" } },
    { "region", { { ONE_UNIT } },
      { { ONE_UNIT, "0x1000-0x1fff@00:03.0" } },
      { "RMRR: the source has 1, this side has 0" } },
    { "property-of-ports", { { ONE_UNIT, NULL, "all-ports" } },
      { { ONE_UNIT } }, { "same atsr=" } },
    { "node", { { ONE_UNIT, [VTDM_DMAR_RHSA] = "0xfed90000 node=1" } },
      { { ONE_UNIT, [VTDM_DMAR_RHSA] = "0xfed90000 node=2" } },
      { "same rhsa=" } },
    { "flags", { { ONE_UNIT }, VTDM_DMAR_INTR_REMAP },
      { { ONE_UNIT }, VTDM_DMAR_X2APIC_OPT_OUT | VTDM_DMAR_DMA_CTRL_OPT_IN },
      { "set dmar-intr-remap=off here", "set x2apic-opt-out=on here",
        "set dma-ctrl-opt-in=on here" } },
    { "width", { { ONE_UNIT }, .width = 39 },
      { { ONE_UNIT }, .width = 46 },
      { "46 bits at the source and 39 here: set host-address-width=46" } },
    { "all-at-once", { { ONE_UNIT }, VTDM_DMAR_INTR_REMAP, 39 },
      { { TWO_UNITS, "0x1000-0x1fff@00:03.0" }, 0, 40 },
      { "host-address-width", "dmar-intr-remap", "units=", "rmrr=" } },
};

static void test_case(gconstpointer opaque)
{
    const Case *c = opaque;
    g_autoptr(VTDMDmar) here = make(&c->here);
    g_autoptr(VTDMDmar) source = make(&c->source);
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    guint wanted = 0;

    while (wanted < G_N_ELEMENTS(c->lines) && c->lines[wanted]) {
        wanted++;
    }
    vtdm_dmar_compare(here, source, problems);
    for (guint i = 0; i < problems->len; i++) {
        g_test_message("%s", (char *)g_ptr_array_index(problems, i));
    }
    g_assert_cmpuint(problems->len, ==, wanted);
    for (guint i = 0; i < wanted; i++) {
        g_assert_nonnull(strstr(g_ptr_array_index(problems, i), c->lines[i]));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/dmar/compare/", cases[i].name,
                                            NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
