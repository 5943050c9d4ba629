/*
 * Scalable mode's caches against a model of them: random changes of tables,
 * requests and invalidations.
 *
 * Context entries, PASID entries and translations are foretold: each stays
 * until an invalidation covers it, and nothing else goes. Of the
 * paging-structure caches, which may lose an entry to another, the model knows
 * what they may hold. Hence a request that the IOTLB must answer has one
 * answer, or few; any other has those that memory and such entries allow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "machine.h"

#define SOURCES 2
#define KINDS   3               /* without PASID; 1: a user; 2: a supervisor */
#define DOMAINS 4               /* 1, 2: over a second stage; 3: not; 0: none */
#define PAGES   6               /* 3 in each of two regions of 2 MiB */
#define LEVELS  2               /* of leaves */
#define TABLES  6               /* of the first stage: 2 roots, 4 page tables */
#define COPIES  3               /* of each; the last: without a second stage */
#define FOUND   400

#define BASE    0x40000000ULL
#define REGION  0x200000ULL
#define GUEST   (BASE + 2 * REGION)     /* guest tables, which come and go */
#define STATIC  (BASE + 3 * REGION)     /* those above them, which stay */

typedef struct Pasid {
    bool present, sre, wpe;
    unsigned pgtt, did, root;
} Pasid;

typedef struct Context {
    bool present;
    unsigned directory;
} Context;

/* One way in which a walk may end. */
typedef struct Found {
    VTDMCondition condition;
    uint64_t output, mask;      /* of the request's page; of the whole */
    unsigned perm;
    bool dirty;
} Found;

typedef struct FoundSet {
    unsigned count;
    Found found[FOUND];
} FoundSet;

/* A translation that is cached: one of these. */
typedef struct Cached {
    unsigned did;
    bool first_stage;
    FoundSet set;
} Cached;

/* A set of tables of the first stage: 2 bits for each copy. */
typedef uint32_t TableSet;

typedef struct Model {
    Machine *machine;
    uint64_t directories[SOURCES][2];
    uint64_t ssptptr[DOMAINS];
    uint64_t second[DOMAINS][3][2];     /* page tables of its regions */
    uint64_t tables[TABLES][COPIES];
    uint64_t fsptptr[2][2];             /* nested, and alone */
    Context contexts[SOURCES];
    Pasid pasids[SOURCES][2][KINDS];

    bool knows_context[SOURCES], knows_pasid[SOURCES][KINDS];
    Context cached_contexts[SOURCES];
    Pasid cached_pasids[SOURCES][KINDS];
    Cached cached[SOURCES][KINDS][PAGES][LEVELS];
    unsigned seconds[DOMAINS][3];       /* of page tables that may be cached */
    unsigned tops[DOMAINS][KINDS];      /* of roots that may be cached */
    TableSet uppers[DOMAINS][KINDS], lowers[DOMAINS][KINDS][2];
    unsigned hits, walks;
} Model;

static GRand *numbers;
static unsigned round_number;

static unsigned below(unsigned end)
{
    return g_rand_int_range(numbers, 0, end);
}

static bool chance(unsigned percent)
{
    return below(100) < percent;
}

static uint64_t page_address(unsigned page)
{
    return BASE + page / 3 * REGION + page % 3 * 4096;
}

static uint64_t get(const Model *model, uint64_t address)
{
    return vtdm_tables_get(&model->machine->tables, address);
}

/* ---- what walks may find ---- */

static uint64_t second_entry(const Model *model, unsigned did,
                             unsigned region)
{
    return vtdm_tables_entry(&model->machine->tables, &(VTDMMapping) {
        .table = model->ssptptr[did], .levels = 4,
        .input = BASE + region * REGION }, 2);
}

static void add(FoundSet *set, Found found)
{
    for (unsigned i = 0; i < set->count; i++) {
        const Found *old = &set->found[i];

        if (old->condition == found.condition &&
            old->output == found.output && old->mask == found.mask &&
            old->perm == found.perm && old->dirty == found.dirty) {
            return;
        }
    }
    g_assert_cmpuint(set->count, <, FOUND);
    set->found[set->count++] = found;
}

static void add_fault(FoundSet *set, VTDMCondition condition)
{
    add(set, (Found) { condition });
}

/* @address by the second stage of @did: each output is that of its page. */
static void find_second(const Model *model, unsigned did, uint64_t address,
                        FoundSet *set)
{
    unsigned region = (address - BASE) / REGION;
    uint64_t entry = get(model, second_entry(model, did, region));

    if (!(entry & 3)) {
        add_fault(set, VTDM_SSS_2);
    } else if (entry & 0x80) {
        add(set, (Found) {
            .output = entry >> 21 << 21 | (address & 0x1ff000),
            .mask = 0x1fffff, .perm = entry & 3, .dirty = true });
    }
    for (unsigned i = 0; i < 2; i++) {
        if (model->seconds[did][region] >> i & 1) {
            entry = get(model, model->second[did][region][i] +
                        (address >> 12 & 511) * 8);
            add(set, entry & 3 ? (Found) { .output = entry >> 12 << 12,
                    .mask = 0xfff, .perm = entry & 3, .dirty = true }
                               : (Found) { VTDM_SSS_2 });
        }
    }
}

static TableSet one_table(unsigned copy, bool writable)
{
    return 1u << (2 * copy + writable);
}

/* The copies of guest table @number that the second stage may lead to. */
static TableSet find_tables(const Model *model, unsigned did,
                            unsigned number, FoundSet *faults)
{
    FoundSet pages = { 0 };
    TableSet tables = 0;

    if (did == 3) {
        return one_table(2, true);
    }
    find_second(model, did, GUEST + 4096 * number, &pages);
    for (unsigned i = 0; i < pages.count; i++) {
        const Found *page = &pages.found[i];

        if (page->condition != VTDM_NO_FAULT || !(page->perm & 1)) {
            if (faults) {
                add_fault(faults, page->condition ?: VTDM_SFS_7);
            }
            continue;
        }
        for (unsigned copy = 0; copy < 2; copy++) {
            if (page->output == model->tables[number][copy]) {
                tables |= one_table(copy, page->perm & 2);
            }
        }
    }
    return tables;
}

/* Sets of page tables: 8 bits for each of two. Sets of roots, likewise. */
static TableSet shifted(TableSet tables, unsigned number)
{
    return tables << (8 * number);
}

/* Number of the page table that an entry of a directory points to. */
static unsigned table_of(uint64_t entry)
{
    return entry >> 9 & 1;      /* an ignored bit says so */
}

static bool is_table(uint64_t entry)
{
    return (entry & 1) && !(entry & 0x80);
}

/* Who asks, and for what. */
typedef struct Asker {
    const VTDMRequest *request;
    const Pasid *pasid;
    unsigned kind, page;
    bool privileged, writes;
} Asker;

/* Ends with a leaf of the first stage in a table that is @writable, or not. */
static void find_end(const Model *model, const Asker *asker, uint64_t entry,
                     uint64_t mask, bool writable, FoundSet *set)
{
    uint64_t address = page_address(asker->page);
    uint64_t output = (entry & 0xffffffffff000 & ~mask) |
                      (address & mask & ~0xfffULL);
    FoundSet pages = { 0 };

    if (!(entry & 1)) {
        add_fault(set, VTDM_SFS_2);
        return;
    }
    if (asker->pasid->pgtt == 3) {
        find_second(model, asker->pasid->did, output, &pages);
    } else {
        add(&pages, (Found) { .output = output, .mask = UINT64_MAX,
                              .perm = 3 });
    }
    for (unsigned i = 0; i < pages.count; i++) {
        Found end = pages.found[i];
        bool user = entry & 4, write = entry & 2, dirty = entry & 0x40;
        bool denied = !asker->privileged && !user, sets;

        if (end.condition != VTDM_NO_FAULT) {
            add(set, end);
            continue;
        }
        end.mask = MIN(end.mask, mask);
        end.perm &= denied ? 0 : 1 | (asker->privileged &&
                                      !asker->pasid->wpe) << 1 | write << 1;
        sets = asker->writes && !denied && (end.perm & 2) &&
               (asker->request->access != VTDM_ATOMIC || (end.perm & 1));
        end.dirty = dirty || sets;
        if (sets && !dirty && !writable) {
            end = (Found) { VTDM_SFS_8 };
        } else if (denied) {
            end = (Found) { VTDM_SGN_2 };
        }
        add(set, end);
    }
}

static void find_in_page_tables(const Model *model, const Asker *asker,
                                TableSet tables, FoundSet *set)
{
    unsigned region = asker->page / 3;

    for (unsigned bit = 0; bit < 16; bit++) {
        if (tables >> bit & 1) {
            uint64_t table =
                model->tables[2 + 2 * region + bit / 8][bit % 8 / 2];

            find_end(model, asker, get(model, table + asker->page % 3 * 8),
                     0xfff, bit & 1, set);
        }
    }
}

/* The directories of those roots that a walk may come to. */
static TableSet find_roots(const Model *model, unsigned did, unsigned kind,
                           FoundSet *faults)
{
    TableSet roots = model->uppers[did][kind];

    for (unsigned root = 0; root < 2; root++) {
        if (model->tops[did][kind] >> root & 1) {
            roots |= shifted(find_tables(model, did, root, faults), root);
        }
    }
    return roots;
}

static void find_first(const Model *model, const Asker *asker, FoundSet *set)
{
    const Pasid *pasid = asker->pasid;
    unsigned region = asker->page / 3;
    TableSet tables = model->lowers[pasid->did][asker->kind][region];
    TableSet roots = find_roots(model, pasid->did, asker->kind, set);

    for (unsigned bit = 0; bit < 16; bit++) {
        uint64_t entry;

        if (!(roots >> bit & 1)) {
            continue;
        }
        entry = get(model, model->tables[bit / 8][bit % 8 / 2] + region * 8);
        if (is_table(entry)) {
            tables |= shifted(find_tables(model, pasid->did, 2 + 2 * region +
                                          table_of(entry), set),
                              table_of(entry));
        } else {
            find_end(model, asker, entry, 0x1fffff, bit & 1, set);
        }
    }
    find_in_page_tables(model, asker, tables, set);
}

static void find(const Model *model, const Asker *asker, FoundSet *set)
{
    if (asker->pasid->pgtt == 2) {
        find_second(model, asker->pasid->did, page_address(asker->page),
                    set);
    } else {
        find_first(model, asker, set);
    }
}

/* ---- what paging-structure caches may hold ---- */

static void refresh_first(Model *model, unsigned kind, const Pasid *pasid)
{
    TableSet *uppers = &model->uppers[pasid->did][kind];

    if (!pasid->present || pasid->pgtt == 2) {
        return;
    }
    model->tops[pasid->did][kind] |= 1u << pasid->root;
    *uppers |= find_roots(model, pasid->did, kind, NULL);
    for (unsigned bit = 0; bit < 32; bit++) {
        unsigned region = bit / 16, at = bit % 16;
        uint64_t entry;

        if (!(*uppers >> at & 1)) {
            continue;
        }
        entry = get(model, model->tables[at / 8][at % 8 / 2] + region * 8);
        if (is_table(entry)) {
            model->lowers[pasid->did][kind][region] |= shifted(
                find_tables(model, pasid->did,
                            2 + 2 * region + table_of(entry), NULL),
                table_of(entry));
        }
    }
}

/* Adds what memory says now. */
static void refresh(Model *model)
{
    for (unsigned i = 0; i < 6; i++) {
        unsigned did = 1 + i / 3, region = i % 3;
        uint64_t entry = get(model, second_entry(model, did, region));

        if ((entry & 3) && !(entry & 0x80)) {
            model->seconds[did][region] |= 1u << table_of(entry);
        }
    }
    for (unsigned i = 0; i < SOURCES * KINDS; i++) {
        unsigned source = i / KINDS, kind = i % KINDS;

        for (unsigned directory = 0; directory < 2; directory++) {
            refresh_first(model, kind,
                          &model->pasids[source][directory][kind]);
        }
        if (model->knows_pasid[source][kind]) {
            refresh_first(model, kind, &model->cached_pasids[source][kind]);
        }
    }
}

/* ---- requests ---- */

static bool is_answer(const Asker *asker, const Found *found,
                      const VTDMResult *result)
{
    const VTDMRequest *request = asker->request;
    VTDMCondition condition = found->condition;
    unsigned perm = found->perm;

    if (condition == VTDM_NO_FAULT && !request->type) {
        condition = request->access != VTDM_READ && !(perm & 2) ? VTDM_SGN_6 :
                    request->access != VTDM_WRITE && !(perm & 1)
                        ? VTDM_SGN_7 : VTDM_NO_FAULT;
    }
    if (condition != result->fault.condition) {
        return false;
    }
    if (condition != VTDM_NO_FAULT) {
        return true;
    }
    if (request->type && !asker->writes) {
        perm &= 1;
    }
    return perm == result->perm &&
           found->output == (result->address & ~0xfffULL) &&
           found->mask == result->mask;
}

/* Whether the IOTLB may answer with @found: a write may have to be noted. */
static bool is_of_use(const Asker *asker, const Found *found)
{
    return found->dirty || !asker->writes || !(found->perm & 2);
}

/* Leaves those that are the answer; whether there is any. */
static bool keep_answers(const Asker *asker, FoundSet *set,
                         const VTDMResult *result, bool cached)
{
    unsigned left = 0;

    for (unsigned i = 0; i < set->count; i++) {
        if ((!cached || is_of_use(asker, &set->found[i])) &&
            is_answer(asker, &set->found[i], result)) {
            set->found[left++] = set->found[i];
        }
    }
    set->count = left;
    return left;
}

/* Whether what the IOTLB has, if so, must or may answer. */
static Cached *look_up(Model *model, const Asker *asker, unsigned source,
                       bool *must)
{
    Cached *cached = model->cached[source][asker->kind][asker->page];
    unsigned of_use = 0;

    if (!cached->set.count) {
        cached++;
    }
    for (unsigned i = 0; i < cached->set.count; i++) {
        of_use += is_of_use(asker, &cached->set.found[i]);
    }
    *must = of_use && of_use == cached->set.count;
    return of_use ? cached : NULL;
}

/* Forgets what is cached, the unit and this model. */
static void start_anew(Model *model)
{
    machine_submit_wide(model->machine, vtdm_make_iotlb_invalidate(
                            VTDM_G_GLOBAL, 0, 0, 0, false));
    machine_submit_wide(model->machine, vtdm_make_pasid_cache_invalidate(
                            VTDM_PC_G_GLOBAL, 0, 0));
    machine_submit_wide(model->machine, vtdm_make_context_invalidate(
                            VTDM_G_GLOBAL, 0, 0, 0));
    memset(model->knows_context, 0, sizeof(model->knows_context));
    memset(model->knows_pasid, 0, sizeof(model->knows_pasid));
    memset(model->cached, 0, sizeof(model->cached));
    memset(model->seconds, 0, sizeof(model->seconds));
    memset(model->tops, 0, sizeof(model->tops));
    memset(model->uppers, 0, sizeof(model->uppers));
    memset(model->lowers, 0, sizeof(model->lowers));
}

/* Whether some of @set are large pages, and others are not. */
static bool is_mixed(const FoundSet *set)
{
    bool large = set->found[0].mask > 0xfff, mixed = false;

    for (unsigned i = 1; i < set->count; i++) {
        mixed |= large != (set->found[i].mask > 0xfff);
    }
    return mixed;
}

static void keep_page(Cached *cached, const Asker *asker, unsigned page,
                      const FoundSet *set)
{
    *cached = (Cached) { asker->pasid->did, asker->pasid->pgtt != 2, *set };
    for (unsigned i = 0; i < set->count; i++) {
        if (set->found[i].condition == VTDM_NO_FAULT) {
            cached->set.found[i].output +=
                page_address(page) - page_address(asker->page);
        }
    }
}

/*
 * What a walk found is one of @set; kept if it was a success, in caching mode
 * also if only a second stage failed. A fault is one of 4 KiB.
 */
static void keep_translation(Model *model, const Asker *asker,
                             unsigned source, const FoundSet *set,
                             const VTDMResult *result)
{
    bool large = set->found[0].mask > 0xfff;
    unsigned first = large ? asker->page / 3 * 3 : asker->page;
    bool success = result->fault.condition == VTDM_NO_FAULT &&
                   set->found[0].perm;

    if (!success &&
        !(model->machine->config.cm && asker->pasid->pgtt == 2)) {
        return;
    }
    if (is_mixed(set)) {
        start_anew(model);
        return;
    }
    for (unsigned page = first; page <= first + 2 * large; page++) {
        keep_page(&model->cached[source][asker->kind][page][large], asker,
                  page, set);
    }
}

/*
 * An answer that context or PASID entry give; both are cached if valid, or in
 * caching mode, where a PASID entry that is not belongs to domain 0.
 */
static VTDMCondition enter(Model *model, unsigned source, unsigned kind,
                           bool only_context, Pasid *pasid)
{
    Context *context = &model->cached_contexts[source];
    Pasid *cached = &model->cached_pasids[source][kind];
    bool cm = model->machine->config.cm;

    if (!model->knows_context[source]) {
        *context = model->contexts[source];
        model->knows_context[source] = context->present || cm;
    }
    if (!context->present) {
        return VTDM_SCT_2;
    }
    if (only_context) {
        return VTDM_NO_FAULT;
    }
    if (!model->knows_pasid[source][kind]) {
        *cached = model->pasids[source][context->directory][kind];
        cached->did = cached->present ? cached->did : 0;
        model->knows_pasid[source][kind] = cached->present || cm;
    }
    *pasid = *cached;
    return !pasid->present ? VTDM_SPT_2 :
           kind == 2 && !pasid->sre ? VTDM_SPT_6 : VTDM_NO_FAULT;
}

/* Stops the test, and shows what was to be. */
static void refuse(const Asker *asker, const VTDMResult *result,
                   const FoundSet *set)
{
    const VTDMRequest *request = asker->request;

    g_printerr("round %u: source %04x pasid %x address %#" G_GINT64_MODIFIER
               "x access %u type %u nw %u, PGTT %u did %u: %s %#"
               G_GINT64_MODIFIER "x mask %#" G_GINT64_MODIFIER
               "x perm %u, but should be one of\n", round_number,
               request->source_id, request->pasid, request->address,
               request->access, request->type, request->no_write,
               asker->pasid->pgtt, asker->pasid->did,
               vtdm_condition_info(result->fault.condition)->name,
               result->address, result->mask, result->perm);
    for (unsigned i = 0; i < set->count; i++) {
        g_printerr("%s %#" G_GINT64_MODIFIER "x mask %#" G_GINT64_MODIFIER
                   "x perm %u dirty %u\n",
                   vtdm_condition_info(set->found[i].condition)->name,
                   set->found[i].output, set->found[i].mask,
                   set->found[i].perm, set->found[i].dirty);
    }
    g_error("there is no such answer");
}

static void expect_walk(Model *model, Asker *asker, unsigned source,
                        const VTDMResult *result, const FoundSet *walked)
{
    FoundSet set = *walked;

    if (!keep_answers(asker, &set, result, false)) {
        refuse(asker, result, walked);
    }
    keep_translation(model, asker, source, &set, result);
    model->walks++;
}

/*
 * One request, which is looked at, then made. @walked is found before that, as
 * a dirty flag may be set.
 */
static void ask(Model *model)
{
    unsigned source = below(SOURCES), kind = below(KINDS);
    static FoundSet walked;
    VTDMRequest request = {
        .pasid = kind ? kind : VTDM_NO_PASID,
        .source_id = MACHINE_SID + source,
        .privileged = kind == 2,
        .type = chance(25),
        .no_write = chance(40),
        .view = VTDM_LOOK,
    };
    Pasid pasid = { 0 };
    Asker asker = { &request, &pasid, kind, .page = below(PAGES),
                    .privileged = kind == 2 };
    Cached *cached;
    VTDMResult seen, result;
    VTDMCondition condition = VTDM_NO_FAULT;
    bool must;

    request.address = page_address(asker.page);
    request.access = request.type ? VTDM_READ : below(3);
    asker.writes = request.type ? !request.no_write
                                : request.access != VTDM_READ;
    walked.count = 0;
    cached = look_up(model, &asker, source, &must);
    if (request.type || !must) {
        condition = enter(model, source, kind, must, &pasid);
    }
    if (condition == VTDM_NO_FAULT && !must) {
        refresh(model);
        find(model, &asker, &walked);
    }
    seen = machine_request(model->machine, request);
    request.view = VTDM_USE;
    result = machine_request(model->machine, request);
    g_assert_cmpuint(seen.fault.condition, ==, result.fault.condition);
    g_assert_cmphex(seen.address, ==, result.address);
    g_assert_cmphex(seen.mask, ==, result.mask);
    g_assert_cmpuint(seen.perm, ==, result.perm);
    if (cached && !must) {
        start_anew(model);      /* it may be either */
    } else if (condition != VTDM_NO_FAULT) {
        g_assert_cmpstr(vtdm_condition_info(result.fault.condition)->name, ==,
                        vtdm_condition_info(condition)->name);
    } else if (must) {
        FoundSet set = cached->set;

        if (!keep_answers(&asker, &cached->set, &result, true)) {
            refuse(&asker, &result, &set);
        }
        model->hits++;
    } else {
        expect_walk(model, &asker, source, &result, &walked);
    }
}

/* ---- what software does ---- */

static void put(Model *model, uint64_t address, uint64_t entry)
{
    vtdm_tables_set(&model->machine->tables, address, entry);
}

static uint64_t output_page(void)
{
    return 0x1000000 + 4096ULL * below(6);
}

static void change_second_directory(Model *model)
{
    unsigned did = 1 + below(2), region = below(3), i = below(2);
    bool large = region < 2 && chance(30);

    put(model, second_entry(model, did, region),
        chance(8) ? 0 : large ? REGION * (8 + below(3)) | 0x83
                              : model->second[did][region][i] | i << 9 | 3);
}

static void change_second(Model *model)
{
    unsigned did = 1 + below(2), region = below(3), i = below(2);
    unsigned index = below(region < 2 ? 3 : TABLES);
    uint64_t page = region < 2 ? output_page()
                               : model->tables[index][below(2)];

    put(model, model->second[did][region][i] + index * 8,
        chance(8) ? 0 : page | (chance(75) ? 3 : 1 + below(3)));
}

static void change_first_directory(Model *model)
{
    unsigned root = below(2), copy = below(COPIES), region = below(2);
    unsigned i = below(2), number = 2 + 2 * region + i;
    uint64_t table = copy == 2 ? model->tables[number][2]
                               : GUEST + 4096 * number;
    uint64_t large = (copy == 2 ? 8 * REGION : BASE) + REGION * below(2);

    put(model, model->tables[root][copy] + region * 8,
        chance(8) ? 0 : chance(25) ? large | 0xa7 | chance(50) << 6
                                   : table | 0x27 | i << 9);
}

static void change_first(Model *model)
{
    unsigned number = 2 + below(4), copy = below(COPIES), index = below(3);
    uint64_t page = copy == 2 ? output_page() : page_address(below(PAGES));

    put(model, model->tables[number][copy] + index * 8,
        chance(8) ? 0 : page | 0x21 | chance(75) << 1 | chance(80) << 2 |
                        chance(50) << 6);
}

static void put_pasid(Model *model, unsigned source, unsigned directory,
                      unsigned kind)
{
    const Pasid *pasid = &model->pasids[source][directory][kind];
    unsigned did = pasid->did;
    uint64_t fsptptr = model->fsptptr[did == 3][pasid->root];
    VTDMEntry512 entry = did == 3 || pasid->pgtt == 3
        ? vtdm_make_pasid_first_stage(4, fsptptr, did)
        : vtdm_make_pasid_second_stage(4, model->ssptptr[did], did);

    if (pasid->pgtt == 3) {
        entry = vtdm_pasid_nested_over(entry, 4, model->ssptptr[did]);
    }
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    entry.words[2] |= (pasid->sre ? VTDM_PASID_2_SRE : 0) |
                      (pasid->wpe ? VTDM_PASID_2_WPE : 0);
    if (!pasid->present) {
        entry.words[0] &= ~VTDM_PASID_P;
    }
    vtdm_tables_pasid(&model->machine->tables,
                      model->directories[source][directory], kind, entry);
}

static void new_pasid(Model *model, unsigned source, unsigned directory,
                      unsigned kind)
{
    unsigned did = 1 + below(3);

    model->pasids[source][directory][kind] = (Pasid) {
        .present = chance(90), .sre = chance(80), .wpe = chance(50),
        .pgtt = did == 3 ? 1 : 2 + below(2), .did = did, .root = below(2),
    };
    put_pasid(model, source, directory, kind);
}

static void change_pasid(Model *model)
{
    new_pasid(model, below(SOURCES), below(2), below(KINDS));
}

static void new_context(Model *model, unsigned source)
{
    Context *context = &model->contexts[source];
    VTDMEntry256 entry;

    *context = (Context) { chance(90), below(2) };
    entry = vtdm_make_scalable_context(
        VTDM_SCTX_DTE | VTDM_SCTX_PASIDE, 0,
        model->directories[source][context->directory], 0);
    if (!context->present) {
        entry.words[0] &= ~VTDM_SCTX_P;
    }
    vtdm_tables_scalable_context(&model->machine->tables, MACHINE_ROOT,
                                 MACHINE_SID + source, entry);
}

static void change_context(Model *model)
{
    new_context(model, below(SOURCES));
}

static void invalidate_contexts(Model *model)
{
    unsigned g = 1 + below(3), target = below(SOURCES), fm = below(4);

    machine_submit_wide(model->machine, vtdm_make_context_invalidate(
                            g, below(DOMAINS), MACHINE_SID + target, fm));
    for (unsigned source = 0; source < SOURCES; source++) {
        if (g != 3 || fm == 3 || source == target) {
            model->knows_context[source] = false;
        }
    }
}

static void invalidate_pasids(Model *model)
{
    static const unsigned gs[] = { 0, 1, 1, 3 };
    unsigned g = gs[below(4)], did = below(DOMAINS), pasid = below(KINDS);

    machine_submit_wide(model->machine, vtdm_make_pasid_cache_invalidate(
                            g, did, pasid));
    for (unsigned i = 0; i < SOURCES * KINDS; i++) {
        unsigned kind = i % KINDS;

        if (g == 3 || (model->cached_pasids[i / KINDS][kind].did == did &&
                       (g == 0 || kind == pasid))) {
            model->knows_pasid[i / KINDS][kind] = false;
        }
    }
}

/* What an invalidation of translations says. */
typedef struct Range {
    bool by_pasid, all, pages, ih;
    unsigned did, pasid, am;
    uint64_t address;
} Range;

static bool covers(const Range *range, uint64_t first, uint64_t size)
{
    uint64_t begin = range->address >> (12 + range->am) << (12 + range->am);

    return !range->pages || (first < begin + (4096ULL << range->am) &&
                             begin < first + size);
}

static bool drops(const Range *range, const Cached *cached, unsigned kind,
                  uint64_t first, uint64_t size)
{
    if (range->all) {
        return true;
    }
    if (cached->did != range->did) {
        return false;
    }
    if (range->by_pasid) {
        return kind == range->pasid &&
               (!range->pages ||
                (cached->first_stage && covers(range, first, size)));
    }
    return cached->first_stage || covers(range, first, size);
}

static void drop_structures(Model *model, const Range *range)
{
    for (unsigned did = 1; did < DOMAINS; did++) {
        if (!range->all && did != range->did) {
            continue;
        }
        for (unsigned region = 0; region < 3 && !range->by_pasid; region++) {
            if (!(range->pages && range->ih) &&
                covers(range, BASE + region * REGION, REGION)) {
                model->seconds[did][region] = 0;
            }
        }
        for (unsigned kind = 0; kind < KINDS; kind++) {
            bool mine = range->by_pasid;

            if (mine && (kind != range->pasid ||
                         (range->pages && range->ih))) {
                continue;
            }
            model->tops[did][kind] = model->uppers[did][kind] = 0;
            for (unsigned region = 0; region < 2; region++) {
                if (!mine || covers(range, BASE + region * REGION, REGION)) {
                    model->lowers[did][kind][region] = 0;
                }
            }
        }
    }
}

static void drop_translations(Model *model, const Range *range)
{
    for (unsigned i = 0; i < SOURCES * KINDS * PAGES; i++) {
        unsigned page = i % PAGES, kind = i / PAGES % KINDS;
        Cached *cached = model->cached[i / PAGES / KINDS][kind][page];
        uint64_t region = BASE + page / 3 * REGION;

        if (drops(range, cached, kind, page_address(page), 4096)) {
            cached[0].set.count = 0;
        }
        if (drops(range, cached + 1, kind, region, REGION)) {
            cached[1].set.count = 0;
        }
    }
}

static void invalidate_translations(Model *model)
{
    unsigned g = 2 + below(2);
    Range range = {
        .by_pasid = chance(50), .pages = g == 3, .ih = chance(50),
        .did = 1 + below(3), .pasid = below(KINDS), .am = below(12),
        .address = BASE + below(3) * REGION + below(6) * 4096,
    };

    if (range.by_pasid) {
        machine_submit_wide(model->machine, vtdm_make_pasid_iotlb_invalidate(
                                g, range.did, range.pasid, range.address |
                                range.am | range.ih << 6));
    } else {
        range.all = chance(5);
        g = range.all ? 1 : g;
        range.pages &= !range.all;
        machine_submit_wide(model->machine, vtdm_make_iotlb_invalidate(
                                g, range.did, range.address, range.am,
                                range.ih));
    }
    drop_structures(model, &range);
    drop_translations(model, &range);
}

/* ---- the machine ---- */

static void map_static(Model *model, unsigned did, uint64_t address,
                       uint64_t output)
{
    vtdm_tables_map(&model->machine->tables, &(VTDMMapping) {
        .table = model->ssptptr[did], .levels = 4, .input = address,
        .output = output, .level = 1, .flags = 3 });
}

static void new_second_stages(Model *model)
{
    VTDMTables *tables = &model->machine->tables;

    for (unsigned did = 1; did <= 2; did++) {
        model->ssptptr[did] = vtdm_tables_page(tables);
        for (unsigned i = 0; i < 6; i++) {
            model->second[did][i / 2][i % 2] = vtdm_tables_page(tables);
        }
    }
}

/* The two tables above each root's directory: nested, and alone. */
static void new_first_stages(Model *model)
{
    VTDMTables *tables = &model->machine->tables;

    for (unsigned i = 0; i < TABLES * COPIES; i++) {
        model->tables[i / COPIES][i % COPIES] = vtdm_tables_page(tables);
    }
    for (unsigned i = 0; i < 4; i++) {
        bool alone = i / 2;
        unsigned root = i % 2;
        uint64_t top = vtdm_tables_page(tables);
        uint64_t next = vtdm_tables_page(tables);
        uint64_t guest = STATIC + root * 0x2000;

        put(model, top, (alone ? next : guest + 4096) | 0x27);
        put(model, next + 8, (alone ? model->tables[root][2]
                                    : GUEST + 4096 * root) | 0x27);
        model->fsptptr[alone][root] = alone ? top : guest;
        for (unsigned did = 1; did <= 2 && !alone; did++) {
            map_static(model, did, guest, top);
            map_static(model, did, guest + 4096, next);
        }
    }
}

static Model *model_new(bool cm)
{
    Model *model = g_new0(Model, 1);
    VTDMConfig config;

    machine_scalable_config(&config);
    config.cm = cm;
    model->machine = machine_new(&config);
    model->machine->host.quiet = true;
    new_second_stages(model);
    new_first_stages(model);
    for (unsigned source = 0; source < SOURCES; source++) {
        for (unsigned i = 0; i < 2 * KINDS; i++) {
            if (i % KINDS == 0) {
                model->directories[source][i / KINDS] =
                    vtdm_tables_page(&model->machine->tables);
            }
            new_pasid(model, source, i / KINDS, i % KINDS);
        }
        new_context(model, source);
    }
    for (unsigned i = 0; i < 150; i++) {
        change_second_directory(model);
        change_second(model);
        change_first_directory(model);
        change_first(model);
    }
    machine_enable_scalable(model->machine);
    machine_enable_wide_queue(model->machine);
    return model;
}

static unsigned from_environment(const char *name, unsigned usual)
{
    const char *value = g_getenv(name);

    return value ? g_ascii_strtoull(value, NULL, 10) : usual;
}

/* VTDM_ORACLE_ROUNDS=N: so many; VTDM_ORACLE_FIRST=N: others. */
static void test_caches(void)
{
    static void (*const steps[])(Model *model) = {
        change_second_directory, change_second, change_second,
        change_first_directory, change_first, change_first,
        change_pasid, change_context,
        invalidate_contexts, invalidate_pasids, invalidate_pasids,
        invalidate_translations, invalidate_translations,
        ask, ask, ask, ask, ask, ask, ask, ask, ask, ask, ask, ask,
    };
    unsigned first = from_environment("VTDM_ORACLE_FIRST", 0);
    unsigned count = from_environment("VTDM_ORACLE_ROUNDS", 10);
    unsigned hits = 0, walks = 0;

    for (unsigned round = first; round < first + count; round++) {
        Model *model;

        round_number = round;
        numbers = g_rand_new_with_seed(round);
        model = model_new(round % 3 == 2);
        for (unsigned i = 0; i < 1500; i++) {
            refresh(model);
            steps[below(G_N_ELEMENTS(steps))](model);
        }
        hits += model->hits;
        walks += model->walks;
        machine_free(model->machine);
        g_free(model);
        g_rand_free(numbers);
    }
    g_test_message("%u hits, %u walks", hits, walks);
    g_assert_cmpuint(hits, >, 100 * count);
    g_assert_cmpuint(walks, >, 100 * count);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/oracle/scalable-caches", test_caches);
    return g_test_run();
}
