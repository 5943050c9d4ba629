/*
 * Legacy mode's caches: random changes and invalidations against a model of
 * what a cache may hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "legacy-translator.h"

#define SOURCES 4
#define PAGES   8               /* 4 in each of two 2 MiB regions */
#define REGIONS 2
#define DOMAINS 3               /* of which 0 is not used */
#define KEPT    64

static bool chance(int percent)
{
    return g_test_rand_int_range(0, 100) < percent;
}

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
    LegacyContext contexts[SOURCES][KEPT];
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

static void keep_context(Model *model, unsigned source, LegacyContext context)
{
    LegacyContext *set = model->contexts[source];
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
static LegacyPage walk_low(Model *model, uint64_t low, unsigned page)
{
    LegacyPage found = { VTDM_NO_FAULT };
    uint64_t entry;

    g_assert_true(legacy_fetch(model->machine, low + 8 * (page % 4), &entry));
    found.perm = entry & 3;
    found.first = found.output = entry >> 12 << 12;
    found.last = found.first + 4095;
    return found;
}

/*
 * Hands over each way in which memory as it is now, beneath what may be
 * cached, translates @page under @context.
 */
static void for_each_walk(Model *model, const LegacyContext *context,
                          unsigned page,
                          void (*see)(void *opaque, const LegacyPage *found),
                          void *opaque)
{
    for (unsigned table = 0; table < 2; table++) {
        LegacyContext through = *context;
        LegacyPage found;

        through.pointer = model->tables[table];
        if (model->uppers[context->did][table]) {
            found = legacy_walk(model->machine, &through, page_address(page));
            see(opaque, &found);
        }
        if (model->lowers[context->did][page / 4][table]) {
            found = walk_low(model, low_table(table, page / 4), page);
            see(opaque, &found);
        }
    }
}

/* Page tables that may be reached, and so be cached, for @did. */
static void refresh_structures(Model *model, const LegacyContext *context)
{
    for (unsigned table = 0; table < 2; table++) {
        bool *upper = &model->uppers[context->did][table];

        *upper |= context->pointer == model->tables[table];
        for (unsigned region = 0; *upper && region < REGIONS; region++) {
            uint64_t entry;

            g_assert_true(legacy_fetch(model->machine,
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

static void keep_found(void *opaque, const LegacyPage *found)
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
        LegacyContext now = legacy_find_context(model->machine,
                                                MACHINE_SID + source);

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
            const LegacyContext *context = &model->contexts[source][j];
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
            LegacyContext *context = &model->contexts[source][i];
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

static void see_fault(void *opaque, const LegacyPage *page)
{
    Failing *failing = opaque;

    failing->found |= legacy_answer_of(failing->config, failing->request,
                                       page).condition == failing->condition;
}

/* Whether memory as it is now gives this fault, under some context. */
static bool may_fail(Model *model, const VTDMRequest *request,
                     unsigned page, VTDMCondition condition)
{
    unsigned source = request->source_id - MACHINE_SID;
    LegacyContext now = legacy_find_context(model->machine, request->source_id);
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
        LegacyPage cached = { VTDM_NO_FAULT, kept->output, kept->output,
                        kept->output + 4095, kept->perm };
        LegacyAnswer answer = legacy_answer_of(&model->machine->config,
                                               request, &cached);

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
    g_test_add_func("/vtdm/oracle/caches", test_caches);
    return g_test_run();
}
