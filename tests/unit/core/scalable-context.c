/*
 * Root and context entries of scalable mode.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/context-cache.h"
#include "core/invalidate.h"
#include "core/unit.h"
#include "machine.h"

#define ROOT_ENTRY (MACHINE_ROOT + 16 * (MACHINE_SID >> 8))

static VTDMCondition try(Machine *machine)
{
    return machine_dma(machine, MACHINE_IOVA, VTDM_READ).fault.condition;
}

/* Drops every cache, as SRTP does. */
static VTDMCondition try_anew(Machine *machine)
{
    machine_enable_scalable(machine);
    return try(machine);
}

/* What a read says while bit @bit of the entry at @address is flipped. */
static VTDMCondition with_bit(Machine *machine, uint64_t address,
                              unsigned bit)
{
    uint64_t at = address + bit / 64 * 8;
    uint64_t entry = vtdm_tables_get(&machine->tables, at);
    VTDMCondition condition;

    vtdm_tables_set(&machine->tables, at, entry ^ VTDM_BIT(bit % 64));
    condition = try_anew(machine);
    vtdm_tables_set(&machine->tables, at, entry);
    return condition;
}

/* Spec: "Scalable-mode Root Entry": only the half that is used counts */
static void test_root_bits(void)
{
    Machine *machine = machine_new_scalable(NULL);

    for (unsigned bit = 0; bit < 128; bit++) {
        VTDMCondition condition = with_bit(machine, ROOT_ENTRY, bit);

        if (bit >= 64) {
            g_assert_cmpuint(condition, ==, VTDM_NO_FAULT);
        } else if (bit == 0) {
            g_assert_cmpuint(condition, ==, VTDM_SRT_2);
        } else if (bit < 12 || bit >= 39) {
            g_assert_cmpuint(condition, ==, VTDM_SRT_3);
        } else {                /* another, empty or missing table */
            g_assert_true(condition == VTDM_SCT_1 ||
                          condition == VTDM_SCT_2);
        }
    }
    machine_free(machine);
}

/* With LP = 0 nothing else of that half matters. */
static void test_root_absent(void)
{
    Machine *machine = machine_new_scalable(NULL);

    vtdm_tables_set(&machine->tables, ROOT_ENTRY, ~VTDM_SROOT_P);
    g_assert_cmpuint(try(machine), ==, VTDM_SRT_2);
    machine_free(machine);
}

static void all(VTDMConfig *config)
{
}

static void no_dt(VTDMConfig *config)
{
    config->dt = config->prs = config->nwfs = config->pds = false;
    config->dit = false;
}

static void no_prs(VTDMConfig *config)
{
    config->prs = config->pds = false;
}

static void no_pasid(VTDMConfig *config)
{
    config->pasid = false;
}

static void no_rps(VTDMConfig *config)
{
    config->rps = false;
}

static void no_rprivs(VTDMConfig *config)
{
    config->rprivs = false;
}

/* A context entry with P alone, under which PASID 0 passes through. */
static VTDMCondition expected_of_bit(const VTDMConfig *config, unsigned bit)
{
    if (bit == 0) {
        return VTDM_SCT_2;
    }
    if (bit == 1) {
        return VTDM_NO_FAULT;   /* FPD */
    }
    if (bit == 2 || bit == 3) {
        return (bit == 2 ? config->dt : config->pasid) ? VTDM_NO_FAULT
                                                       : VTDM_SCT_3;
    }
    if (bit == 4) {
        return config->prs ? VTDM_SCT_4_1 : VTDM_SCT_3;
    }
    if (bit >= 64 && bit < 84) {
        return !config->rps ? VTDM_SCT_3 :
               bit >= 64 + 13 ? VTDM_SCT_4_2 : VTDM_NO_FAULT;
    }
    if (bit == 84) {
        return config->rprivs ? VTDM_SPT_6 : VTDM_SCT_3;
    }
    return bit >= 9 && bit < 12 ? VTDM_NO_FAULT : VTDM_SCT_3;
}

/*
 * Spec: "Scalable-Mode Context-Entry": every bit, and what is reserved where a
 * capability is missing
 */
static void test_bits(void)
{
    static void (*const without[])(VTDMConfig *config) = {
        all, no_dt, no_prs, no_pasid, no_rps, no_rprivs,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(without); i++) {
        VTDMConfig config;
        Machine *machine;

        machine_scalable_config(&config);
        without[i](&config);
        machine = machine_new_scalable(&config);
        vtdm_tables_set256(&machine->tables, machine->context,
                           vtdm_make_scalable_context(
                               0, 0, machine->directory, 0));
        for (unsigned pasid = 0; pasid < 13; pasid++) {
            machine_set_pasid(machine, 1u << pasid,
                              vtdm_make_pasid_pass_through(1));
        }
        for (unsigned bit = 0; bit < 256; bit++) {
            if (bit >= 12 && bit < 39) {
                continue;       /* another directory */
            }
            g_test_message("%zu: bit %u", i, bit);
            g_assert_cmpuint(with_bit(machine, machine->context, bit), ==,
                             expected_of_bit(&config, bit));
        }
        machine_free(machine);
    }
}

/* With P = 0 only FPD is looked at. */
static void test_absent(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMResult result;

    vtdm_tables_set256(&machine->tables, machine->context,
                       (VTDMEntry256) { { ~VTDM_SCTX_P, 5, ~0ULL, ~0ULL } });
    result = machine_dma(machine, MACHINE_IOVA, VTDM_READ);
    g_assert_cmpuint(result.fault.condition, ==, VTDM_SCT_2);
    g_assert_cmphex(result.fault.entry_address, ==, machine->context);
    g_assert_cmphex(result.fault.entry.lo, ==, ~VTDM_SCTX_P);
    g_assert_cmphex(result.fault.entry.hi, ==, 5);
    g_assert_cmpuint(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

/* Entries are read in pieces of 16 bytes, from the lowest upwards. */
static void test_reads(void)
{
    Machine *machine = machine_new_scalable(NULL);
    const FakeRead reads[] = {
        { ROOT_ENTRY, 16 },
        { machine->context, 16 },
        { machine->context + 16, 16 },
    };

    vtdm_tables_set(&machine->tables, machine->context + 24, 1);
    fake_host_log_reads(&machine->host);
    g_assert_cmpuint(try(machine), ==, VTDM_SCT_3);
    fake_host_expect_reads(&machine->host, reads, G_N_ELEMENTS(reads));
    machine_free(machine);
}

/* Spec: "Context-Cache": a cached entry needs no table any more */
static void test_cache(void)
{
    Machine *machine = machine_new_scalable(NULL);

    g_assert_cmpuint(try(machine), ==, VTDM_NO_FAULT);
    vtdm_tables_set(&machine->tables, ROOT_ENTRY, 0);
    g_assert_cmpuint(try(machine), ==, VTDM_NO_FAULT);
    g_assert_cmpuint(try_anew(machine), ==, VTDM_SRT_2);
    machine_free(machine);
}

/*
 * Spec: "Context-cache Invalidate Descriptor": a domain stands for all, and a
 * device is meant whatever the domain
 */
static void test_invalidation(void)
{
    static const struct {
        VTDMInvalidation what;
        bool covered;
    } cases[] = {
        { { .scope = VTDM_SCOPE_GLOBAL }, true },
        { { .scope = VTDM_SCOPE_DOMAIN, .domain_id = 99 }, true },
        { { .scope = VTDM_SCOPE_DEVICE, .domain_id = 99,
            .source_id = MACHINE_SID, .source_mask = 0xffff }, true },
        { { .scope = VTDM_SCOPE_DEVICE, .domain_id = MACHINE_DID,
            .source_id = MACHINE_SID ^ 1, .source_mask = 0xffff }, false },
        { { .scope = VTDM_SCOPE_DEVICE, .source_id = MACHINE_SID ^ 1,
            .source_mask = 0xfffe }, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = machine_new_scalable(NULL);

        g_assert_cmpuint(try(machine), ==, VTDM_NO_FAULT);
        vtdm_tables_set(&machine->tables, machine->context, 0);
        vtdm_invalidate(machine->unit, &cases[i].what);
        g_assert_cmpuint(try(machine), ==, cases[i].covered ? VTDM_SCT_2
                                                            : VTDM_NO_FAULT);
        machine_free(machine);
    }
}

/* Spec: "Caching Mode": entries that fault stay only with CM = 1 */
static void test_caching_mode(void)
{
    for (unsigned cm = 0; cm < 2; cm++) {
        VTDMConfig config;
        Machine *machine;
        uint64_t entry;

        machine_scalable_config(&config);
        config.cm = cm;
        machine = machine_new_scalable(&config);
        entry = vtdm_tables_get(&machine->tables, machine->context);
        vtdm_tables_set(&machine->tables, machine->context, 0);
        g_assert_cmpuint(try(machine), ==, VTDM_SCT_2);
        vtdm_tables_set(&machine->tables, machine->context, entry);
        g_assert_cmpuint(try(machine), ==, cm ? VTDM_SCT_2 : VTDM_NO_FAULT);
        vtdm_invalidate(machine->unit, &(VTDMInvalidation) {
            .cache = VTDM_CACHE_CONTEXT, .scope = VTDM_SCOPE_DEVICE,
            .source_id = MACHINE_SID, .source_mask = 0xffff,
        });
        g_assert_cmpuint(try(machine), ==, VTDM_NO_FAULT);
        machine_free(machine);
    }
}

/* An entry of one mode is none of the other: nothing to hit in between. */
static void test_other_mode(void)
{
    VTDMConfig config;
    Machine *machine;

    machine_scalable_config(&config);
    config.esrtps = false;
    machine = machine_new_scalable(&config);
    g_assert_cmpuint(try(machine), ==, VTDM_NO_FAULT);
    machine_set_root(machine, MACHINE_QUEUE);
    g_assert_cmpuint(try(machine), ==, VTDM_LRT_2);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/scalable-context/root-bits", test_root_bits);
    g_test_add_func("/vtdm/scalable-context/root-absent", test_root_absent);
    g_test_add_func("/vtdm/scalable-context/bits", test_bits);
    g_test_add_func("/vtdm/scalable-context/absent", test_absent);
    g_test_add_func("/vtdm/scalable-context/reads", test_reads);
    g_test_add_func("/vtdm/scalable-context/cache", test_cache);
    g_test_add_func("/vtdm/scalable-context/invalidation",
                    test_invalidation);
    g_test_add_func("/vtdm/scalable-context/caching-mode",
                    test_caching_mode);
    g_test_add_func("/vtdm/scalable-context/other-mode", test_other_mode);
    return g_test_run();
}
