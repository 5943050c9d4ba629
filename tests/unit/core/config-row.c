/*
 * The rows of capabilities: what each of them says, and that they agree.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/config-row.h"

/* No two rows have one name, one field or one bit; what they name exists. */
static void test_rows(void)
{
    uint64_t taken[17] = { 0 };
    bool fields[sizeof(VTDMConfig)] = { 0 };

    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        g_assert_true(vtdm_config_row(row->name) == row);
        g_assert_true(row->help && vtdm_config_row_noun(row) > 0);
        g_assert_cmphex(taken[row->reg] & row->mask, ==, 0);
        taken[row->reg] |= row->mask;
        g_assert_false(fields[row->offset]);
        fields[row->offset] = true;
        for (size_t i = 0; row->needs[i]; i++) {
            g_assert_cmpint(vtdm_config_row(row->needs[i])->kind, !=,
                            VTDM_NUMBER);
        }
        g_assert_true(!row->zero_without ||
                      vtdm_config_row(row->zero_without));
    }
    g_assert_null(vtdm_config_row("host-address-width"));
}

/* What a user may say of each row, and what not. */
static void test_choices(void)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        bool number = row->kind == VTDM_NUMBER;
        VTDMConfig config;

        vtdm_config_init(&config);
        for (uint64_t value = 0; value < 300; value++) {
            bool exists = number ? value >= row->min && value <= row->max &&
                                   !(value == 2 && row->gaps) :
                          row->kind == VTDM_WIDTH
                              ? value == 39 || value == 48 || value == 57
                              : value <= 1;

            g_assert_cmpint(vtdm_config_set(&config, row, value), ==, exists);
            g_assert_true(!exists || row->kind == VTDM_WIDTHS ||
                          vtdm_config_get(&config, row) == value);
        }
        g_assert_false(vtdm_config_set(&config, row, (1ULL << 32) + 48));
    }
}

/* What `-device ...,help` says. */
static void test_help(void)
{
    static const char *const texts[][2] = {
        { "dma-drain", "CAP.DWD, CAP.DRD: draining of DMA by IOTLB "
          "invalidations; shown, not modelled" },
        { "nd", "CAP.ND: number of domains, 0 to 6; domain-ids have 4 + 2 x "
          "nd bits, the others are reserved in context entries" },
        { "aw-bits", "CAP.MGAW: bits of the widest second-stage input, 39, "
          "48 or 57; CAP.SAGAW has this width and all narrower ones: 3 "
          "levels, 3 and 4, or 3 to 5" },
        { "iotlb-entries", "translations that each unit's IOTLB keeps, 1 to "
          "16777215; each takes 64 bytes, the oldest is evicted" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *help =
            vtdm_config_row_help(vtdm_config_row(texts[i][0]));

        g_assert_cmpstr(help, ==, texts[i][1]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/config/rows", test_rows);
    g_test_add_func("/vtdm/config/choices", test_choices);
    g_test_add_func("/vtdm/config/help", test_help);
    return g_test_run();
}
