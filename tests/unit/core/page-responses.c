/*
 * Page group responses: what software answers, to whom, in which order, and how
 * it drains them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "pages.h"

static const VTDMPageResponse *response(Machine *machine, unsigned n)
{
    g_assert_cmpuint(machine->host.page_responses->len, >, n);
    return &g_array_index(machine->host.page_responses, VTDMPageResponse, n);
}

static Machine *new_with_queue(void)
{
    Machine *machine = pages_machine();

    machine_enable_wide_queue(machine);
    return machine;
}

/* Spec: "Page Group Response Descriptor" */
static void test_response(void)
{
    static const struct {
        uint16_t source_id;
        int pasid;
        unsigned group, code;
    } cases[] = {
        { 0x1234, 0, 0, VTDM_PAGE_SUCCESS },
        { 0xffff, 0xfffff, 0x1ff, VTDM_PAGE_FAILURE },
        { 0, 0x80001, 0x100, VTDM_PAGE_INVALID },
        { 1, -1, 1, VTDM_PAGE_SUCCESS },
        { 1, -1, 1, 7 },                        /* the device's matter */
    };
    Machine *machine = new_with_queue();

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const VTDMPageResponse *got;

        machine_submit_wide(machine, vtdm_make_page_response(
            cases[i].source_id, cases[i].pasid, cases[i].group,
            cases[i].code));
        got = response(machine, i);
        g_assert_cmphex(got->source_id, ==, cases[i].source_id);
        g_assert_cmphex(got->pasid, ==, cases[i].pasid < 0
                                            ? VTDM_NO_PASID
                                            : (unsigned)cases[i].pasid);
        g_assert_cmphex(got->group, ==, cases[i].group);
        g_assert_cmphex(got->code, ==, cases[i].code);
        got = &fake_host_event(&machine->host, VTDM_EVENT_PAGE_RESPONSE)
                  ->page_response;
        g_assert_cmphex(got->group, ==, cases[i].group);
    }
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

/* Without PP the PASID is ignored, and so is bit 66. */
static void test_response_ignores(void)
{
    Machine *machine = new_with_queue();
    VTDMEntry128 descriptor = vtdm_make_page_response(1, 5, 2, 0);

    descriptor.lo &= ~VTDM_PAGE_RSP_PP;
    descriptor.hi |= VTDM_BIT(2);
    machine_submit_wide(machine, descriptor);
    g_assert_cmphex(response(machine, 0)->pasid, ==, VTDM_NO_PASID);
    g_assert_cmphex(response(machine, 0)->group, ==, 2);
    machine_free(machine);
}

/* Nobody takes responses: nothing happens. */
static void test_response_to_nobody(void)
{
    VTDMHostOps ops = fake_host_ops;
    Machine *machine = pages_machine();

    ops.page_response = NULL;
    vtdm_unit_free(machine->unit);
    machine->unit = vtdm_unit_new(&machine->config, &ops, &machine->host);
    machine_enable_scalable(machine);
    machine_enable_wide_queue(machine);
    machine_submit_wide(machine, vtdm_make_page_response(1, 5, 2, 0));
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQH), ==, 32);
    machine_free(machine);
}

static void put(Machine *machine, unsigned place, VTDMEntry128 lower)
{
    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + 32 * place, lower);
}

static uint32_t status(Machine *machine)
{
    return vtdm_tables_get(&machine->tables, MACHINE_STATUS);
}

typedef struct Order {
    Machine *machine;
    unsigned responses[4];      /* so far, whenever a device-TLB is asked */
    unsigned asked;
} Order;

static void note_order(void *opaque)
{
    Order *order = opaque;

    order->responses[order->asked++] =
        order->machine->host.page_responses->len;
}

/* Spec: "Page Group Response Ordering and Draining" */
static void test_order(void)
{
    static const unsigned expected[] = { 0, 2, 2, 3 };
    Machine *machine = new_with_queue();
    VTDMEntry128 flush = vtdm_make_device_tlb_invalidate(1, 0, false);
    Order order = { machine };

    machine->host.answers = note_order;
    machine->host.answers_opaque = &order;
    put(machine, 0, flush);
    put(machine, 1, vtdm_make_page_response(1, 5, 1, 0));
    put(machine, 2, vtdm_make_page_response(1, 5, 2, 0));
    put(machine, 3, flush);
    put(machine, 4, flush);
    put(machine, 5, vtdm_make_page_response(1, 5, 3, 0));
    put(machine, 6, flush);
    machine_write64(machine, VTDM_REG_IQT, 7 * 32);
    g_assert_cmpuint(order.asked, ==, 4);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmpuint(order.responses[i], ==, expected[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(response(machine, i)->group, ==, i + 1);
    }
    machine_free(machine);
}

static void finish(Machine *machine)
{
    while (machine_work(machine)) {
        /* until all is done */
    }
}

/*
 * Spec: "Software Steps to Drain Page Requests & Responses": what the device
 * asked for before its completion is in the queue when the wait shows
 */
static void test_drain(void)
{
    VTDMConfig config;
    Machine *machine;
    unsigned itag;

    machine_scalable_config(&config);
    config.pds = true;
    machine = machine_new_scalable(&config);
    machine_write64(machine, VTDM_REG_PQA, PAGES_QUEUE);
    machine_enable_wide_queue(machine);
    machine->host.answer = VTDM_DEVICE_TLB_LATER;
    put(machine, 0, vtdm_make_page_response(MACHINE_SID, 5, 7, 0));
    put(machine, 1, vtdm_make_wait(VTDM_WAIT_FN, 0, 0));
    put(machine, 2, vtdm_make_iotlb_invalidate(VTDM_G_DOMAIN, MACHINE_DID, 0,
                                               0, false));
    put(machine, 3, vtdm_make_device_tlb_invalidate(MACHINE_SID, 0, false));
    put(machine, 4, vtdm_make_wait(VTDM_WAIT_SW | VTDM_WAIT_PD,
                                   MACHINE_STATUS, 1));
    machine_write64(machine, VTDM_REG_IQT, 5 * 32);
    g_assert_cmpuint(response(machine, 0)->group, ==, 7);
    g_assert_cmpuint(status(machine), ==, 0);
    itag = g_array_index(machine->host.device_tlbs, VTDMInvalidation, 0).itag;
    pages_ask(machine, &pages_standard);
    g_assert_cmpuint(status(machine), ==, 0);
    vtdm_unit_device_tlb_answer(machine->unit, MACHINE_SID, itag,
                                VTDM_DEVICE_TLB_DONE);
    finish(machine);
    g_assert_cmpuint(status(machine), ==, 1);
    g_assert_cmphex(pages_tail(machine), ==, 32);
    g_assert_cmphex(pages_word(machine, 0, 1) & ~0xfffULL, ==, PAGES_ADDRESS);
    machine_free(machine);
}

/* A reset before a response leaves: nobody hears of it. */
static void reset_unit(void *opaque)
{
    vtdm_unit_reset(opaque, true);
}

static void test_response_after_reset(void)
{
    Machine *machine = new_with_queue();

    machine->host.answers = reset_unit;
    machine->host.answers_opaque = machine->unit;
    put(machine, 0, vtdm_make_device_tlb_invalidate(1, 0, false));
    put(machine, 1, vtdm_make_page_response(1, 5, 1, 0));
    machine_write64(machine, VTDM_REG_IQT, 64);
    g_assert_cmpuint(machine->host.page_responses->len, ==, 0);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        GTestFunc run;
    } tests[] = {
        { "response", test_response },
        { "response-ignores", test_response_ignores },
        { "response-to-nobody", test_response_to_nobody },
        { "response-after-reset", test_response_after_reset },
        { "order", test_order },
        { "drain", test_drain },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        char *path = g_strdup_printf("/vtdm/page-requests/%s",
                                     tests[i].name);

        g_test_add_func(path, tests[i].run);
        g_free(path);
    }
    return g_test_run();
}
