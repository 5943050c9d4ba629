/*
 * The last blocked piece of each thread.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "blocked-dma.h"

/* Of memory that does not exist, the memory core takes this much at once. */
#define UNASSIGNED_MAX  4

/* One of vtdm_blocked_space. */
typedef struct Piece {
    VTDMAccess access;
    uint64_t address;
    unsigned size;
    bool in_main_loop;          /* or on a vCPU, which has its lock */
    unsigned round;             /* of the main loop */
} Piece;

__thread const VTDMSpace *vtdm_blocked_space;
static __thread Piece last;
static unsigned main_loop_round;

static bool is_in_main_loop(void)
{
    return qemu_get_current_aio_context() == qemu_get_aio_context();
}

/* Whoever did the DMA has returned to the event loop. */
static void end_dma(void *opaque)
{
    vtdm_blocked_space = NULL;
    if (is_in_main_loop()) {
        qatomic_inc(&main_loop_round);
    }
}

static void watch_for_end(void)
{
    AioContext *context = qemu_get_current_aio_context();

    if (context) {
        aio_bh_schedule_oneshot(context, end_dma, NULL);
    }
}

static bool has_ended(void)
{
    return last.in_main_loop &&
           last.round != qatomic_read(&main_loop_round);
}

/* Pieces of unassigned memory are aligned to their size. */
static bool follows(uint64_t address)
{
    uint64_t distance = address - last.address;

    if (last.size) {
        return distance == last.size;
    }
    return distance <= UNASSIGNED_MAX && is_power_of_2(distance) &&
           QEMU_IS_ALIGNED(last.address, distance);
}

/* No request crosses a page. */
bool vtdm_blocked_is_rest(const VTDMSpace *space, VTDMAccess access,
                          uint64_t address)
{
    return G_UNLIKELY(vtdm_blocked_space == space) && last.access == access &&
           address % VTDM_PAGE_SIZE && follows(address) && !has_ended();
}

void vtdm_blocked_note(const VTDMSpace *space, VTDMAccess access,
                       uint64_t address, unsigned size)
{
    if (!vtdm_blocked_is_rest(space, access, address)) {
        watch_for_end();
    }
    vtdm_blocked_space = space;
    last = (Piece) {
        .access = access,
        .address = address,
        .size = size,
        .in_main_loop = is_in_main_loop(),
        .round = qatomic_read(&main_loop_round),
    };
}

void vtdm_blocked_forget(void)
{
    vtdm_blocked_space = NULL;
}
