/*
 * Configurations: what a fresh one is, and which are refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/config-check.h"
#include "hw/i386/vtdm/config-register.h"
#include "machine.h"

/* What a fresh unit shows; README.md prints it, too. */
static void test_defaults(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    g_assert_cmphex(vtdm_config_cap(&config), ==, 0xc0d2078c606f0606);
    g_assert_cmphex(vtdm_config_ecap(&config), ==, 0xf0505b & ~VTDM_ECAP_EIM);
    g_assert_cmpuint(config.version_major, ==, 1);
    g_assert_cmpuint(config.iotlb_entries, ==, 131072);
    g_assert_true(vtdm_config_check(&config, NULL));
}

typedef struct Refusal {
    const char *about;          /* a word of the message */
    size_t at;
    uint8_t value;
} Refusal;

#define BAD(about, field, value) { about, offsetof(VTDMConfig, field), value }

static const Refusal refusals[] = {
    BAD("intremap", qi, 0), BAD("eim", ir, 0),
    BAD("version-major", version_major, 0),
    BAD("version-major", version_major, 16),
    BAD("nd ", nd, 7),
    BAD("dma-translation=off", version_major, 6),
    BAD("sslps", sslps, 2), BAD("sslps", sslps, 4), BAD("sslps", sslps, 15),
    BAD("aw-bits", sagaw, 1), BAD("aw-bits", sagaw, 16),
    BAD("aw-bits", sagaw, 6 | 32),
    BAD("aw-bits", mgaw, 65),
    BAD("aw-bits", mgaw, 38),
    BAD("host-address-width", host_address_width, 11),
    BAD("host-address-width", host_address_width, 53),
    BAD("mamv", mamv, 64), BAD("mhmv", mhmv, 16),
};

static bool mentions(GPtrArray *problems, const char *word)
{
    for (guint i = 0; i < problems->len; i++) {
        if (strstr(g_ptr_array_index(problems, i), word)) {
            return true;
        }
    }
    return false;
}

static void expect_refused(const VTDMConfig *config, const char *about)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);

    g_assert_false(vtdm_config_check(config, NULL));
    g_assert_false(vtdm_config_check(config, problems));
    g_assert_true(mentions(problems, about));
    g_ptr_array_unref(problems);
}

/* Spec: "Capability Register": conflicts, each with its message */
static void test_refusals(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refusals); i++) {
        VTDMConfig config;

        vtdm_config_init(&config);
        config.eim = true;
        g_assert_true(vtdm_config_check(&config, NULL));
        ((uint8_t *)&config)[refusals[i].at] = refusals[i].value;
        expect_refused(&config, refusals[i].about);
    }
}

/* The last value on this side of each limit. */
static void test_edges(void)
{
    static const Refusal edges[] = {
        BAD("", version_major, 1), BAD("", version_major, 5),
        BAD("", nd, 0), BAD("", nd, 6), BAD("", sslps, 0),
        BAD("", sslps, 1), BAD("", sslps, 3), BAD("", sagaw, 0),
        BAD("", mgaw, 12), BAD("", mgaw, 64),
        BAD("", mamv, 0), BAD("", mamv, 63),
        BAD("", mhmv, 0), BAD("", mhmv, 15), BAD("", fault_records, 1),
        BAD("", host_address_width, 12), BAD("", host_address_width, 52),
    };
    VTDMConfig config;

    for (size_t i = 0; i < G_N_ELEMENTS(edges); i++) {
        vtdm_config_init(&config);
        config.host_address_width = 12;
        config.mgaw = 57;
        ((uint8_t *)&config)[edges[i].at] = edges[i].value;
        g_assert_true(vtdm_config_check(&config, NULL));
    }
    vtdm_config_init(&config);
    config.fault_records = 256;
    config.iotlb_entries = 1;
    config.mgaw = config.host_address_width;
    config.drain = false;
    g_assert_true(vtdm_config_check(&config, NULL));
    config.drain = true;
    config.version_major = 5;
    config.qi = config.ir = false;
    g_assert_true(vtdm_config_check(&config, NULL));
    vtdm_config_init(&config);
    config.version_major = 15;
    config.sagaw = 0;
    g_assert_true(vtdm_config_check(&config, NULL));
}

/* The conflicts that take more than one field, or a wide one. */
static void test_more_refusals(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.host_address_width = 53;
    config.mgaw = 57;
    expect_refused(&config, "host-address-width");
    vtdm_config_init(&config);
    config.fault_records = 0;
    expect_refused(&config, "fault-records");
    config.fault_records = 257;
    expect_refused(&config, "fault-records");
    vtdm_config_init(&config);
    config.iotlb_entries = 0;
    expect_refused(&config, "iotlb-entries");
    vtdm_config_init(&config);
    config.version_major = 2;
    config.drain = false;
    expect_refused(&config, "dma-drain");
    vtdm_config_init(&config);
    config.version_major = 6;
    config.sagaw = 0;
    config.qi = config.ir = false;
    expect_refused(&config, "version-major=6 needs the invalidation queue: "
                   "set qi=on or version-major=5");
    vtdm_config_init(&config);
    config.qi = config.ir = false;
    config.dt = true;
    expect_refused(&config, "device-iotlb");
}

static void expect_problem(const VTDMConfig *config, const char *wanted)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);

    g_assert_false(vtdm_config_check(config, problems));
    g_assert_cmpuint(problems->len, ==, 1);
    g_assert_cmpstr(problems->pdata[0], ==, wanted);
    g_ptr_array_unref(problems);
}

/* One mistake makes one line: what is wrong, and what to do. */
static void test_texts(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.fault_records = 257;
    expect_problem(&config, "fault-records must be 1 to 256, not 257");
    vtdm_config_init(&config);
    config.sslps = 2;
    expect_problem(&config, "sslps must be 0, 1 or 3, not 2");
    vtdm_config_init(&config);
    config.version_major = 6;
    expect_problem(&config, "units from version-major=6 on walk the second "
                   "stage in scalable mode or not at all (CAP.SAGAW is 0 "
                   "without ECAP.SSTS): set scalable-mode=on, "
                   "version-major=5 or dma-translation=off");
    config.sagaw = 0;
    g_assert_true(vtdm_config_check(&config, NULL));
    vtdm_config_init(&config);
    config.host_address_width = 11;
    expect_problem(&config, "host-address-width must be 12 to 52, not 11");
    config.host_address_width = 53;
    expect_problem(&config, "host-address-width must be 12 to 52, not 53");
    vtdm_config_init(&config);
    config.ir = false;
    config.eim = true;
    expect_problem(&config, "eim=on needs interrupt remapping: set "
                   "intremap=on or eim=off");
    vtdm_config_init(&config);
    config.version_major = 2;
    config.drain = false;
    expect_problem(&config, "version-major=2 needs draining of DMA by "
                   "IOTLB invalidations: set dma-drain=on or "
                   "version-major=1");
}

/* Each need of each row is checked, and what each version always has. */
static void test_row_rules(void)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        VTDMConfig config;

        for (size_t i = 0; row->needs[i]; i++) {
            vtdm_config_init(&config);
            vtdm_config_set_mode(&config, true);
            vtdm_config_put(&config, row, true);
            vtdm_config_put(&config, vtdm_config_row(row->needs[i]), false);
            expect_refused(&config, row->needs[i]);
        }
        for (unsigned major = 1; row->always_from && major < 16; major++) {
            bool good;

            vtdm_config_init(&config);
            config.version_major = major;
            config.ir = false;
            config.sagaw = 0;
            g_assert_true(vtdm_config_check(&config, NULL));
            vtdm_config_put(&config, row, false);
            good = vtdm_config_check(&config, NULL);
            g_assert_cmpint(good, ==, major < row->always_from);
        }
    }
}

/* All conflicts are reported at once. */
static void test_all_at_once(void)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
    VTDMConfig config;

    vtdm_config_init(&config);
    config.nd = 7;
    config.mhmv = 16;
    config.sslps = 2;
    g_assert_false(vtdm_config_check(&config, problems));
    g_assert_cmpuint(problems->len, ==, 3);
    g_ptr_array_unref(problems);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/config/defaults", test_defaults);
    g_test_add_func("/vtdm/config/texts", test_texts);
    g_test_add_func("/vtdm/config/row-rules", test_row_rules);
    g_test_add_func("/vtdm/config/refusals", test_refusals);
    g_test_add_func("/vtdm/config/edges", test_edges);
    g_test_add_func("/vtdm/config/more-refusals", test_more_refusals);
    g_test_add_func("/vtdm/config/all-at-once", test_all_at_once);
    return g_test_run();
}
