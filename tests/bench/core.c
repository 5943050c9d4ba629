/*
 * What the model alone does for one operation of each kind, on the host that
 * tests have: a translation from the IOTLB or by a walk, an invalidation, an
 * interrupt, a page that somebody mirrors.
 *
 *   core                nanoseconds, and the memory that a cached page takes
 *   core --rows GLOB    of these rows only
 *   core --count        for valgrind: rows and how many operations they had
 *
 * All instructions of a row's operations, and no others, are in measured();
 * row_ends() follows. scripts/test/instructions counts between the two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <malloc.h>
#include <stdio.h>

#include "hw/i386/vtdm/hit.h"
#include "hw/i386/vtdm/mirror.h"
#include "machine.h"

#define CAPACITY        65536   /* of the IOTLB */
#define MANY            60000   /* pages in it */
#define OTHERS          0x100000000     /* where those beside start */
#define INPUTS          0x800000000000  /* canonical ones, from 0 */
#define QUEUE_SIZE      VTDM_PAGE_SIZE

#define SS_RW           (VTDM_SS_R | VTDM_SS_W)
#define FS_USER         (VTDM_FS_P | VTDM_FS_RW | VTDM_FS_US)
#define FS_LEAF         (MACHINE_PAGE | FS_USER | VTDM_FS_A | VTDM_FS_D)

typedef struct Row Row;

typedef struct Bench {
    const Row *row;
    Machine *machine;
    VTDMRequest request;
    uint64_t size;              /* of the pages */
    uint64_t random;
    uint64_t tail;              /* IQT */
    unsigned width;             /* of a descriptor */
    VTDMMirror *mirror;         /* of a row that has pages mapped */
    uint64_t leaf;              /* of the first of them */
} Bench;

struct Row {
    const char *name;
    const char *what;           /* one operation is */
    void (*prepare)(Bench *bench);
    void (*operate)(Bench *bench);
    unsigned operations;
    unsigned pages;             /* that operations go round */
    unsigned others;            /* cached beside these, before... */
    bool refill;                /* ... each operation */
    unsigned level;             /* of the leaves, 0: 1 */
    unsigned entries;           /* of the IOTLB, 0: CAPACITY */
    VTDMEntry128 descriptor;    /* that is run, and a wait after it */
    void (*begin)(Bench *bench);    /* before an operation */
    unsigned parts;             /* that an operation has, 0: 1 */
    unsigned mapped;            /* pages, one by one, that a mirror has */
};

static unsigned level_of(const Bench *bench)
{
    return MAX(bench->row->level, 1);
}

/* ---- the tables: every address leads to one page ---- */

static void new_machine(Bench *bench, VTDMConfig *config)
{
    config->iotlb_entries = bench->row->entries ? bench->row->entries
                                                : CAPACITY;
    bench->machine = machine_new(config);
    bench->machine->host.quiet = true;
    bench->machine->in_slices = true;
    vtdm_unit_keep_copies(bench->machine->unit, false);
}

static uint64_t second_stage(Bench *bench)
{
    return vtdm_tables_everywhere(&bench->machine->tables, level_of(bench),
                                  SS_RW, SS_RW);
}

static uint64_t first_stage(Bench *bench)
{
    uint64_t leaf = level_of(bench) > 1 ? FS_LEAF - MACHINE_PAGE : FS_LEAF;

    return vtdm_tables_everywhere(&bench->machine->tables, level_of(bench),
                                  FS_USER | VTDM_FS_A, leaf);
}

static void prepare_legacy(Bench *bench)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    new_machine(bench, &config);
    vtdm_tables_context(&bench->machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, 4,
                                          second_stage(bench), MACHINE_DID));
    machine_enable_dma(bench->machine);
    machine_enable_queue(bench->machine);
    bench->width = 16;
}

/* Nothing is cached but the context entry. */
static void prepare_pass(Bench *bench)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    new_machine(bench, &config);
    vtdm_tables_context(&bench->machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                          MACHINE_DID));
    machine_enable_dma(bench->machine);
}

static void new_scalable(Bench *bench)
{
    VTDMConfig config;

    machine_scalable_config(&config);
    new_machine(bench, &config);
    machine_attach_scalable(bench->machine, VTDM_SCTX_PASIDE);
    bench->width = 32;
}

static void enable_scalable(Bench *bench, uint32_t pasid, VTDMEntry512 entry)
{
    entry.words[1] |= VTDM_PASID_1_PWSNP;
    machine_set_pasid(bench->machine, pasid, entry);
    machine_enable_scalable(bench->machine);
    machine_enable_wide_queue(bench->machine);
    if (pasid) {
        bench->request.pasid = pasid;
    }
}

static void prepare_second(Bench *bench)
{
    new_scalable(bench);
    enable_scalable(bench, 0, vtdm_make_pasid_second_stage(
                        4, second_stage(bench), MACHINE_DID));
}

static void prepare_first(Bench *bench)
{
    new_scalable(bench);
    enable_scalable(bench, 0, vtdm_make_pasid_first_stage(
                        4, first_stage(bench), MACHINE_DID));
}

static void prepare_pasid(Bench *bench)
{
    new_scalable(bench);
    enable_scalable(bench, MACHINE_PASID, vtdm_make_pasid_first_stage(
                        4, first_stage(bench), MACHINE_DID));
}

static void prepare_pass_scalable(Bench *bench)
{
    new_scalable(bench);
    enable_scalable(bench, 0, vtdm_make_pasid_pass_through(MACHINE_DID));
}

/* The second stage maps each page to itself, as tables are where they are. */
static void prepare_nested(Bench *bench)
{
    Machine *machine;
    VTDMEntry512 entry;

    new_scalable(bench);
    machine = bench->machine;
    machine->ssptptr = vtdm_tables_page(&machine->tables);
    for (uint64_t at = 0; at < 0x80000000; at += 0x200000) {
        machine_map(machine, at, at, 2, SS_RW);
    }
    entry = vtdm_make_pasid_first_stage(4, first_stage(bench), MACHINE_DID);
    enable_scalable(bench, MACHINE_PASID,
                    vtdm_pasid_nested_over(entry, 4, machine->ssptptr));
}

static void outdate(void *opaque, const VTDMInvalidation *what)
{
    Bench *bench = opaque;

    vtdm_unit_outdate_mirror(bench->machine->unit, bench->mirror, MACHINE_SID,
                             what);
}

static bool update(void *opaque, unsigned *steps)
{
    Bench *bench = opaque;

    return vtdm_mirror_update(bench->mirror, steps);
}

static void ignore(void *opaque, const VTDMPage *page, bool exists)
{
}

static void new_mirror(Bench *bench)
{
    vtdm_mirror_free(bench->mirror);
    bench->mirror = vtdm_mirror_new(ignore, NULL);
}

/* Somebody mirrors from now on: all pages are told of. */
static void replay(Bench *bench)
{
    unsigned enough = UINT_MAX;

    outdate(bench, &(VTDMInvalidation) { .cache = VTDM_CACHE_CONTEXT,
                                         .scope = VTDM_SCOPE_GLOBAL });
    update(bench, &enough);
}

static void prepare_mirror(Bench *bench)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.cm = true;
    new_machine(bench, &config);
    machine = bench->machine;
    vtdm_unit_keep_copies(machine->unit, true);
    machine_attach(machine, MACHINE_SID, MACHINE_DID, VTDM_TT_SECOND_STAGE);
    for (uint64_t i = 0; i < bench->row->mapped; i++) {
        machine_map(machine, i * VTDM_PAGE_SIZE, i * VTDM_PAGE_SIZE, 1, SS_RW);
    }
    bench->leaf = machine_map(machine, 0, 0, 1, SS_RW);
    machine_enable_dma(machine);
    machine_enable_queue(machine);
    bench->width = 16;
    new_mirror(bench);
    machine->host.changed = outdate;
    machine->host.update = update;
    machine->host.changed_opaque = bench;
    replay(bench);
}

static void prepare_interrupts(Bench *bench)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    new_machine(bench, &config);
    machine_enable_interrupts(bench->machine, 7, false);
    vtdm_tables_set128(&bench->machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x40, 0, false));
}

/* ---- the operations ---- */

/* As the glue does it. */
static void access_page(Bench *bench, uint64_t address)
{
    VTDMRequest *request = &bench->request;
    VTDMResult result;
    VTDMHit hit;

    request->address = address;
    if (vtdm_unit_hit(bench->machine->unit,
                      vtdm_who(request->source_id, request->pasid), address,
                      VTDM_PERM_R, &hit)) {
        return;
    }
    vtdm_unit_translate(bench->machine->unit, request, &result);
    if (result.response != VTDM_OK) {
        g_error("%s: %s", bench->row->name,
                vtdm_condition_info(result.fault.condition)->name);
    }
}

/* One page after the other, round and round. */
static void hit(Bench *bench)
{
    uint64_t next = bench->request.address + bench->size;

    access_page(bench, next < bench->row->pages * bench->size ? next : 0);
}

/* One of all pages that there can be: the next is in no cache. */
static void miss(Bench *bench)
{
    bench->random = bench->random * UINT64_C(0x5851f42d4c957f2d) + 1;
    access_page(bench, bench->random >> 17 & -bench->size);
}

/* A page beside the last one: its table is cached. */
static void miss_leaf(Bench *bench)
{
    access_page(bench, (bench->request.address + bench->size) % INPUTS);
}

/* One of a million pages: of most, neither they nor much else is cached. */
static void miss_some(Bench *bench)
{
    bench->random = bench->random * UINT64_C(0x5851f42d4c957f2d) + 1;
    access_page(bench, OTHERS + (bench->random >> 44) * bench->size);
}

/* The queue has the descriptor and a wait, again and again. */
static void invalidate(Bench *bench)
{
    bench->tail = (bench->tail + 2 * bench->width) % QUEUE_SIZE;
    machine_write64(bench->machine, VTDM_REG_IQT, bench->tail);
}

/* As long as a guest waits for it. */
static void invalidate_all(Bench *bench)
{
    VTDMTables *tables = &bench->machine->tables;

    vtdm_tables_set(tables, MACHINE_STATUS, 0);
    invalidate(bench);
    while (!vtdm_tables_get(tables, MACHINE_STATUS)) {
        machine_work(bench->machine);
    }
}

static void access_and_invalidate(Bench *bench)
{
    access_page(bench, 0);
    invalidate(bench);
}

/* Page 0, which leads elsewhere from now on. */
static void change_and_invalidate(Bench *bench)
{
    VTDMTables *tables = &bench->machine->tables;

    vtdm_tables_set(tables, bench->leaf, vtdm_tables_get(
                        tables, bench->leaf) ^ VTDM_PAGE_SIZE);
    invalidate(bench);
}

static void interrupt(Bench *bench)
{
    VTDMInterrupt answer = machine_interrupt(
        bench->machine, MACHINE_SID, vtdm_make_msi_address(0, false), 0);

    if (answer.response != VTDM_OK) {
        g_error("%s: refused", bench->row->name);
    }
}

#define GLOBAL          { .lo = 0x12 }
#define DOMAIN          { .lo = 0x22 | MACHINE_DID << 16 }
#define PAGE            { .lo = 0x32 | MACHINE_DID << 16 }
#define PASID           { .lo = 0x26 | MACHINE_DID << 16 | \
                          (uint64_t)MACHINE_PASID << 32 }
#define PASID_PAGE      { .lo = 0x36 | MACHINE_DID << 16 | \
                          (uint64_t)MACHINE_PASID << 32 }

static const Row rows[] = {
    { "hit-1", "hit, 1 page of 4 KiB, legacy mode", prepare_legacy, hit,
      5000, 1 },
    { "hit-64", "hit, 64 pages in turn", prepare_legacy, hit, 5000, 64 },
    { "hit-512", "hit, 512 pages", prepare_legacy, hit, 5000, 512 },
    { "hit-60000", "hit, 60,000 pages", prepare_legacy, hit, 5000, MANY },
    { "hit-2m", "hit, 32 pages of 2 MiB", prepare_legacy, hit, 5000, 32,
      .level = 2 },
    { "hit-1g", "hit, 4 pages of 1 GiB", prepare_legacy, hit, 5000, 4,
      .level = 3 },
    { "hit-first", "hit, 512 pages, first stage", prepare_first, hit, 5000,
      512 },
    { "hit-second", "hit, 512 pages, second stage", prepare_second, hit,
      5000, 512 },
    { "hit-pasid", "hit, 512 pages, first stage, PASID", prepare_pasid, hit,
      5000, 512 },
    { "hit-nested", "hit, 512 pages, nested, PASID", prepare_nested, hit,
      5000, 512 },
    { "pass", "pass-through, legacy mode", prepare_pass, hit, 5000, 512 },
    { "pass-scalable", "pass-through, scalable mode", prepare_pass_scalable,
      hit, 5000, 512 },
    { "miss-leaf", "miss, one entry read", prepare_legacy, miss_leaf, 3000 },
    { "miss-walk", "miss, four levels read", prepare_legacy, miss, 3000 },
    { "miss-full", "one of 1,048,576 pages, 65,536 are cached",
      prepare_legacy, miss_some, 3000, 1, CAPACITY },
    { "miss-nested", "miss, nested, PASID", prepare_nested, miss, 2000 },
    { "page-1", "access, page invalidation, wait", prepare_legacy,
      access_and_invalidate, 500, 1, .descriptor = PAGE },
    { "page-900", "the same, 900 others cached", prepare_legacy,
      access_and_invalidate, 500, 1, 900, .descriptor = PAGE },
    { "page-60000", "the same, 60,000 others cached", prepare_legacy,
      access_and_invalidate, 50, 1, MANY, .descriptor = PAGE },
    { "pasid-page-900", "the same by PASID, 900 others", prepare_pasid,
      access_and_invalidate, 500, 1, 900, .descriptor = PASID_PAGE },
    { "domain-60000", "domain invalidation, wait, 60,000 cached",
      prepare_legacy, invalidate_all, 1, 1, MANY, true, .descriptor = DOMAIN },
    { "pasid-60000", "PASID invalidation, wait, 60,000 cached",
      prepare_pasid, invalidate_all, 1, 1, MANY, true, .descriptor = PASID },
    { "global-60000", "global invalidation, wait, 60,000 cached",
      prepare_legacy, invalidate_all, 1, 1, MANY, true, .descriptor = GLOBAL },
    { "refill", "miss, one entry read, into the room of a flushed one",
      prepare_legacy, miss_leaf, 3000, 1, CAPACITY, .descriptor = GLOBAL,
      .begin = invalidate_all },
    { "replay", "somebody mirrors 65,536 pages, each", prepare_mirror, replay,
      1, .refill = true, .begin = new_mirror, .parts = 65536,
      .mapped = 65536 },
    { "change-4096", "change, page invalidation, wait; 4,096 are mirrored",
      prepare_mirror, change_and_invalidate, 500, .descriptor = PAGE,
      .mapped = 4096 },
    { "change-65536", "the same, 65,536 are mirrored", prepare_mirror,
      change_and_invalidate, 500, .descriptor = PAGE, .mapped = 65536 },
    { "unchanged", "domain invalidation, each of 65,536 mirrored pages",
      prepare_mirror, invalidate_all, 1, .descriptor = DOMAIN,
      .parts = 65536, .mapped = 65536 },
    { "interrupt", "remapped interrupt, cached entry", prepare_interrupts,
      interrupt, 5000 },
};

/* ---- a row ---- */

static void __attribute__((noinline)) measured(Bench *bench,
                                               unsigned operations)
{
    for (unsigned i = 0; i < operations; i++) {
        bench->row->operate(bench);
    }
    __asm__ volatile("" : : "r"(bench) : "memory");
}

static void __attribute__((noinline)) row_ends(const Row *row)
{
    __asm__ volatile("" : : "r"(row) : "memory");
}

static void fill_queue(Bench *bench)
{
    VTDMTables *tables = &bench->machine->tables;

    for (uint64_t at = 0; at < QUEUE_SIZE; at += 2 * bench->width) {
        vtdm_tables_set128(tables, MACHINE_QUEUE + at,
                           bench->row->descriptor);
        vtdm_tables_set128(tables, MACHINE_QUEUE + at + bench->width,
                           vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 1));
    }
}

static void fill(Bench *bench)
{
    for (uint64_t i = 0; i < bench->row->others; i++) {
        access_page(bench, OTHERS + i * bench->size);
    }
    for (uint64_t i = 0; i < bench->row->pages; i++) {
        access_page(bench, i * bench->size);
    }
}

static void prepare(Bench *bench, const Row *row)
{
    *bench = (Bench) {
        .row = row,
        .request = { .pasid = VTDM_NO_PASID, .source_id = MACHINE_SID },
    };
    bench->size = VTDM_PAGE_SIZE << 9 * (level_of(bench) - 1);
    row->prepare(bench);
    if (row->descriptor.lo) {
        fill_queue(bench);
    }
    if (!row->refill) {
        fill(bench);
        row->operate(bench);
    }
}

static unsigned parts_of(const Row *row)
{
    return row->operations * MAX(row->parts, 1);
}

static unsigned operate(Bench *bench)
{
    const Row *row = bench->row;
    gint64 start, took = 0;

    for (unsigned done = 0; done < row->operations;) {
        unsigned part = row->refill ? 1 : row->operations;

        if (row->refill) {
            fill(bench);
        }
        if (row->begin) {
            row->begin(bench);
        }
        start = g_get_monotonic_time();
        measured(bench, part);
        took += g_get_monotonic_time() - start;
        done += part;
    }
    return took * 1000 / parts_of(row);
}

static unsigned run(const Row *row)
{
    Bench bench;
    unsigned ns;

    prepare(&bench, row);
    ns = operate(&bench);
    row_ends(row);
    vtdm_mirror_free(bench.mirror);
    machine_free(bench.machine);
    return ns;
}

static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* What a unit takes whose IOTLB holds so many, and is full. */
static size_t bytes_of_unit(unsigned entries)
{
    const Row row = {
        "memory", NULL, prepare_legacy, hit, .pages = entries,
        .entries = entries,
    };
    size_t before = heap();
    size_t after;
    Bench bench;

    prepare(&bench, &row);
    after = heap() - bench.machine->host.size;
    machine_free(bench.machine);
    return after - before;
}

/* Of all that is allocated: what as many entries more take. */
static double bytes_of_a_page(void)
{
    return (double)(bytes_of_unit(2 * CAPACITY) - bytes_of_unit(CAPACITY)) /
        CAPACITY;
}

int main(int argc, char **argv)
{
    gboolean count = false;
    g_autofree char *glob = NULL;
    const GOptionEntry entries[] = {
        { "count", 0, 0, G_OPTION_ARG_NONE, &count,
          "print operations, not their time" },
        { "rows", 0, 0, G_OPTION_ARG_STRING, &glob, "these rows only",
          "GLOB" },
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, NULL)) {
        g_printerr("core [--count] [--rows GLOB]\n");
        return 2;
    }
    g_random_set_seed(1);       /* what is counted is the same each time */
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!glob || g_pattern_match_simple(glob, rows[i].name)) {
            unsigned ns = run(&rows[i]);

            printf("%s\t%s\t%u\n", rows[i].name, rows[i].what,
                   count ? parts_of(&rows[i]) : ns);
        }
    }
    if (!count) {
        printf("memory\tbytes of a cached page\t%.1f\n", bytes_of_a_page());
    }
    return 0;
}
