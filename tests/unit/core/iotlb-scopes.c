/*
 * What each invalidation drops from the IOTLB: by domain, PASID, kind of table
 * and address; and that nothing else goes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/iotlb-range.h"
#include "core/unit.h"
#include "machine.h"

#define DOMAINS 2
#define PASIDS  2
#define PAGES   4
#define ALL     (DOMAINS * PASIDS * PAGES * 4)

/* Pages of all sizes: the last two have the first one in them. */
static const struct {
    uint64_t input;
    uint64_t mask;
} pages[PAGES] = {
    { 0x40000000, 0xfff },
    { 0x40001000, 0xfff },
    { 0x40000000, 0x1fffff },
    { 0x40000000, 0x3fffffff },
};

/*
 * The entry of number @i: its source-id is its number, so that a lookup finds
 * it and no other.
 */
static VTDMIotlbEntry entry_of(unsigned i)
{
    unsigned page = i % PAGES;
    uint32_t own_pasid = i / PAGES / 4 % PASIDS;
    bool with_pasid = i / PAGES & 1;

    return (VTDMIotlbEntry) {
        .tag = { .input = pages[page].input, .source_id = i,
                 .pasid = with_pasid ? own_pasid : VTDM_NO_PASID },
        .domain_id = i / PAGES / 4 / PASIDS,
        .own_pasid = own_pasid,
        .first_stage = i / PAGES & 2,
        .translation = { .output = 0x80000000, .mask = pages[page].mask,
                         .perm = VTDM_PERM_R },
    };
}

static Machine *new_machine(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.smts = true;
    return machine_new(&config);
}

static void insert_all(Machine *machine)
{
    for (unsigned i = 0; i < ALL; i++) {
        VTDMIotlbEntry entry = entry_of(i);

        vtdm_iotlb_insert(machine->unit, &entry);
    }
}

static bool is_cached(Machine *machine, unsigned i)
{
    VTDMIotlbEntry entry = entry_of(i);

    return vtdm_iotlb_lookup(machine->unit, entry.tag.source_id,
                             entry.tag.pasid, entry.tag.input);
}

static bool overlaps(const VTDMInvalidation *what,
                     const VTDMIotlbEntry *entry)
{
    uint64_t first = entry->tag.input;

    return (what->address | what->mask) >= first &&
           what->address <= (first | entry->translation.mask);
}

/* Spec: "IOTLB Invalidate", "PASID-based IOTLB Invalidate Descriptor" */
static bool has_to_go(const VTDMInvalidation *what,
                      const VTDMIotlbEntry *entry)
{
    bool domain = entry->domain_id == what->domain_id;
    bool pasid = domain && entry->own_pasid == what->pasid;

    switch (what->scope) {
    case VTDM_SCOPE_DOMAIN:
        return domain;
    case VTDM_SCOPE_PAGES:
        return domain && (entry->first_stage || overlaps(what, entry));
    case VTDM_SCOPE_PASID:
        return pasid;
    case VTDM_SCOPE_PASID_PAGES:
        return pasid && entry->first_stage && overlaps(what, entry);
    default:
        return true;
    }
}

static void expect_left(Machine *machine, const VTDMInvalidation *what)
{
    for (unsigned i = 0; i < ALL; i++) {
        VTDMIotlbEntry entry = entry_of(i);

        g_assert_cmpint(is_cached(machine, i), ==, !has_to_go(what, &entry));
    }
}

typedef struct Case {
    const char *name;
    VTDMInvalidation what;
} Case;

#define IOTLB(what) .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_##what

static const Case cases[] = {
    { "global", { IOTLB(GLOBAL) } },
    { "domain", { IOTLB(DOMAIN), .domain_id = 1 } },
    { "domain-unknown", { IOTLB(DOMAIN), .domain_id = 7 } },
    { "page", { IOTLB(PAGES), .domain_id = 1, .address = 0x40000000,
                .mask = 0xfff } },
    { "page-large", { IOTLB(PAGES), .address = 0x40000000,
                      .mask = 0x1fffff } },
    { "page-inside", { IOTLB(PAGES), .address = 0x40002000,
                       .mask = 0xfff } },
    { "page-elsewhere", { IOTLB(PAGES), .address = 0x80000000,
                          .mask = 0xfff } },
    { "pasid", { IOTLB(PASID), .domain_id = 1, .pasid = 1 } },
    { "pasid-other", { IOTLB(PASID), .pasid = 0 } },
    { "pasid-unknown", { IOTLB(PASID), .domain_id = 1, .pasid = 7 } },
    { "pasid-page", { IOTLB(PASID_PAGES), .domain_id = 1, .pasid = 1,
                      .address = 0x40000000, .mask = 0xfff } },
    { "pasid-page-second", { IOTLB(PASID_PAGES), .pasid = 0,
                             .address = 0x40001000, .mask = 0xfff } },
    { "pasid-page-large", { IOTLB(PASID_PAGES), .domain_id = 1,
                            .address = 0x40000000, .mask = 0x1fffff } },
    { "pasid-page-everything", { IOTLB(PASID_PAGES), .domain_id = 1,
                                 .pasid = 1, .mask = UINT64_MAX } },
    { "pasid-page-unknown", { IOTLB(PASID_PAGES), .domain_id = 1,
                              .pasid = 7, .mask = UINT64_MAX } },
};

static void count(void *opaque, const VTDMIotlbEntry *entry)
{
    *(unsigned *)opaque += 1;
}

/* What went leaves room; what is made anew afterwards stays. */
static void test_scope(gconstpointer opaque)
{
    const Case *row = opaque;
    Machine *machine = new_machine();
    unsigned before = 0, after = 0;

    insert_all(machine);
    vtdm_iotlb_invalidate(machine->unit, &row->what);
    expect_left(machine, &row->what);
    vtdm_iotlb_for_each(machine->unit, count, &before);
    while (vtdm_iotlb_reclaim(machine->unit)) {
        /* to the last one */
    }
    expect_left(machine, &row->what);
    vtdm_iotlb_for_each(machine->unit, count, &after);
    g_assert_cmpuint(before, ==, after);
    g_assert_cmpuint(machine->unit->iotlb.sets.found, ==, after);
    insert_all(machine);
    for (unsigned i = 0; i < ALL; i++) {
        g_assert_true(is_cached(machine, i));
    }
    machine_free(machine);
}

/*
 * One after another, without a slice in between to give the room back: what an
 * earlier one put aside is in the way of no later one.
 */
static void test_sequences(void)
{
    for (unsigned run = 0; run < 400; run++) {
        Machine *machine = new_machine();
        bool gone[ALL] = { false };

        insert_all(machine);
        for (unsigned step = 0; step < 6; step++) {
            const VTDMInvalidation *what =
                &cases[g_test_rand_int_range(1, G_N_ELEMENTS(cases))].what;
            unsigned again = g_test_rand_int_range(0, ALL);
            VTDMIotlbEntry entry = entry_of(again);

            vtdm_iotlb_invalidate(machine->unit, what);
            for (unsigned i = 0; i < ALL; i++) {
                VTDMIotlbEntry old = entry_of(i);

                gone[i] |= has_to_go(what, &old);
                g_assert_cmpint(is_cached(machine, i), ==, !gone[i]);
            }
            vtdm_iotlb_insert(machine->unit, &entry);
            gone[again] = false;
            if (g_test_rand_bit()) {
                vtdm_iotlb_reclaim(machine->unit);
            }
        }
        machine_free(machine);
    }
}

/* Who fills slots takes the room of small flushes, of however many in a row. */
static void test_room_in_parts(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.iotlb_entries = ALL;
    machine = machine_new(&config);
    for (unsigned round = 0; round < 3; round++) {
        insert_all(machine);
        for (unsigned domain_id = 0; domain_id < DOMAINS; domain_id++) {
            vtdm_iotlb_invalidate(machine->unit, &(VTDMInvalidation) {
                IOTLB(DOMAIN), .domain_id = domain_id,
            });
            g_assert_false(vtdm_iotlb_can_reclaim(machine->unit));
        }
        g_assert_cmpuint(machine->unit->iotlb.sets.flushed, ==, ALL);
    }
    insert_all(machine);
    vtdm_iotlb_invalidate(machine->unit, &cases[0].what);
    g_assert_true(vtdm_iotlb_can_reclaim(machine->unit));
    vtdm_iotlb_invalidate(machine->unit, &cases[0].what);
    g_assert_false(vtdm_iotlb_can_reclaim(machine->unit));
    machine_free(machine);
}

/* Spec: "Tagging of Cached Translations": a PASID that had it by itself */
static void test_lookup(void)
{
    Machine *machine = new_machine();
    VTDMIotlbEntry entry = entry_of(0);

    vtdm_iotlb_insert(machine->unit, &entry);
    g_assert_nonnull(vtdm_iotlb_lookup(machine->unit, 0, VTDM_NO_PASID,
                                       entry.tag.input));
    g_assert_null(vtdm_iotlb_lookup(machine->unit, 0, entry.own_pasid,
                                    entry.tag.input));
    machine_free(machine);
}

/* More than the sets of 64 entries, which are as many. */
#define MANY    100

static VTDMIotlbEntry entry_of_domain(unsigned domain_id)
{
    return (VTDMIotlbEntry) {
        .tag = { .input = 0x40000000, .source_id = domain_id,
                 .pasid = VTDM_NO_PASID },
        .domain_id = domain_id,
        .translation = { .output = domain_id * VTDM_PAGE_SIZE, .mask = 0xfff,
                         .perm = VTDM_PERM_R },
    };
}

static Machine *new_machine_of_domains(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.iotlb_entries = 512;
    machine = machine_new(&config);
    for (unsigned i = 0; i < MANY; i++) {
        VTDMIotlbEntry entry = entry_of_domain(i);

        vtdm_iotlb_insert(machine->unit, &entry);
    }
    return machine;
}

static bool has_domain(Machine *machine, unsigned domain_id)
{
    const VTDMIotlbEntry *entry = vtdm_iotlb_lookup(
        machine->unit, domain_id, VTDM_NO_PASID, 0x40000000);

    if (!entry) {
        return false;
    }
    g_assert_cmpuint(entry->domain_id, ==, domain_id);
    g_assert_cmphex(entry->translation.output, ==,
                    domain_id * VTDM_PAGE_SIZE);
    return true;
}

/* A domain that has no set any more is cached no longer; others are. */
static void test_more_domains_than_sets(void)
{
    Machine *machine = new_machine_of_domains();

    g_assert_cmpuint(machine->unit->iotlb.sets.most, ==, 64);
    for (unsigned i = 0; i < MANY; i++) {
        g_assert_cmpint(has_domain(machine, i), ==, i >= MANY - 64);
    }
    g_assert_cmpuint(machine->unit->iotlb.sets.found, ==, 64);
    machine_free(machine);
}

/* One whose members are all gone makes room, as does one that was flushed. */
static void test_sets_come_back(void)
{
    static const VTDMInvalidation what = { IOTLB(DOMAIN), .domain_id = 70 };
    static const VTDMInvalidation page = {
        IOTLB(PAGES), .domain_id = 71, .address = 0x40000000, .mask = 0xfff,
    };
    Machine *machine = new_machine_of_domains();

    vtdm_iotlb_invalidate(machine->unit, &what);
    vtdm_iotlb_invalidate(machine->unit, &page);
    for (unsigned i = 0; i < 2; i++) {
        VTDMIotlbEntry entry = entry_of_domain(i);

        vtdm_iotlb_insert(machine->unit, &entry);
    }
    for (unsigned i = 0; i < MANY; i++) {
        g_assert_cmpint(has_domain(machine, i), ==,
                        i < 2 || (i >= MANY - 64 && i != 70 && i != 71));
    }
    machine_free(machine);
}

/* The oldest set may be the one that has the most. */
static void test_large_set_goes(void)
{
    Machine *machine = new_machine_of_domains();
    VTDMIotlbEntry entry = entry_of_domain(MANY);

    for (unsigned i = 1; i < 200; i++) {
        VTDMIotlbEntry more = entry_of_domain(MANY - 64);

        more.tag.input += i * VTDM_PAGE_SIZE;
        vtdm_iotlb_insert(machine->unit, &more);
    }
    g_assert_cmpuint(machine->unit->iotlb.sets.found, ==, 64 + 199);
    for (unsigned i = 0; i < 4; i++) {
        uint64_t steps = vtdm_unit_steps(machine->unit);

        g_assert_false(has_domain(machine, MANY));
        vtdm_iotlb_insert(machine->unit, &entry);
        g_assert_false(has_domain(machine, MANY - 64));
        g_assert_cmpuint(vtdm_unit_steps(machine->unit) - steps, <=, 64);
    }
    g_assert_true(has_domain(machine, MANY - 63));
    g_assert_true(has_domain(machine, MANY));
    g_assert_cmpuint(machine->unit->iotlb.sets.found, ==, 64);
    machine_free(machine);
}

#define SPARSE  2000
#define STEP    64              /* looks in vain that make a step of work */

/*
 * A range costs its entries, and not more looks in vain than twice the number
 * of all. @source_ids have them in turn.
 */
static void check_sparse_range(unsigned source_ids, uint64_t distance)
{
    VTDMIotlbEntry entry = entry_of_domain(1);
    VTDMConfig config;
    Machine *machine;
    uint64_t before;

    vtdm_config_init(&config);
    config.iotlb_entries = 65536;
    machine = machine_new(&config);
    for (unsigned i = 0; i < SPARSE; i++) {
        entry.tag.source_id = i % source_ids;
        entry.tag.input = i * distance;
        vtdm_iotlb_insert(machine->unit, &entry);
    }
    before = machine->unit->steps;
    vtdm_iotlb_invalidate(machine->unit, &(VTDMInvalidation) {
        IOTLB(PAGES), .domain_id = 1, .mask = UINT64_MAX >> 16,
    });
    while (vtdm_iotlb_drop_rest(machine->unit)) {
        /* to the last one */
    }
    g_assert_cmpuint(machine->unit->iotlb.sets.found, ==, 0);
    g_assert_cmpuint(machine->unit->steps - before, <=,
                     SPARSE + (2 * SPARSE + source_ids) / STEP + 1);
    machine_free(machine);
}

/* Each region of 512 pages, or more, has one of them. */
static void test_sparse_pages(void)
{
    check_sparse_range(1, 0x200000);
    check_sparse_range(1, 0x40000000);
    check_sparse_range(1, 0x1000000000);
}

/* One in many requesters of a domain has a page. */
static void test_many_requesters(void)
{
    check_sparse_range(1000, VTDM_PAGE_SIZE);
    check_sparse_range(1000, 0x200000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *path = g_strdup_printf("/vtdm/iotlb/scope/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_scope);
        g_free(path);
    }
    g_test_add_func("/vtdm/iotlb/scope-sequences", test_sequences);
    g_test_add_func("/vtdm/iotlb/room-in-parts", test_room_in_parts);
    g_test_add_func("/vtdm/iotlb/own-pasid", test_lookup);
    g_test_add_func("/vtdm/iotlb/more-domains-than-sets",
                    test_more_domains_than_sets);
    g_test_add_func("/vtdm/iotlb/sets-come-back", test_sets_come_back);
    g_test_add_func("/vtdm/iotlb/large-set-goes", test_large_set_goes);
    g_test_add_func("/vtdm/iotlb/range/sparse-pages", test_sparse_pages);
    g_test_add_func("/vtdm/iotlb/range/many-requesters",
                    test_many_requesters);
    return g_test_run();
}
