/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "nvme.h"
#include "vfio.h"

enum {
    REG_CAP = 0x00,
    REG_CC = 0x14,
    REG_CSTS = 0x1c,
    REG_AQA = 0x24,
    REG_ASQ = 0x28,
    REG_ACQ = 0x30,
    REG_DOORBELLS = 0x1000,
    CC_ENABLE = 1 | 6 << 16 | 4 << 20,      /* entries of 64 and 16 bytes */
    CSTS_READY = 1,

    ADMIN_CREATE_SQ = 1,
    ADMIN_CREATE_CQ = 5,
    ADMIN_IDENTIFY = 6,
    QUEUE_CONTIGUOUS = 1,
    QUEUE_INTERRUPTS = 2,

    NAMESPACE = 1,
    IO_QUEUE = 1,
    PATIENCE = 600,                         /* seconds */
};

struct command {
    uint32_t opcode;
    uint32_t namespace;
    uint64_t reserved;
    uint64_t metadata;
    uint64_t prp1;
    uint64_t prp2;
    uint32_t words[6];                      /* CDW10 on */
};

struct completion {
    uint32_t result;
    uint32_t reserved;
    uint16_t head;
    uint16_t queue;
    uint16_t id;
    uint16_t status;                        /* bit 0 is the phase */
};

static time_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static volatile uint32_t *reg(const struct nvme *nvme, unsigned offset)
{
    return (volatile uint32_t *)(nvme->bar + offset);
}

static void put64(const struct nvme *nvme, unsigned offset, uint64_t value)
{
    *(volatile uint64_t *)(nvme->bar + offset) = value;
}

static void wait_ready(const struct nvme *nvme, unsigned ready)
{
    time_t end = now() + PATIENCE;

    while ((*reg(nvme, REG_CSTS) & CSTS_READY) != ready) {
        if (now() > end) {
            errno = ETIMEDOUT;
            die("CSTS.RDY");
        }
    }
}

static void submit(struct nvme_queue *queue, const struct command *command)
{
    memcpy((void *)(queue->submissions + queue->tail * sizeof(*command)),
           command, sizeof(*command));
    queue->tail = (queue->tail + 1) % NVME_ENTRIES;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    *queue->submission_doorbell = queue->tail;
}

static unsigned wait_completion(struct nvme_queue *queue)
{
    volatile struct completion *entry =
        (volatile struct completion *)queue->completions + queue->head;
    time_t end = 0;
    unsigned status;

    for (unsigned polls = 1; ((status = entry->status) & 1) != queue->phase;
         polls++) {
        if (polls % (1 << 20)) {
            continue;
        }
        end = end ? end : now() + PATIENCE;
        if (now() > end) {
            errno = ETIMEDOUT;
            die("a completion");
        }
    }
    queue->head = (queue->head + 1) % NVME_ENTRIES;
    queue->phase ^= !queue->head;
    *queue->completion_doorbell = queue->head;
    return status >> 1 & 0x7ff;
}

static unsigned admin(struct nvme *nvme, const struct command *command)
{
    submit(&nvme->admin, command);
    return wait_completion(&nvme->admin);
}

static void queue_init(struct nvme_queue *queue, const struct nvme *nvme,
                       uint8_t *memory, unsigned id)
{
    unsigned stride = 1 + (*reg(nvme, REG_CAP + 4) & 0xf);

    *queue = (struct nvme_queue){
        .submissions = memory,
        .completions = memory + PAGE,
        .submission_doorbell = reg(nvme, REG_DOORBELLS) + 2 * id * stride,
        .completion_doorbell = reg(nvme, REG_DOORBELLS) + (2 * id + 1) * stride,
        .phase = 1,
    };
}

static void create_io_queue(struct nvme *nvme, uint64_t address,
                            unsigned vector)
{
    uint32_t which = (NVME_ENTRIES - 1) << 16 | IO_QUEUE;
    struct command completions = {
        .opcode = ADMIN_CREATE_CQ,
        .prp1 = address + PAGE,
        .words = { which, vector << 16 | QUEUE_CONTIGUOUS |
                          (vector ? QUEUE_INTERRUPTS : 0) },
    };
    struct command submissions = {
        .opcode = ADMIN_CREATE_SQ,
        .prp1 = address,
        .words = { which, IO_QUEUE << 16 | QUEUE_CONTIGUOUS },
    };

    errno = 0;
    if (admin(nvme, &completions) || admin(nvme, &submissions)) {
        die("creating the I/O queues");
    }
}

void nvme_start(struct nvme *nvme, volatile uint8_t *bar, uint8_t *memory,
                uint64_t address, unsigned vector)
{
    nvme->bar = bar;
    nvme->list = (uint64_t *)(memory + 4 * PAGE);
    nvme->list_address = address + 4 * PAGE;
    nvme_stop(nvme);
    memset(memory, 0, NVME_MEMORY);
    queue_init(&nvme->admin, nvme, memory, 0);
    queue_init(&nvme->io, nvme, memory + 2 * PAGE, IO_QUEUE);
    *reg(nvme, REG_AQA) = (NVME_ENTRIES - 1) << 16 | (NVME_ENTRIES - 1);
    put64(nvme, REG_ASQ, address);
    put64(nvme, REG_ACQ, address + PAGE);
    *reg(nvme, REG_CC) = CC_ENABLE;
    wait_ready(nvme, CSTS_READY);
    create_io_queue(nvme, address + 2 * PAGE, vector);
}

bool nvme_is_enabled(const volatile uint8_t *bar)
{
    return *(const volatile uint32_t *)(bar + REG_CC) & 1;
}

void nvme_stop(const struct nvme *nvme)
{
    *reg(nvme, REG_CC) = 0;
    wait_ready(nvme, 0);
}

unsigned nvme_identify(struct nvme *nvme, uint64_t address)
{
    struct command command = {
        .opcode = ADMIN_IDENTIFY,
        .namespace = NAMESPACE,
        .prp1 = address,
    };

    return admin(nvme, &command);
}

/* The second field: nothing, the second page, or a list of all after one. */
static uint64_t second_field(struct nvme *nvme,
                             const struct nvme_transfer *transfer)
{
    uint64_t next = (transfer->address / PAGE + 1) * PAGE;
    uint64_t end = transfer->address + transfer->bytes;

    if (end <= next + PAGE) {
        return end > next ? next : 0;
    }
    for (unsigned i = 0; next + i * PAGE < end; i++) {
        nvme->list[i] = next + i * PAGE;
    }
    return transfer->list ? transfer->list : nvme->list_address;
}

void nvme_submit(struct nvme *nvme, const struct nvme_transfer *transfer)
{
    struct command command = {
        .opcode = transfer->opcode,
        .namespace = NAMESPACE,
        .prp1 = transfer->address,
        .prp2 = second_field(nvme, transfer),
        .words = { transfer->block, transfer->block >> 32,
                   transfer->bytes / NVME_BLOCK - 1 },
    };

    submit(&nvme->io, &command);
}

unsigned nvme_wait(struct nvme *nvme)
{
    return wait_completion(&nvme->io);
}

unsigned nvme_transfer(struct nvme *nvme, const struct nvme_transfer *transfer)
{
    nvme_submit(nvme, transfer);
    return nvme_wait(nvme);
}
