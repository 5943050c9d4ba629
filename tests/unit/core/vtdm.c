/*
 * A unit from power-on to its end: resets, independence, re-entry.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

static void fail(Machine *machine)
{
    machine_dma(machine, 0x1000, VTDM_READ);
}

/* Spec: "Register Attributes": sticky fields survive, nothing else */
static void test_reset(gconstpointer opaque)
{
    bool power_good = GPOINTER_TO_UINT(opaque);
    Machine *machine = machine_new_mapped(NULL);
    VTDMEntry128 record;

    machine_enable_queue(machine);
    machine_enable_interrupts(machine, 7, false);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
    fail(machine);
    machine_submit(machine, (VTDMEntry128) { .lo = 6 });
    machine_write32(machine, VTDM_REG_FEDATA, 0x1234);
    record = machine_record(machine, 0);
    vtdm_unit_reset(machine->unit, power_good);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==,
                    power_good ? 0 : VTDM_FSTS_PPF | VTDM_FSTS_IQE);
    g_assert_cmphex(machine_record(machine, 0).hi, ==,
                    power_good ? 0 : record.hi);
    g_assert_cmphex(machine_record(machine, 0).lo, ==,
                    power_good ? 0 : record.lo);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_ICS), ==, !power_good);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQERCD), ==,
                    power_good ? 0 : VTDM_IQEI_TYPE);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_GSTS), ==, 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_RTADDR), ==, 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQA), ==, 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQH), ==, 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQT), ==, 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IRTA), ==, 0);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FECTL), ==,
                    VTDM_FECTL_IM);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_IECTL), ==,
                    VTDM_FECTL_IM);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FEDATA), ==, 0);
    machine_free(machine);
}

/* A reset leaves nothing in any cache, and nothing latched. */
static void test_reset_drops_caches(void)
{
    uint64_t msi = vtdm_make_msi_address(0, false);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.esrtps = config.esirtps = false;
    machine = machine_new_mapped(&config);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x55, 0, false));
    machine_enable_interrupts(machine, 7, false);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_interrupt(machine, 0, msi, 0);
    machine->host.interrupts->len = 0;
    vtdm_unit_reset(machine->unit, false);
    g_assert_cmpuint(machine->host.interrupts->len, ==, 1);
    machine_map(machine, MACHINE_IOVA, 0x5000, 1, VTDM_SS_R);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x66, 0, false));
    machine_expect(machine, MACHINE_IOVA, MACHINE_IOVA);
    machine_enable_dma(machine);
    machine_enable_interrupts(machine, 7, false);
    machine_expect(machine, MACHINE_IOVA, 0x5000);
    g_assert_cmphex(machine_interrupt(machine, 0, msi, 0).data & 0xff, ==,
                    0x66);
    machine_free(machine);
}

/* Neither table pointer outlives a reset. */
static void test_reset_unlatches(void)
{
    Machine *machine = machine_new_mapped(NULL);

    machine_enable_interrupts(machine, 7, false);
    vtdm_unit_reset(machine->unit, false);
    machine_command(machine, VTDM_GCMD_TE, 0);
    machine_command(machine, VTDM_GCMD_IRE, 0);
    machine_expect_fault(machine, MACHINE_IOVA, VTDM_LRT_2);
    g_assert_cmpuint(machine_interrupt(machine, 0,
                                       vtdm_make_msi_address(0, false), 0)
                         .fault.condition, ==, VTDM_IR_21);
    machine_free(machine);
}

/* A protected range does not outlive a reset. */
static void test_reset_unprotects(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.plmr = true;
    machine = machine_new(&config);
    machine_write32(machine, VTDM_REG_PMEN, VTDM_PMEN_EPM);
    g_assert_cmpuint(machine_dma(machine, 0, VTDM_READ).response, ==,
                     VTDM_UR);
    vtdm_unit_reset(machine->unit, false);
    machine_expect(machine, 0, 0);
    machine_free(machine);
}

/* Spec: "Remapping Hardware - Software View": units share nothing */
static void test_independent(void)
{
    Machine *one = machine_new_mapped(NULL), *two = machine_new(NULL);

    fail(one);
    g_assert_cmphex(machine_read32(two, VTDM_REG_GSTS), ==, 0);
    g_assert_cmphex(machine_read32(two, VTDM_REG_FSTS), ==, 0);
    machine_expect(two, MACHINE_IOVA, MACHINE_IOVA);
    vtdm_unit_reset(two->unit, true);
    machine_expect(one, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(one);
    machine_free(two);
}

/* Asks for an interrupt again, as a route that keeps a copy does. */
static void ask_again(void *opaque)
{
    Machine *machine = opaque;
    VTDMInterrupt interrupt =
        machine_interrupt(machine, 0, vtdm_make_msi_address(0, false), 0);

    machine->host.answer = interrupt.data & 0xff;
}

/* Remapping from within the callback sees the new entry, at once. */
static void test_remap_from_callback(void)
{
    Machine *machine = machine_new(NULL);

    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x55, 0, false));
    machine_enable_interrupts(machine, 7, false);
    machine_enable_queue(machine);
    machine_interrupt(machine, 0, vtdm_make_msi_address(0, false), 0);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT,
                       vtdm_make_irte(0x66, 0, false));
    machine->host.dropped = ask_again;
    machine->host.dropped_opaque = machine;
    machine_submit(machine, vtdm_make_iec_invalidate(0, 0));
    g_assert_cmphex(machine->host.answer, ==, 0x66);
    machine_free(machine);
}

/* Freeing nothing is allowed; freeing a full unit leaks nothing. */
static void test_free(void)
{
    Machine *machine = machine_new_mapped(NULL);

    vtdm_unit_free(NULL);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vtdm/unit/reset-sticky", GUINT_TO_POINTER(0),
                         test_reset);
    g_test_add_data_func("/vtdm/unit/reset-power-good", GUINT_TO_POINTER(1),
                         test_reset);
    g_test_add_func("/vtdm/unit/reset-drops-caches",
                    test_reset_drops_caches);
    g_test_add_func("/vtdm/unit/reset-unlatches", test_reset_unlatches);
    g_test_add_func("/vtdm/unit/reset-unprotects", test_reset_unprotects);
    g_test_add_func("/vtdm/unit/independent", test_independent);
    g_test_add_func("/vtdm/unit/remap-from-callback",
                    test_remap_from_callback);
    g_test_add_func("/vtdm/unit/free", test_free);
    return g_test_run();
}
