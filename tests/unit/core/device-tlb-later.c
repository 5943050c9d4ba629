/*
 * Devices that answer an invalidation later, out of order, wrongly, or not at
 * all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/inspect.h"
#include "asked.h"

static Machine *new_late(void)
{
    return asked_machine(VTDM_DEVICE_TLB_LATER);
}

/* Does what the unit has left; that it is not asked for without end. */
static void finish(Machine *machine)
{
    unsigned calls = 0;

    while (machine_work(machine)) {
        g_assert_cmpuint(calls++, <, 10);
    }
}

static void answer(Machine *machine, uint16_t source_id, unsigned itag,
                   VTDMDeviceTlbAnswer how)
{
    vtdm_unit_device_tlb_answer(machine->unit, source_id, itag, how);
    finish(machine);
}

static void complete(Machine *machine, uint16_t source_id, uint32_t itags,
                     unsigned count)
{
    vtdm_unit_device_tlb_complete(machine->unit, source_id, itags, count);
    finish(machine);
}

static bool expire(Machine *machine)
{
    bool left = vtdm_unit_device_tlb_expire(machine->unit);

    finish(machine);
    return left;
}

static uint64_t head(Machine *machine)
{
    return machine_read64(machine, VTDM_REG_IQH);
}

static unsigned itag_of(Machine *machine, unsigned n)
{
    return g_array_index(machine->host.device_tlbs, VTDMInvalidation, n).itag;
}

static unsigned sent(Machine *machine)
{
    return machine->host.device_tlbs->len;
}

/*
 * Spec: "Queued Invalidation Ordering Considerations": a wait completes after
 * what is before it; nothing runs meanwhile
 */
static void test_later(void)
{
    Machine *machine = new_late();

    asked_submit(machine, 0x1234);
    g_assert_cmpuint(sent(machine), ==, 1);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    g_assert_cmphex(head(machine), ==, 32);     /* behind the first wait */
    g_assert_false(machine->host.asked);
    machine_write64(machine, VTDM_REG_IQT, 48);
    machine_write32(machine, VTDM_REG_FSTS, 0);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    g_assert_false(machine->host.asked);
    answer(machine, 0x1234, itag_of(machine, 0), VTDM_DEVICE_TLB_LATER);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    answer(machine, 0x1234, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    g_assert_cmpuint(asked_status(machine), ==, 2);
    g_assert_cmphex(head(machine), ==, 48);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    machine_free(machine);
}

/* The wait's interrupt comes with the answer, too. */
static void test_later_interrupt(void)
{
    Machine *machine = new_late();

    machine_write32(machine, VTDM_REG_IECTL, 0);
    asked_put(machine, 0, vtdm_make_device_tlb_invalidate(7, 0, false));
    asked_put(machine, 1, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
    machine_write64(machine, VTDM_REG_IQT, 32);
    g_assert_cmpuint(machine->host.messages->len, ==, 0);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_ICS), ==, 0);
    answer(machine, 7, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_ICS), ==,
                    VTDM_ICS_IWC);
    machine_free(machine);
}

/* At the end of the queue, nothing waits for the device. */
static void test_later_alone(void)
{
    Machine *machine = new_late();

    machine_submit(machine, vtdm_make_device_tlb_invalidate(1, 0, false));
    g_assert_cmphex(head(machine), ==, 16);
    machine_submit(machine, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0,
                                                       0, false));
    g_assert_cmphex(head(machine), ==, 32);
    g_assert_false(machine->host.asked);
    answer(machine, 1, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    machine_free(machine);
}

static void fill(Machine *machine, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        asked_put(machine, i, vtdm_make_device_tlb_invalidate(i, 0, false));
    }
    machine_write64(machine, VTDM_REG_IQT, 16 * count);
}

/* Spec: "Handling of Device-TLB Invalidations": none free: it is deferred */
static void test_itags(void)
{
    Machine *machine = new_late();
    uint64_t seen = 0;

    fill(machine, VTDM_ITAGS + 3);
    g_assert_cmpuint(sent(machine), ==, VTDM_ITAGS);
    g_assert_cmphex(head(machine), ==, 16 * VTDM_ITAGS);
    g_assert_false(machine->host.asked);
    for (unsigned i = 0; i < VTDM_ITAGS; i++) {
        seen |= 1ULL << itag_of(machine, i);
    }
    g_assert_cmphex(seen, ==, UINT32_MAX);
    machine_write64(machine, VTDM_REG_IQT, 16 * (VTDM_ITAGS + 3));
    g_assert_cmpuint(sent(machine), ==, VTDM_ITAGS);
    for (unsigned i = 0; i < 3; i++) {
        unsigned itag = itag_of(machine, 5 + i);

        answer(machine, 5 + i, itag, VTDM_DEVICE_TLB_DONE);
        g_assert_cmpuint(sent(machine), ==, VTDM_ITAGS + i + 1);
        g_assert_cmpuint(itag_of(machine, VTDM_ITAGS + i), ==, itag);
    }
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    machine_free(machine);
}

/* People see whom the queue waits for, the oldest first. */
static void test_unanswered(void)
{
    Machine *machine = new_late();
    VTDMUnanswered unanswered[VTDM_ITAGS];

    g_assert_cmpuint(vtdm_unit_unanswered(machine->unit, unanswered), ==, 0);
    fill(machine, VTDM_ITAGS + 1);
    answer(machine, 0, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    g_assert_cmpuint(vtdm_unit_unanswered(machine->unit, unanswered), ==,
                     VTDM_ITAGS);
    for (unsigned i = 0; i < VTDM_ITAGS; i++) {
        g_assert_cmphex(unanswered[i].source_id, ==, i + 1);
        g_assert_cmpuint(unanswered[i].itag, ==, itag_of(machine, i + 1));
    }
    machine_free(machine);
}

/* PASID-based ones share the ITags. */
static void test_itags_with_pasid(void)
{
    VTDMConfig config;
    Machine *machine;

    machine_scalable_config(&config);
    machine = machine_new_scalable(&config);
    machine->host.answer = VTDM_DEVICE_TLB_LATER;
    machine_enable_wide_queue(machine);
    for (unsigned i = 0; i < VTDM_ITAGS / 2; i++) {
        machine_submit_wide(machine, vtdm_make_device_tlb_invalidate(
            1, 0, false));
        machine_submit_wide(machine, vtdm_make_pasid_device_tlb_invalidate(
            1, 5, 0, false));
    }
    g_assert_cmpuint(sent(machine), ==, VTDM_ITAGS);
    machine_submit_wide(machine, vtdm_make_pasid_device_tlb_invalidate(
        1, 5, 0, false));
    g_assert_cmpuint(sent(machine), ==, VTDM_ITAGS);
    answer(machine, 1, 0, VTDM_DEVICE_TLB_DONE);
    g_assert_cmpuint(sent(machine), ==, VTDM_ITAGS + 1);
    g_assert_cmpuint(itag_of(machine, VTDM_ITAGS), ==, 0);
    machine_free(machine);
}

/* What needs no ITag does not wait for one. */
static void test_itags_only(void)
{
    Machine *machine = new_late();

    fill(machine, VTDM_ITAGS);
    machine_submit(machine, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0,
                                                       0, false));
    g_assert_cmphex(head(machine), ==, 16 * (VTDM_ITAGS + 1));
    machine_free(machine);
}

/* Who answers what, and whether that is an error; 0x1234 was asked. */
static void test_sources(void)
{
    static const struct {
        uint16_t source_id;
        unsigned other;         /* added to the ITag */
        bool good;
    } cases[] = {
        { 0x1234, 0, true }, { 0x1235, 0, false }, { 0x1234, 1, false },
        { 0x1234, 31, false }, { 0x1234, 32, false },
        { 0x1234, UINT32_MAX, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_late();
        uint16_t sid = cases[i].source_id;

        machine_write32(machine, VTDM_REG_FECTL, 0);
        asked_submit(machine, 0x1234);
        answer(machine, sid, itag_of(machine, 0) + cases[i].other,
               VTDM_DEVICE_TLB_DONE);
        g_assert_cmphex(asked_fsts(machine), ==, cases[i].good ? 0
                                                               : VTDM_FSTS_ICE);
        g_assert_cmpuint(asked_status(machine), ==, cases[i].good ? 2 : 0);
        g_assert_cmpuint(machine->host.messages->len, ==, !cases[i].good);
        if (!cases[i].good) {
            g_assert_cmphex(asked_source(machine, VTDM_IQERCD_ICESID), ==,
                            sid);
            answer(machine, 0x1234, itag_of(machine, 0),
                   VTDM_DEVICE_TLB_DONE);
            g_assert_cmpuint(asked_status(machine), ==, 2);
        }
        answer(machine, 0x1234, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
        /* once more */
        g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ICE);
        machine_free(machine);
    }
}

/* Spec: "Handling of Device-TLB Invalidations": ITag vector, count */
static void test_vector(void)
{
    static const struct {
        uint32_t itags;         /* of the two in use, 0 and 1 */
        unsigned count;
        unsigned messages;
        bool done, error;
    } cases[] = {
        { 0x3, 1, 1, true, false },
        { 0x1, 1, 1, false, false },
        { 0x7, 1, 1, true, true },          /* the valid ones count */
        { 0x80000003, 1, 1, true, true },
        { 0, 1, 1, false, true },
        { 0x3, 2, 1, false, false },
        { 0x3, 2, 2, true, false },
        { 0x3, 0, 7, false, false },        /* 0 is 8 */
        { 0x3, 0, 8, true, false },
        { 0x3, 7, 7, true, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_late();

        asked_put(machine, 0, vtdm_make_device_tlb_invalidate(9, 0, false));
        asked_put(machine, 1, vtdm_make_device_tlb_invalidate(9, 0x1000,
                                                              false));
        asked_put(machine, 2, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 1));
        machine_write64(machine, VTDM_REG_IQT, 48);
        for (unsigned n = 0; n < cases[i].messages; n++) {
            complete(machine, 9, cases[i].itags, cases[i].count);
        }
        g_assert_cmpuint(asked_status(machine), ==, cases[i].done);
        g_assert_cmphex(asked_fsts(machine), ==, cases[i].error ? VTDM_FSTS_ICE
                                                                : 0);
        machine_free(machine);
    }
}

/* The count of each message is what the messages so far are held against. */
static void test_counts_differ(void)
{
    Machine *machine = new_late();

    asked_submit(machine, 9);
    complete(machine, 9, 1, 3);
    complete(machine, 9, 1, 1);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    complete(machine, 9, 1, 3);
    g_assert_cmpuint(asked_status(machine), ==, 2);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    machine_free(machine);
}

/*
 * Spec: "Hardware Handling of Queued Invalidation Interface Errors": the ITag
 * is free, the wait aborted, and nothing fetched until ITE is cleared
 */
static void test_expire(void)
{
    Machine *machine = new_late();

    machine_write32(machine, VTDM_REG_FECTL, 0);
    asked_submit(machine, 0x1234);
    g_assert_true(expire(machine));
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    g_assert_false(expire(machine));
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    g_assert_cmphex(asked_source(machine, VTDM_IQERCD_ITESID), ==, 0x1234);
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    g_assert_cmphex(head(machine), ==, 32);
    machine_write64(machine, VTDM_REG_IQT, 48);
    g_assert_cmphex(head(machine), ==, 32);
    g_assert_false(expire(machine));
    vtdm_tables_set(&machine->tables, MACHINE_STATUS, 7);
    asked_put(machine, 2, vtdm_make_iotlb_invalidate(VTDM_G_GLOBAL, 0, 0, 0,
                                                     false));
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_ITE);
    g_assert_cmphex(head(machine), ==, 48);
    g_assert_cmpuint(asked_status(machine), ==, 7);   /* the wait is gone */
    answer(machine, 0x1234, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ICE);  /* too late */
    g_assert_cmpuint(asked_status(machine), ==, 7);
    machine_free(machine);
}

/* Each has its own time; the one asked first is told of. */
static void test_expire_each(void)
{
    Machine *machine = new_late();

    fill(machine, 2);
    expire(machine);
    asked_put(machine, 2, vtdm_make_device_tlb_invalidate(2, 0, false));
    asked_put(machine, 3, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 1));
    machine_write64(machine, VTDM_REG_IQT, 64);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    g_assert_true(expire(machine));
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    g_assert_cmphex(asked_source(machine, VTDM_IQERCD_ITESID), ==, 0);
    answer(machine, 2, itag_of(machine, 2), VTDM_DEVICE_TLB_DONE);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);  /* it is taken */
    g_assert_false(expire(machine));
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_ITE);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    machine_free(machine);
}

static void now_silent(void *opaque)
{
    Machine *machine = opaque;

    if (sent(machine) > 1) {
        machine->host.answer = VTDM_DEVICE_TLB_TIMEOUT;
    }
}

/* Behind one that has time left, one that never answers is found. */
static void test_silent_behind_late(void)
{
    Machine *machine = new_late();

    machine->host.answers = now_silent;
    machine->host.answers_opaque = machine;
    fill(machine, 2);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    g_assert_cmphex(asked_source(machine, VTDM_IQERCD_ITESID), ==, 1);
    g_assert_true(expire(machine));
    machine_free(machine);
}

/* One that is still out holds up the waits after the next start. */
static void test_expire_one(void)
{
    Machine *machine = new_late();

    fill(machine, 2);
    asked_put(machine, 2, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 1));
    asked_put(machine, 3, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 2));
    machine_write64(machine, VTDM_REG_IQT, 64);
    answer(machine, 0, itag_of(machine, 0), VTDM_DEVICE_TLB_TIMEOUT);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    answer(machine, 0, itag_of(machine, 0), VTDM_DEVICE_TLB_TIMEOUT);
    answer(machine, 5, itag_of(machine, 1), VTDM_DEVICE_TLB_TIMEOUT);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_ITE);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    g_assert_cmphex(head(machine), ==, 64);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    answer(machine, 1, itag_of(machine, 1), VTDM_DEVICE_TLB_DONE);
    g_assert_cmpuint(asked_status(machine), ==, 2);
    machine_free(machine);
}

/* All ITags with devices that never answer: the queue is not stuck. */
static void test_itags_silent(void)
{
    Machine *machine = new_late();

    machine->host.answer = VTDM_DEVICE_TLB_TIMEOUT;
    fill(machine, VTDM_ITAGS + 1);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    g_assert_cmphex(head(machine), ==, 16 * VTDM_ITAGS);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_ITE);
    g_assert_cmpuint(sent(machine), ==, VTDM_ITAGS + 1);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    machine_free(machine);
}

/* Spec: "Handling of ATS Protocol Errors": with TES=0 a completion is UR */
static void test_answer_without_translation(void)
{
    Machine *machine = new_late();

    asked_submit(machine, 1);
    machine_command(machine, 0, VTDM_GCMD_TE);
    answer(machine, 1, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    answer(machine, 2, 0, VTDM_DEVICE_TLB_BAD_COMPLETION);
    complete(machine, 1, UINT32_MAX, 1);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    expire(machine);
    expire(machine);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ITE);
    machine_free(machine);
}

/* A reset forgets what is out; what comes after it was not asked for. */
static void test_reset_forgets(void)
{
    Machine *machine = new_late();

    asked_submit(machine, 1);
    vtdm_unit_reset(machine->unit, true);
    finish(machine);
    answer(machine, 1, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    g_assert_false(expire(machine));
    machine_enable_queue(machine);
    machine_enable_dma(machine);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 5));
    g_assert_cmpuint(asked_status(machine), ==, 5);
    answer(machine, 1, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    g_assert_cmphex(asked_fsts(machine), ==, VTDM_FSTS_ICE);
    machine_free(machine);
}

/* A queue that is switched off takes its wait along, not the ITags. */
static void test_queue_off(void)
{
    Machine *machine = new_late();

    asked_submit(machine, 1);
    machine_command(machine, 0, VTDM_GCMD_QIE);
    answer(machine, 1, itag_of(machine, 0), VTDM_DEVICE_TLB_DONE);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    g_assert_cmphex(asked_fsts(machine), ==, 0);
    machine_free(machine);
}

typedef struct Prompt {
    Machine *machine;
    VTDMDeviceTlbAnswer answer;
} Prompt;

static void answer_inside(void *opaque)
{
    Prompt *prompt = opaque;
    Machine *machine = prompt->machine;

    vtdm_unit_device_tlb_answer(machine->unit, 1,
                                itag_of(machine, sent(machine) - 1),
                                prompt->answer);
}

/* A device may answer before it returns from being asked. */
static void test_answer_inside(gconstpointer opaque)
{
    Machine *machine = new_late();
    Prompt prompt = { machine, GPOINTER_TO_UINT(opaque) };
    bool bad = prompt.answer == VTDM_DEVICE_TLB_BAD_COMPLETION;

    machine->host.answers = answer_inside;
    machine->host.answers_opaque = &prompt;
    asked_submit(machine, 1);
    g_assert_cmpuint(asked_status(machine), ==, 2);
    g_assert_cmphex(asked_fsts(machine), ==, bad ? VTDM_FSTS_ICE : 0);
    g_assert_false(expire(machine));
    machine_free(machine);
}

/* A host that cannot be asked for a call: done before the call returns. */
static void test_without_calls(void)
{
    VTDMHostOps ops = fake_host_ops;
    Machine *machine = new_late();

    ops.ask_for_call = NULL;
    vtdm_unit_free(machine->unit);
    machine->unit = vtdm_unit_new(&machine->config, &ops, &machine->host);
    machine_enable_queue(machine);
    machine_enable_dma(machine);
    asked_submit(machine, 1);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    vtdm_unit_device_tlb_answer(machine->unit, 1, itag_of(machine, 0),
                                VTDM_DEVICE_TLB_DONE);
    g_assert_cmpuint(asked_status(machine), ==, 2);
    machine_free(machine);
}

/* Where it can, the answer itself does no more than ask. */
static void test_answer_asks(void)
{
    Machine *machine = new_late();

    asked_submit(machine, 1);
    vtdm_unit_device_tlb_answer(machine->unit, 1, itag_of(machine, 0),
                                VTDM_DEVICE_TLB_DONE);
    g_assert_cmpuint(asked_status(machine), ==, 0);
    g_assert_true(machine->host.asked);
    finish(machine);
    g_assert_cmpuint(asked_status(machine), ==, 2);
    machine_free(machine);
}

static void add_tests(void)
{
    static const struct {
        const char *name;
        GTestFunc run;
    } tests[] = {
        { "later", test_later },
        { "later-interrupt", test_later_interrupt },
        { "later-alone", test_later_alone },
        { "itags", test_itags },
        { "itags-only", test_itags_only },
        { "unanswered", test_unanswered },
        { "itags-with-pasid", test_itags_with_pasid },
        { "itags-silent", test_itags_silent },
        { "sources", test_sources },
        { "vector", test_vector },
        { "expire", test_expire },
        { "expire-each", test_expire_each },
        { "expire-one", test_expire_one },
        { "silent-behind-late", test_silent_behind_late },
        { "counts-differ", test_counts_differ },
        { "answer-without-translation", test_answer_without_translation },
        { "reset-forgets", test_reset_forgets },
        { "queue-off", test_queue_off },
        { "without-calls", test_without_calls },
        { "answer-asks", test_answer_asks },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        char *path = g_strdup_printf("/vtdm/device-tlb/%s", tests[i].name);

        g_test_add_func(path, tests[i].run);
        g_free(path);
    }
    g_test_add_data_func("/vtdm/device-tlb/done-inside",
                         GUINT_TO_POINTER(VTDM_DEVICE_TLB_DONE),
                         test_answer_inside);
    g_test_add_data_func("/vtdm/device-tlb/bad-completion-inside",
                         GUINT_TO_POINTER(VTDM_DEVICE_TLB_BAD_COMPLETION),
                         test_answer_inside);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_tests();
    return g_test_run();
}
