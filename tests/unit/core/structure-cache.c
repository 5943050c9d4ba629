/*
 * The paging-structure caches: what is kept, what it is used for, and which
 * invalidation drops it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/structure-cache.h"
#include "core/unit.h"
#include "walker.h"

static void invalidate(Walker *walker, VTDMInvalidation what)
{
    what.cache = VTDM_CACHE_IOTLB;
    vtdm_structures_invalidate(walker->machine->unit, &what);
}

static void add_one(void *opaque, const VTDMStructure *entry)
{
    ++*(unsigned *)opaque;
}

static unsigned count(const VTDMUnit *unit)
{
    unsigned entries = 0;

    vtdm_structures_for_each(unit, add_one, &entries);
    return entries;
}

/* The table of a stage; tests that go through all stages. */
static VTDMTable *stage_of(Walker *walker, gconstpointer opaque)
{
    return GPOINTER_TO_UINT(opaque) == VTDM_FIRST_STAGE ? &walker->first
                                                         : &walker->second;
}

static void set_entry(Walker *walker, const VTDMTable *table, unsigned level,
                      uint64_t entry)
{
    vtdm_tables_set(&walker->machine->tables,
                    walker_entry(walker, table, WALKER_IOVA, level), entry);
}

/* Entries that point to tables are not read again, the lowest is used. */
static void test_kept(gconstpointer opaque)
{
    Walker *walker = walker_new(NULL);
    VTDMTable *table = stage_of(walker, opaque);
    unsigned *reads = &walker->machine->host.reads;

    walker_map(walker, table, WALKER_IOVA, MACHINE_PAGE, 1);
    walker_map(walker, table, WALKER_IOVA + 0x1000, 0x5000, 1);
    walker_map(walker, table, WALKER_IOVA + 0x200000, 0x6000, 1);
    walker_map(walker, table, WALKER_IOVA + 0x40000000, 0x7000, 1);
    *reads = 0;
    walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
    g_assert_cmpuint(*reads, ==, 4);
    walker_expect(walker, table, WALKER_IOVA + 0x1000, 0x5000);
    g_assert_cmpuint(*reads, ==, 5);
    walker_expect(walker, table, WALKER_IOVA + 0x200000, 0x6000);
    g_assert_cmpuint(*reads, ==, 7);
    walker_expect(walker, table, WALKER_IOVA + 0x40000000, 0x7000);
    g_assert_cmpuint(*reads, ==, 10);
    for (unsigned level = 2; level <= 4; level++) {
        set_entry(walker, table, level, 0);
    }
    walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
    walker_free(walker);
}

/* A leaf is the IOTLB's, of any size. */
static void test_no_leaf(gconstpointer opaque)
{
    Walker *walker = walker_new(NULL);
    VTDMTable *table = stage_of(walker, opaque);

    for (unsigned level = 1; level <= 3; level++) {
        uint64_t address = level * VTDM_BIT(36);

        walker_flush(walker);
        walker_map(walker, table, address, 0x40000000, level);
        walker_expect(walker, table, address, 0x40000000);
        g_assert_cmpuint(count(walker->machine->unit), ==,
                         4 - level);
    }
    walker_free(walker);
}

/* What a level forbids, the cached entries below it forbid, too. */
static void test_rights(gconstpointer opaque)
{
    Walker *walker = walker_new(NULL);
    VTDMTable *table = stage_of(walker, opaque);
    uint64_t at, entry;

    walker_map(walker, table, WALKER_IOVA, MACHINE_PAGE, 1);
    at = walker_entry(walker, table, WALKER_IOVA, 4);
    entry = vtdm_tables_get(&walker->machine->tables, at);
    vtdm_tables_set(&walker->machine->tables, at, entry & ~VTDM_SS_W);
    g_assert_cmpuint(walker_walk(walker, table, WALKER_IOVA).perm, ==,
                     VTDM_PERM_R);
    vtdm_tables_set(&walker->machine->tables, at, entry);
    g_assert_cmpuint(walker_walk(walker, table, WALKER_IOVA).perm, ==,
                     VTDM_PERM_R);
    walker_flush(walker);
    g_assert_cmpuint(walker_walk(walker, table, WALKER_IOVA).perm, ==,
                     VTDM_PERM_R | VTDM_PERM_W);
    walker_free(walker);
}

/* What is not present, or not allowed, is read anew, with CM = 1, too. */
static void test_no_fault(gconstpointer opaque)
{
    for (unsigned i = 0; i < 6; i++) {
        uint64_t wrong = i % 3 == 0 ? 0 : i % 3 == 1 ? VTDM_BIT(51) | 7
                                                     : VTDM_BIT(35) | 7;
        VTDMConfig config;
        Walker *walker;
        VTDMTable *table;

        machine_scalable_config(&config);
        config.cm = i >= 3;
        walker = walker_new(&config);
        table = stage_of(walker, opaque);
        walker_map(walker, table, WALKER_IOVA, MACHINE_PAGE, 1);
        for (unsigned level = 4; level >= 2; level--) {
            uint64_t at = walker_entry(walker, table, WALKER_IOVA, level);
            uint64_t entry = vtdm_tables_get(&walker->machine->tables, at);

            vtdm_tables_set(&walker->machine->tables, at, wrong);
            g_assert_cmpuint(walker_walk(walker, table, WALKER_IOVA)
                                 .condition, !=, VTDM_NO_FAULT);
            vtdm_tables_set(&walker->machine->tables, at, entry);
            if (i % 3 == 2) {
                walker_flush(walker);   /* it points nowhere, but is valid */
            }
        }
        walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
        walker_free(walker);
    }
}

/* It is kept even if nothing below it is present. */
static void test_nothing_below(gconstpointer opaque)
{
    Walker *walker = walker_new(NULL);
    VTDMTable *table = stage_of(walker, opaque);

    walker_map(walker, table, WALKER_IOVA, MACHINE_PAGE, 1);
    g_assert_cmpuint(walker_walk(walker, table, WALKER_IOVA + 0x1000)
                         .condition, !=, VTDM_NO_FAULT);
    walker->machine->host.reads = 0;
    walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
    g_assert_cmpuint(walker->machine->host.reads, ==, 1);
    walker_free(walker);
}

/* Who looks uses what is there and leaves nothing; TABLES leaves it out. */
static void test_views(gconstpointer opaque)
{
    Walker *walker = walker_new(NULL);
    VTDMTable *table = stage_of(walker, opaque);

    walker_map(walker, table, WALKER_IOVA, MACHINE_PAGE, 1);
    for (walker->view = VTDM_LOOK; walker->view <= VTDM_TABLES;
         walker->view++) {
        walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
        g_assert_cmpuint(count(walker->machine->unit), ==, 0);
    }
    walker->view = VTDM_USE;
    walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
    g_assert_cmpuint(count(walker->machine->unit), ==, 3);
    set_entry(walker, table, 4, 0);
    walker->view = VTDM_LOOK;
    walker_expect(walker, table, WALKER_IOVA, MACHINE_PAGE);
    walker->view = VTDM_TABLES;
    g_assert_true(walker_walk(walker, table, WALKER_IOVA).condition);
    walker_free(walker);
}

/* An entry whose A cannot be set is not kept. */
static void test_accessed_first(gconstpointer opaque)
{
    Walker *walker = walker_new(NULL);
    VTDMTable *table = stage_of(walker, opaque);

    table->flags = true;
    walker_map(walker, table, WALKER_IOVA, MACHINE_PAGE, 1);
    walker->machine->host.read_only = MACHINE_RAM;
    g_assert_true(walker_walk(walker, table, WALKER_IOVA).condition);
    g_assert_cmpuint(count(walker->machine->unit), ==, 0);
    walker_free(walker);
}

/* ---- tags and invalidations, entry by entry ---- */

#define ADDRESS 0x123456789000

/* One cached entry each. */
static const struct {
    VTDMStructureTag tag;
    unsigned level;
} entries[] = {
    { { VTDM_FIRST_STAGE, 5, 1 }, 2 },
    { { VTDM_FIRST_STAGE, 5, 1 }, 4 },
    { { VTDM_FIRST_STAGE, 6, 1 }, 2 },
    { { VTDM_FIRST_STAGE, 5, 2 }, 2 },
    { { VTDM_SECOND_STAGE, 0, 1 }, 2 },
    { { VTDM_SECOND_STAGE, 0, 1 }, 5 },
    { { VTDM_SECOND_STAGE, 0, 2 }, 2 },
};

static void insert_all(VTDMUnit *unit)
{
    for (size_t i = 0; i < G_N_ELEMENTS(entries); i++) {
        vtdm_structures_insert(unit, &entries[i].tag, ADDRESS,
                               &(VTDMPagingTable) {
            .address = 0x1000 * (i + 1), .level = entries[i].level - 1 });
    }
}

static bool is_there(VTDMUnit *unit, size_t i)
{
    /* beside what an entry of level 2 translates, which would come first */
    uint64_t address = ADDRESS + (entries[i].level > 2 ? 0x400000 : 0);
    VTDMPagingTable table;

    return vtdm_structures_lookup(unit, &entries[i].tag, entries[i].level,
                                  address, &table) &&
           table.address == 0x1000 * (i + 1);
}

/* Spec: "IOTLB Invalidate", "PASID-based IOTLB Invalidate Descriptor..." */
static void test_scopes(void)
{
    static const struct {
        VTDMInvalidation what;
        const char *left;       /* of the entries, x: dropped */
    } cases[] = {
        { { .scope = VTDM_SCOPE_GLOBAL }, "xxxxxxx" },
        { { .scope = VTDM_SCOPE_DOMAIN, .domain_id = 1 }, "xxx.xx." },
        { { .scope = VTDM_SCOPE_DOMAIN, .domain_id = 2 }, "...x..x" },
        { { .scope = VTDM_SCOPE_DOMAIN, .domain_id = 0x101 }, "......." },
        /* pages: all of the first stage, the range of the second */
        { { .scope = VTDM_SCOPE_PAGES, .domain_id = 1, .address = ADDRESS,
            .mask = 0xfff }, "xxx.xx." },
        { { .scope = VTDM_SCOPE_PAGES, .domain_id = 1, .mask = 0xfff,
            .address = ADDRESS + 0x200000 }, "xxx..x." },
        { { .scope = VTDM_SCOPE_PAGES, .domain_id = 1, .mask = 0xfff,
            .address = ADDRESS, .leaf_only = true }, "xxx...." },
        { { .scope = VTDM_SCOPE_PAGES, .domain_id = 2, .mask = 0xfff,
            .address = ADDRESS, .leaf_only = true }, "...x..." },
        { { .scope = VTDM_SCOPE_PAGES, .domain_id = 3, .mask = 0xfff,
            .address = ADDRESS }, "......." },
        { { .scope = VTDM_SCOPE_PAGES, .domain_id = 2, .address = 0,
            .mask = 0xffffffffffffffff }, "...x..x" },
        /* a PASID: only the first stage */
        { { .scope = VTDM_SCOPE_PASID, .domain_id = 1, .pasid = 5 },
          "xx....." },
        { { .scope = VTDM_SCOPE_PASID, .domain_id = 2, .pasid = 5 },
          "...x..." },
        { { .scope = VTDM_SCOPE_PASID, .domain_id = 1, .pasid = 0 },
          "......." },
        { { .scope = VTDM_SCOPE_PASID_PAGES, .domain_id = 1, .pasid = 5,
            .address = ADDRESS, .mask = 0xfff }, "xx....." },
        { { .scope = VTDM_SCOPE_PASID_PAGES, .domain_id = 1, .pasid = 5,
            .address = ADDRESS + 0x200000, .mask = 0xfff }, ".x....." },
        { { .scope = VTDM_SCOPE_PASID_PAGES, .domain_id = 1, .pasid = 5,
            .address = ADDRESS, .mask = 0xfff, .leaf_only = true },
          "......." },
        { { .scope = VTDM_SCOPE_PASID_PAGES, .domain_id = 1, .pasid = 0,
            .address = ADDRESS, .mask = 0xfff }, "......." },
        { { .scope = VTDM_SCOPE_PASID_PAGES, .domain_id = 1, .pasid = 6,
            .address = 0, .mask = 0x7fffffffffffffff }, "..x...." },
    };
    Walker *walker = walker_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char left[G_N_ELEMENTS(entries) + 1] = "";

        walker_flush(walker);
        insert_all(walker->machine->unit);
        invalidate(walker, cases[i].what);
        for (size_t j = 0; j < G_N_ELEMENTS(entries); j++) {
            left[j] = is_there(walker->machine->unit, j) ? '.' : 'x';
        }
        g_assert_cmpstr(left, ==, cases[i].left);
    }
    walker_free(walker);
}

/* A domain and a PASID of a first stage, or of a second one if that is 0. */
static VTDMStructureTag tag_of(unsigned domain_id, unsigned pasid)
{
    return (VTDMStructureTag) {
        .stage = pasid ? VTDM_FIRST_STAGE : VTDM_SECOND_STAGE,
        .pasid = pasid,
        .domain_id = domain_id,
    };
}

static bool is_of_scope(const VTDMInvalidation *what, unsigned domain_id,
                        unsigned pasid)
{
    return what->scope == VTDM_SCOPE_GLOBAL ||
           (what->domain_id == domain_id &&
            (what->scope == VTDM_SCOPE_DOMAIN ||
             (pasid && (what->scope == VTDM_SCOPE_PAGES ||
                        what->pasid == pasid))));
}

/*
 * What is flushed is not found until it is kept again, in whatever order; what
 * is not, is found: few enough of them, to share neither place nor flush.
 */
static void test_flushes(void)
{
    static const VTDMScope scopes[] = {
        VTDM_SCOPE_GLOBAL, VTDM_SCOPE_DOMAIN, VTDM_SCOPE_PASID,
        VTDM_SCOPE_PAGES,
    };
    Walker *walker = walker_new(NULL);
    VTDMUnit *unit = walker->machine->unit;
    bool kept[4][4] = { { false } };

    for (unsigned round = 0; round < 20000; round++) {
        VTDMInvalidation what = {
            .scope = scopes[g_test_rand_int_range(0, G_N_ELEMENTS(scopes))],
            .domain_id = g_test_rand_int_range(0, 4),
            .pasid = g_test_rand_int_range(1, 4),
            .mask = 0xfff, .leaf_only = true,
        };
        unsigned again = g_test_rand_int_range(0, 16);
        VTDMStructureTag tag = tag_of(again / 4, again % 4);
        VTDMPagingTable table = { .level = 1 };

        invalidate(walker, what);
        for (unsigned i = 0; i < 16; i++) {
            kept[i / 4][i % 4] &= !is_of_scope(&what, i / 4, i % 4);
        }
        vtdm_structures_insert(unit, &tag, ADDRESS, &table);
        kept[again / 4][again % 4] = true;
        for (unsigned i = 0; i < 16; i++) {
            tag = tag_of(i / 4, i % 4);
            g_assert_cmpint(vtdm_structures_lookup(unit, &tag, 2, ADDRESS,
                                                   &table),
                            ==, kept[i / 4][i % 4]);
        }
    }
    walker_free(walker);
}

/* Ranges of any size, against a plain comparison; addresses of both halves. */
static void test_ranges(void)
{
    Walker *walker = walker_new(NULL);
    VTDMUnit *unit = walker->machine->unit;

    for (unsigned round = 0; round < 20000; round++) {
        VTDMStructureTag tag = { VTDM_FIRST_STAGE, 5, 1 };
        unsigned level = g_test_rand_int_range(2, 6);
        uint64_t size = vtdm_level_mask(level) + 1;
        uint64_t mask = vtdm_mask_below(g_test_rand_int_range(12, 57));
        uint64_t address = g_test_rand_int_range(0, 1 << 20) * 0x1000ULL;
        uint64_t place = g_test_rand_int_range(0, 1 << 20) * 0x1000ULL;
        VTDMPagingTable table = { .level = level - 1 };
        bool covered;

        if (round % 2) {
            address |= 0xffffff8000000000;
            place |= 0xffffff8000000000;
        }
        address &= ~mask;
        covered = (place & ~(size - 1)) <= (address | mask) &&
                  address <= (place | (size - 1));
        vtdm_structures_insert(unit, &tag, place, &table);
        invalidate(walker, (VTDMInvalidation) {
            .scope = VTDM_SCOPE_PASID_PAGES, .domain_id = 1, .pasid = 5,
            .address = address, .mask = mask });
        g_assert_cmpint(vtdm_structures_lookup(unit, &tag, 5, place, &table),
                        ==, !covered);
        walker_flush(walker);
    }
    walker_free(walker);
}

/*
 * Spec: "Tagging of Cached Translations": every part of a tag counts, also if
 * there are more than there is room for
 */
static void test_tags(void)
{
    Walker *walker = walker_new(NULL);
    VTDMUnit *unit = walker->machine->unit;
    const unsigned many = 4 * VTDM_STRUCTURES;
    unsigned found = 0;

    for (unsigned i = 0; i < 4 * many; i++) {
        unsigned number = i % many;
        VTDMStructureTag tag = {
            .stage = VTDM_FIRST_STAGE,
            .pasid = i < 2 * many ? number : 1,
            .domain_id = i < 2 * many ? 1 : number,
        };
        VTDMPagingTable table = { .address = number * 0x1000ULL, .level = 1 };

        if (i / many % 2 == 0) {
            vtdm_structures_insert(unit, &tag, ADDRESS, &table);
        } else if (vtdm_structures_lookup(unit, &tag, 2, ADDRESS, &table)) {
            g_assert_cmphex(table.address, ==, number * 0x1000ULL);
            found++;
        }
    }
    g_assert_cmpuint(found, >, VTDM_STRUCTURES);
    walker_free(walker);
}

/* A new entry takes the place of one other at most, and there is an end. */
static void test_capacity(void)
{
    Walker *walker = walker_new(NULL);
    VTDMUnit *unit = walker->machine->unit;
    VTDMStructureTag tag = { VTDM_SECOND_STAGE, 0, 1 };
    unsigned found = 0;

    for (uint64_t i = 0; i < 4 * VTDM_STRUCTURES; i++) {
        VTDMPagingTable table = { .level = 1 };
        unsigned before = count(unit);

        vtdm_structures_insert(unit, &tag, i << 21, &table);
        g_assert_true(vtdm_structures_lookup(unit, &tag, 4, i << 21, &table));
        g_assert_cmpuint(count(unit), >=, before);
    }
    g_assert_cmpuint(count(unit), <=, VTDM_STRUCTURES);
    g_assert_cmpuint(count(unit), >, VTDM_STRUCTURES / 2);
    for (uint64_t i = 0; i < 4 * VTDM_STRUCTURES; i++) {
        VTDMPagingTable table;

        found += vtdm_structures_lookup(unit, &tag, 4, i << 21, &table);
    }
    g_assert_cmpuint(found, ==, count(unit));
    walker_flush(walker);
    g_assert_cmpuint(count(unit), ==, 0);
    walker_free(walker);
}

/* ---- legacy mode, as software sees it ---- */

/* IH tells that no entry that points to a table has changed. */
static void test_hint(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMMapping mapping = { machine->ssptptr, 4, MACHINE_IOVA };
    uint64_t directory = vtdm_tables_entry(&machine->tables, &mapping, 2);
    uint64_t other = vtdm_tables_page(&machine->tables);
    VTDMEntry128 hinted = vtdm_make_iotlb_invalidate(
        VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0, true);

    machine_enable_queue(machine);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, WALKER_SS_ALL);
    machine_submit(machine, hinted);
    machine_expect(machine, MACHINE_IOVA, 0x5000);
    vtdm_tables_set(&machine->tables, other +
                    8 * vtdm_level_index(MACHINE_IOVA, 1),
                    0x6000 | WALKER_SS_ALL);
    vtdm_tables_set(&machine->tables, directory, other | WALKER_SS_ALL);
    machine_submit(machine, hinted);
    machine_expect(machine, MACHINE_IOVA, 0x5000);
    machine_submit(machine, vtdm_make_iotlb_invalidate(
        VTDM_G_SELECTIVE, MACHINE_DID, MACHINE_IOVA, 0, false));
    machine_expect(machine, MACHINE_IOVA, 0x6000);
    machine_free(machine);
}

/* Requesters of a domain share its structures. Spec: "Tagging of..." */
static void test_shared(void)
{
    Machine *machine = machine_new_mapped(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID + 1,
    };

    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID + 1,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, 4,
                                          machine->ssptptr, MACHINE_DID));
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    fake_host_log_reads(&machine->host);
    g_assert_cmphex(machine_request(machine, request).address, ==,
                    MACHINE_PAGE);
    /* root entry, context entry, leaf */
    g_assert_cmpuint(machine->host.read_log->len, ==, 3);
    machine_free(machine);
}

static void add(const char *name, void (*test)(gconstpointer opaque))
{
    for (unsigned stage = VTDM_FIRST_STAGE; stage <= VTDM_SECOND_STAGE;
         stage++) {
        char *path = g_strdup_printf("/vtdm/structure-cache/%s-%u", name,
                                     stage);

        g_test_add_data_func(path, GUINT_TO_POINTER(stage), test);
        g_free(path);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("kept", test_kept);
    add("no-leaf", test_no_leaf);
    add("rights", test_rights);
    add("no-fault", test_no_fault);
    add("nothing-below", test_nothing_below);
    add("views", test_views);
    add("accessed-first", test_accessed_first);
    g_test_add_func("/vtdm/structure-cache/scopes", test_scopes);
    g_test_add_func("/vtdm/structure-cache/flushes", test_flushes);
    g_test_add_func("/vtdm/structure-cache/ranges", test_ranges);
    g_test_add_func("/vtdm/structure-cache/tags", test_tags);
    g_test_add_func("/vtdm/structure-cache/capacity", test_capacity);
    g_test_add_func("/vtdm/structure-cache/hint", test_hint);
    g_test_add_func("/vtdm/structure-cache/shared", test_shared);
    return g_test_run();
}
