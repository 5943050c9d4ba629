/*
 * PASID directory and PASID entries.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

static VTDMCondition try(Machine *machine)
{
    return machine_dma(machine, MACHINE_IOVA, VTDM_READ).fault.condition;
}

static VTDMResult try_pasid(Machine *machine, uint32_t pasid)
{
    return machine_dma_with_pasid(machine, pasid, MACHINE_IOVA, VTDM_READ);
}

/* What a read says while bit @bit of the entry at @address is flipped. */
static VTDMCondition with_bit(Machine *machine, uint64_t address,
                              unsigned bit)
{
    uint64_t at = address + bit / 64 * 8;
    uint64_t entry = vtdm_tables_get(&machine->tables, at);
    VTDMCondition condition;

    vtdm_tables_set(&machine->tables, at, entry ^ VTDM_BIT(bit % 64));
    machine_enable_scalable(machine);           /* drops every cache */
    condition = try(machine);
    vtdm_tables_set(&machine->tables, at, entry);
    return condition;
}

/* Spec: "Scalable Mode Address Translation": PASID[19:6], then PASID[5:0] */
static void test_index(void)
{
    static const uint32_t pasids[] = {
        0x1, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0x1fff, 0x2000, 0xfffff, 0xfffc0,
    };
    Machine *machine = machine_new_scalable(NULL);
    uint64_t directory = vtdm_tables_page(&machine->tables);

    for (unsigned i = 1; i < 32; i++) {
        vtdm_tables_page(&machine->tables);
    }
    machine->directory = directory;
    vtdm_tables_set256(&machine->tables, machine->context,
                       vtdm_make_scalable_context(VTDM_SCTX_PASIDE, 7,
                                                  directory, 0));
    for (size_t i = 0; i < G_N_ELEMENTS(pasids); i++) {
        machine_set_pasid(machine, pasids[i],
                          vtdm_make_pasid_pass_through(100 + i));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(pasids); i++) {
        VTDMResult result = try_pasid(machine, pasids[i]);

        g_assert_cmpuint(result.fault.condition, ==, VTDM_NO_FAULT);
        g_assert_cmpuint(result.domain_id, ==, 100 + i);
        g_assert_cmpuint(try_pasid(machine, pasids[i] ^ 0x10)
                             .fault.condition, ==, VTDM_SPT_2);
    }
    g_assert_cmpuint(try_pasid(machine, 0x4000).fault.condition, ==,
                     VTDM_SPD_2);
    machine_free(machine);
}

/* Spec: "Scalable-Mode Context-Entry": 2^(PDTS + 7) directory entries */
static void test_directory_size(void)
{
    Machine *machine = machine_new_scalable(NULL);

    for (unsigned pdts = 0; pdts < 8; pdts++) {
        uint32_t pasids = 1u << (pdts + 13);

        vtdm_tables_set256(&machine->tables, machine->context,
                           vtdm_make_scalable_context(
                               VTDM_SCTX_PASIDE, pdts, machine->directory,
                               pasids - 1));
        machine_enable_scalable(machine);
        g_assert_cmpuint(try(machine), !=, VTDM_SCT_4_2);
        g_assert_cmpuint(try_pasid(machine, pasids - 2).fault.condition, !=,
                         VTDM_SCT_7);
        g_assert_cmpuint(try_pasid(machine, pasids - 1).fault.condition, ==,
                         VTDM_SCT_9);
        if (pdts == 7) {
            break;
        }
        g_assert_cmpuint(try_pasid(machine, pasids).fault.condition, ==,
                         VTDM_SCT_7);
        vtdm_tables_set256(&machine->tables, machine->context,
                           vtdm_make_scalable_context(
                               0, pdts, machine->directory, pasids));
        machine_enable_scalable(machine);
        g_assert_cmpuint(try(machine), ==, VTDM_SCT_4_2);
    }
    machine_free(machine);
}

/* Without RPS requests without PASID have PASID 0, and nobody else may. */
static void test_no_rid_pasid(void)
{
    VTDMConfig config;
    Machine *machine;

    machine_scalable_config(&config);
    config.rps = false;
    machine = machine_new_scalable(&config);
    g_assert_cmpuint(try(machine), ==, VTDM_NO_FAULT);
    g_assert_cmpuint(try_pasid(machine, 0).fault.condition, ==, VTDM_SCT_9);
    machine_free(machine);
}

/* Spec: "Scalable-Mode PASID Directory Entry": every bit */
static void test_directory_bits(void)
{
    Machine *machine = machine_new_scalable(NULL);

    for (unsigned bit = 0; bit < 64; bit++) {
        VTDMCondition condition = with_bit(machine, machine->directory, bit);

        if (bit == 0) {
            g_assert_cmpuint(condition, ==, VTDM_SPD_2);
        } else if (bit == 1) {
            g_assert_cmpuint(condition, ==, VTDM_NO_FAULT);
        } else if (bit < 12 || bit >= 39) {
            g_assert_cmpuint(condition, ==, VTDM_SPD_3);
        } else {                /* another, empty or missing table */
            g_assert_true(condition == VTDM_SPT_1 ||
                          condition == VTDM_SPT_2 ||
                          condition == VTDM_SPT_3);
        }
    }
    machine_free(machine);
}

static void all(VTDMConfig *config)
{
}

static void no_ssts(VTDMConfig *config)
{
    config->ssts = config->nest = false;
}

static void no_fsts(VTDMConfig *config)
{
    config->fsts = config->nest = config->eafs = false;
    config->fs1gp = config->fs5lp = false;
}

static void no_fs5lp(VTDMConfig *config)
{
    config->fs5lp = false;
}

static void no_smpwcs(VTDMConfig *config)
{
    config->smpwcs = config->ssads = config->eafs = false;
}

static void no_ssads(VTDMConfig *config)
{
    config->ssads = false;
}

static void no_eafs(VTDMConfig *config)
{
    config->eafs = false;
}

static void no_srs(VTDMConfig *config)
{
    config->srs = config->rprivs = false;
}

static void no_sc(VTDMConfig *config)
{
    config->sc = false;
}

static void no_mts(VTDMConfig *config)
{
    config->mts = false;
}

static void few_domains(VTDMConfig *config)
{
    config->nd = 2;             /* 8 bits */
}

/* The fields that may be set, and what for. */
static bool may_be_set(const VTDMConfig *config, unsigned bit)
{
    const struct {
        unsigned first, last;
        bool capability;
    } fields[] = {
        { 1, 1, true }, { 2, 4, config->ssts },
        { 9, 9, config->ssts && config->ssads }, { 12, 38, config->ssts },
        { 64, 64 + 4 + 2 * config->nd - 1, true },
        { 87, 87, config->smpwcs }, { 88, 88, config->sc },
        { 89, 90, config->mts }, { 96, 127, config->mts },
        { 128, 128, config->srs }, { 130, 132, config->fsts },
        { 133, 134, true }, { 135, 135, config->eafs },
        { 140, 166, config->fsts },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (bit >= fields[i].first && bit <= fields[i].last) {
            return fields[i].capability;
        }
    }
    return false;
}

static VTDMCondition expected_of_bit(const VTDMConfig *config, unsigned bit)
{
    if (bit == 0) {
        return VTDM_SPT_2;
    }
    if (bit >= 6 && bit <= 8) {
        return VTDM_SPT_4_2;    /* 101b, 110b, 000b */
    }
    if (!may_be_set(config, bit)) {
        return VTDM_SPT_3;
    }
    if (bit == 131 || (bit == 130 && !config->fs5lp)) {
        return VTDM_SPT_4_3;
    }
    if (bit >= 96 && bit <= 127 && bit % 2) {
        return VTDM_SPT_4_0;    /* types 2 and 8 */
    }
    return VTDM_NO_FAULT;
}

/*
 * Spec: "Scalable-Mode PASID Table Entry": every bit of an entry that passes
 * through, and what is reserved where a capability is missing
 */
static void test_bits(void)
{
    static void (*const without[])(VTDMConfig *config) = {
        all, no_ssts, no_fsts, no_fs5lp, no_smpwcs, no_ssads, no_eafs,
        no_srs, no_sc, no_mts, few_domains,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(without); i++) {
        VTDMConfig config;
        Machine *machine;
        uint64_t entry;

        machine_scalable_config(&config);
        without[i](&config);
        machine = machine_new_scalable(&config);
        entry = machine_set_pasid(machine, 0,
                                  vtdm_make_pasid_pass_through(0));
        for (unsigned bit = 0; bit < 512; bit++) {
            g_test_message("%zu: bit %u", i, bit);
            g_assert_cmpuint(with_bit(machine, entry, bit), ==,
                             expected_of_bit(&config, bit));
        }
        machine_free(machine);
    }
}

/* Spec: "Scalable-Mode PASID Table Entry": each type in each of PA0 to PA7 */
static void test_memory_types(void)
{
    static const bool exists[16] = {
        [0] = true, [1] = true, [4] = true, [5] = true, [6] = true,
        [7] = true,
    };

    for (unsigned i = 0; i < 8 * 16; i++) {
        Machine *machine = machine_new_scalable(NULL);
        VTDMEntry512 entry = vtdm_make_pasid_pass_through(0);

        entry.words[1] |= (uint64_t)(i % 16) << (32 + 4 * (i / 16));
        machine_set_pasid(machine, 0, entry);
        g_assert_cmpuint(try(machine), ==, exists[i % 16] ? VTDM_NO_FAULT
                                                          : VTDM_SPT_4_0);
        machine_free(machine);
    }
}

/* What a type does not use is ignored, however wrong. */
static void test_ignored(void)
{
    Machine *machine = machine_new_scalable(NULL);
    VTDMEntry512 first = vtdm_make_pasid_first_stage(4, 0x400000, 1);
    VTDMEntry512 second = vtdm_make_pasid_second_stage(4, 0x400000, 1);

    first.words[0] |= VTDM_PASID_AW | VTDM_PASID_SSADE | VTDM_BITS(38, 12);
    first.words[1] |= VTDM_PASID_1_EMTE | VTDM_PASID_1_PWSNP;
    machine_set_pasid(machine, 0, first);
    g_assert_cmpuint(try(machine), ==, VTDM_SFS_2);
    second.words[2] |= VTDM_PASID_2_EAFE | VTDM_PASID_2_WPE |
                       VTDM_BITS(38, 12);
    machine_set_pasid(machine, 0, second);
    machine_enable_scalable(machine);
    g_assert_cmpuint(try(machine), ==, VTDM_SSS_2);
    machine_free(machine);
}

/* Spec: "Scalable-Mode PASID Table Entry": PGTT needs its capability */
static void test_types(void)
{
    const struct {
        void (*without)(VTDMConfig *config);
        bool pt;
        bool supported[8];
    } cases[] = {
        { all, true, { [1] = true, [2] = true, [3] = true, [4] = true } },
        { no_ssts, true, { [1] = true, [4] = true } },
        { no_fsts, true, { [2] = true, [4] = true } },
        { all, false, { [1] = true, [2] = true, [3] = true } },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VTDMConfig config;
        Machine *machine;

        machine_scalable_config(&config);
        cases[i].without(&config);
        config.pt = cases[i].pt;
        machine = machine_new_scalable(&config);
        for (unsigned pgtt = 0; pgtt < 8; pgtt++) {
            VTDMEntry512 entry = { {
                VTDM_PASID_P | vtdm_field(VTDM_PASID_PGTT, pgtt) |
                    vtdm_field(VTDM_PASID_AW, config.ssts ? 2 : 0), 1,
            } };

            machine_set_pasid(machine, 0, entry);
            machine_enable_scalable(machine);
            g_assert_cmpint(try(machine) != VTDM_SPT_4_2, ==,
                            cases[i].supported[pgtt]);
        }
        machine_free(machine);
    }
}

/* Spec: "Scalable-Mode PASID Table Entry": AW is one of SAGAW's */
static void test_widths(void)
{
    for (unsigned bits = 39; bits <= 57; bits += 9) {
        VTDMConfig config;
        Machine *machine;

        machine_scalable_config(&config);
        vtdm_config_set_width(&config, bits);
        machine = machine_new_scalable(&config);
        for (unsigned aw = 0; aw < 8; aw++) {
            bool supported = aw >= 1 && 30 + 9 * aw <= bits;
            VTDMEntry512 entry = { {
                VTDM_PASID_P | vtdm_field(VTDM_PASID_AW, aw) |
                    vtdm_field(VTDM_PASID_PGTT, VTDM_PGTT_SECOND_STAGE) |
                    machine->ssptptr, 1,
            } };

            machine_set_pasid(machine, 0, entry);
            machine_enable_scalable(machine);
            g_assert_cmpint(try(machine) != VTDM_SPT_4_1, ==, supported);
        }
        machine_free(machine);
    }
}

/*
 * FPD of every structure on the way counts, be it present or not; what is not
 * qualified is recorded all the same.
 * Spec: "Non-Recoverable Address Translation Faults"
 */
static void test_fpd(void)
{
    static const struct {
        unsigned fpd;           /* 1 context, 2 directory, 4 PASID entry */
        uint64_t directory, entry;
        VTDMCondition condition;
        bool recorded;
    } cases[] = {
        { 0, VTDM_PDE_P, 0, VTDM_SPT_2, true },
        { 1, VTDM_PDE_P, 0, VTDM_SPT_2, false },
        { 2, VTDM_PDE_P, 0, VTDM_SPT_2, false },
        { 4, VTDM_PDE_P, 0, VTDM_SPT_2, false },
        { 4, VTDM_PDE_P, VTDM_PASID_P, VTDM_SPT_4_2, false },
        { 2, VTDM_PDE_P, VTDM_PASID_P, VTDM_SPT_4_2, false },
        { 0, VTDM_PDE_P, VTDM_PASID_P, VTDM_SPT_4_2, true },
        { 0, 0, 0, VTDM_SPD_2, true },
        { 2, 0, 0, VTDM_SPD_2, false },
        { 1, 0, 0, VTDM_SPD_2, false },
        { 4, 0, 0, VTDM_SPD_2, true },
        { 7, VTDM_BITS(38, 12) | VTDM_PDE_P, 0, VTDM_SPT_1, true },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = machine_new_scalable(NULL);
        unsigned fpd = cases[i].fpd;
        uint64_t table = vtdm_tables_page(&machine->tables);
        VTDMResult result;

        vtdm_tables_set256(&machine->tables, machine->context,
                           vtdm_make_scalable_context(
                               fpd & 1 ? VTDM_SCTX_FPD : 0, 0,
                               machine->directory, 0));
        vtdm_tables_set(&machine->tables, machine->directory,
                        table | cases[i].directory |
                        (fpd & 2 ? VTDM_PDE_FPD : 0));
        vtdm_tables_set(&machine->tables, table,
                        cases[i].entry | (fpd & 4 ? VTDM_PASID_FPD : 0));
        result = machine_dma(machine, MACHINE_IOVA, VTDM_READ);
        g_assert_cmpuint(result.fault.condition, ==, cases[i].condition);
        g_assert_cmpint(result.fault.recorded, ==, cases[i].recorded);
        machine_free(machine);
    }
}

/* The entry is read in pieces of 16 bytes, from the lowest upwards. */
static void test_reads(void)
{
    Machine *machine = machine_new_scalable(NULL);
    uint64_t entry = machine_set_pasid(machine, 0,
                                       vtdm_make_pasid_pass_through(1));
    const FakeRead reads[] = {
        { MACHINE_ROOT + 16 * (MACHINE_SID >> 8), 16 },
        { machine->context, 16 }, { machine->context + 16, 16 },
        { machine->directory, 8 },
        { entry, 16 }, { entry + 16, 16 }, { entry + 32, 16 },
        { entry + 48, 16 },
    };

    fake_host_log_reads(&machine->host);
    g_assert_cmpuint(try(machine), ==, VTDM_NO_FAULT);
    fake_host_expect_reads(&machine->host, reads, G_N_ELEMENTS(reads));
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/pasid/index", test_index);
    g_test_add_func("/vtdm/pasid/directory-size", test_directory_size);
    g_test_add_func("/vtdm/pasid/no-rid-pasid", test_no_rid_pasid);
    g_test_add_func("/vtdm/pasid/directory-bits", test_directory_bits);
    g_test_add_func("/vtdm/pasid/bits", test_bits);
    g_test_add_func("/vtdm/pasid/memory-types", test_memory_types);
    g_test_add_func("/vtdm/pasid/ignored", test_ignored);
    g_test_add_func("/vtdm/pasid/types", test_types);
    g_test_add_func("/vtdm/pasid/widths", test_widths);
    g_test_add_func("/vtdm/pasid/fpd", test_fpd);
    g_test_add_func("/vtdm/pasid/reads", test_reads);
    return g_test_run();
}
