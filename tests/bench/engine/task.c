/*
 * What a benchmark lets its engines do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/bswap.h"
#include "qemu/rcu.h"
#include "qemu/thread.h"
#include "qemu/timer.h"
#include "task.h"

#define LARGEST 256             /* bytes of one DMA */
#define NEXT    4096            /* a changed leaf leads to the next page */
#define WARM_LENGTH 64          /* of a DMA that is not timed */

typedef struct Run {
    EngineTask *task;
    Engine **engines;
    uint32_t *status;           /* in the guest's memory; NULL: none */
    uint64_t *leaf;             /* likewise; NULL: none is changed */
    unsigned ready;             /* threads that wait for the others */
    unsigned left;              /* threads that have not done all DMAs */
} Run;

typedef struct Worker {
    Run *run;
    QemuThread thread;
    unsigned number;
    uint64_t random;
    uint64_t tail;
    int64_t start;
    int64_t end;
    uint64_t cpu;
    uint64_t failed;
    uint8_t buffer[LARGEST];
} Worker;

void engine_task_add_properties(Object *obj, EngineTask *task)
{
    const struct {
        const char *name;
        uint64_t *value;
    } properties[] = {
        { "base", &task->base },
        { "page-size", &task->page_size },
        { "pages", &task->pages },
        { "window", &task->window },
        { "random", &task->random },
        { "length", &task->length },
        { "write", &task->write },
        { "message", &task->message },
        { "data", &task->data },
        { "pasid", &task->pasid },
        { "operations", &task->operations },
        { "threads", &task->threads },
        { "devices", &task->devices },
        { "spread", &task->spread },
        { "warm", &task->warm },
        { "tail-register", &task->tail_register },
        { "queue-size", &task->queue_size },
        { "step", &task->step },
        { "status", &task->status },
        { "toggle", &task->toggle },
        { "aside", &task->aside },
        { "busy", &task->busy },
        { "elapsed", &task->elapsed },
        { "cpu", &task->cpu },
        { "failed", &task->failed },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++) {
        object_property_add_uint64_ptr(obj, properties[i].name,
                                       properties[i].value,
                                       OBJ_PROP_FLAG_READWRITE);
    }
}

static uint64_t page_of(Worker *worker, uint64_t turn)
{
    const EngineTask *task = worker->run->task;

    if (!task->random) {
        return turn / task->devices % task->pages;
    }
    worker->random = worker->random * 0x5851f42d4c957f2d + 1;
    return (worker->random >> 32) * task->pages >> 32;
}

static void transfer(Worker *worker, uint64_t turn)
{
    Run *run = worker->run;
    const EngineTask *task = run->task;
    uint64_t page = page_of(worker, turn);
    uint64_t device = turn % task->devices +
        (task->spread ? worker->number * task->devices : 0);

    if (task->window) {
        page %= task->window;
    }
    worker->failed += !engine_dma(run->engines[device], task,
                                  task->base + page * task->page_size,
                                  worker->buffer);
}

/* As a driver does it: the queue has the descriptors already. */
static void invalidate(Worker *worker)
{
    Run *run = worker->run;
    const EngineTask *task = run->task;

    if (run->leaf) {
        *run->leaf ^= NEXT;
    }
    if (run->status) {
        qatomic_set(run->status, 0);
    }
    worker->tail = (worker->tail + task->step) % task->queue_size;
    address_space_stl_le(&address_space_memory, task->tail_register,
                         worker->tail, MEMTXATTRS_UNSPECIFIED, NULL);
    while (run->status && !qatomic_read(run->status)) {
        /* What one call does not do, the main loop does. */
    }
}

static void operate(Worker *worker)
{
    Run *run = worker->run;
    const EngineTask *task = run->task;

    for (uint64_t turn = 0; turn < task->operations; turn++) {
        if (task->length) {
            transfer(worker, turn);
        }
        if (task->tail_register && !task->aside) {
            invalidate(worker);
        }
    }
    qatomic_dec(&run->left);
}

/* Code, queue and registers are in the CPU's caches then. */
static void warm_up(Worker *worker)
{
    Run *run = worker->run;
    const EngineTask *task = run->task;
    EngineTask dma = *task;

    dma.length = WARM_LENGTH;
    for (uint64_t turn = 0; turn < task->warm; turn++) {
        worker->failed += !engine_dma(run->engines[task->devices], &dma,
                                      task->base, worker->buffer);
        invalidate(worker);
    }
}

static uint64_t cpu_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

static unsigned all_threads(const EngineTask *task)
{
    return task->threads + (task->aside ? 1 : 0);
}

static void *work(void *opaque)
{
    Worker *worker = opaque;
    Run *run = worker->run;

    rcu_register_thread();
    if (worker->number >= run->task->threads) {
        invalidate(worker);     /* the others do not begin without it */
    } else {
        warm_up(worker);
    }
    qatomic_inc(&run->ready);
    while (qatomic_read(&run->ready) < all_threads(run->task)) {
        /* all start at once */
    }
    worker->cpu = cpu_time();
    worker->start = get_clock();
    if (worker->number < run->task->threads) {
        operate(worker);
    } else {
        while (qatomic_read(&run->left)) {
            invalidate(worker);
        }
    }
    worker->end = get_clock();
    worker->cpu = cpu_time() - worker->cpu;
    rcu_unregister_thread();
    return NULL;
}

static void start_worker(Worker *worker, Run *run, unsigned number)
{
    static uint64_t seed;
    const EngineTask *task = run->task;

    *worker = (Worker) {
        .run = run,
        .number = number,
        .random = ++seed << 32,     /* never the same pages again */
    };
    if (task->tail_register) {
        worker->tail = address_space_ldl_le(
            &address_space_memory, task->tail_register,
            MEMTXATTRS_UNSPECIFIED, NULL);
    }
    qemu_thread_create(&worker->thread, "bench", work, worker,
                       QEMU_THREAD_JOINABLE);
}

static void add_up(EngineTask *task, const Worker *workers)
{
    int64_t start = INT64_MAX, end = 0;

    task->cpu = task->failed = 0;
    for (unsigned i = 0; i < all_threads(task); i++) {
        if (i < task->threads) {
            task->failed += workers[i].failed;
            task->cpu += workers[i].cpu;
            start = MIN(start, workers[i].start);
            end = MAX(end, workers[i].end);
        }
    }
    task->elapsed = end - start;
}

/* NULL for address 0. It stays where it is: the guest has one piece of RAM. */
static void *in_memory(uint64_t address)
{
    hwaddr size = sizeof(uint64_t);
    void *place = address ? address_space_map(&address_space_memory, address,
                                              &size, true,
                                              MEMTXATTRS_UNSPECIFIED) : NULL;

    if (place) {
        address_space_unmap(&address_space_memory, place, size, true, 0);
    }
    return place;
}

static void *run_task(void *opaque)
{
    Run *run = opaque;
    EngineTask *task = run->task;
    g_autofree Worker *workers = g_new0(Worker, all_threads(task));

    rcu_register_thread();
    for (unsigned i = 0; i < all_threads(task); i++) {
        start_worker(&workers[i], run, i);
    }
    for (unsigned i = 0; i < all_threads(task); i++) {
        qemu_thread_join(&workers[i].thread);
    }
    add_up(task, workers);
    rcu_unregister_thread();
    g_free(run);
    qatomic_store_release(&task->busy, 0);
    return NULL;
}

void engine_task_start(EngineTask *task, GPtrArray *engines)
{
    Run *run = g_new0(Run, 1);
    QemuThread thread;

    *run = (Run) {
        .task = task,
        .engines = (Engine **)engines->pdata,
        .left = task->threads,
    };
    if (task->tail_register) {
        run->status = in_memory(task->status);
        run->leaf = in_memory(task->toggle);
    }
    task->busy = 1;
    qemu_thread_create(&thread, "bench-task", run_task, run,
                       QEMU_THREAD_DETACHED);
}
