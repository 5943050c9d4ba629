/*
 * Configurations: what CAP and ECAP say of them, and which are refused.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "machine.h"

/* Spec: "Capability Register": each field at its place, and it alone */
static void test_fields(void)
{
#define FLAG(field, cap, ecap) \
    { offsetof(VTDMConfig, field), cap, ecap }
    static const struct {
        size_t at;
        uint64_t cap;
        uint64_t ecap;
    } flags[] = {
        FLAG(rwbf, 1ULL << 4, 0), FLAG(plmr, 1ULL << 5, 0),
        FLAG(phmr, 1ULL << 6, 0), FLAG(cm, 1ULL << 7, 0),
        FLAG(zlr, 1ULL << 22, 0), FLAG(psi, 1ULL << 39, 0),
        FLAG(drain, 3ULL << 54, 0), FLAG(esirtps, 1ULL << 62, 0),
        FLAG(esrtps, 1ULL << 63, 0), FLAG(c, 0, 1 << 0),
        FLAG(qi, 0, 1 << 1), FLAG(dt, 0, 1 << 2),
        FLAG(ir, 0, 1 << 3 | 15 << 20), FLAG(eim, 0, 1 << 4),
        FLAG(pt, 0, 1 << 6), FLAG(sc, 0, 1 << 7),
        FLAG(adms, 0, 1ULL << 52),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        VTDMConfig off, on;

        vtdm_config_init(&off);
        vtdm_config_init(&on);
        ((bool *)((char *)&off + flags[i].at))[0] = false;
        ((bool *)((char *)&on + flags[i].at))[0] = true;
        g_assert_cmphex(vtdm_config_cap(&off) ^ vtdm_config_cap(&on), ==,
                        flags[i].cap);
        g_assert_cmphex(vtdm_config_cap(&on) & flags[i].cap, ==,
                        flags[i].cap);
        g_assert_cmphex(vtdm_config_ecap(&off) ^ vtdm_config_ecap(&on), ==,
                        flags[i].ecap);
        g_assert_cmphex(vtdm_config_ecap(&on) & flags[i].ecap, ==,
                        flags[i].ecap);
    }
}

/* Spec: "Capability Register", "Extended Capability Register" */
static void test_numbers(void)
{
    VTDMConfig config;
    Machine *machine;
    uint64_t cap, ecap;

    vtdm_config_init(&config);
    config.version_major = 5;
    config.nd = 3;
    config.sagaw = VTDM_SAGAW_48;
    config.mgaw = 46;
    config.sslps = 1;
    config.fault_records = 12;
    config.mamv = 9;
    config.mhmv = 11;
    machine = machine_new(&config);
    cap = machine_read64(machine, 0x08);
    ecap = machine_read64(machine, 0x10);
    g_assert_cmphex(machine_read32(machine, 0x00), ==, 0x50);
    g_assert_cmpuint(cap & 7, ==, 3);
    g_assert_cmphex(cap >> 8 & 0x1f, ==, 0x04);
    g_assert_cmpuint((cap >> 16 & 0x3f) + 1, ==, 46);
    g_assert_cmpuint(cap >> 34 & 0xf, ==, 1);
    g_assert_cmpuint((cap >> 40 & 0xff) + 1, ==, 12);
    g_assert_cmpuint(cap >> 48 & 0x3f, ==, 9);
    g_assert_cmpuint(ecap >> 20 & 0xf, ==, 11);
    g_assert_cmphex(16 * (cap >> 24 & 0x3ff), ==, 0x600);
    g_assert_cmphex(16 * (ecap >> 8 & 0x3ff), ==, 0x500);
    machine_write64(machine, 0x08, ~cap);
    machine_write64(machine, 0x10, ~ecap);
    g_assert_cmphex(machine_read64(machine, 0x08), ==, cap);
    g_assert_cmphex(machine_read64(machine, 0x10), ==, ecap);
    machine_free(machine);
}

/* Spec: "Capability Register", "Extended Capability Register" */
static void test_reserved(void)
{
    VTDMConfig config;
    const uint64_t cap = VTDM_BIT(3) | VTDM_BITS(15, 13) | VTDM_BIT(23) |
                         VTDM_BIT(38) | VTDM_BITS(58, 56) | VTDM_BITS(61, 59);
    const uint64_t ecap = VTDM_BIT(5) | VTDM_BITS(19, 18) |
                          VTDM_BITS(51, 24) | VTDM_BITS(63, 53);

    memset(&config, 1, sizeof(config));
    g_assert_cmphex(vtdm_config_cap(&config) & cap, ==, 0);
    g_assert_cmphex(vtdm_config_ecap(&config) & ecap, ==, 0);
}

/* Spec: "Capability Register": where the fault records are */
static void test_places(void)
{
    for (unsigned records = 1; records <= 256; records++) {
        VTDMConfig config;
        uint64_t first, end;
        size_t size;

        vtdm_config_init(&config);
        config.fault_records = records;
        first = 16 * vtdm_get(vtdm_config_cap(&config), VTDM_CAP_FRO);
        end = first + 16 * records;
        size = vtdm_config_register_size(&config);
        g_assert_cmphex(end, <=, size);
        g_assert_true(size == 0x1000 || size == 0x2000);
        g_assert_true(first >= 0x510 && (end <= 0xdc0 || first >= 0x1000));
    }
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
    BAD("sslps", sslps, 2), BAD("sslps", sslps, 4), BAD("sslps", sslps, 15),
    BAD("aw-bits", sagaw, 1), BAD("aw-bits", sagaw, 16),
    BAD("aw-bits", sagaw, 6 | 32),
    BAD("aw-bits", mgaw, 11), BAD("aw-bits", mgaw, 65),
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

/* The conflicts that take more than one field, or a wide one. */
static void test_more_refusals(void)
{
    VTDMConfig config;

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
    config.qi = config.ir = false;
    expect_refused(&config, "version-major=6");
    vtdm_config_init(&config);
    config.qi = config.ir = false;
    config.dt = true;
    expect_refused(&config, "device-iotlb");
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
    g_test_add_func("/vtdm/config/fields", test_fields);
    g_test_add_func("/vtdm/config/numbers", test_numbers);
    g_test_add_func("/vtdm/config/reserved", test_reserved);
    g_test_add_func("/vtdm/config/places", test_places);
    g_test_add_func("/vtdm/config/refusals", test_refusals);
    g_test_add_func("/vtdm/config/more-refusals", test_more_refusals);
    g_test_add_func("/vtdm/config/all-at-once", test_all_at_once);
    return g_test_run();
}
