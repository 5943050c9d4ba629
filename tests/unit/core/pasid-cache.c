/*
 * The PASID cache: what it drives, what an invalidation covers, how much it
 * keeps.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/invalidate.h"
#include "core/pasid-cache.h"
#include "core/unit.h"
#include "machine.h"

#define OTHER_SID       (MACHINE_SID + 1)

static VTDMResult try(Machine *machine, uint16_t source_id, uint32_t pasid)
{
    return machine_request(machine, (VTDMRequest) {
        .address = MACHINE_IOVA, .pasid = pasid, .source_id = source_id,
    });
}

/* Two devices with the same PASIDs: 1 and 2 in domain 7, 3 in domain 8. */
static Machine *new_machine(const VTDMConfig *config)
{
    Machine *machine = machine_new_scalable(config);

    for (uint32_t pasid = 1; pasid <= 3; pasid++) {
        machine_set_pasid(machine, pasid,
                          vtdm_make_pasid_pass_through(pasid == 3 ? 8 : 7));
    }
    vtdm_tables_scalable_context(
        &machine->tables, MACHINE_ROOT, OTHER_SID,
        vtdm_make_scalable_context(VTDM_SCTX_PASIDE, 3, machine->directory,
                                   0));
    return machine;
}

/* Bit 0 to 2: PASID 1 to 3 of MACHINE_SID; 4 to 6: of OTHER_SID */
static unsigned cached(Machine *machine)
{
    unsigned found = 0;

    for (unsigned pasid = 1; pasid <= 3; pasid++) {
        if (vtdm_pasid_lookup(machine->unit, MACHINE_SID, pasid)) {
            found |= 1u << (pasid - 1);
        }
        if (vtdm_pasid_lookup(machine->unit, OTHER_SID, pasid)) {
            found |= 0x10u << (pasid - 1);
        }
    }
    return found;
}

static void fill(Machine *machine)
{
    for (unsigned pasid = 1; pasid <= 3; pasid++) {
        g_assert_cmpuint(try(machine, MACHINE_SID, pasid).response, ==,
                         VTDM_OK);
        g_assert_cmpuint(try(machine, OTHER_SID, pasid).response, ==,
                         VTDM_OK);
    }
    g_assert_cmphex(cached(machine), ==, 0x77);
}

/* Spec: "PASID-cache Invalidate Descriptor": what is covered, and no more */
static void test_invalidation(void)
{
    static const struct {
        VTDMInvalidation what;
        unsigned left;
    } cases[] = {
        { { .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_GLOBAL }, 0 },
        { { .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_DOMAIN,
            .domain_id = 7 }, 0x44 },
        { { .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_DOMAIN,
            .domain_id = 8, .pasid = 1 }, 0x33 },
        { { .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_DOMAIN,
            .domain_id = 9 }, 0x77 },
        { { .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_PASID,
            .domain_id = 7, .pasid = 1 }, 0x66 },
        { { .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_PASID,
            .domain_id = 7, .pasid = 2 }, 0x55 },
        { { .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_PASID,
            .domain_id = 8, .pasid = 2 }, 0x77 },
        { { .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_PASID,
            .domain_id = 7, .pasid = 3 }, 0x77 },
        { { .cache = VTDM_CACHE_CONTEXT, .scope = VTDM_SCOPE_GLOBAL }, 0x77 },
        { { .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_GLOBAL }, 0x77 },
        { { .cache = VTDM_CACHE_IOTLB, .scope = VTDM_SCOPE_PASID,
            .domain_id = 7, .pasid = 1 }, 0x77 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(NULL);

        fill(machine);
        vtdm_invalidate(machine->unit, &cases[i].what);
        g_assert_cmphex(cached(machine), ==, cases[i].left);
        machine_free(machine);
    }
}

/* Spec: "PASID-Cache": a cached entry is used, whatever the tables say now */
static void test_drives_translation(void)
{
    Machine *machine = new_machine(NULL);

    g_assert_cmphex(try(machine, MACHINE_SID, 1).address, ==, MACHINE_IOVA);
    machine_set_pasid(machine, 1, vtdm_make_pasid_second_stage(
                          4, machine->ssptptr, MACHINE_DID));
    g_assert_cmphex(try(machine, MACHINE_SID, 1).address, ==, MACHINE_IOVA);
    vtdm_invalidate(machine->unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_PASID,
        .domain_id = MACHINE_DID, .pasid = 1,
    });
    g_assert_cmphex(try(machine, MACHINE_SID, 1).address, ==, MACHINE_PAGE);
    machine_free(machine);
}

/* Another context entry does not change what is cached of its PASIDs. */
static void test_outlives_context(void)
{
    Machine *machine = new_machine(NULL);

    g_assert_cmpuint(try(machine, MACHINE_SID, 1).response, ==, VTDM_OK);
    vtdm_tables_set256(&machine->tables, machine->context,
                       vtdm_make_scalable_context(
                           VTDM_SCTX_PASIDE, 3,
                           vtdm_tables_page(&machine->tables), 0));
    vtdm_invalidate(machine->unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_CONTEXT, .scope = VTDM_SCOPE_GLOBAL,
    });
    g_assert_cmpuint(try(machine, MACHINE_SID, 1).response, ==, VTDM_OK);
    g_assert_cmpuint(try(machine, MACHINE_SID, 2).fault.condition, ==,
                     VTDM_SPD_2);
    machine_free(machine);
}

/* Requests without PASID use it under RID_PASID. */
static void test_rid_pasid(void)
{
    Machine *machine = new_machine(NULL);

    try(machine, MACHINE_SID, VTDM_NO_PASID);
    g_assert_nonnull(vtdm_pasid_lookup(machine->unit, MACHINE_SID, 0));
    g_assert_null(vtdm_pasid_lookup(machine->unit, OTHER_SID, 0));
    machine_free(machine);
}

/* Spec: "Caching Mode": what faults is kept under domain 0, or not at all */
static void test_caching_mode(void)
{
    for (unsigned cm = 0; cm < 2; cm++) {
        VTDMConfig config;
        Machine *machine;
        const VTDMInvalidation own = {
            .cache = VTDM_CACHE_PASID, .scope = VTDM_SCOPE_PASID,
            .domain_id = 9, .pasid = 5,
        };
        VTDMInvalidation zero = own;

        zero.domain_id = 0;
        machine_scalable_config(&config);
        config.cm = cm;
        machine = new_machine(&config);
        g_assert_cmpuint(try(machine, MACHINE_SID, 5).fault.condition, ==,
                         VTDM_SPT_2);
        machine_set_pasid(machine, 5, vtdm_make_pasid_pass_through(9));
        vtdm_invalidate(machine->unit, &own);
        g_assert_cmpuint(try(machine, MACHINE_SID, 5).fault.condition, ==,
                         cm ? VTDM_SPT_2 : VTDM_NO_FAULT);
        vtdm_invalidate(machine->unit, &zero);
        g_assert_cmpuint(try(machine, MACHINE_SID, 5).fault.condition, ==,
                         VTDM_NO_FAULT);
        machine_free(machine);
    }
}

/* FPD of the directory and of the entry is cached, the context's is not. */
static void test_fpd(void)
{
    Machine *machine = new_machine(NULL);
    uint64_t entry = machine_set_pasid(machine, 1,
                                       vtdm_make_pasid_pass_through(7));
    VTDMRequest request = {
        .address = VTDM_BIT(50), .pasid = 1, .source_id = MACHINE_SID,
    };

    vtdm_tables_set(&machine->tables, entry,
                    vtdm_tables_get(&machine->tables, entry) |
                    VTDM_PASID_FPD);
    for (unsigned round = 0; round < 2; round++) {
        VTDMResult result = machine_request(machine, request);

        g_assert_cmpuint(result.fault.condition, ==, VTDM_SGN_4_2);
        g_assert_true(result.fault.fpd);
        g_assert_false(result.fault.recorded);
        vtdm_tables_set(&machine->tables, entry, 0);
    }
    request.source_id = OTHER_SID;
    request.pasid = 2;
    g_assert_true(machine_request(machine, request).fault.recorded);
    machine_free(machine);
}

/* A view that is no device's leaves nothing behind; TABLES looks past it. */
static void test_views(void)
{
    Machine *machine = new_machine(NULL);
    VTDMRequest request = {
        .address = MACHINE_IOVA, .pasid = 1, .source_id = MACHINE_SID,
        .view = VTDM_LOOK,
    };

    g_assert_cmpuint(machine_request(machine, request).response, ==, VTDM_OK);
    g_assert_cmphex(cached(machine), ==, 0);
    try(machine, MACHINE_SID, 1);
    machine_set_pasid(machine, 1, (VTDMEntry512) { { 0 } });
    g_assert_cmpuint(machine_request(machine, request).response, ==, VTDM_OK);
    request.view = VTDM_TABLES;
    g_assert_cmpuint(machine_request(machine, request).fault.condition, ==,
                     VTDM_SPT_2);
    machine_free(machine);
}

static void count(void *opaque, const VTDMPasidEntry *entry)
{
    ++*(unsigned *)opaque;
}

static unsigned kept(VTDMUnit *unit)
{
    unsigned found = 0;

    vtdm_pasids_for_each(unit, count, &found);
    return found;
}

static void fill_up(VTDMUnit *unit)
{
    for (uint32_t i = 0; i < VTDM_PASID_CACHE_ENTRIES + 10; i++) {
        vtdm_pasid_insert(unit, &(VTDMPasidEntry) {
            .source_id = MACHINE_SID, .pasid = i, .domain_id = i % 16,
        });
    }
    g_assert_cmpuint(kept(unit), ==, VTDM_PASID_CACHE_ENTRIES);
}

/* With no room left the oldest goes. */
static void test_capacity(void)
{
    Machine *machine = new_machine(NULL);
    VTDMUnit *unit = machine->unit;

    fill_up(unit);
    g_assert_null(vtdm_pasid_lookup(unit, MACHINE_SID, 9));
    g_assert_nonnull(vtdm_pasid_lookup(unit, MACHINE_SID, 10));
    machine_free(machine);
}

/* Frees all that is gone, a little at a time; returns how much it was. */
static uint64_t reclaim(VTDMUnit *unit)
{
    uint64_t before = unit->steps, last = before;

    while (vtdm_pasids_reclaim(unit)) {
        g_assert_cmpuint(unit->steps - last, <=, 64);
        last = unit->steps;
    }
    g_assert_false(vtdm_pasids_have_work(unit));
    return unit->steps - before;
}

/* All of what is covered goes at once; freeing costs what it frees. */
static void test_flush(void)
{
    static const struct {
        VTDMInvalidation what;
        unsigned removed;
    } cases[] = {
        { { .scope = VTDM_SCOPE_PASID, .domain_id = 10, .pasid = 10 }, 1 },
        { { .scope = VTDM_SCOPE_PASID, .domain_id = 10, .pasid = 11 }, 0 },
        { { .scope = VTDM_SCOPE_DOMAIN, .domain_id = 11 },
          VTDM_PASID_CACHE_ENTRIES / 16 },
        { { .scope = VTDM_SCOPE_GLOBAL }, VTDM_PASID_CACHE_ENTRIES },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(NULL);
        VTDMUnit *unit = machine->unit;
        uint64_t before;

        fill_up(unit);
        before = unit->steps;
        vtdm_pasids_invalidate(unit, &cases[i].what);
        g_assert_cmpuint(unit->steps, ==, before);
        g_assert_cmpuint(kept(unit), ==,
                         VTDM_PASID_CACHE_ENTRIES - cases[i].removed);
        g_assert_cmpuint(reclaim(unit), ==, cases[i].removed);
        machine_free(machine);
    }
}

/* What is gone makes room, and comes back only if it is read again. */
static void test_refill(void)
{
    Machine *machine = new_machine(NULL);
    VTDMUnit *unit = machine->unit;

    fill_up(unit);
    vtdm_pasids_invalidate(unit, &(VTDMInvalidation) {
        .scope = VTDM_SCOPE_DOMAIN, .domain_id = 12,
    });
    g_assert_null(vtdm_pasid_lookup(unit, MACHINE_SID, 12));
    vtdm_pasid_insert(unit, &(VTDMPasidEntry) {
        .source_id = MACHINE_SID, .pasid = 28, .domain_id = 12,
    });
    g_assert_nonnull(vtdm_pasid_lookup(unit, MACHINE_SID, 28));
    vtdm_pasid_insert(unit, &(VTDMPasidEntry) {
        .source_id = OTHER_SID, .pasid = 5, .domain_id = 12,
    });
    g_assert_nonnull(vtdm_pasid_lookup(unit, MACHINE_SID, 10));
    g_assert_cmpuint(reclaim(unit), ==, VTDM_PASID_CACHE_ENTRIES / 16 - 2);
    g_assert_nonnull(vtdm_pasid_lookup(unit, MACHINE_SID, 28));
    machine_free(machine);
}

/* The same source-id and PASID again, in another domain: one entry. */
static void test_replaced(void)
{
    Machine *machine = new_machine(NULL);
    VTDMUnit *unit = machine->unit;
    VTDMPasidEntry entry = {
        .source_id = MACHINE_SID, .pasid = 1, .domain_id = 3,
    };

    vtdm_pasid_insert(unit, &entry);
    entry.domain_id = 4;
    vtdm_pasid_insert(unit, &entry);
    g_assert_cmpuint(kept(unit), ==, 1);
    vtdm_pasids_invalidate(unit, &(VTDMInvalidation) {
        .scope = VTDM_SCOPE_DOMAIN, .domain_id = 3,
    });
    g_assert_nonnull(vtdm_pasid_lookup(unit, MACHINE_SID, 1));
    vtdm_pasids_invalidate(unit, &(VTDMInvalidation) {
        .scope = VTDM_SCOPE_DOMAIN, .domain_id = 4,
    });
    g_assert_null(vtdm_pasid_lookup(unit, MACHINE_SID, 1));
    machine_free(machine);
}

/* SRTP and a reset leave nothing. */
static void test_emptied(void)
{
    Machine *machine = new_machine(NULL);

    fill(machine);
    machine_enable_scalable(machine);
    g_assert_cmphex(cached(machine), ==, 0);
    fill(machine);
    vtdm_unit_reset(machine->unit, false);
    g_assert_cmphex(cached(machine), ==, 0);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/pasid-cache/invalidation", test_invalidation);
    g_test_add_func("/vtdm/pasid-cache/drives-translation",
                    test_drives_translation);
    g_test_add_func("/vtdm/pasid-cache/outlives-context",
                    test_outlives_context);
    g_test_add_func("/vtdm/pasid-cache/rid-pasid", test_rid_pasid);
    g_test_add_func("/vtdm/pasid-cache/caching-mode", test_caching_mode);
    g_test_add_func("/vtdm/pasid-cache/fpd", test_fpd);
    g_test_add_func("/vtdm/pasid-cache/views", test_views);
    g_test_add_func("/vtdm/pasid-cache/capacity", test_capacity);
    g_test_add_func("/vtdm/pasid-cache/flush", test_flush);
    g_test_add_func("/vtdm/pasid-cache/refill", test_refill);
    g_test_add_func("/vtdm/pasid-cache/replaced", test_replaced);
    g_test_add_func("/vtdm/pasid-cache/emptied", test_emptied);
    return g_test_run();
}
