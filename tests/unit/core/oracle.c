/*
 * Random tables and requests against a second, slow translator, written
 * from the facts alone, bit by bit; and random changes and invalidations
 * against a model of what a cache may hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/config-check.h"
#include "machine.h"

#define ARENA_PAGES 64

/* ---- the translator ---- */

typedef struct Context {
    VTDMCondition condition;
    unsigned tt, aw, did;
    uint64_t pointer;
} Context;

typedef struct Page {
    VTDMCondition condition;
    uint64_t output;            /* of the request's own 4 KiB page */
    uint64_t first, last;       /* bytes of the whole page */
    unsigned perm;              /* 1 read, 2 write */
} Page;

static bool fetch(Machine *machine, uint64_t address, uint64_t *value)
{
    if (address > MACHINE_RAM - 8) {
        return false;
    }
    memcpy(value, machine->host.ram + address, 8);
    *value = GUINT64_FROM_LE(*value);
    return true;
}

/* Whether one of bits @low to @high is set. */
static bool any(uint64_t word, int low, int high)
{
    for (int bit = low; bit <= high; bit++) {
        if (word >> bit & 1) {
            return true;
        }
    }
    return false;
}

static int widest(const VTDMConfig *config)
{
    return any(config->sagaw, 3, 3) ? 3 : any(config->sagaw, 2, 2) ? 2 : 1;
}

static Context find_context(Machine *machine, unsigned source_id)
{
    const VTDMConfig *config = &machine->config;
    int haw = config->host_address_width;
    uint64_t root = MACHINE_ROOT + source_id / 256 * 16, lo, hi;
    Context context = { VTDM_NO_FAULT };

    if (!fetch(machine, root, &lo) || !fetch(machine, root + 8, &hi)) {
        return (Context) { VTDM_LRT_1 };
    }
    if (!any(lo, 0, 0)) {
        return (Context) { VTDM_LRT_2 };
    }
    if (any(lo, 1, 11) || any(lo, haw, 63) || hi) {
        return (Context) { VTDM_LRT_3 };
    }
    root = (lo >> 12 << 12) + source_id % 256 * 16;
    if (!fetch(machine, root, &lo) || !fetch(machine, root + 8, &hi)) {
        return (Context) { VTDM_LCT_1 };
    }
    if (!any(lo, 0, 0)) {
        return (Context) { VTDM_LCT_2 };
    }
    context.tt = lo >> 2 & 3;
    context.aw = hi & 7;
    context.did = hi >> 8 & 0xffff;
    context.pointer = lo >> 12 << 12;
    if (any(lo, 4, 11) || any(hi, 7, 7) || any(hi, 24, 63) ||
        any(hi, 8 + 4 + 2 * config->nd, 23) ||
        (context.tt != 2 && any(lo, haw, 63))) {
        return (Context) { VTDM_LCT_3 };
    }
    if (context.tt == 3 || (context.tt == 1 && !config->dt) ||
        (context.tt == 2 && !config->pt)) {
        return (Context) { VTDM_LCT_4_2 };
    }
    if (context.tt == 2 ? (int)context.aw != widest(config)
                        : !any(config->sagaw, context.aw, context.aw)) {
        return (Context) { VTDM_LCT_4_1 };
    }
    return context;
}

static bool entry_is_bad(const VTDMConfig *config, uint64_t entry,
                         int level, bool large)
{
    bool leaf = level == 1 || large;

    return any(entry, config->host_address_width, 51) || any(entry, 62, 62) ||
           (any(entry, 11, 11) && !(leaf && config->sc)) ||
           (any(entry, 7, 7) && !leaf) ||
           (large && any(entry, 12, level == 2 ? 20 : 29));
}

static Page walk(Machine *machine, const Context *context, uint64_t address)
{
    const VTDMConfig *config = &machine->config;
    int top = context->aw + 2, width = 30 + 9 * context->aw;
    uint64_t table = context->pointer;
    Page page = { VTDM_NO_FAULT, .perm = 3 };

    if (any(address, MIN(width, config->mgaw), 63)) {
        return (Page) { VTDM_LGN_1_1 };
    }
    for (int level = top;; level--) {
        int shift = 12 + 9 * (level - 1);
        uint64_t entry, size = 1ULL << shift;
        bool large;

        if (!fetch(machine, table + (address >> shift & 511) * 8, &entry)) {
            return (Page) { level == top ? VTDM_LCT_4_3 : VTDM_LSS_1 };
        }
        if (!any(entry, 0, 1)) {
            return (Page) { VTDM_NO_FAULT };
        }
        large = any(entry, 7, 7) &&
                ((level == 2 && config->sslps >= 1) ||
                 (level == 3 && config->sslps == 3));
        if (entry_is_bad(config, entry, level, large)) {
            return (Page) { VTDM_LSS_2 };
        }
        page.perm &= entry & 3;
        table = (entry & 0xfffffffffffff) >> 12 << 12;
        if (!page.perm) {
            return page;
        }
        if (level == 1 || large) {
            page.first = table;
            page.last = table + (size - 1);
            page.output = table + (address % size) / 4096 * 4096;
            return page;
        }
    }
}

typedef struct Answer {
    VTDMCondition condition;
    VTDMResponse response;
    uint64_t address;
    unsigned perm;
} Answer;

static bool is_interrupt(uint64_t first, uint64_t last)
{
    return first <= 0xfeefffff && last >= 0xfee00000;
}

static Answer fault(VTDMCondition condition, VTDMResponse response)
{
    return (Answer) { condition, response };
}

/* What a device gets for a fault that is UR, CA and UR. */
static Answer usual_fault(VTDMCondition condition, unsigned type)
{
    bool absent = condition == VTDM_LRT_2 || condition == VTDM_LCT_2;

    return fault(condition, type == 1 && !absent ? VTDM_CA : VTDM_UR);
}

static Answer identity(const VTDMConfig *config, uint64_t address,
                       VTDMCondition too_wide)
{
    if (any(address, config->host_address_width, 63)) {
        return fault(too_wide, VTDM_UR);
    }
    if (is_interrupt(address, address)) {
        return fault(VTDM_LGN_4, VTDM_UR);
    }
    return (Answer) { VTDM_NO_FAULT, VTDM_OK, address, 3 };
}

static Answer answer_of(const VTDMConfig *config, const VTDMRequest *request,
                        const Page *page)
{
    bool reads = request->access != VTDM_WRITE;
    bool writes = request->access != VTDM_READ;
    bool asks = request->type == 1;
    uint64_t output = page->output + request->address % 4096;

    if (page->condition == VTDM_LGN_1_1 && asks) {
        return fault(VTDM_LGN_1_1, VTDM_S0);
    }
    if (page->condition != VTDM_NO_FAULT) {
        return usual_fault(page->condition, request->type);
    }
    if (asks && !page->perm) {
        return (Answer) { VTDM_NO_FAULT, VTDM_OK };
    }
    if (!asks && writes && !(page->perm & 2)) {
        return fault(VTDM_LGN_2, VTDM_UR);
    }
    if (!asks && reads && !(page->perm & 1) &&
        !(request->zero_length && config->zlr && page->perm == 2)) {
        return fault(VTDM_LGN_3, VTDM_UR);
    }
    if (asks ? is_interrupt(page->first, page->last)
             : is_interrupt(output, output)) {
        return usual_fault(VTDM_LGN_4, request->type);
    }
    return (Answer) { VTDM_NO_FAULT, VTDM_OK, output, page->perm };
}

static Answer by_tables(Machine *machine, const VTDMRequest *request)
{
    Context context = find_context(machine, request->source_id);
    bool interrupt = is_interrupt(request->address, request->address);
    Page page;

    if (context.condition != VTDM_NO_FAULT) {
        return usual_fault(context.condition, request->type);
    }
    if (request->type && context.tt != 1) {
        return fault(VTDM_LCT_5, VTDM_UR);
    }
    if (request->type == 2 || context.tt == 2) {
        return identity(&machine->config, request->address,
                        request->type == 2 ? VTDM_LGN_1_2 : VTDM_LGN_1_3);
    }
    if (request->type == 1 && interrupt) {
        return (Answer) { VTDM_NO_FAULT, VTDM_OK, 0, 2 };
    }
    page = walk(machine, &context, request->address);
    return answer_of(&machine->config, request, &page);
}

static Answer expected(Machine *machine, const VTDMRequest *request,
                       unsigned ttm)
{
    bool interrupt = is_interrupt(request->address, request->address);
    bool pasid = request->pasid != VTDM_NO_PASID;

    if (request->type == 0 && !pasid && interrupt) {
        return request->zero_length && request->access == VTDM_READ
                   ? (Answer) { VTDM_NO_FAULT, VTDM_OK, request->address, 3 }
                   : fault(VTDM_IR_29, VTDM_UR);
    }
    if (request->type == 3 ||
        (request->type == 1 && request->access != VTDM_READ)) {
        return fault(VTDM_NO_FAULT, VTDM_UR);
    }
    if (ttm == 3 && machine->config.adms) {
        return fault(VTDM_RTA_4, VTDM_UR);
    }
    if (ttm) {
        return usual_fault(ttm == 3 ? VTDM_RTA_1_1 :
                           ttm == 2 ? VTDM_RTA_1_2 : VTDM_RTA_1_3,
                           request->type);
    }
    return pasid ? fault(VTDM_RTA_2, VTDM_UR) : by_tables(machine, request);
}

/* ---- random machines ---- */

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
            int aw = chance(70) ? widest(&machine->config)
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
                    const Answer *answer)
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
            Answer answer = expected(machine, &request, ttm);

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

/* ---- what caches may hold ---- */

#define SOURCES 4
#define PAGES   8               /* 4 in each of two 2 MiB regions */
#define REGIONS 2
#define DOMAINS 3               /* of which 0 is not used */
#define KEPT    64

typedef struct Kept {
    uint64_t output;
    unsigned perm, did;
} Kept;

/*
 * Sets of what may be cached: context entries, translations, and what points
 * to tables: of a domain, SSPTPTRs by which its upper entries were found, and
 * for each region, page tables.
 */
typedef struct Model {
    Machine *machine;
    uint64_t tables[2];         /* two SSPTPTR */
    bool uppers[DOMAINS][2];
    bool lowers[DOMAINS][REGIONS][2];
    unsigned context_count[SOURCES];
    Context contexts[SOURCES][KEPT];
    unsigned page_count[SOURCES][PAGES];
    Kept pages[SOURCES][PAGES][KEPT];
} Model;

static uint64_t page_address(unsigned page)
{
    return 0x40000000 + page / 4 * 0x200000 + page % 4 * 4096;
}

static uint64_t directory_entry(Model *model, unsigned table, unsigned region)
{
    return vtdm_tables_entry(&model->machine->tables, &(VTDMMapping) {
        .table = model->tables[table], .levels = 4,
        .input = 0x40000000 + 0x200000 * region }, 2);
}

static void keep_context(Model *model, unsigned source, Context context)
{
    Context *set = model->contexts[source];
    unsigned *count = &model->context_count[source];

    for (unsigned i = 0; i < *count; i++) {
        if (set[i].pointer == context.pointer && set[i].did == context.did) {
            return;
        }
    }
    g_assert_cmpuint(*count, <, KEPT);
    set[(*count)++] = context;
}

static void keep_page(Model *model, unsigned source, unsigned page,
                      Kept kept)
{
    Kept *set = model->pages[source][page];
    unsigned *count = &model->page_count[source][page];

    for (unsigned i = 0; i < *count; i++) {
        if (set[i].output == kept.output && set[i].perm == kept.perm &&
            set[i].did == kept.did) {
            return;
        }
    }
    g_assert_cmpuint(*count, <, KEPT);
    set[(*count)++] = kept;
}

/* The page table of @region that hangs below SSPTPTR number @table. */
static uint64_t low_table(unsigned table, unsigned region)
{
    return MACHINE_TABLES + 0x100000 + 0x2000 * table + region * 0x1000;
}

/* What a walk for @page gives that starts with a cached page table. */
static Page walk_low(Model *model, uint64_t low, unsigned page)
{
    Page found = { VTDM_NO_FAULT };
    uint64_t entry;

    g_assert_true(fetch(model->machine, low + 8 * (page % 4), &entry));
    found.perm = entry & 3;
    found.first = found.output = entry >> 12 << 12;
    found.last = found.first + 4095;
    return found;
}

/*
 * Hands over each way in which memory as it is now, beneath what may be
 * cached, translates @page under @context.
 */
static void for_each_walk(Model *model, const Context *context, unsigned page,
                          void (*see)(void *opaque, const Page *found),
                          void *opaque)
{
    for (unsigned table = 0; table < 2; table++) {
        Context through = *context;
        Page found;

        through.pointer = model->tables[table];
        if (model->uppers[context->did][table]) {
            found = walk(model->machine, &through, page_address(page));
            see(opaque, &found);
        }
        if (model->lowers[context->did][page / 4][table]) {
            found = walk_low(model, low_table(table, page / 4), page);
            see(opaque, &found);
        }
    }
}

/* Page tables that may be reached, and so be cached, for @did. */
static void refresh_structures(Model *model, const Context *context)
{
    for (unsigned table = 0; table < 2; table++) {
        bool *upper = &model->uppers[context->did][table];

        *upper |= context->pointer == model->tables[table];
        for (unsigned region = 0; *upper && region < REGIONS; region++) {
            uint64_t entry;

            g_assert_true(fetch(model->machine,
                                directory_entry(model, table, region),
                                &entry));
            if ((entry & 3) && !(entry & 0x80)) {
                model->lowers[context->did][region][table] = true;
            }
        }
    }
}

typedef struct Keeping {
    Model *model;
    unsigned source, page, did;
} Keeping;

static void keep_found(void *opaque, const Page *found)
{
    Keeping *keeping = opaque;

    if (found->condition == VTDM_NO_FAULT && found->perm) {
        keep_page(keeping->model, keeping->source, keeping->page, (Kept) {
            found->output, found->perm, keeping->did });
    }
}

/* Adds what memory says now, under every context that may be cached. */
static void refresh(Model *model)
{
    for (unsigned source = 0; source < SOURCES; source++) {
        Context now = find_context(model->machine, MACHINE_SID + source);

        if (now.condition == VTDM_NO_FAULT) {
            keep_context(model, source, now);
        }
        for (unsigned i = 0; i < model->context_count[source]; i++) {
            refresh_structures(model, &model->contexts[source][i]);
        }
    }
    for (unsigned i = 0; i < SOURCES * PAGES; i++) {
        unsigned source = i / PAGES, page = i % PAGES;

        for (unsigned j = 0; j < model->context_count[source]; j++) {
            const Context *context = &model->contexts[source][j];
            Keeping keeping = { model, source, page, context->did };

            for_each_walk(model, context, page, keep_found, &keeping);
        }
    }
}

static void change_tables(Model *model)
{
    VTDMTables *tables = &model->machine->tables;
    unsigned table = g_test_rand_int_range(0, 2);
    unsigned page = g_test_rand_int_range(0, PAGES);
    uint64_t directory = directory_entry(model, table, page / 4);
    uint64_t low = low_table(table, page / 4);

    if (chance(20)) {
        vtdm_tables_set(tables, directory, chance(60) ? low | 3 :
                        0x200000ULL * g_test_rand_int_range(1, 3) | 0x83);
    } else {
        vtdm_tables_set(tables, low + 8 * (page % 4), chance(20) ? 0 :
                        4096ULL * g_test_rand_int_range(1, 5) |
                        g_test_rand_int_range(1, 4));
    }
}

static void change_context(Model *model)
{
    vtdm_tables_context(&model->machine->tables, MACHINE_ROOT,
                        MACHINE_SID + g_test_rand_int_range(0, SOURCES),
                        chance(20) ? (VTDMEntry128) { 0 } :
                        vtdm_make_context(
                            0, 4, model->tables[g_test_rand_int_range(0, 2)],
                            g_test_rand_int_range(1, 3)));
}

static void invalidate_contexts(Model *model)
{
    unsigned g = g_test_rand_int_range(1, 4);
    unsigned did = g_test_rand_int_range(1, 3);
    unsigned target = g_test_rand_int_range(0, SOURCES);
    unsigned fm = g_test_rand_int_range(0, 4);
    static const unsigned ignored[] = { 0, 4, 6, 7 };

    machine_submit(model->machine, vtdm_make_context_invalidate(
                       g, did, MACHINE_SID + target, fm));
    for (unsigned source = 0; source < SOURCES; source++) {
        bool device = (source | ignored[fm]) == (target | ignored[fm]);
        unsigned left = 0;

        for (unsigned i = 0; i < model->context_count[source]; i++) {
            Context *context = &model->contexts[source][i];
            bool gone = g == 1 || (context->did == did &&
                                   (g == 2 || device));

            if (!gone) {
                model->contexts[source][left++] = *context;
            }
        }
        model->context_count[source] = left;
    }
}

/* All pages lie under the same upper entries. */
static void forget_structures(Model *model, unsigned g, unsigned did,
                              unsigned target, unsigned am)
{
    unsigned shift = MAX(21, 12 + am);

    for (unsigned i = 0; i < DOMAINS; i++) {
        if (g != 1 && i != did) {
            continue;
        }
        memset(model->uppers[i], 0, sizeof(model->uppers[i]));
        for (unsigned region = 0; region < REGIONS; region++) {
            if (g != 3 || page_address(4 * region) >> shift ==
                          page_address(target) >> shift) {
                memset(model->lowers[i][region], 0,
                       sizeof(model->lowers[i][region]));
            }
        }
    }
}

static void invalidate_pages(Model *model)
{
    unsigned g = g_test_rand_int_range(1, 4);
    unsigned did = g_test_rand_int_range(1, 3);
    unsigned target = g_test_rand_int_range(0, PAGES);
    unsigned am = g_test_rand_int_range(0, 12);
    bool ih = chance(50);

    machine_submit(model->machine, vtdm_make_iotlb_invalidate(
                       g, did, page_address(target), am, ih));
    if (g != 3 || !ih) {
        forget_structures(model, g, did, target, am);
    }
    for (unsigned i = 0; i < SOURCES * PAGES; i++) {
        Kept *set = model->pages[i / PAGES][i % PAGES];
        unsigned *count = &model->page_count[i / PAGES][i % PAGES];
        bool in_range = page_address(i % PAGES) >> (12 + am) ==
                        page_address(target) >> (12 + am);
        unsigned left = 0;

        for (unsigned j = 0; j < *count; j++) {
            if (!(g == 1 || (set[j].did == did && (g == 2 || in_range)))) {
                set[left++] = set[j];
            }
        }
        *count = left;
    }
}

typedef struct Failing {
    const VTDMConfig *config;
    const VTDMRequest *request;
    VTDMCondition condition;
    bool found;
} Failing;

static void see_fault(void *opaque, const Page *page)
{
    Failing *failing = opaque;

    failing->found |= answer_of(failing->config, failing->request,
                                page).condition == failing->condition;
}

/* Whether memory as it is now gives this fault, under some context. */
static bool may_fail(Model *model, const VTDMRequest *request,
                     unsigned page, VTDMCondition condition)
{
    unsigned source = request->source_id - MACHINE_SID;
    Context now = find_context(model->machine, request->source_id);
    Failing failing = { &model->machine->config, request, condition };

    if (now.condition != VTDM_NO_FAULT && now.condition == condition) {
        return true;
    }
    for (unsigned i = 0; i < model->context_count[source]; i++) {
        for_each_walk(model, &model->contexts[source][i], page, see_fault,
                      &failing);
    }
    return failing.found;
}

static bool may_answer(Model *model, const VTDMRequest *request,
                       unsigned page, const VTDMResult *result)
{
    unsigned source = request->source_id - MACHINE_SID;

    for (unsigned i = 0; i < model->page_count[source][page]; i++) {
        Kept *kept = &model->pages[source][page][i];
        Page cached = { VTDM_NO_FAULT, kept->output, kept->output,
                        kept->output + 4095, kept->perm };
        Answer answer = answer_of(&model->machine->config, request, &cached);

        if (answer.condition == result->fault.condition &&
            (answer.condition || (answer.address == result->address &&
                                  answer.perm == result->perm))) {
            return true;
        }
    }
    return result->fault.condition != VTDM_NO_FAULT &&
           may_fail(model, request, page, result->fault.condition);
}

static void ask(Model *model)
{
    unsigned page = g_test_rand_int_range(0, PAGES);
    VTDMRequest request = {
        .address = page_address(page),
        .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID + g_test_rand_int_range(0, SOURCES),
        .access = g_test_rand_int_range(0, 2),
    };
    VTDMResult result = machine_request(model->machine, request);

    g_assert_true(may_answer(model, &request, page, &result));
}

static Model *model_new(void)
{
    Model *model = g_new0(Model, 1);
    VTDMConfig config;

    vtdm_config_init(&config);
    config.iotlb_entries = g_test_rand_int_range(1, 40);
    model->machine = machine_new(&config);
    model->machine->host.quiet = true;
    for (unsigned table = 0; table < 2; table++) {
        model->tables[table] = vtdm_tables_page(&model->machine->tables);
        directory_entry(model, table, 0);
    }
    machine_enable_dma(model->machine);
    machine_enable_queue(model->machine);
    return model;
}

/* Answers are now's, or such as no invalidation has covered since. */
static void test_caches(void)
{
    static void (*const steps[])(Model *model) = {
        change_tables, change_tables, change_context, invalidate_contexts,
        invalidate_pages, ask, ask, ask, ask, ask,
    };

    for (unsigned round = 0; round < 20; round++) {
        Model *model = model_new();

        for (unsigned i = 0; i < 3000; i++) {
            steps[g_test_rand_int_range(0, G_N_ELEMENTS(steps))](model);
            refresh(model);
        }
        machine_free(model->machine);
        g_free(model);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/oracle/translate", test_translate);
    g_test_add_func("/vtdm/oracle/caches", test_caches);
    return g_test_run();
}
