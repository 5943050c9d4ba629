/*
 * What an invalidation of a range of addresses costs where software has filled
 * the list that it follows with tables that it is not about: those with the
 * same hash, which it can know.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/iotlb-range.h"
#include "core/unit.h"
#include "machine.h"

#define DID             1
#define PASID           1
#define PASIDS          (1u << VTDM_PASID_BITS)
#define OTHERS          1000    /* each with a page */
#define OWN             2000    /* pages */
#define ALL             (OTHERS + OWN)

/* Of the first stage, which has PASIDs, or of the second, which has domains. */
typedef struct Kind {
    const char *name;
    bool first_stage;
} Kind;

static const Kind kinds[] = { { "first", true }, { "second", false } };

static VTDMIotlbEntry entry_of(const Kind *kind, uint64_t page)
{
    uint32_t pasid = kind->first_stage ? PASID : VTDM_NO_PASID;

    return (VTDMIotlbEntry) {
        .tag = { .input = page * VTDM_PAGE_SIZE, .pasid = pasid },
        .domain_id = DID,
        .own_pasid = kind->first_stage ? PASID : 0,
        .first_stage = kind->first_stage,
        .translation = { .mask = VTDM_PAGE_SIZE - 1, .perm = VTDM_PERM_R },
    };
}

/* Whose tables are @entry's, by their hash. */
static const uint32_t *list_of(const VTDMIotlb *iotlb,
                               const VTDMIotlbEntry *entry)
{
    return entry->first_stage
        ? vtdm_iotlb_tables_head(&iotlb->sets, vtdm_iotlb_tables(
              entry->domain_id, true, entry->own_pasid))
        : vtdm_iotlb_domain_head(&iotlb->sets, entry->domain_id);
}

/* Another one of the same list: a PASID, or a requester of another domain. */
static void make_next(const VTDMIotlb *iotlb, VTDMIotlbEntry *entry)
{
    const uint32_t *list = list_of(iotlb, entry);

    if (!entry->first_stage && entry->domain_id != DID) {
        entry->tag.source_id++;
        return;
    }
    do {
        entry->own_pasid += entry->first_stage;
        entry->own_pasid %= PASIDS;
        entry->domain_id += !entry->own_pasid;
    } while (list_of(iotlb, entry) != list);
    entry->tag.source_id = entry->domain_id;
    if (entry->first_stage) {
        entry->tag.pasid = entry->own_pasid;
    }
}

/* The others come last, and are first in the list. */
static Machine *new_machine(const Kind *kind)
{
    VTDMIotlbEntry entry;
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.smts = true;
    config.iotlb_entries = 65536;
    machine = machine_new(&config);
    for (unsigned i = 0; i < OWN; i++) {
        entry = entry_of(kind, i);
        vtdm_iotlb_insert(machine->unit, &entry);
    }
    for (unsigned i = 0; i < OTHERS; i++) {
        make_next(&machine->unit->iotlb, &entry);
        vtdm_iotlb_insert(machine->unit, &entry);
    }
    g_assert_cmpuint(machine->unit->iotlb.sets.found, ==, ALL);
    return machine;
}

static unsigned left(const Machine *machine)
{
    return machine->unit->iotlb.sets.found;
}

/* From page 0 on. */
static void invalidate(Machine *machine, const Kind *kind, uint64_t mask)
{
    vtdm_iotlb_invalidate(machine->unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_IOTLB,
        .scope = kind->first_stage ? VTDM_SCOPE_PASID_PAGES
                                   : VTDM_SCOPE_PAGES,
        .domain_id = DID, .pasid = PASID, .mask = mask,
    });
}

/* One page costs a look at each of them, which the queue counts, too. */
static void test_one_page(gconstpointer kind)
{
    Machine *machine = new_machine(kind);
    uint64_t before = machine->unit->steps;

    invalidate(machine, kind, VTDM_PAGE_SIZE - 1);
    g_assert_cmpuint(left(machine), ==, ALL - 1);
    g_assert_cmpuint(machine->unit->steps - before, >=,
                     OTHERS / VTDM_IOTLB_DROP);
    machine_free(machine);
}

/* What is done at once is less where others are looked at. */
static void test_at_once(gconstpointer kind)
{
    Machine *machine = new_machine(kind);
    unsigned dropped;

    invalidate(machine, kind, UINT64_MAX >> 16);
    dropped = ALL - left(machine);
    g_assert_cmpuint(dropped, >, 0);
    g_assert_cmpuint(dropped, <=, VTDM_IOTLB_AT_ONCE / OTHERS +
                     VTDM_IOTLB_AT_ONCE % OTHERS / VTDM_IOTLB_DROP);
    machine_free(machine);
}

/* All of it is done in as many calls as looks and entries make. */
static void test_range(gconstpointer kind)
{
    Machine *machine = new_machine(kind);
    unsigned calls = 1;

    invalidate(machine, kind, UINT64_MAX >> 16);
    while (vtdm_iotlb_drop_rest(machine->unit)) {
        calls++;
    }
    g_assert_cmpuint(left(machine), ==, OTHERS);
    g_assert_cmpuint(calls, <=, (OWN * VTDM_IOTLB_DROP + 2 * ALL + OTHERS) /
                     VTDM_IOTLB_AT_ONCE + 1);
    machine_free(machine);
}

static void add(const char *name, const Kind *kind, GTestDataFunc run)
{
    g_autofree char *path = g_strdup_printf("/vtdm/iotlb/range/%s/%s", name,
                                            kind->name);

    g_test_add_data_func(path, kind, run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        add("one-page", &kinds[i], test_one_page);
        add("at-once", &kinds[i], test_at_once);
        add("all", &kinds[i], test_range);
    }
    return g_test_run();
}
