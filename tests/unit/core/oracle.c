/*
 * Random tables and requests against a second, slow translator.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/config-check.h"
#include "legacy-translator.h"

#define ARENA_PAGES 64

static bool chance(int percent)
{
    return g_test_rand_int_range(0, 100) < percent;
}

static uint64_t random64(void)
{
    return (uint64_t)(uint32_t)g_test_rand_int() << 32 |
           (uint32_t)g_test_rand_int();
}

static uint64_t arena_page(void)
{
    return MACHINE_TABLES + 4096ULL * g_test_rand_int_range(0, ARENA_PAGES);
}

static VTDMConfig random_config(void)
{
    static const uint8_t sslps[] = { 0, 1, 3, 3 };
    VTDMConfig config;

    do {
        vtdm_config_init(&config);
        config.host_address_width = g_test_rand_int_range(36, 53);
        config.mgaw = g_test_rand_int_range(33, 65);
        config.sagaw = g_test_rand_int_range(1, 8) * 2;
        config.nd = g_test_rand_int_range(0, 7);
        config.sslps = sslps[g_test_rand_int_range(0, 4)];
        config.zlr = chance(50);
        config.sc = chance(50);
        config.dt = chance(60);
        config.pt = chance(60);
        config.adms = chance(50);
        config.cm = chance(30);
        config.iotlb_entries = g_test_rand_int_range(1, 20);
    } while (!vtdm_config_check(&config, NULL));
    return config;
}

/* Mostly 0, sometimes one bit somewhere. */
static uint64_t dirt(void)
{
    return chance(2) ? VTDM_BIT(g_test_rand_int_range(0, 64)) : 0;
}

static uint64_t random_paging_entry(void)
{
    uint64_t target = arena_page();
    uint64_t flags = chance(85) ? 3 : g_test_rand_int_range(0, 4);

    if (chance(12)) {
        flags |= 0x80;
        target = chance(50) ? 0xc0000000 : random64() >> 31 << 30;
        target = chance(30) ? 0xfee00000 : target;
        target &= 0x1fffffffffULL;
    }
    return (target | flags) ^ dirt();
}

static void fill_tables(Machine *machine)
{
    static const unsigned indexes[] = { 0, 1, 3, 503, 511 };
    VTDMTables *tables = &machine->tables;

    for (unsigned page = 0; page < ARENA_PAGES; page++) {
        for (size_t i = 0; i < G_N_ELEMENTS(indexes); i++) {
            vtdm_tables_set(tables, MACHINE_TABLES + 4096 * page +
                            8 * indexes[i], random_paging_entry());
        }
    }
    for (unsigned bus = 0; bus < 4; bus++) {
        uint64_t table = MACHINE_STATUS + 0x2000 + 4096 * bus;

        vtdm_tables_set128(tables, MACHINE_ROOT + 16 * bus, (VTDMEntry128) {
            (table | chance(95)) ^ dirt(), chance(3) ? dirt() : 0 });
        for (unsigned function = 0; function < 8; function++) {
            int aw = chance(70) ? legacy_widest(&machine->config)
                                : g_test_rand_int_range(0, 8);
            unsigned did = g_test_rand_int_range(0, chance(90) ? 16 : 65536);

            vtdm_tables_set128(tables, table + 16 * function,
                               (VTDMEntry128) {
                (arena_page() | chance(95) |
                 g_test_rand_int_range(0, chance(90) ? 3 : 4) << 2) ^ dirt(),
                (aw | did << 8) ^ dirt() });
        }
    }
}

static uint64_t random_address(void)
{
    static const unsigned indexes[] = { 0, 1, 3, 503, 511 };
    uint64_t address = g_test_rand_int_range(0, 4096);

    if (chance(5)) {
        return 0xfee00000 + g_test_rand_int_range(-8192, 0x102000);
    }
    if (chance(5)) {
        return random64();
    }
    for (int shift = 12; shift <= 48; shift += 9) {
        if (shift < 39 || chance(25)) {
            address |= (uint64_t)indexes[g_test_rand_int_range(
                           0, G_N_ELEMENTS(indexes))] << shift;
        }
    }
    return address;
}

static VTDMRequest random_request(uint16_t source_id)
{
    return (VTDMRequest) {
        .address = random_address(),
        .pasid = chance(3) ? 5 : VTDM_NO_PASID,
        .source_id = source_id,
        .access = g_test_rand_int_range(0, 3),
        .type = chance(60) ? 0 : g_test_rand_int_range(0, 4),
        .zero_length = chance(10),
    };
}

static void compare(const VTDMRequest *request, const VTDMResult *result,
                    const LegacyAnswer *answer)
{
    bool placed = answer->perm && !result->untranslated_only;

    if (result->fault.condition != answer->condition ||
        result->response != answer->response ||
        result->perm != answer->perm ||
        (placed && result->address != answer->address)) {
        g_error("source %04x address %#" G_GINT64_MODIFIER "x access %u "
                "type %u: %s, should be %s", request->source_id,
                request->address, request->access, request->type,
                vtdm_condition_info(result->fault.condition)->name,
                vtdm_condition_info(answer->condition)->name);
    }
}

/*
 * Every answer is the slow translator's, whatever is cached: the tables stay
 * as they are, and two sources share a DID, but no tables, only by turns.
 */
static void test_translate(void)
{
    unsigned successes = 0;

    for (unsigned round = 0; round < 60; round++) {
        VTDMConfig config = random_config();
        Machine *machine = machine_new(&config);
        unsigned ttm = chance(90) ? 0 : g_test_rand_int_range(0, 4);
        uint16_t source_id = 0;

        machine->host.quiet = true;
        fill_tables(machine);
        machine_set_root(machine, MACHINE_ROOT | ttm << 10);
        machine_command(machine, VTDM_GCMD_TE, 0);
        for (unsigned i = 0; i < 800; i++) {
            VTDMRequest request = random_request(source_id);
            VTDMResult result = machine_request(machine, request);
            LegacyAnswer answer = legacy_answer(machine, &request, ttm);

            compare(&request, &result, &answer);
            successes += answer.perm && result.translated;
            if (chance(30)) {
                machine_command(machine, VTDM_GCMD_SRTP, 0);
                source_id = g_test_rand_int_range(0, 5) << 8 |
                            g_test_rand_int_range(0, 9);
            }
        }
        machine_free(machine);
    }
    g_assert_cmpuint(successes, >, 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/oracle/translate", test_translate);
    return g_test_run();
}
