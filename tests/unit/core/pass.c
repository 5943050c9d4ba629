/*
 * Who passes through is answered without the lock: when, how it is counted, and
 * what ends it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/invalidate.h"
#include "core/unit.h"
#include "hw/i386/vtdm/hit.h"
#include "hw/i386/vtdm/inspect.h"
#include "hw/i386/vtdm/statistics.h"
#include "machine.h"

#define ADDRESS         0x12345678
#define PERM_RW         (VTDM_PERM_R | VTDM_PERM_W)

static Machine *new_legacy(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.plmr = true;
    machine = machine_new(&config);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                          MACHINE_DID));
    machine_enable_dma(machine);
    machine_enable_queue(machine);
    return machine;
}

/* With a PASID, too. */
static Machine *new_scalable(void)
{
    VTDMConfig config;
    Machine *machine;
    VTDMEntry512 entry = vtdm_make_pasid_pass_through(MACHINE_DID);

    machine_scalable_config(&config);
    config.plmr = true;
    machine = machine_new(&config);
    machine_attach_scalable(machine, VTDM_SCTX_PASIDE);
    machine_set_pasid(machine, 0, entry);
    machine_set_pasid(machine, MACHINE_PASID, entry);
    machine_enable_scalable(machine);
    machine_enable_wide_queue(machine);
    return machine;
}

static Machine *new_machine(bool scalable)
{
    return scalable ? new_scalable() : new_legacy();
}

static VTDMResult ask(Machine *machine, uint32_t pasid, uint64_t address)
{
    return machine_request(machine, (VTDMRequest) {
        .address = address, .pasid = pasid, .source_id = MACHINE_SID,
    });
}

static bool hits(Machine *machine, uint32_t pasid, uint64_t address)
{
    VTDMHit hit;

    return vtdm_unit_hit(machine->unit, vtdm_who(MACHINE_SID, pasid), address,
                         PERM_RW, &hit);
}

/* After one request the answer is the same without the lock. */
static void expect_pass(Machine *machine, uint32_t pasid)
{
    static const uint64_t addresses[] = {
        0, ADDRESS, 0xfedfffff, 0xfef00000, 0xfef12345, 0x7fffffffff,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        VTDMResult result = ask(machine, pasid, addresses[i]);
        VTDMHit hit;

        g_assert_cmpuint(result.response, ==, VTDM_OK);
        pthread_mutex_lock(&machine->unit->lock);
        g_assert_true(vtdm_unit_hit(machine->unit,
                                    vtdm_who(MACHINE_SID, pasid),
                                    addresses[i], PERM_RW, &hit));
        pthread_mutex_unlock(&machine->unit->lock);
        g_assert_cmphex(hit.output + (addresses[i] & hit.mask), ==,
                        result.address);
        g_assert_cmphex(hit.mask, ==, result.mask);
        g_assert_cmphex(hit.perm, ==, result.perm);
        g_assert_cmphex(vtdm_tables_domain(hit.tables), ==,
                        result.domain_id);
        g_assert_cmpuint(vtdm_tables_stage(hit.tables), ==, VTDM_NO_STAGE);
    }
}

static void test_legacy(void)
{
    Machine *machine = new_legacy();

    g_assert_false(hits(machine, VTDM_NO_PASID, ADDRESS));
    expect_pass(machine, VTDM_NO_PASID);
    g_assert_false(hits(machine, MACHINE_PASID, ADDRESS));
    machine_free(machine);
}

static void test_scalable(void)
{
    Machine *machine = new_scalable();

    expect_pass(machine, VTDM_NO_PASID);
    g_assert_false(hits(machine, MACHINE_PASID, ADDRESS));
    expect_pass(machine, MACHINE_PASID);
    g_assert_false(hits(machine, MACHINE_PASID + 1, ADDRESS));
    machine_free(machine);
}

/* What does not pass, or has more to be said of, is said with the lock. */
static void test_others(void)
{
    Machine *machine = new_legacy();
    uint64_t wide = vtdm_mask_below(machine->config.host_address_width) + 1;
    VTDMHit hit;

    machine_request(machine, (VTDMRequest) {
        .address = ADDRESS, .pasid = VTDM_NO_PASID, .source_id = MACHINE_SID,
        .view = VTDM_LOOK,
    });
    g_assert_false(hits(machine, VTDM_NO_PASID, ADDRESS));
    ask(machine, VTDM_NO_PASID, ADDRESS);
    g_assert_true(hits(machine, VTDM_NO_PASID, ADDRESS));
    g_assert_false(hits(machine, VTDM_NO_PASID, 0xfee00000));
    g_assert_false(hits(machine, VTDM_NO_PASID, wide));
    g_assert_cmpuint(ask(machine, VTDM_NO_PASID, wide).response, ==, VTDM_UR);
    g_assert_false(vtdm_unit_hit(machine->unit,
                                 vtdm_who(MACHINE_SID + 1, VTDM_NO_PASID),
                                 ADDRESS, PERM_RW, &hit));
    machine_free(machine);
}

/* A translation that is cached comes first, as it does with the lock. */
static void test_cached_first(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0,
                                          MACHINE_DID));
    vtdm_invalidate(machine->unit, &(VTDMInvalidation) {
        .cache = VTDM_CACHE_CONTEXT, .scope = VTDM_SCOPE_GLOBAL,
    });
    machine_expect(machine, 0x5000, 0x5000);
    for (unsigned i = 0; i < 2; i++) {
        VTDMHit hit;

        g_assert_true(vtdm_unit_hit(
            machine->unit, vtdm_who(MACHINE_SID, VTDM_NO_PASID),
            i ? 0x5000 : MACHINE_IOVA, VTDM_PERM_R, &hit));
        g_assert_cmphex(hit.output, ==, i ? 0 : MACHINE_PAGE);
    }
    machine_free(machine);
}

static void invalidate(Machine *machine, VTDMCache cache, VTDMScope scope)
{
    vtdm_invalidate(machine->unit, &(VTDMInvalidation) {
        .cache = cache, .scope = scope, .domain_id = MACHINE_DID,
        .source_id = MACHINE_SID, .source_mask = 0xffff,
    });
}

/* Invalidations of entries end it, those of translations do not. */
static void test_invalidations(gconstpointer opaque)
{
    static const struct {
        VTDMCache cache;
        VTDMScope scope;
        bool ends;
    } cases[] = {
        { VTDM_CACHE_CONTEXT, VTDM_SCOPE_GLOBAL, true },
        { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DOMAIN, true },
        { VTDM_CACHE_CONTEXT, VTDM_SCOPE_DEVICE, true },
        { VTDM_CACHE_PASID, VTDM_SCOPE_GLOBAL, true },
        { VTDM_CACHE_PASID, VTDM_SCOPE_DOMAIN, true },
        { VTDM_CACHE_PASID, VTDM_SCOPE_PASID, true },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_GLOBAL, false },
        { VTDM_CACHE_IOTLB, VTDM_SCOPE_DOMAIN, false },
    };
    Machine *machine = new_machine(opaque != NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        ask(machine, VTDM_NO_PASID, ADDRESS);
        g_assert_true(hits(machine, VTDM_NO_PASID, ADDRESS));
        invalidate(machine, cases[i].cache, cases[i].scope);
        g_assert_cmpint(hits(machine, VTDM_NO_PASID, ADDRESS), ==,
                        !cases[i].ends);
    }
    machine_free(machine);
}

/* What switches modes ends it, and a reset. */
static void test_switches(gconstpointer opaque)
{
    Machine *machine = new_machine(opaque != NULL);

    ask(machine, VTDM_NO_PASID, ADDRESS);
    machine_write32(machine, VTDM_REG_GCMD, VTDM_GCMD_QIE);
    g_assert_false(hits(machine, VTDM_NO_PASID, ADDRESS));
    machine_write32(machine, VTDM_REG_GCMD, VTDM_GCMD_QIE | VTDM_GCMD_TE);
    ask(machine, VTDM_NO_PASID, ADDRESS);
    g_assert_true(hits(machine, VTDM_NO_PASID, ADDRESS));
    machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    ask(machine, VTDM_NO_PASID, ADDRESS);
    g_assert_false(hits(machine, VTDM_NO_PASID, ADDRESS));
    g_assert_false(machine->unit->passes.any);
    machine_write32(machine, VTDM_REG_PMEN, 0);
    ask(machine, VTDM_NO_PASID, ADDRESS);
    g_assert_true(hits(machine, VTDM_NO_PASID, ADDRESS));
    vtdm_unit_reset(machine->unit, true);
    g_assert_false(hits(machine, VTDM_NO_PASID, ADDRESS));
    machine_free(machine);
}

/* An entry that had to make room for others is read again. */
static void test_evicted(void)
{
    Machine *machine = new_legacy();

    ask(machine, VTDM_NO_PASID, ADDRESS);
    for (unsigned i = 1; i <= VTDM_CONTEXT_CACHE_ENTRIES; i++) {
        vtdm_context_insert(machine->unit, &(VTDMContext) {
            .source_id = MACHINE_SID + i,
        });
    }
    g_assert_null(vtdm_context_lookup(machine->unit, MACHINE_SID));
    g_assert_false(hits(machine, VTDM_NO_PASID, ADDRESS));
    machine_free(machine);
}

/* Nobody can tell from the counts which way it was. */
static void test_statistics(gconstpointer opaque)
{
    Machine *machine = new_machine(opaque != NULL);
    VTDMStatistics before, with, without;

    ask(machine, VTDM_NO_PASID, ADDRESS);
    vtdm_unit_statistics(machine->unit, &before);
    ask(machine, VTDM_NO_PASID, ADDRESS);
    vtdm_unit_statistics(machine->unit, &with);
    g_assert_true(hits(machine, VTDM_NO_PASID, ADDRESS));
    vtdm_unit_statistics(machine->unit, &without);
    for (unsigned i = 0; i < VTDM_COUNTS; i++) {
        if (i != VTDM_COUNT_IOMMU_CLOCKS) {
            g_assert_cmpuint(without.counts[i] - with.counts[i], ==,
                             with.counts[i] - before.counts[i]);
        }
    }
    vtdm_unit_forget_statistics(machine->unit);
    vtdm_unit_statistics(machine->unit, &without);
    g_assert_cmpuint(without.counts[VTDM_COUNT_IOMMU_REQUESTS], ==, 0);
    machine_free(machine);
}

static void add(const char *name, void (*test)(gconstpointer opaque))
{
    g_autofree char *legacy = g_strdup_printf("/vtdm/pass/%s-legacy", name);
    g_autofree char *scalable = g_strdup_printf("/vtdm/pass/%s-scalable",
                                                name);

    g_test_add_data_func(legacy, NULL, test);
    g_test_add_data_func(scalable, "", test);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/pass/legacy", test_legacy);
    g_test_add_func("/vtdm/pass/scalable", test_scalable);
    g_test_add_func("/vtdm/pass/others", test_others);
    g_test_add_func("/vtdm/pass/cached-first", test_cached_first);
    g_test_add_func("/vtdm/pass/evicted", test_evicted);
    add("invalidations", test_invalidations);
    add("switches", test_switches);
    add("statistics", test_statistics);
    return g_test_run();
}
