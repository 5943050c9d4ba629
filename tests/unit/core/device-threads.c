/*
 * Devices in threads of their own: they ask for pages and answer device-TLB
 * invalidations, while software waits for both.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <unistd.h>

#include "shared-memory.h"

#define QUEUE       0x180000
#define QUEUE_SIZE  VTDM_PAGE_SIZE
#define ROUNDS      400
#define DEVICES     2
#define NOISE       DEVICES             /* one that only asks for pages */
#define TOTAL       (DEVICES + 1)

typedef struct Device {
    struct Machines *all;
    uint16_t source_id;
    int invalidations[2];       /* a pipe of ITags, plus 1; 0xffff: the end */
    uint64_t posted;            /* page requests that are in the queue */
} Device;

typedef struct Machines {
    Machine *machine;
    Device devices[TOTAL];
    bool asked;
    bool done;
    uint64_t seen[TOTAL];       /* page requests that software has taken */
    uint64_t responses;
} Machines;

static Machines *all_of(void *opaque)
{
    return ((FakeHost *)opaque)->changed_opaque;
}

static void no_message(void *opaque, uint64_t address, uint32_t data)
{
}

static void ask(void *opaque)
{
    __atomic_store_n(&all_of(opaque)->asked, true, __ATOMIC_SEQ_CST);
}

/* The thread sanitizer sees what a pipe orders, not what glib's queues do. */
static void tell_device(Device *device, unsigned itag)
{
    g_assert_cmpint(write(device->invalidations[1], &itag, sizeof(itag)), ==,
                    sizeof(itag));
}

static unsigned hear(Device *device)
{
    unsigned itag;

    g_assert_cmpint(read(device->invalidations[0], &itag, sizeof(itag)), ==,
                    sizeof(itag));
    return itag;
}

/* The device hears of it in its own thread. */
static VTDMDeviceTlbAnswer invalidate(void *opaque,
                                      const VTDMInvalidation *what)
{
    Machines *all = all_of(opaque);
    Device *device = &all->devices[what->source_id & 0xff];

    tell_device(device, what->itag + 1);
    return VTDM_DEVICE_TLB_LATER;
}

static void respond(void *opaque, const VTDMPageResponse *response)
{
    __atomic_fetch_add(&all_of(opaque)->responses, 1, __ATOMIC_SEQ_CST);
}

static const VTDMHostOps ops = {
    .read_memory = shared_read,
    .write_memory = shared_write,
    .send_message = no_message,
    .ask_for_call = ask,
    .invalidate_device_tlb = invalidate,
    .page_response = respond,
};

static bool is_done(Machines *all)
{
    return __atomic_load_n(&all->done, __ATOMIC_SEQ_CST);
}

static void *run_work(void *opaque)
{
    Machines *all = opaque;

    while (!is_done(all)) {
        if (__atomic_exchange_n(&all->asked, false, __ATOMIC_SEQ_CST)) {
            vtdm_unit_work(all->machine->unit);
        } else {
            g_usleep(10);
        }
    }
    return NULL;
}

/* Asks for the next page until the queue has taken it, or all is over. */
static void post(Device *device)
{
    VTDMPageRequest request = {
        .address = (device->posted + 1) << VTDM_PAGE_BITS,
        .pasid = MACHINE_PASID,
        .source_id = device->source_id,
        .read = true,
        .last = true,
    };
    VTDMPageResponse response;

    while (vtdm_unit_page_request(device->all->machine->unit, &request,
                                  &response)) {
        g_assert_cmpuint(response.code, ==, VTDM_PAGE_SUCCESS);
        if (is_done(device->all)) {
            return;
        }
        g_usleep(10);
    }
    shared_set(&device->posted, device->posted + 1);
}

/* Page requests come before the completion that follows them. */
static void *run_device(void *opaque)
{
    Device *device = opaque;

    for (;;) {
        unsigned itag = hear(device);

        if (itag == 0xffff) {
            return NULL;
        }
        for (unsigned i = 0; i < itag % 3; i++) {
            post(device);
        }
        vtdm_unit_device_tlb_answer(device->all->machine->unit,
                                    device->source_id, itag - 1,
                                    VTDM_DEVICE_TLB_DONE);
    }
}

static void *run_noise(void *opaque)
{
    Device *device = opaque;

    while (!is_done(device->all)) {
        post(device);
        g_usleep(10);
    }
    return NULL;
}

/* Takes what is in the page request queue: each device's in its order. */
static void take_pages(Machines *all)
{
    Machine *machine = all->machine;
    uint64_t head = machine_read64(machine, VTDM_REG_PQH);
    uint64_t tail = machine_read64(machine, VTDM_REG_PQT);

    for (; head != tail; head = (head + 32) % QUEUE_SIZE) {
        uint64_t lo = shared_get(shared_word(&machine->host, QUEUE + head));
        uint64_t hi = shared_get(shared_word(&machine->host, QUEUE + head + 8));
        unsigned device = vtdm_get(lo, VTDM_PRQ_RID) & 0xff;

        g_assert_cmpuint(device, <, TOTAL);
        g_assert_cmpuint(hi >> VTDM_PAGE_BITS, ==, ++all->seen[device]);
    }
    vtdm_unit_write(machine->unit, VTDM_REG_PQH, 8, head);
    vtdm_unit_write(machine->unit, VTDM_REG_PRS, 4,
                    VTDM_PRS_PRO | VTDM_PRS_PPR);
}

static void put(Machines *all, uint64_t *tail, VTDMEntry128 lower)
{
    FakeHost *host = &all->machine->host;
    uint64_t words[4] = { lower.lo, lower.hi };

    for (unsigned i = 0; i < 4; i++) {
        shared_set(shared_word(host, MACHINE_QUEUE + *tail + 8 * i), words[i]);
    }
    *tail = (*tail + 32) % VTDM_PAGE_SIZE;
}

/* One drain: a response, an invalidation for each device, a wait with PD */
static void drain(Machines *all, uint32_t number)
{
    Machine *machine = all->machine;
    uint64_t tail = machine_read64(machine, VTDM_REG_IQT);

    put(all, &tail, vtdm_make_page_response(0x300, MACHINE_PASID, 1, 0));
    for (unsigned i = 0; i < DEVICES; i++) {
        put(all, &tail, vtdm_make_device_tlb_invalidate(0x300 + i, 0, false));
    }
    put(all, &tail, vtdm_make_wait(VTDM_WAIT_SW | VTDM_WAIT_PD,
                                   MACHINE_STATUS, number));
    vtdm_unit_write(machine->unit, VTDM_REG_IQT, 8, tail);
    while (shared_get(shared_word(&machine->host, MACHINE_STATUS)) != number) {
        take_pages(all);
        g_usleep(10);
    }
    take_pages(all);
    for (unsigned i = 0; i < DEVICES; i++) {
        g_assert_cmpuint(all->seen[i], ==, shared_get(&all->devices[i].posted));
    }
    g_assert_cmpuint(shared_get(&all->responses), ==, number);
}

static void start_machine(Machines *all)
{
    VTDMConfig config;
    Machine *machine;

    machine_scalable_config(&config);
    config.pds = true;
    machine = all->machine = machine_new_scalable(&config);
    machine->host.changed_opaque = all;
    for (unsigned i = 0; i < TOTAL; i++) {
        Device *device = &all->devices[i];

        *device = (Device) {
            .all = all, .source_id = 0x300 + i,
        };
        g_assert_cmpint(pipe(device->invalidations), ==, 0);
        vtdm_tables_scalable_context(
            &machine->tables, MACHINE_ROOT, device->source_id,
            vtdm_make_scalable_context(VTDM_SCTX_DTE | VTDM_SCTX_PRE |
                                       VTDM_SCTX_PASIDE, 3,
                                       machine->directory, 0));
    }
    vtdm_unit_free(machine->unit);
    machine->unit = vtdm_unit_new(&config, &ops, &machine->host);
}

static void enable(Machines *all)
{
    machine_enable_scalable(all->machine);
    while (!(machine_read32(all->machine, VTDM_REG_GSTS) &
             VTDM_GSTS_TES)) {
        vtdm_unit_work(all->machine->unit);
    }
    machine_enable_wide_queue(all->machine);
    vtdm_unit_work(all->machine->unit);
    machine_write64(all->machine, VTDM_REG_PQA, QUEUE);
}

/* Spec: "Software Steps to Drain Page Requests & Responses" */
static void test_drain(void)
{
    Machines *all = g_new0(Machines, 1);
    GThread *threads[TOTAL], *worker;

    start_machine(all);
    enable(all);
    worker = g_thread_new("work", run_work, all);
    for (unsigned i = 0; i < TOTAL; i++) {
        threads[i] = g_thread_new("device", i == NOISE ? run_noise
                                                       : run_device,
                                  &all->devices[i]);
    }
    for (uint32_t i = 1; i <= ROUNDS; i++) {
        drain(all, i);
    }
    g_assert_cmphex(machine_read32(all->machine, VTDM_REG_FSTS), ==, 0);
    g_assert_cmpuint(all->seen[0], >, 0);
    __atomic_store_n(&all->done, true, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < TOTAL; i++) {
        tell_device(&all->devices[i], 0xffff);
        g_thread_join(threads[i]);
        close(all->devices[i].invalidations[0]);
        close(all->devices[i].invalidations[1]);
    }
    g_thread_join(worker);
    machine_free(all->machine);
    g_free(all);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/device-threads/drain", test_drain);
    return g_test_run();
}
