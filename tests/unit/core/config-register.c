/*
 * CAP and ECAP: what configurations make of them, and they of configurations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/config-register.h"
#include "machine.h"

/* Whether a field of a register can show @value. */
static bool shows(const VTDMConfigRow *row, uint32_t value)
{
    return !(value & ~(row->bits ? row->bits : UINT32_MAX));
}

/* @value goes into a register, and comes back into another configuration. */
static void round_trip(const VTDMConfigRow *row, uint32_t value)
{
    VTDMConfig config, back;
    uint64_t reg;

    vtdm_config_init(&config);
    vtdm_config_init(&back);
    if (row->zero_without) {
        vtdm_config_put(&config, vtdm_config_row(row->zero_without), true);
    }
    vtdm_config_put(&config, row, value);
    vtdm_config_put(&back, row, row->kind == VTDM_SWITCH ? !value : row->max);
    g_assert_cmpuint(vtdm_config_get(&config, row), ==, value);
    if (row->mask && row->reg != VTDM_REG_VER) {
        reg = row->reg == VTDM_REG_CAP ? vtdm_config_cap(&config)
                                       : vtdm_config_ecap(&config);
        g_assert_cmphex(vtdm_config_set_register(&back, row->reg, reg), ==,
                        0);
        g_assert_cmpuint(vtdm_config_get(&back, row), ==, value);
    }
}

/* Each value of each row, and it alone, is what its register says. */
static void test_round_trips(void)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        uint32_t max = row->kind == VTDM_SWITCH ? 1 :
                       row->kind == VTDM_WIDTHS ? row->bits :
                                                  MIN(row->max, 300);

        for (uint32_t value = row->min; value <= max; value++) {
            if (shows(row, value)) {
                round_trip(row, value);
            }
        }
    }
}

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
        FLAG(adms, 0, 1ULL << 52), FLAG(fs1gp, 1ULL << 56, 0),
        FLAG(fs5lp, 1ULL << 60, 0), FLAG(mts, 0, 1 << 25),
        FLAG(nest, 0, 1 << 26), FLAG(prs, 0, 1 << 29),
        FLAG(srs, 0, 1ULL << 31), FLAG(nwfs, 0, 1ULL << 33),
        FLAG(eafs, 0, 1ULL << 34), FLAG(pasid, 0, 1ULL << 40),
        FLAG(dit, 0, 1ULL << 41), FLAG(pds, 0, 1ULL << 42),
        FLAG(smts, 0, 1ULL << 43 | 19ULL << 35),
        FLAG(ssads, 0, 1ULL << 45), FLAG(ssts, 0, 1ULL << 46),
        FLAG(fsts, 0, 1ULL << 47), FLAG(smpwcs, 0, 1ULL << 48),
        FLAG(rps, 0, 1ULL << 49), FLAG(rprivs, 0, 1ULL << 53),
        FLAG(svm, 0, 0), FLAG(stale_tm, 0, 0),
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

/* All that the model has at once, and as much as it can have. */
static void set_all(VTDMConfig *config)
{
    for (const VTDMConfigRow *row = vtdm_config_rows; row->name; row++) {
        vtdm_config_put(config, row, row->kind == VTDM_SWITCH ? 1 :
                        row->kind == VTDM_WIDTHS ? row->bits : row->max);
    }
}

/*
 * Spec: "Capability Register", "Extended Capability Register": what reads 0
 * in every unit
 */
static void test_reserved(void)
{
    VTDMConfig config;
    const uint64_t cap = VTDM_BIT(3) | VTDM_BITS(15, 13) | VTDM_BIT(23) |
                         VTDM_BIT(38) | VTDM_BITS(58, 57);
    const uint64_t ecap = VTDM_BIT(5) | VTDM_BITS(19, 18) | VTDM_BIT(24) |
                          VTDM_BIT(27) | VTDM_BIT(28) | VTDM_BIT(30) |
                          VTDM_BIT(32) | VTDM_BIT(54) | VTDM_BIT(63);

    vtdm_config_init(&config);
    set_all(&config);
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
        config.ecmds = config.pms = true;
        g_assert_cmphex(end, <=, 0x2000);
        g_assert_cmphex(vtdm_config_register_size(&config), ==, 0x10000);
    }
}

/* What no unit of a PC shows, with the number that is wrong. */
static void test_impossible(void)
{
    const uint64_t cap = 0xd2008c40660462;
    const struct {
        uint64_t change;
        const char *name;
        uint32_t number;
    } registers[] = {
        { 0, NULL },
        { vtdm_field(VTDM_CAP_MGAW, 38 ^ 31), NULL },
        { vtdm_field(VTDM_CAP_MGAW, 38 ^ 63), NULL },
        { vtdm_field(VTDM_CAP_MGAW, 38 ^ 30), "aw-bits", 31 },
        { vtdm_field(VTDM_CAP_MGAW, 38), "aw-bits", 1 },
        { vtdm_field(VTDM_CAP_SSLPS, 1), "sslps", 2 },
        { vtdm_field(VTDM_CAP_SSLPS, 12), NULL },
        { vtdm_field(VTDM_CAP_ND, 0x2 ^ 7), "nd", 7 },
        { vtdm_field(VTDM_CAP_ND, 0x2 ^ 6), NULL },
        { vtdm_field(VTDM_CAP_SAGAW, 31), NULL },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(registers); i++) {
        uint32_t number;
        const VTDMConfigRow *row = vtdm_config_impossible(
            VTDM_REG_CAP, cap ^ registers[i].change, &number);

        g_assert_cmpstr(row ? row->name : NULL, ==, registers[i].name);
        g_assert_true(!row || number == registers[i].number);
    }
}

/* Spec: "Extended Capability Register": what IR and QI take with them */
static void test_unmet(void)
{
    const uint64_t ecap = VTDM_ECAP_EIM | VTDM_ECAP_IR | VTDM_ECAP_DT |
                          VTDM_ECAP_PT;
    VTDMConfig config;

    vtdm_config_init(&config);
    vtdm_config_set_register(&config, VTDM_REG_ECAP, ecap);
    g_assert_cmphex(vtdm_config_drop_unmet(&config, VTDM_REG_ECAP, ecap), ==,
                    ecap & ~VTDM_ECAP_PT);
    g_assert_false(config.ir || config.eim || config.dt);
    g_assert_true(config.pt);
    config.eim = true;
    g_assert_cmphex(vtdm_config_drop_unmet(&config, VTDM_REG_ECAP, 0), ==, 0);
    g_assert_true(config.eim);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/config/round-trips", test_round_trips);
    g_test_add_func("/vtdm/config/fields", test_fields);
    g_test_add_func("/vtdm/config/numbers", test_numbers);
    g_test_add_func("/vtdm/config/reserved", test_reserved);
    g_test_add_func("/vtdm/config/places", test_places);
    g_test_add_func("/vtdm/config/impossible", test_impossible);
    g_test_add_func("/vtdm/config/unmet", test_unmet);
    return g_test_run();
}
