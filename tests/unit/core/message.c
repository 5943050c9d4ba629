/*
 * The unit's own messages: raised, masked, pending, withdrawn.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "counters.h"

/* One of the four sources, and how a test makes and clears its cause. */
typedef struct Source {
    uint32_t control;
    uint32_t status;
    void (*raise)(Machine *machine);
    void (*clear)(Machine *machine);
} Source;

static void raise_fault(Machine *machine)
{
    machine_dma(machine, MACHINE_IOVA + 0x1000, VTDM_READ);
}

static void clear_fault(Machine *machine)
{
    for (unsigned i = 0; i < machine->config.fault_records; i++) {
        machine_write64(machine, 0x608 + 16 * i, VTDM_FRCD_HI_F);
    }
}

static void raise_completion(Machine *machine)
{
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
}

static void clear_completion(Machine *machine)
{
    machine_write32(machine, VTDM_REG_ICS, VTDM_ICS_IWC);
}

static void raise_page_request(Machine *machine)
{
    VTDMPageRequest request = {
        .pasid = MACHINE_PASID, .source_id = MACHINE_SID,
    };
    VTDMPageResponse response;

    vtdm_unit_page_request(machine->unit, &request, &response);
}

static void clear_page_request(Machine *machine)
{
    machine_write32(machine, VTDM_REG_PRS, VTDM_PRS_PPR);
}

static void raise_overflow(Machine *machine)
{
    counter_set(machine, 0, COUNTER_MAX);
    machine_dma(machine, MACHINE_IOVA, VTDM_READ);
}

static void clear_overflow(Machine *machine)
{
    machine_write32(machine, VTDM_REG_PERFINTRSTS, VTDM_PERFINTRSTS_PIS);
}

static const Source fault = {
    VTDM_REG_FECTL, VTDM_REG_FSTS, raise_fault, clear_fault,
};
static const Source completion = {
    VTDM_REG_IECTL, VTDM_REG_ICS, raise_completion, clear_completion,
};
static const Source page_request = {
    VTDM_REG_PECTL, VTDM_REG_PRS, raise_page_request, clear_page_request,
};

static const Source overflow = {
    VTDM_REG_PERFINTRCTL, VTDM_REG_PERFINTRSTS, raise_overflow,
    clear_overflow,
};

static Machine *new_counting(bool eim)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    counters_config(&config);
    config.eim = eim;
    machine = machine_new_mapped(&config);
    counter_start(machine, 0, counter_selects(VTDM_COUNT_IOMMU_REQUESTS,
                                              VTDM_PERFCNTRCFG_IO));
    return machine;
}

static Machine *new_scalable(bool eim)
{
    VTDMConfig config;
    Machine *machine;

    machine_scalable_config(&config);
    config.eim = eim;
    machine = machine_new_scalable(&config);
    machine_write64(machine, VTDM_REG_PQA, MACHINE_QUEUE);
    return machine;
}

static Machine *new_legacy(bool eim)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.eim = eim;
    machine = machine_new_mapped(&config);
    machine_enable_queue(machine);
    return machine;
}

static Machine *new_machine(const Source *source, bool eim)
{
    Machine *machine = source == &page_request ? new_scalable(eim) :
                       source == &overflow ? new_counting(eim)
                                           : new_legacy(eim);

    machine_write32(machine, source->control + 4, 0xabcdff34);
    machine_write32(machine, source->control + 8, 0xfee01007);
    machine_write32(machine, source->control + 12, 0x00000100);
    return machine;
}

static void expect_sent(Machine *machine, unsigned count)
{
    g_assert_cmpuint(machine->host.messages->len, ==, count);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_MESSAGE),
                     ==, count);
}

/*
 * Spec: "Non-Recoverable Fault Event": IM = 0 sends at once; the message
 * has a vector and one bit of delivery mode
 */
static void test_send(gconstpointer opaque)
{
    const Source *source = opaque;
    Machine *machine = new_machine(source, true);
    FakeMessage *message;
    const VTDMEvent *event;

    machine_write32(machine, source->control, 0);
    expect_sent(machine, 0);
    source->raise(machine);
    expect_sent(machine, 1);
    message = &g_array_index(machine->host.messages, FakeMessage, 0);
    g_assert_cmphex(message->address, ==, 0x100fee01004ULL);
    g_assert_cmphex(message->data, ==, 0x134);
    event = fake_host_event(&machine->host, VTDM_EVENT_MESSAGE);
    g_assert_cmphex(event->interrupt.address, ==, message->address);
    g_assert_cmphex(event->interrupt.data, ==, message->data);
    g_assert_cmphex(machine_read32(machine, source->control), ==, 0);
    source->raise(machine);             /* the cause is still there */
    expect_sent(machine, 1);
    source->clear(machine);
    source->raise(machine);
    expect_sent(machine, 2);
    machine_free(machine);
}

/* Spec: "Fault Event Upper Address Register": reserved without EIM */
static void test_short_address(gconstpointer opaque)
{
    const Source *source = opaque;
    Machine *machine = new_machine(source, false);

    machine_write32(machine, source->control, 0);
    source->raise(machine);
    g_assert_cmphex(g_array_index(machine->host.messages, FakeMessage, 0)
                        .address, ==, 0xfee01004);
    machine_free(machine);
}

/* Spec: "Fault Event Control Register": unmasking sends what is pending */
static void test_pending(gconstpointer opaque)
{
    const Source *source = opaque;
    Machine *machine = new_machine(source, true);

    source->raise(machine);
    g_assert_cmphex(machine_read32(machine, source->control), ==,
                    VTDM_FECTL_IM | VTDM_FECTL_IP);
    expect_sent(machine, 0);
    machine_write32(machine, source->control, VTDM_FECTL_IM);
    expect_sent(machine, 0);
    machine_write32(machine, source->control, 0);
    expect_sent(machine, 1);
    g_assert_cmphex(machine_read32(machine, source->control), ==, 0);
    machine_write32(machine, source->control, VTDM_FECTL_IM);
    machine_write32(machine, source->control, 0);
    expect_sent(machine, 1);
    machine_free(machine);
}

/* Spec: "Fault Event Control Register": serviced, so nothing is sent */
static void test_withdraw(gconstpointer opaque)
{
    const Source *source = opaque;
    Machine *machine = new_machine(source, true);

    source->raise(machine);
    machine_write32(machine, source->status, 0);    /* clears nothing */
    g_assert_cmphex(machine_read32(machine, source->control), ==,
                    VTDM_FECTL_IM | VTDM_FECTL_IP);
    source->clear(machine);
    g_assert_cmphex(machine_read32(machine, source->control), ==,
                    VTDM_FECTL_IM);
    machine_write32(machine, source->control, 0);
    expect_sent(machine, 0);
    machine_free(machine);
}

/* Spec: "Fault Event Control Register": IP cannot be written */
static void test_pending_is_read_only(gconstpointer opaque)
{
    const Source *source = opaque;
    Machine *machine = new_machine(source, true);

    machine_write32(machine, source->control, VTDM_FECTL_IP);
    g_assert_cmphex(machine_read32(machine, source->control), ==, 0);
    expect_sent(machine, 0);
    machine_free(machine);
}

/* Spec: "Interrupt Remapping": the unit's messages are not remapped */
static void test_not_remapped(gconstpointer opaque)
{
    const Source *source = opaque;
    Machine *machine = new_machine(source, true);

    machine_enable_interrupts(machine, 7, true);
    machine_write32(machine, source->control, 0);
    source->raise(machine);
    expect_sent(machine, 1);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_INTERRUPT),
                     ==, 0);
    g_assert_cmphex(g_array_index(machine->host.messages, FakeMessage, 0)
                        .address, ==, 0x100fee01004ULL);
    machine_free(machine);
}

static void add(const char *name, const Source *source, GTestDataFunc run)
{
    char *path = g_strdup_printf("/vtdm/message/%s-%s",
                                 source == &fault ? "fault" :
                                 source == &completion ? "completion" :
                                 source == &overflow ? "overflow"
                                                     : "page-request",
                                 name);

    g_test_add_data_func(path, source, run);
    g_free(path);
}

int main(int argc, char **argv)
{
    static const Source *const sources[] = {
        &fault, &completion, &page_request, &overflow,
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        add("send", sources[i], test_send);
        add("short-address", sources[i], test_short_address);
        add("pending", sources[i], test_pending);
        add("withdraw", sources[i], test_withdraw);
        add("pending-is-read-only", sources[i], test_pending_is_read_only);
        add("not-remapped", sources[i], test_not_remapped);
    }
    return g_test_run();
}
