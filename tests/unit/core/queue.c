/*
 * The invalidation queue: head and tail, errors, on and off.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

static Machine *new_machine(bool adms)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.adms = adms;
    machine = machine_new(&config);
    machine_enable_queue(machine);
    return machine;
}

static VTDMEntry128 wait_writing(uint32_t data)
{
    return vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, data);
}

static uint64_t status(Machine *machine)
{
    return vtdm_tables_get(&machine->tables, MACHINE_STATUS) & UINT32_MAX;
}

static void put(Machine *machine, uint64_t offset, VTDMEntry128 descriptor)
{
    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + offset,
                       descriptor);
}

static uint64_t head(Machine *machine)
{
    return machine_read64(machine, VTDM_REG_IQH);
}

static void set_tail(Machine *machine, uint64_t tail)
{
    machine_write64(machine, VTDM_REG_IQT, tail);
}

static void expect_error(Machine *machine, VTDMQueueError error)
{
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==,
                    error ? VTDM_FSTS_IQE : 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQERCD), ==, error);
}

/* Spec: "Queued Invalidation Interface": in order, up to the tail */
static void test_order(void)
{
    Machine *machine = new_machine(false);

    for (unsigned i = 0; i < 4; i++) {
        put(machine, 16 * i, wait_writing(100 + i));
    }
    set_tail(machine, 48);
    g_assert_cmphex(head(machine), ==, 48);
    g_assert_cmpuint(status(machine), ==, 102);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_WAIT), ==,
                     3);
    set_tail(machine, 48);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_WAIT), ==,
                     3);
    machine_free(machine);
}

/* Spec: "Invalidation Queue Tail Register": the low half holds it all */
static void test_tail_halves(void)
{
    Machine *machine = new_machine(false);

    put(machine, 0, wait_writing(1));
    machine_write32(machine, VTDM_REG_IQT + 4, 0);
    g_assert_cmphex(head(machine), ==, 0);
    machine_write32(machine, VTDM_REG_IQT, 16);
    g_assert_cmphex(head(machine), ==, 16);
    machine_free(machine);
}

/* Spec: "Invalidation Queue Address Register": each size wraps at its end */
static void test_wrap(void)
{
    for (unsigned qs = 0; qs < 8; qs++) {
        Machine *machine = machine_new(NULL);
        uint64_t size = 4096 << qs;

        machine->host.quiet = true;
        machine_write64(machine, VTDM_REG_IQA, MACHINE_QUEUE | qs);
        machine_command(machine, VTDM_GCMD_QIE, 0);
        for (uint64_t at = 0; at < size; at += 16) {
            put(machine, at, wait_writing(at));
        }
        set_tail(machine, size - 16);
        g_assert_cmphex(head(machine), ==, size - 16);
        g_assert_cmphex(status(machine), ==, size - 32);
        set_tail(machine, 16);
        g_assert_cmphex(head(machine), ==, 16);
        g_assert_cmphex(status(machine), ==, 0);
        expect_error(machine, VTDM_IQEI_NONE);
        machine_free(machine);
    }
}

/* Spec: "Invalidation Queue Error Record Register": tail out of range */
static void test_tail_beyond(void)
{
    Machine *machine = new_machine(false);

    set_tail(machine, 4096);
    expect_error(machine, VTDM_IQEI_TAIL);
    g_assert_cmphex(head(machine), ==, 0);
    machine_free(machine);
}

/* Spec: "Invalidation Queue Error Record Register": fetch */
static void test_fetch_error(void)
{
    Machine *machine = new_machine(false);

    machine->host.bad_address = MACHINE_QUEUE + 16;
    machine->host.bad_size = 16;
    put(machine, 0, wait_writing(1));
    put(machine, 16, wait_writing(2));
    set_tail(machine, 32);
    expect_error(machine, VTDM_IQEI_FETCH);
    g_assert_cmphex(head(machine), ==, 16);
    g_assert_cmpuint(status(machine), ==, 1);
    machine->host.bad_size = 0;
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    g_assert_cmphex(head(machine), ==, 32);
    g_assert_cmpuint(status(machine), ==, 2);
    machine_free(machine);
}

/*
 * Spec: "Hardware Handling of Queued Invalidation Interface Errors": the
 * head stays, tail writes do nothing, clearing IQE reads it again
 */
static void test_stop_and_restart(void)
{
    Machine *machine = new_machine(false);
    const VTDMEvent *event;

    put(machine, 0, wait_writing(1));
    put(machine, 16, (VTDMEntry128) { .lo = 6 });
    put(machine, 32, wait_writing(3));
    set_tail(machine, 32);
    expect_error(machine, VTDM_IQEI_TYPE);
    event = fake_host_event(&machine->host, VTDM_EVENT_QUEUE_ERROR);
    g_assert_cmpuint(event->queue.error, ==, VTDM_IQEI_TYPE);
    g_assert_cmphex(event->queue.head, ==, 16);
    g_assert_cmphex(event->queue.descriptor.q[0], ==, 6);
    set_tail(machine, 48);
    g_assert_cmphex(head(machine), ==, 16);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    expect_error(machine, VTDM_IQEI_TYPE);      /* read again, still bad */
    put(machine, 16, wait_writing(2));
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_PFO);
    g_assert_cmphex(head(machine), ==, 16);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    g_assert_cmphex(head(machine), ==, 48);
    g_assert_cmpuint(status(machine), ==, 3);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

/* Spec: "Non-Recoverable Fault Event": a queue error is a source */
static void test_error_message(void)
{
    Machine *machine = new_machine(false);

    machine_write32(machine, VTDM_REG_FECTL, 0);
    set_tail(machine, 16);
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    machine_free(machine);
}

/* Spec: "Queued Invalidation Interface": off resets the head, keeps tail */
static void test_disable(void)
{
    Machine *machine = new_machine(false);

    put(machine, 0, wait_writing(1));
    set_tail(machine, 16);
    machine_command(machine, 0, VTDM_GCMD_QIE);
    g_assert_cmphex(head(machine), ==, 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQT), ==, 16);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQA), ==,
                    MACHINE_QUEUE);
    set_tail(machine, 32);
    g_assert_cmphex(head(machine), ==, 0);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_WAIT), ==,
                     1);
    put(machine, 16, wait_writing(2));
    machine_command(machine, VTDM_GCMD_QIE, 0);
    g_assert_cmphex(head(machine), ==, 32);
    g_assert_cmpuint(status(machine), ==, 2);
    machine_free(machine);
}

/* Spec: "Queued Invalidation Interface": TES and IRES do not matter */
static void test_independent(void)
{
    Machine *machine = new_machine(false);

    machine_submit(machine, wait_writing(1));
    g_assert_cmpuint(status(machine), ==, 1);
    machine_enable_dma(machine);
    machine_submit(machine, wait_writing(2));
    machine_enable_interrupts(machine, 0, false);
    machine_submit(machine, wait_writing(3));
    machine_command(machine, 0, VTDM_GCMD_TE | VTDM_GCMD_IRE);
    machine_submit(machine, wait_writing(4));
    g_assert_cmpuint(status(machine), ==, 4);
    machine_free(machine);
}

/* Spec: "Extended Capability Register": the queue needs QI alone */
static void test_without_interrupts(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.ir = config.c = false;
    machine = machine_new(&config);
    machine_enable_queue(machine);
    machine_submit(machine, vtdm_make_context_invalidate(VTDM_G_GLOBAL, 0, 0,
                                                         0));
    machine_submit(machine, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0,
                                                       false));
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
    g_assert_cmphex(head(machine), ==, 48);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_ICS), ==, VTDM_ICS_IWC);
    machine_write32(machine, VTDM_REG_ICS, VTDM_ICS_IWC);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_ICS), ==, 0);
    machine_submit(machine, vtdm_make_iec_invalidate_all());
    expect_error(machine, VTDM_IQEI_TYPE);
    machine_free(machine);
}

static void set_width(Machine *machine, bool wide)
{
    machine_write64(machine, VTDM_REG_IQA,
                    MACHINE_QUEUE | (wide ? VTDM_IQA_DW : 0));
}

/*
 * Spec: "Invalidation Queue Error Record Register": the mode, then the width:
 * narrow descriptors in legacy mode alone, wide ones where something has them
 */
static void test_widths(void)
{
    enum { ADMS = 1, SMTS = 2 };

    for (unsigned i = 0; i < 4 * 4 * 2; i++) {
        unsigned has = i % 4, ttm = i / 4 % 4;
        bool wide = i / 16;
        VTDMConfig config;
        Machine *machine;
        bool supported = ttm == VTDM_TTM_LEGACY ||
                         (ttm == VTDM_TTM_SCALABLE && (has & SMTS)) ||
                         (ttm == VTDM_TTM_ABORT && (has & ADMS));
        VTDMQueueError expected =
            !supported ? VTDM_IQEI_TTM :
            (wide ? !has : ttm != VTDM_TTM_LEGACY)
                ? VTDM_IQEI_WIDTH : VTDM_IQEI_NONE;

        vtdm_config_init(&config);
        config.adms = has & ADMS;
        config.smts = config.ssts = has & SMTS;
        machine = machine_new(&config);
        machine_enable_queue(machine);
        machine_set_root(machine, MACHINE_ROOT | ttm << 10);
        set_width(machine, wide);
        put(machine, 0, wait_writing(1));
        set_tail(machine, 32);
        if (expected == VTDM_IQEI_NONE && !wide) {
            expected = VTDM_IQEI_TYPE;  /* the second is zeros */
        }
        expect_error(machine, expected);
        machine_free(machine);
    }
}

/* Spec: "Queued Invalidation Interface": 256-bit descriptors */
static void test_wide(void)
{
    Machine *machine = new_machine(true);

    set_width(machine, true);
    put(machine, 0, wait_writing(1));
    set_tail(machine, 32);
    g_assert_cmphex(head(machine), ==, 32);
    g_assert_cmpuint(status(machine), ==, 1);
    set_tail(machine, 48);
    expect_error(machine, VTDM_IQEI_TAIL_ALIGN);
    set_tail(machine, 64);
    put(machine, 32, wait_writing(2));
    for (unsigned bit = 128; bit < 256; bit++) {
        uint64_t at = MACHINE_QUEUE + 32 + bit / 64 * 8;

        vtdm_tables_set(&machine->tables, at, VTDM_BIT(bit % 64));
        machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_IQE);
        expect_error(machine, VTDM_IQEI_RESERVED);
        vtdm_tables_set(&machine->tables, at, 0);
    }
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    g_assert_cmpuint(status(machine), ==, 2);
    machine_free(machine);
}

/* Spec: "Translation Structure Formats": in pieces of 128 bits, in order */
static void test_whole_descriptors(void)
{
    static const FakeRead pieces[] = {
        { MACHINE_QUEUE, 16 }, { MACHINE_QUEUE + 16, 16 },
    };

    for (unsigned wide = 0; wide < 2; wide++) {
        Machine *machine = new_machine(true);

        set_width(machine, wide);
        put(machine, 0, wait_writing(1));
        fake_host_log_reads(&machine->host);
        set_tail(machine, wide ? 32 : 16);
        fake_host_expect_reads(&machine->host, pieces, wide ? 2 : 1);
        g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_WAIT),
                         ==, 1);
        machine_free(machine);
    }
}

/*
 * Spec: "Invalidation Queue Head Register": bit 4 reads 0 at 256 bits; a
 * width that changes under a moving queue does not make it run for ever
 */
static void test_width_changes(void)
{
    Machine *machine = new_machine(true);

    for (uint64_t at = 16; at < 4096; at += 32) {
        put(machine, at, wait_writing(1));
    }
    put(machine, 0, wait_writing(1));
    set_tail(machine, 16);
    g_assert_cmphex(head(machine), ==, 16);
    set_width(machine, false);
    g_assert_cmphex(head(machine), ==, 16);
    set_width(machine, true);
    g_assert_cmphex(head(machine), ==, 0);
    set_tail(machine, 64);
    g_assert_cmphex(head(machine), ==, 0);
    expect_error(machine, VTDM_IQEI_RESERVED);
    machine_free(machine);
}

/* A queue that shrinks below its head comes to an end, too. */
static void test_size_changes(void)
{
    Machine *machine = machine_new(NULL);

    machine_write64(machine, VTDM_REG_IQA, MACHINE_QUEUE | 1);
    machine_command(machine, VTDM_GCMD_QIE, 0);
    for (uint64_t at = 0; at < 8192; at += 16) {
        put(machine, at, wait_writing(at));
    }
    set_tail(machine, 8176);
    machine_write64(machine, VTDM_REG_IQA, MACHINE_QUEUE);
    set_tail(machine, 32);
    g_assert_cmphex(head(machine), ==, 32);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/queue/order", test_order);
    g_test_add_func("/vtdm/queue/tail-halves", test_tail_halves);
    g_test_add_func("/vtdm/queue/wrap", test_wrap);
    g_test_add_func("/vtdm/queue/tail-beyond", test_tail_beyond);
    g_test_add_func("/vtdm/queue/fetch-error", test_fetch_error);
    g_test_add_func("/vtdm/queue/stop-and-restart", test_stop_and_restart);
    g_test_add_func("/vtdm/queue/error-message", test_error_message);
    g_test_add_func("/vtdm/queue/disable", test_disable);
    g_test_add_func("/vtdm/queue/independent", test_independent);
    g_test_add_func("/vtdm/queue/widths", test_widths);
    g_test_add_func("/vtdm/queue/wide", test_wide);
    g_test_add_func("/vtdm/queue/without-interrupts",
                    test_without_interrupts);
    g_test_add_func("/vtdm/queue/whole-descriptors", test_whole_descriptors);
    g_test_add_func("/vtdm/queue/width-changes", test_width_changes);
    g_test_add_func("/vtdm/queue/size-changes", test_size_changes);
    return g_test_run();
}
