/*
 * The invalidation queue: a ring of descriptors in memory. The unit runs those
 * from its head to the tail that we write; a wait descriptor at the end writes
 * a word to memory when all before it are done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "bare.h"

enum { DESCRIPTORS = 256, DONE = 1 };       /* one page: IQA.QS is 0 */

void queue_start(Unit *unit)
{
    unit->queue = new_page();
    unit->tail = 0;
    write64(unit, VTDM_REG_IQT, 0);
    write64(unit, VTDM_REG_IQA, (uintptr_t)unit->queue);
    unit_command(unit, VTDM_GCMD_QIE);
}

static void append(Unit *unit, uint64_t lo, uint64_t hi)
{
    unit->queue[unit->tail] = (VTDMEntry128) { lo, hi };
    unit->tail = (unit->tail + 1) % DESCRIPTORS;
}

/*
 * Runs one descriptor, and returns when its effect can be relied on. One that
 * the unit does not take stops the queue, and nothing behind it is run.
 */
void queue_run(Unit *unit, uint64_t lo, uint64_t hi)
{
    static volatile uint32_t status;

    status = 0;
    append(unit, lo, hi);
    append(unit, VTDM_DSC_WAIT | VTDM_WAIT_SW |
           vtdm_field(VTDM_WAIT_DATA, DONE), (uintptr_t)&status);
    write64(unit, VTDM_REG_IQT, unit->tail * sizeof(VTDMEntry128));
    while (status != DONE) {
        if (read32(unit, VTDM_REG_FSTS) & VTDM_FSTS_IQE) {
            check(false, "the queue stopped at 0x%x, IQEI 0x%x",
                  read64(unit, VTDM_REG_IQH),
                  vtdm_get(read64(unit, VTDM_REG_IQERCD), VTDM_IQERCD_IQEI));
            return;
        }
    }
}
