/*
 * Devices that answer an invalidation at once: well, wrongly or not at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "asked.h"

static void test_done(void)
{
    Machine *machine = asked_machine(VTDM_DEVICE_TLB_DONE);

    asked_submit(machine, 0x1234);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    g_assert_cmpuint(asked_status(machine), ==, 2);
    machine_free(machine);
}

/*
 * Spec: "Hardware Handling of Queued Invalidation Interface Errors": after
 * a time-out no wait completes and nothing is fetched until ITE is cleared
 */
static void test_timeout(void)
{
    Machine *machine = asked_machine(VTDM_DEVICE_TLB_TIMEOUT);
    uint64_t head;

    machine_write32(machine, VTDM_REG_FECTL, 0);
    asked_submit(machine, 0x1234);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    g_assert_cmphex(vtdm_get(machine_read64(machine, VTDM_REG_IQERCD),
                             VTDM_IQERCD_ITESID), ==, 0x1234);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    head = machine_read64(machine, VTDM_REG_IQH);
    g_assert_cmphex(head, <, 48);
    asked_put(machine, 3, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 3));
    machine_write64(machine, VTDM_REG_IQT, 64);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQH), ==, head);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_ITE);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQH), ==, 64);
    g_assert_cmpuint(asked_status(machine), ==, 3);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    machine_free(machine);
}

/* A time-out shows even if no wait follows. */
static void test_timeout_alone(void)
{
    Machine *machine = asked_machine(VTDM_DEVICE_TLB_TIMEOUT);

    machine_submit(machine,
                   vtdm_make_device_tlb_invalidate(0x77, 0, false));
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    machine_free(machine);
}

/* Spec: "Handling of Device-TLB Invalidations": the queue keeps running */
static void test_bad_completion(void)
{
    Machine *machine = asked_machine(VTDM_DEVICE_TLB_BAD_COMPLETION);

    machine_write32(machine, VTDM_REG_FECTL, 0);
    asked_submit(machine, 0x4321);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ICE);
    g_assert_cmphex(vtdm_get(machine_read64(machine, VTDM_REG_IQERCD),
                             VTDM_IQERCD_ICESID), ==, 0x4321);
    g_assert_cmpuint(asked_status(machine), ==, 2);
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_ICE);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    machine_free(machine);
}

/* Spec: "Register Attributes": what IQERCD says is sticky */
static void test_sticky(void)
{
    Machine *machine = asked_machine(VTDM_DEVICE_TLB_BAD_COMPLETION);

    machine_submit(machine, vtdm_make_device_tlb_invalidate(0xffff, 0,
                                                            false));
    vtdm_unit_reset(machine->unit, false);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ICE);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQERCD), ==,
                    VTDM_IQERCD_ICESID);
    vtdm_unit_reset(machine->unit, true);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQERCD), ==, 0);
    machine_free(machine);
}

/* Spec: "Invalidation Queue Error Record Register": the first one stays */
static void test_first_source(void)
{
    Machine *machine = asked_machine(VTDM_DEVICE_TLB_BAD_COMPLETION);

    machine_submit(machine, vtdm_make_device_tlb_invalidate(0x11, 0, false));
    machine_submit(machine, vtdm_make_device_tlb_invalidate(2, 0, false));
    g_assert_cmphex(vtdm_get(machine_read64(machine, VTDM_REG_IQERCD),
                             VTDM_IQERCD_ICESID), ==, 0x11);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_ICE);
    machine_submit(machine, vtdm_make_device_tlb_invalidate(3, 0, false));
    g_assert_cmphex(vtdm_get(machine_read64(machine, VTDM_REG_IQERCD),
                             VTDM_IQERCD_ICESID), ==, 3);
    machine->host.answer = VTDM_DEVICE_TLB_TIMEOUT;
    machine_submit(machine, vtdm_make_device_tlb_invalidate(4, 0, false));
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQERCD), ==,
                    0x0003000400000000);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_ITE);
    machine_submit(machine, (VTDMEntry128) { 0 });
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQERCD), ==,
                    0x0003000400000000 | VTDM_IQEI_TYPE);
    machine_free(machine);
}

/* Of two that are silent, the one that was asked first is late first. */
static void test_first_timeout(void)
{
    Machine *machine = asked_machine(VTDM_DEVICE_TLB_TIMEOUT);

    asked_put(machine, 0, vtdm_make_device_tlb_invalidate(5, 0, false));
    asked_put(machine, 1, vtdm_make_device_tlb_invalidate(6, 0, false));
    machine_write64(machine, VTDM_REG_IQT, 32);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    g_assert_cmphex(vtdm_get(machine_read64(machine, VTDM_REG_IQERCD),
                             VTDM_IQERCD_ITESID), ==, 5);
    machine_free(machine);
}

/* Without a callback every device has done. */
static void test_nobody(void)
{
    VTDMHostOps ops = fake_host_ops;
    VTDMUnit *unit;
    Machine *machine = asked_machine(VTDM_DEVICE_TLB_TIMEOUT);
    guint told = machine->host.events->len;

    ops.invalidate_device_tlb = NULL;
    ops.invalidate_interrupts = NULL;
    ops.event = NULL;
    unit = machine->unit;
    machine->unit = vtdm_unit_new(&machine->config, &ops, &machine->host);
    vtdm_unit_free(unit);
    machine_enable_queue(machine);
    machine_enable_dma(machine);
    machine_submit(machine, vtdm_make_iec_invalidate_all());
    machine_submit(machine, vtdm_make_device_tlb_invalidate(1, 0, false));
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 5));
    g_assert_cmpuint(asked_status(machine), ==, 5);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    g_assert_cmpuint(machine->host.events->len, ==, told);
    machine_free(machine);
}

static void reset(void *opaque)
{
    vtdm_unit_reset(opaque, true);
}

/* The answer to what was asked before a reset concerns nobody after it. */
static void test_reset_before_answer(gconstpointer opaque)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.dt = true;
    machine = machine_new(&config);
    machine_enable_queue(machine);
    machine->host.answer = GPOINTER_TO_UINT(opaque);
    machine->host.answers = reset;
    machine->host.answers_opaque = machine->unit;
    machine_submit(machine, vtdm_make_device_tlb_invalidate(MACHINE_SID,
                                                            0x5000, false));
    machine->host.answers = NULL;
    machine_enable_queue(machine);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 1));
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    g_assert_cmpuint(vtdm_tables_get(&machine->tables, MACHINE_STATUS), ==,
                     1);
    machine_free(machine);
}

/* Spec: "Handling of ATS Protocol Errors": with TES=0 a completion is lost */
static void test_prompt_without_translation(void)
{
    static const VTDMDeviceTlbAnswer answers[] = {
        VTDM_DEVICE_TLB_DONE, VTDM_DEVICE_TLB_BAD_COMPLETION,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        Machine *machine = asked_machine(answers[i]);

        machine_command(machine, 0, VTDM_GCMD_TE);
        asked_submit(machine, 0x1234);
        g_assert_cmpuint(asked_status(machine), ==, 0);
        g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
        g_assert_cmphex(asked_source(machine, VTDM_IQERCD_ITESID), ==,
                        0x1234);
        machine_free(machine);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/device-tlb/done", test_done);
    g_test_add_func("/vtdm/device-tlb/timeout", test_timeout);
    g_test_add_func("/vtdm/device-tlb/timeout-alone", test_timeout_alone);
    g_test_add_func("/vtdm/device-tlb/bad-completion", test_bad_completion);
    g_test_add_func("/vtdm/device-tlb/sticky", test_sticky);
    g_test_add_func("/vtdm/device-tlb/first-source", test_first_source);
    g_test_add_func("/vtdm/device-tlb/first-timeout", test_first_timeout);
    g_test_add_func("/vtdm/device-tlb/nobody", test_nobody);
    g_test_add_data_func("/vtdm/device-tlb/reset-before-timeout",
                         GUINT_TO_POINTER(VTDM_DEVICE_TLB_TIMEOUT),
                         test_reset_before_answer);
    g_test_add_data_func("/vtdm/device-tlb/reset-before-bad-completion",
                         GUINT_TO_POINTER(VTDM_DEVICE_TLB_BAD_COMPLETION),
                         test_reset_before_answer);
    g_test_add_func("/vtdm/device-tlb/prompt-without-translation",
                    test_prompt_without_translation);
    return g_test_run();
}
