/*
 * Scalable mode against a second, slow translator: random tables and requests.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/config-check.h"
#include "slow-translator.h"

/*
 * Memory: contexts and PASIDs; the pages that hold paging entries. Of the
 * first stage over a second one, pages are 2 MiB apart from 0 at most.
 */
#define CONTEXTS        0x200000        /* 4 pages */
#define DIRECTORIES     0x300000        /* 2 of 128 KiB */
#define DIRECTORY_SIZE  0x20000
#define PASIDS          0x340000        /* 4 pages */
#define ARENA           0x7c0000
#define FIRST_STAGE     0x7c0000        /* 3 pages of each level */
#define SECOND_STAGE    0x7d0000        /* 4 pages of each level */
#define GUEST           0x800000        /* 18 pages */
#define ARENA_END       0x812000

/* ---- random machines ---- */

static unsigned round_number;
static GRand *numbers;          /* each round has its own */
static int noise;               /* how often an entry is wrong, in percent */
static bool orderly;            /* few entries forbid anything */

static unsigned below(unsigned end)
{
    return g_rand_int_range(numbers, 0, end);
}

static bool chance(int percent)
{
    return (int)below(100) < percent;
}

static bool usually(int percent)
{
    return chance(orderly ? 99 : percent);
}

static uint64_t random64(void)
{
    return (uint64_t)g_rand_int(numbers) << 32 | g_rand_int(numbers);
}

/* Mostly 0, sometimes one bit somewhere. */
static uint64_t dirt(void)
{
    return chance(noise) ? VTDM_BIT(below(64)) : 0;
}

/* The same in a paging entry, of which a walk needs many. */
static uint64_t speck(void)
{
    return chance(25) ? dirt() : 0;
}

/* A bit that should be set only where it is supported. */
static uint64_t flag(bool supported, int n, int percent)
{
    return (uint64_t)chance(supported ? percent : 1) << n;
}

static void limit_config(VTDMConfig *config)
{
    config->ssts &= config->sagaw != 0;
    config->nest &= config->fsts && config->ssts;
    config->prs &= config->dt;
    config->nwfs &= config->dt;
    config->stale_tm &= config->dt;
    config->eafs &= config->fsts && config->smpwcs;
    config->ssads &= config->smpwcs;
    config->rprivs &= config->srs;
    config->fs1gp &= config->fsts;
    config->fs5lp &= config->fsts;
}

static VTDMConfig random_config(void)
{
    static const uint8_t sslps[] = { 0, 1, 3, 3, 3 };
    VTDMConfig config;
    bool *const switches[] = {
        &config.ssts, &config.fsts, &config.nest, &config.pasid, &config.srs,
        &config.rps, &config.rprivs, &config.dt, &config.prs, &config.nwfs,
        &config.sc, &config.smpwcs, &config.ssads, &config.eafs, &config.mts,
        &config.fs1gp, &config.fs5lp, &config.zlr, &config.pt,
    };

    do {
        machine_scalable_config(&config);
        for (size_t i = 0; i < G_N_ELEMENTS(switches); i++) {
            *switches[i] &= chance(92);
        }
        config.host_address_width = chance(50) ? 46 : 36 + below(17);
        config.mgaw = chance(50) ? 57 : 39 + below(25);
        config.sagaw = chance(70) ? 14 : below(8) * 2;
        config.nd = chance(60) ? 6 : below(7);
        config.sslps = sslps[below(G_N_ELEMENTS(sslps))];
        config.pss = chance(85) ? 20 : 1 + below(20);
        config.version_major = chance(80) ? 6 : 1 + below(9);
        config.cm = chance(20);
        config.stale_tm = chance(20);
        config.iotlb_entries = 1 + below(20);
        limit_config(&config);
    } while (!vtdm_config_check(&config, NULL));
    return config;
}

/* Indexes of the entries that tables have, in tables of level 1 first. */
static const unsigned indexes[5][5] = {
    { 0, 1, 3, 4, 17 }, { 0, 4, 0, 4, 511 }, { 0, 1, 0, 0, 511 },
    { 0, 0, 0, 255, 256 }, { 0, 0, 0, 0, 511 },
};
static const unsigned used[] = { 0, 1, 3, 4, 17, 255, 256, 511 };

static uint64_t random_address(unsigned levels)
{
    uint64_t address = below(4096);

    for (unsigned level = 0; level < levels; level++) {
        address |= (uint64_t)indexes[level][below(5)] << (12 + 9 * level);
    }
    if (levels > 3 && bit(address, 11 + 9 * levels) && chance(95)) {
        address |= UINT64_MAX << (12 + 9 * levels);
    }
    return address;
}

/* Of a guest's page: mostly what the second stage can reach. */
static uint64_t guest_page(void)
{
    uint64_t page = chance(1) ? random64()
                              : random_address(chance(96) ? 3 : 4 + below(2));

    return page >> 12 << 12 & ~(UINT64_MAX << 46);
}

static uint64_t table_page(uint64_t base, unsigned count, unsigned level)
{
    return base + 4096 * ((level - 1) * count + below(count));
}

/* A page that is mapped, at the end. */
static uint64_t output_page(const VTDMConfig *config, unsigned level)
{
    uint64_t page = usually(75) ? GUEST + 4096 * below(18) :
                    chance(10) ? 0xfee00000 + 4096 * below(256) :
                    random64() >> 12 << 12 &
                    (VTDM_BIT(config->host_address_width) - 1);

    return level == 1 ? page
                      : page >> (3 + 9 * level) << (3 + 9 * level);
}

/* @percent of leaves in tables of @level, and of all in those of level 1. */
static bool is_leaf(unsigned level, int percent)
{
    return level == 1 || chance(level <= 3 ? percent : 1);
}

static uint64_t second_entry(const VTDMConfig *config, unsigned level)
{
    bool leaf = is_leaf(level, 12);
    uint64_t entry = usually(80) ? 3 : below(4);

    entry |= leaf ? output_page(config, level) | (level > 1) << 7
                  : chance(1) ? MACHINE_RAM
                              : table_page(SECOND_STAGE, 4, level - 1);
    return (entry | flag(true, 8, 60) | flag(leaf, 9, 40) |
            flag(leaf && config->sc, 11, 30)) ^ speck();
}

static uint64_t first_flags(void)
{
    return (usually(82) ? 7 : below(8) | chance(85)) | flag(true, 5, 60) |
           flag(true, 6, 40) | flag(true, 10, 50);
}

static uint64_t first_entry(const VTDMConfig *config, unsigned level)
{
    bool leaf = is_leaf(level, 12);

    return (first_flags() |
            (leaf ? output_page(config, level) | (level > 1) << 7
                  : table_page(FIRST_STAGE, 3, level - 1))) ^ speck();
}

/* In a table of any level. */
static uint64_t guest_entry(void)
{
    uint64_t page = guest_page();

    if (chance(8)) {
        page = page >> (chance(50) ? 21 : 30) << 30 | 0x80;
    }
    return (first_flags() | page) ^ speck();
}

static void fill_page(Machine *machine, uint64_t page, unsigned level,
                      uint64_t (*entry)(const VTDMConfig *, unsigned))
{
    for (size_t i = 0; i < G_N_ELEMENTS(used); i++) {
        vtdm_tables_set(&machine->tables, page + 8 * used[i],
                        entry ? entry(&machine->config, level)
                              : guest_entry());
    }
}

static void fill_paging(Machine *machine)
{
    for (unsigned level = 1; level <= 5; level++) {
        for (unsigned i = 0; i < 4; i++) {
            fill_page(machine, SECOND_STAGE + 4096 * (4 * (level - 1) + i),
                      level, second_entry);
        }
        for (unsigned i = 0; i < 3; i++) {
            fill_page(machine, FIRST_STAGE + 4096 * (3 * (level - 1) + i),
                      level, first_entry);
        }
    }
    for (unsigned i = 0; i < 18; i++) {
        fill_page(machine, GUEST + 4096 * i, 0, NULL);
    }
}

static unsigned random_aw(const VTDMConfig *config)
{
    unsigned aw = 1 + below(3);

    return bit(config->sagaw, aw) || chance(10) ? aw :
           bit(config->sagaw, 2) ? 2 : bit(config->sagaw, 1) ? 1 : 3;
}

static unsigned random_pgtt(const VTDMConfig *config)
{
    const bool supported[] = { false, config->fsts, config->ssts,
                               config->nest, config->pt && chance(30) };
    unsigned pgtt = chance(97) ? 1 + below(4) : below(8);

    for (unsigned i = 0; i < 8 && (pgtt > 4 || !supported[pgtt]); i++) {
        pgtt = below(chance(99) ? 5 : 8);
    }
    return pgtt;
}

static VTDMEntry512 random_pasid(const VTDMConfig *config)
{
    unsigned pgtt = random_pgtt(config);
    unsigned aw = config->ssts ? random_aw(config) : 0;
    unsigned fspm = config->fsts ? config->fs5lp && chance(50) : 0;
    uint64_t second = table_page(SECOND_STAGE, 4, MIN(aw + 2, 5));
    uint64_t first = pgtt == 3 ? guest_page()
                               : table_page(FIRST_STAGE, 3, 4 + fspm);

    return (VTDMEntry512) { {
        (chance(97) | flag(true, 1, 10) | aw << 2 | pgtt << 6 |
         flag(config->ssts && config->ssads, 9, 50) |
         (config->ssts ? second : 0)) ^ dirt(),
        ((chance(90) ? 1 + below(15) : below(65536)) |
         flag(config->smpwcs, 23, orderly ? 99 : 85) |
         flag(config->sc, 24, 30) | flag(config->mts, 25, 30)) ^ dirt(),
        (flag(config->srs, 0, 80) | (chance(97) ? fspm : below(4)) << 2 |
         flag(config->fsts, 4, 50) | flag(true, 5, 10) |
         flag(config->eafs, 7, 50) | (config->fsts ? first : 0)) ^ dirt(),
        chance(1) ? dirt() : 0, 0, 0, chance(1) ? dirt() : 0, 0,
    } };
}

static const uint32_t pasids[] = {
    0, 1, 62, 63, 64, 8191, 8192, 16383, 0xfffff,
};

static void fill_pasids(Machine *machine)
{
    VTDMTables *tables = &machine->tables;

    for (size_t i = 0; i < G_N_ELEMENTS(pasids); i++) {
        uint64_t table = PASIDS + 4096 * below(4);

        for (unsigned directory = 0; directory < 2; directory++) {
            vtdm_tables_set(tables, DIRECTORIES + directory * DIRECTORY_SIZE +
                            pasids[i] / 64 * 8,
                            (table | chance(97) | flag(true, 1, 10)) ^
                            dirt());
        }
        for (unsigned page = 0; page < 4; page++) {
            vtdm_tables_set512(tables, PASIDS + 4096 * page +
                               pasids[i] % 64 * 64,
                               random_pasid(&machine->config));
        }
    }
}

static const uint8_t devices[] = { 0, 1, 0x7f, 0x80, 0x81, 0xff };

static VTDMEntry256 random_context(const VTDMConfig *config)
{
    bool dte = chance(95) && config->dt;

    return (VTDMEntry256) { {
        (chance(97) | flag(true, 1, 10) | dte << 2 |
         flag(config->pasid, 3, 95) | flag(config->prs && dte, 4, 50) |
         (uint64_t)(chance(70) ? 7 : below(8)) << 9 |
         (DIRECTORIES + below(2) * DIRECTORY_SIZE)) ^ dirt(),
        ((config->rps && chance(70)
              ? pasids[below(G_N_ELEMENTS(pasids))] : 0) |
         flag(config->rprivs, 20, 50)) ^ dirt(),
        chance(2) ? dirt() : 0, chance(2) ? dirt() : 0,
    } };
}

static void fill_contexts(Machine *machine)
{
    VTDMTables *tables = &machine->tables;

    for (unsigned bus = 0; bus < 2; bus++) {
        uint64_t table = CONTEXTS + 8192 * bus;

        vtdm_tables_set128(tables, MACHINE_ROOT + 16 * bus, (VTDMEntry128) {
            (table | chance(97)) ^ dirt(),
            ((table + 4096) | chance(97)) ^ dirt(),
        });
        for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
            vtdm_tables_set256(tables, table + devices[i] * 32,
                               random_context(&machine->config));
        }
    }
}

static uint64_t random_input(void)
{
    if (chance(5)) {
        return 0xfedfe000 + below(0x104000);
    }
    return chance(3) ? random64()
                     : random_address(chance(70) ? 3 : 4 + below(2));
}

/* One of the requester @who. */
static VTDMRequest random_request(const VTDMRequest *who)
{
    VTDMRequest request = {
        .address = random_input(),
        .pasid = who->pasid,
        .source_id = who->source_id,
        .access = below(3),
        .type = chance(55) ? 0 : chance(85) ? 1 : below(4),
        .zero_length = chance(15),
        .privileged = who->pasid != VTDM_NO_PASID && chance(40),
        .execute = who->pasid != VTDM_NO_PASID && chance(2),
        .no_write = chance(40),
    };

    if (request.type == 1 && chance(95)) {
        request.access = VTDM_READ;
    }
    return request;
}

/* ---- unit and translator, side by side ---- */

/* The mask may be smaller only because of the interrupt range. */
static bool is_mask_right(const VTDMRequest *request, const Answer *answer,
                          uint64_t mask)
{
    bool close = is_interrupt(request->address & ~answer->mask,
                              request->address | answer->mask) ||
                 is_interrupt(answer->address & ~answer->mask,
                              answer->address | answer->mask);

    return close ? !(mask & ~answer->mask) && !(mask & (mask + 1)) &&
                   (mask & 0xfff) == 0xfff
                 : mask == answer->mask;
}

static const char *first_difference(const VTDMRequest *request,
                                    const VTDMResult *result,
                                    const Answer *answer)
{
    bool given = answer->response == VTDM_OK &&
                 answer->condition == VTDM_NO_FAULT;

    if (result->fault.condition != answer->condition) {
        return "condition";
    }
    if (result->response != answer->response) {
        return "response";
    }
    if (result->perm != answer->perm) {
        return "permissions";
    }
    if (request->type == 1 && result->response != VTDM_UR &&
        result->response != VTDM_CA &&
        result->privileged != answer->privileged) {
        return "Priv";
    }
    if (!given) {
        return NULL;
    }
    if (result->untranslated_only != answer->untranslated) {
        return "U";
    }
    if (!answer->perm || answer->untranslated) {
        return NULL;
    }
    return result->address != answer->address ? "address" :
           result->snoop != answer->snoop ? "N" :
           result->first_stage != answer->first_stage ? "stage" :
           !is_mask_right(request, answer, result->mask) ? "mask" : NULL;
}

static void show(const VTDMRequest *request, const VTDMResult *result,
                 const Answer *answer, const char *what)
{
    g_error("round %u, %s differs: view %u source %04x pasid %x address %#"
            G_GINT64_MODIFIER "x access %u type %u zl %u pr %u er %u nw %u:\n"
            "%s response %u address %#" G_GINT64_MODIFIER "x mask %#"
            G_GINT64_MODIFIER "x perm %u, should be\n"
            "%s response %u address %#" G_GINT64_MODIFIER "x mask %#"
            G_GINT64_MODIFIER "x perm %u", round_number, what, request->view,
            request->source_id, request->pasid, request->address,
            request->access, request->type, request->zero_length,
            request->privileged, request->execute, request->no_write,
            vtdm_condition_info(result->fault.condition)->name,
            result->response, result->address, result->mask, result->perm,
            vtdm_condition_info(answer->condition)->name, answer->response,
            answer->address, answer->mask, answer->perm);
}

/* The view that leaves no trace, or the one that does. */
static void compare_view(Slow *slow, VTDMRequest request, VTDMView view,
                         const Answer *answer)
{
    FakeHost *host = &slow->machine->host;
    unsigned exchanges = host->exchanges;
    VTDMResult result;
    const char *what;

    request.view = view;
    result = machine_request(slow->machine, request);
    what = first_difference(&request, &result, answer);
    if (view != VTDM_USE && !what) {
        what = host->exchanges != exchanges ? "trace" : NULL;
    } else if (!what) {
        what = result.fault.condition != VTDM_NO_FAULT &&
               result.fault.recorded != slow_is_recorded(answer) ? "record" :
               memcmp(host->ram + ARENA, slow->memory, ARENA_END - ARENA)
                   ? "memory" : NULL;
    }
    if (what) {
        show(&request, &result, answer, what);
    }
}

static VTDMEntry128 record_of(const VTDMConfig *config,
                              const VTDMRequest *request,
                              const Answer *answer)
{
    static const uint64_t types[] = { 1ULL << 62, 0, 1ULL << 62 | 1 << 28 };
    bool widest = bit(config->sagaw, 3) || config->fs5lp;
    unsigned width = widest ? 57 :
                     bit(config->sagaw, 2) || config->fsts ? 48 : 39;
    VTDMEntry128 record = {
        answer->condition == VTDM_IR_29
            ? 0 : bits(request->address, width - 1, 12) << 12,
        1ULL << 63 | types[request->access] | request->source_id |
        (uint64_t)vtdm_condition_info(answer->condition)->reason << 32 |
        (uint64_t)(config->dt ? request->type : 0) << 60,
    };

    if (config->pasid && request->pasid != VTDM_NO_PASID) {
        record.hi |= (uint64_t)request->pasid << 40 | 1ULL << 31 |
                     (uint64_t)request->privileged << 29 |
                     (uint64_t)(request->execute &&
                                request->access == VTDM_READ) << 30;
    }
    return record;
}

static void compare_record(Slow *slow, const VTDMRequest *request,
                           const Answer *answer, unsigned *records)
{
    VTDMEntry128 found = machine_record(slow->machine, *records);
    VTDMEntry128 record = { 0 };

    if (slow_is_recorded(answer)) {
        record = record_of(slow->config, request, answer);
        ++*records;
    }
    g_assert_cmphex(found.hi, ==, record.hi);
    g_assert_cmphex(found.lo, ==, record.lo);
}

typedef struct Seen {
    unsigned requests, translated[8], conditions[VTDM_CONDITION_COUNT];
} Seen;

/*
 * One requester of a new unit, whose caches fill from request to request. Who
 * looks does not see that a flag which an entry needs twice would be set once.
 */
static void visit(Slow *slow, Seen *seen)
{
    Machine *machine = slow->machine;
    VTDMRequest who = {
        .source_id = below(2) << 8 | devices[below(G_N_ELEMENTS(devices))],
        .pasid = chance(machine->config.pasid ? 30 : 90)
                            ? VTDM_NO_PASID
                            : pasids[below(G_N_ELEMENTS(pasids))],
    };
    unsigned records = 0;

    vtdm_unit_free(machine->unit);
    machine->unit = vtdm_unit_new(&machine->config, &fake_host_ops,
                                  &machine->host);
    machine_enable_scalable(machine);
    for (unsigned i = 0; i < 7; i++) {
        VTDMRequest request = random_request(&who);
        Answer answer;

        answer = slow_translate(slow, &request);
        if (!slow->again) {
            compare_view(slow, request, VTDM_TABLES, &answer);
            compare_view(slow, request, VTDM_LOOK, &answer);
        }
        compare_view(slow, request, VTDM_USE, &answer);
        compare_record(slow, &request, &answer, &records);
        compare_view(slow, request, VTDM_LOOK, &answer);
        seen->requests++;
        seen->conditions[answer.condition]++;
        seen->translated[slow->pasid.pgtt] += answer.perm != 0;
    }
}

static void translate_round(Seen *seen)
{
    VTDMConfig config = random_config();
    Machine *machine = machine_new(&config);
    Slow slow = {
        machine, &machine->config, .first = ARENA, .size = ARENA_END - ARENA,
    };

    orderly = chance(50);
    noise = orderly ? below(2) : below(4);
    machine->host.quiet = true;
    if (chance(10)) {
        machine->host.read_only = ARENA + below(ARENA_END - ARENA);
    }
    fill_paging(machine);
    fill_pasids(machine);
    fill_contexts(machine);
    slow.memory = g_memdup2(machine->host.ram + ARENA, ARENA_END - ARENA);
    for (unsigned i = 0; i < 40; i++) {
        visit(&slow, seen);
    }
    g_free(slow.memory);
    machine_free(machine);
}

/*
 * To see more than a test has time for: VTDM_ORACLE_ROUNDS=N, and for others
 * than the first ones VTDM_ORACLE_FIRST=N.
 */
static unsigned from_environment(const char *name, unsigned usual)
{
    const char *value = g_getenv(name);

    return value ? g_ascii_strtoull(value, NULL, 10) : usual;
}

static const VTDMCondition met[] = {
    VTDM_SRT_2, VTDM_SRT_3, VTDM_SCT_2, VTDM_SCT_3, VTDM_SCT_5, VTDM_SCT_6,
    VTDM_SCT_7, VTDM_SCT_9, VTDM_SPD_2, VTDM_SPD_3, VTDM_SPT_2, VTDM_SPT_3,
    VTDM_SPT_4_1, VTDM_SPT_4_2, VTDM_SPT_4_3, VTDM_SPT_5, VTDM_SPT_6,
    VTDM_SFS_1, VTDM_SFS_2, VTDM_SFS_3, VTDM_SFS_5, VTDM_SFS_6, VTDM_SFS_7,
    VTDM_SFS_8, VTDM_SFS_9, VTDM_SFS_10, VTDM_SSS_1, VTDM_SSS_2, VTDM_SSS_3,
    VTDM_SSS_5, VTDM_SGN_1, VTDM_SGN_2, VTDM_SGN_5, VTDM_SGN_6, VTDM_SGN_7,
    VTDM_SGN_8_1, VTDM_SGN_8_2, VTDM_SGN_10,
};

/*
 * Every view and every answer is the slow translator's, whatever the same
 * requester has cached before: the tables stay as they are.
 */
static void test_translate(void)
{
    Seen seen = { 0 };

    unsigned first = from_environment("VTDM_ORACLE_FIRST", 0);
    unsigned count = from_environment("VTDM_ORACLE_ROUNDS", 80);

    for (round_number = first; round_number < first + count; round_number++) {
        numbers = g_rand_new_with_seed(round_number);
        translate_round(&seen);
        g_rand_free(numbers);
    }
    g_test_message("%u requests; answered by PGTT 001: %u, 010: %u, "
                   "011: %u", seen.requests, seen.translated[1],
                   seen.translated[2], seen.translated[3]);
    for (size_t i = 0; i < VTDM_CONDITION_COUNT; i++) {
        if (seen.conditions[i]) {
            g_test_message("%s %u", vtdm_condition_info(i)->name,
                           seen.conditions[i]);
        }
    }
    for (unsigned pgtt = 1; pgtt <= 3; pgtt++) {
        g_assert_cmpuint(seen.translated[pgtt], >, seen.requests / 100);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(met); i++) {
        g_assert_cmpuint(seen.conditions[met[i]], >, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/oracle/scalable", test_translate);
    return g_test_run();
}
