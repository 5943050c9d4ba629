/*
 * Protected memory regions.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

#define RW (VTDM_SS_R | VTDM_SS_W)

static Machine *new_machine(unsigned major, bool low, bool high)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.version_major = major;
    config.plmr = low;
    config.phmr = high;
    config.dt = true;
    return machine_new_mapped(&config);
}

static void set_ranges(Machine *machine, uint64_t low_base,
                       uint64_t low_limit, uint64_t high_base,
                       uint64_t high_limit)
{
    machine_write32(machine, VTDM_REG_PLMBASE, low_base);
    machine_write32(machine, VTDM_REG_PLMLIMIT, low_limit);
    machine_write64(machine, VTDM_REG_PHMBASE, high_base);
    machine_write64(machine, VTDM_REG_PHMLIMIT, high_limit);
}

static void enable(Machine *machine, bool on)
{
    machine_write32(machine, VTDM_REG_PMEN, on ? VTDM_PMEN_EPM : 0);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_PMEN), ==,
                    on ? VTDM_PMEN_EPM | VTDM_PMEN_PRS : 0);
}

static bool is_blocked(Machine *machine, uint64_t address)
{
    VTDMResult result = machine_dma(machine, address, VTDM_WRITE);

    g_assert_cmpuint(result.fault.condition, ==, VTDM_NO_FAULT);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    return result.response == VTDM_UR;
}

/* Spec: "Protected Low-Memory Base Register": both ends of both ranges */
static void test_ranges(void)
{
    Machine *machine = new_machine(1, true, true);

    machine_command(machine, 0, VTDM_GCMD_TE);
    set_ranges(machine, 0x40000000, 0x40200000, 0x1000000000, 0x1000000000);
    g_assert_false(is_blocked(machine, 0x40000000));
    enable(machine, true);
    g_assert_false(is_blocked(machine, 0x3fffffff));
    g_assert_true(is_blocked(machine, 0x40000000));
    g_assert_true(is_blocked(machine, 0x403fffff));
    g_assert_false(is_blocked(machine, 0x40400000));
    g_assert_false(is_blocked(machine, 0xfffffffff));
    g_assert_true(is_blocked(machine, 0x1000000000));
    g_assert_true(is_blocked(machine, 0x10001fffff));
    g_assert_false(is_blocked(machine, 0x1000200000));
    enable(machine, false);
    g_assert_false(is_blocked(machine, 0x40000000));
    g_assert_false(is_blocked(machine, 0x1000000000));
    machine_free(machine);
}

/* Spec: "Protected Low-Memory Base Register": limit below base is empty */
static void test_empty(void)
{
    Machine *machine = new_machine(1, true, true);

    machine_command(machine, 0, VTDM_GCMD_TE);
    set_ranges(machine, 0x40000000, 0x3fe00000, 0x1000000000, 0xfffe00000);
    enable(machine, true);
    g_assert_false(is_blocked(machine, 0x40000000));
    g_assert_false(is_blocked(machine, 0x3fffffff));
    g_assert_false(is_blocked(machine, 0x1000000000));
    g_assert_false(is_blocked(machine, 0));
    machine_free(machine);
}

/* Spec: "Protected Memory Enable Register": only what CAP announces */
static void test_capabilities(void)
{
    for (unsigned caps = 0; caps < 4; caps++) {
        Machine *machine = new_machine(1, caps & 1, caps & 2);

        machine_command(machine, 0, VTDM_GCMD_TE);
        set_ranges(machine, 0x40000000, 0x40000000, 0x1000000000,
                   0x1000000000);
        machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
        g_assert_cmphex(machine_read32(machine, VTDM_REG_PMEN), ==,
                        caps ? 0x80000001 : 0);
        g_assert_cmpint(is_blocked(machine, 0x40000000), ==, caps & 1);
        g_assert_cmpint(is_blocked(machine, 0x1000000000), ==, caps >> 1);
        g_assert_false(is_blocked(machine, 0));
        machine_free(machine);
    }
}

/*
 * Spec: "Protected Memory Enable Register": the translated address counts,
 * and old units let remapped requests through
 */
static void test_remapped(gconstpointer opaque)
{
    unsigned major = GPOINTER_TO_UINT(opaque);
    Machine *machine = new_machine(major, true, true);

    set_ranges(machine, 0x40000000, 0x40000000, 0x1000000000, 0x1000000000);
    machine_map(machine, 0x1000, 0x40001000, 1, RW);
    machine_map(machine, 0x40001000, 0x2000, 1, RW);
    enable(machine, true);
    g_assert_cmpint(is_blocked(machine, 0x1000), ==, major >= 2);
    g_assert_cmpint(is_blocked(machine, 0x1000), ==, major >= 2);
    g_assert_false(is_blocked(machine, 0x40001000));
    machine_free(machine);
}

/* Spec: "Protected Memory Enable Register": pass-through, translated */
static void test_not_remapped(void)
{
    Machine *machine = new_machine(1, true, true);

    set_ranges(machine, 0x40000000, 0x40000000, 0x1000000000, 0x1000000000);
    enable(machine, true);
    g_assert_cmpuint(machine_request(machine, (VTDMRequest) {
        .address = 0x40000000, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATED,
    }).response, ==, VTDM_UR);
    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID,
                        vtdm_make_context(VTDM_TT_PASS_THROUGH, 4, 0, 1));
    machine_set_root(machine, MACHINE_ROOT);
    g_assert_true(is_blocked(machine, 0x40000000));
    g_assert_false(is_blocked(machine, 0x40200000));
    machine_free(machine);
}

/* A translation request reaches no memory: only its use is blocked. */
static void test_translation(void)
{
    Machine *machine = new_machine(2, true, true);
    VTDMResult result;

    set_ranges(machine, 0x40000000, 0x40000000, 0x1000000000, 0x1000000000);
    machine_map(machine, 0x1000, 0x40001000, 1, RW);
    enable(machine, true);
    result = machine_request(machine, (VTDMRequest) {
        .address = 0x1000, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .type = VTDM_AT_TRANSLATION,
    });
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    g_assert_cmphex(result.address, ==, 0x40001000);
    g_assert_true(is_blocked(machine, 0x1000));
    machine_free(machine);
}

/* The unit's own table reads are exempt. */
static void test_own_reads(void)
{
    Machine *machine = new_machine(2, true, true);

    set_ranges(machine, 0, MACHINE_RAM, 0x1000000000, 0x1000000000);
    enable(machine, true);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(machine);
}

/* An answer never speaks for a protected neighbour. */
static void test_mask(void)
{
    Machine *machine = new_machine(2, true, true);
    VTDMResult result;

    machine_map(machine, 0x40000000, 0x80000000, 3, RW);
    set_ranges(machine, 0x90000000, 0x90000000, 0x1000000000, 0x1000000000);
    enable(machine, true);
    result = machine_dma(machine, 0x40000000, VTDM_READ);
    g_assert_cmphex(result.address, ==, 0x80000000);
    g_assert_cmphex(result.mask, ==, 0xfff);
    g_assert_true(is_blocked(machine, 0x50000000));
    machine_free(machine);
}

/* Spec: "Protected Low-Memory Base Register": no change while PRS = 1 */
static void test_fixed(void)
{
    Machine *machine = new_machine(1, true, false);

    machine_command(machine, 0, VTDM_GCMD_TE);
    set_ranges(machine, 0x40000000, 0x40000000, 0, 0);
    enable(machine, true);
    set_ranges(machine, 0x80000000, 0x80000000, 0, 0);
    enable(machine, true);
    g_assert_true(is_blocked(machine, 0x40000000));
    g_assert_false(is_blocked(machine, 0x80000000));
    enable(machine, false);
    enable(machine, true);
    g_assert_false(is_blocked(machine, 0x40000000));
    g_assert_true(is_blocked(machine, 0x80000000));
    machine_free(machine);
}

/* Each refusal is told of. */
static void test_event(void)
{
    Machine *machine = new_machine(2, true, false);

    machine_command(machine, 0, VTDM_GCMD_TE);
    set_ranges(machine, 0x40000000, 0x40000000, 0, 0);
    enable(machine, true);
    g_assert_true(is_blocked(machine, 0x40000010));
    g_assert_cmphex(fake_host_event(&machine->host, VTDM_EVENT_PROTECTED)
                        ->translation.output, ==, 0x40000010);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT), ==,
                     0);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/protected/ranges", test_ranges);
    g_test_add_func("/vtdm/protected/empty", test_empty);
    g_test_add_func("/vtdm/protected/capabilities", test_capabilities);
    g_test_add_data_func("/vtdm/protected/remapped-old",
                         GUINT_TO_POINTER(1), test_remapped);
    g_test_add_data_func("/vtdm/protected/remapped-new",
                         GUINT_TO_POINTER(2), test_remapped);
    g_test_add_func("/vtdm/protected/not-remapped", test_not_remapped);
    g_test_add_func("/vtdm/protected/translation", test_translation);
    g_test_add_func("/vtdm/protected/own-reads", test_own_reads);
    g_test_add_func("/vtdm/protected/mask", test_mask);
    g_test_add_func("/vtdm/protected/fixed", test_fixed);
    g_test_add_func("/vtdm/protected/event", test_event);
    return g_test_run();
}
