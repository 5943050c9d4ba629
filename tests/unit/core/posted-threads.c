/*
 * Devices that post, and a CPU that takes what they post, at the same time: no
 * notification is lost, and no interrupt comes before the DMA ahead of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

#define PID             0x300000
#define CONTROL         (PID + 32)
#define DEVICES         2
#define VECTORS         6       /* of each device, in all words of PIR */
#define ROUNDS          400
#define BURST           4       /* interrupts of a device and a round */

typedef struct Post {
    Machine *machine;
    pthread_barrier_t barrier;  /* a round begins */
    unsigned sending;           /* devices that have not sent all of it */
    bool notified;              /* a notification waits at the CPU */
    uint64_t sent[DEVICES * VECTORS];   /* what DMA has written... */
    uint64_t seen[DEVICES * VECTORS];   /* ... and what the CPU has read */
    uint64_t notifications;
    uint64_t suppressed;
} Post;

typedef struct Device {
    Post *post;
    unsigned number;
} Device;

static uint64_t *ram_word(FakeHost *host, uint64_t address)
{
    return (uint64_t *)(host->ram + address);
}

static bool shared_read(void *opaque, uint64_t address, void *buf, size_t len)
{
    for (size_t i = 0; i < len / 8; i++) {
        ((uint64_t *)buf)[i] = __atomic_load_n(
            ram_word(opaque, address + 8 * i), __ATOMIC_RELAXED);
    }
    return true;
}

static bool shared_write(void *opaque, uint64_t address, const void *buf,
                         size_t len)
{
    return false;
}

/* Now and then the CPU goes on between two steps of the unit. */
static bool shared_exchange(void *opaque, uint64_t address,
                            uint64_t *expected, uint64_t wanted)
{
    static unsigned calls;

    if (__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED) % 5 < 2) {
        g_usleep(20);
    }
    __atomic_compare_exchange_n(ram_word(opaque, address), expected, wanted,
                                false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return true;
}

static void no_message(void *opaque, uint64_t address, uint32_t data)
{
}

static const VTDMHostOps shared_ops = {
    .read_memory = shared_read,
    .write_memory = shared_write,
    .exchange_memory = shared_exchange,
    .send_message = no_message,
};

static uint8_t vector_of(unsigned source)
{
    return 0x10 + 0x15 * source;
}

static unsigned source_of(unsigned vector)
{
    return (vector - 0x10) / 0x15;
}

/* ---- the devices ---- */

static void send(Post *post, unsigned source)
{
    VTDMInterrupt interrupt;

    __atomic_fetch_add(&post->sent[source], 1, __ATOMIC_RELAXED);
    interrupt = machine_interrupt(post->machine, 0,
                                  vtdm_make_msi_address(source, false), 0);
    g_assert_true(interrupt.posted);
    if (!interrupt.silent) {
        g_assert_cmphex(interrupt.data & 0xff, ==, 0xf2);
        __atomic_store_n(&post->notified, true, __ATOMIC_SEQ_CST);
    }
}

static void *run_device(void *opaque)
{
    Device *device = opaque;
    Post *post = device->post;
    GRand *rand = g_rand_new_with_seed(device->number);

    for (unsigned round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&post->barrier);
        for (unsigned i = 0; i < BURST; i++) {
            send(post, device->number * VECTORS +
                       g_rand_int_range(rand, 0, VECTORS));
        }
        __atomic_fetch_sub(&post->sending, 1, __ATOMIC_SEQ_CST);
    }
    g_rand_free(rand);
    return NULL;
}

/* ---- the CPU, as software is to do it ---- */

static bool take_requests(Post *post)
{
    bool any = false;

    for (unsigned n = 0; n < 4; n++) {
        uint64_t bits = __atomic_exchange_n(
            ram_word(&post->machine->host, PID + 8 * n), 0, __ATOMIC_SEQ_CST);

        for (; bits; bits &= bits - 1) {
            unsigned source = source_of(64 * n + __builtin_ctzll(bits));

            post->seen[source] = __atomic_load_n(&post->sent[source],
                                                 __ATOMIC_RELAXED);
            any = true;
        }
    }
    return any;
}

static void handle(Post *post, bool early)
{
    if (early) {
        take_requests(post);
    }
    __atomic_fetch_and(ram_word(&post->machine->host, CONTROL),
                       ~VTDM_PID_4_ON, __ATOMIC_SEQ_CST);
    take_requests(post);
    post->notifications++;
}

/* What is posted meanwhile is looked for by who suppressed its notification. */
static void suppress(Post *post)
{
    uint64_t *control = ram_word(&post->machine->host, CONTROL);

    __atomic_fetch_or(control, VTDM_PID_4_SN, __ATOMIC_SEQ_CST);
    g_thread_yield();
    __atomic_fetch_and(control, ~VTDM_PID_4_SN, __ATOMIC_SEQ_CST);
    post->suppressed += take_requests(post);
}

/* One round: until the devices have sent all, and nothing waits. */
static void run_round(Post *post, GRand *rand)
{
    bool over, suppresses = g_rand_int_range(rand, 0, 3) == 0;

    __atomic_store_n(&post->sending, DEVICES, __ATOMIC_SEQ_CST);
    pthread_barrier_wait(&post->barrier);
    do {
        over = !__atomic_load_n(&post->sending, __ATOMIC_SEQ_CST);
        if (__atomic_exchange_n(&post->notified, false, __ATOMIC_SEQ_CST)) {
            handle(post, g_rand_boolean(rand));
        } else if (suppresses && !over) {
            suppress(post);
        }
    } while (!over);
    for (unsigned i = 0; i < DEVICES * VECTORS; i++) {
        g_assert_cmpuint(post->seen[i], ==, __atomic_load_n(
            &post->sent[i], __ATOMIC_RELAXED));
    }
}

static Post *post_new(void)
{
    Post *post = g_new0(Post, 1);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.pi = config.eim = true;
    machine = post->machine = machine_new(&config);
    vtdm_unit_free(machine->unit);
    machine->unit = vtdm_unit_new(&config, &shared_ops, &machine->host);
    machine_enable_interrupts(machine, 7, true);
    vtdm_tables_set512(&machine->tables, PID,
                       vtdm_make_posted_descriptor(0xf2, 1, true));
    for (unsigned i = 0; i < DEVICES * VECTORS; i++) {
        VTDMEntry128 irte = vtdm_make_posted_irte(vector_of(i), PID);

        irte.lo |= i % 3 ? 0 : VTDM_IRTE_URG;
        vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * i, irte);
    }
    pthread_barrier_init(&post->barrier, NULL, DEVICES + 1);
    return post;
}

static void post_free(Post *post)
{
    pthread_barrier_destroy(&post->barrier);
    machine_free(post->machine);
    g_free(post);
}

/* Spec: "Ordering Requirements for Interrupt Posting" */
static void test_nothing_lost(void)
{
    Post *post = post_new();
    Device devices[DEVICES];
    GThread *threads[DEVICES];
    GRand *rand = g_rand_new_with_seed(g_test_rand_int());

    for (unsigned i = 0; i < DEVICES; i++) {
        devices[i] = (Device) { post, i };
        threads[i] = g_thread_new("device", run_device, &devices[i]);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        run_round(post, rand);
    }
    for (unsigned i = 0; i < DEVICES; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpuint(post->notifications, >, 0);
    g_test_message("%" G_GUINT64_FORMAT " notifications, %" G_GUINT64_FORMAT
                   " times something while they were suppressed",
                   post->notifications, post->suppressed);
    g_rand_free(rand);
    post_free(post);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/posted-threads/nothing-lost", test_nothing_lost);
    return g_test_run();
}
