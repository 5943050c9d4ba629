/*
 * The invalidation queue: fetching descriptors, stopping at errors and
 * going on after them.
 * Spec: "Queued Invalidation Interface", "Hardware Handling of Queued
 * Invalidation Interface Errors"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "descriptor.h"
#include "device-tlb.h"
#include "fault.h"
#include "host.h"
#include "iotlb-range.h"
#include "memory.h"
#include "queue.h"
#include "registers.h"
#include "unit.h"
#include "wait.h"

/* What the queue registers say. */
typedef struct Queue {
    uint64_t base;
    uint64_t head;
    uint64_t tail;
    uint64_t size;              /* bytes */
    unsigned step;              /* bytes of a descriptor: 16 or 32 */
} Queue;

static Queue load_queue(VTDMUnit *unit)
{
    uint64_t iqa = vtdm_reg64(unit, VTDM_REG_IQA);

    return (Queue) {
        .base = iqa & VTDM_IQA_IQA,
        .head = vtdm_reg64(unit, VTDM_REG_IQH),
        .tail = vtdm_reg64(unit, VTDM_REG_IQT),
        .size = VTDM_PAGE_SIZE << vtdm_get(iqa, VTDM_IQA_QS),
        .step = iqa & VTDM_IQA_DW ? 32 : 16,
    };
}

static bool mode_is_supported(const VTDMUnit *unit)
{
    switch (unit->latched.root.ttm) {
    case VTDM_TTM_LEGACY:
        return true;
    case VTDM_TTM_SCALABLE:
        return unit->config.smts;
    case VTDM_TTM_ABORT:
        return unit->config.adms;
    default:
        return false;
    }
}

/* Only legacy mode has narrow descriptors; wide ones come with the others. */
static bool width_is_supported(const VTDMUnit *unit, const Queue *queue)
{
    return queue->step == 16 ? unit->latched.root.ttm == VTDM_TTM_LEGACY
                             : unit->config.smts || unit->config.adms;
}

/* What forbids to fetch anything at all. */
static VTDMQueueError check_queue(VTDMUnit *unit, const Queue *queue)
{
    if (!mode_is_supported(unit)) {
        return VTDM_IQEI_TTM;
    }
    if (!width_is_supported(unit, queue)) {
        return VTDM_IQEI_WIDTH;
    }
    if (queue->tail & (queue->step - 1)) {
        return VTDM_IQEI_TAIL_ALIGN;
    }
    if (queue->tail >= queue->size) {
        return VTDM_IQEI_TAIL;
    }
    return VTDM_IQEI_NONE;
}

static void stop(VTDMUnit *unit, VTDMQueueError error,
                 const VTDMDescriptor *descriptor)
{
    uint64_t iqercd = vtdm_reg64(unit, VTDM_REG_IQERCD);

    vtdm_set_reg64(unit, VTDM_REG_IQERCD,
                   (iqercd & ~VTDM_IQERCD_IQEI) | error);
    vtdm_tell(unit, &(VTDMEvent) {
        .kind = VTDM_EVENT_QUEUE_ERROR,
        .queue = { error, vtdm_reg64(unit, VTDM_REG_IQH), *descriptor },
    });
    vtdm_fault_status(unit, VTDM_FSTS_IQE);
}

/* In pieces of 128 bits, the first one first. */
static bool fetch(VTDMUnit *unit, const Queue *queue,
                  VTDMDescriptor *descriptor)
{
    for (unsigned i = 0; i < queue->step / sizeof(VTDMEntry128); i++) {
        VTDMEntry128 piece;

        if (!vtdm_host_read128(unit, queue->base + queue->head +
                               i * sizeof(piece), &piece)) {
            return false;
        }
        descriptor->q[2 * i] = piece.lo;
        descriptor->q[2 * i + 1] = piece.hi;
    }
    return true;
}

/*
 * The head moves past a descriptor if that was valid. One that had to wait was
 * fetched more than once, and counts once.
 */
static VTDMQueueError run(VTDMUnit *unit, Queue *queue,
                          const VTDMDescriptor *descriptor)
{
    VTDMQueueError error = vtdm_descriptor_run(unit, descriptor);

    vtdm_count_reads(unit, queue->step / sizeof(VTDMEntry128));
    unit->steps++;
    if (error == VTDM_IQEI_NONE) {
        queue->head = (queue->head + queue->step) & (queue->size - 1);
        vtdm_set_reg64(unit, VTDM_REG_IQH, queue->head);
    }
    return error;
}

static bool may_fetch(const VTDMUnit *unit)
{
    return vtdm_is_enabled(unit, VTDM_GSTS_QIES) &&
           !(vtdm_reg32(unit, VTDM_REG_FSTS) &
             (VTDM_FSTS_IQE | VTDM_FSTS_ITE));
}

static void stop_fetching(VTDMUnit *unit)
{
    unit->latched.fetching = false;
    vtdm_device_tlb_stopped(unit);
}

/* One that has to wait is fetched again. */
static bool take_next(VTDMUnit *unit, Queue *queue)
{
    VTDMDescriptor descriptor = { { 0 } };
    VTDMQueueError error = VTDM_IQEI_FETCH;

    if (fetch(unit, queue, &descriptor)) {
        switch (vtdm_descriptor_needs(unit, &descriptor)) {
        case VTDM_NEEDS_COPIES:
            return false;
        case VTDM_NEEDS_ITAG:
            stop_fetching(unit);
            return false;
        case VTDM_NEEDS_NOTHING:
            error = run(unit, queue, &descriptor);
        }
    }
    if (error != VTDM_IQEI_NONE) {
        stop(unit, error, &descriptor);
    }
    return true;
}

/* What a descriptor left, and comes before the next one. */
static bool is_held_up(const VTDMUnit *unit)
{
    return vtdm_iotlb_has_rest(unit) || unit->latched.device_tlb.unsent ||
           unit->latched.page_response.unsent || unit->latched.wait.pending;
}

/* Whether there is another that may be taken now. */
static bool may_go_on(const VTDMUnit *unit, const Queue *queue)
{
    return queue->head != queue->tail && may_fetch(unit) &&
           unit->steps < unit->slice_end && !is_held_up(unit);
}

/* Takes some; returns what vtdm_queue_step() does. */
static bool take_some(VTDMUnit *unit, Queue *queue)
{
    do {
        if (!take_next(unit, queue)) {
            return false;
        }
    } while (may_go_on(unit, queue));
    if (queue->head == queue->tail && !is_held_up(unit)) {
        stop_fetching(unit);
    }
    return unit->latched.fetching;
}

bool vtdm_queue_step(VTDMUnit *unit)
{
    VTDMQueueError error;
    Queue queue;

    if (!unit->latched.fetching) {
        return false;
    }
    if (unit->latched.wait.pending && !vtdm_device_tlb_is_pending(unit)) {
        vtdm_wait_complete(unit);
        return true;
    }
    queue = load_queue(unit);
    if (unit->latched.wait.pending || !may_fetch(unit) ||
        queue.head == queue.tail) {
        stop_fetching(unit);
        return false;
    }
    error = check_queue(unit, &queue);
    if (error != VTDM_IQEI_NONE) {
        stop(unit, error, &(VTDMDescriptor) { { 0 } });
        return true;
    }
    return take_some(unit, &queue);
}

void vtdm_queue_enable(VTDMUnit *unit, bool enable)
{
    unit->latched.fetching = enable;
    if (!enable) {
        unit->latched.wait.pending = false;
        vtdm_set_reg64(unit, VTDM_REG_IQH, 0);
    }
}

/* The low half holds the whole tail: writing it starts the fetch. */
void vtdm_iqt_written(VTDMUnit *unit, unsigned bytes)
{
    unit->latched.fetching |= bytes & 0xf;
}

/*
 * A head that a narrower width left between two wide descriptors would
 * never meet the tail.
 */
void vtdm_iqa_written(VTDMUnit *unit, unsigned bytes)
{
    uint64_t head = vtdm_reg64(unit, VTDM_REG_IQH);

    vtdm_set_reg64(unit, VTDM_REG_IQH,
                   head & ~(uint64_t)(load_queue(unit).step - 1));
}

/* An error that is cleared lets the queue go on. */
void vtdm_fsts_written(VTDMUnit *unit, unsigned bytes)
{
    vtdm_fault_serviced(unit);
    unit->latched.fetching = true;
}
