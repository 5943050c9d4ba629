/*
 * The work that register writes leave behind: the queue, those who keep copies,
 * and what completes after them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_WORK_H
#define VTDM_CORE_WORK_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * Does one slice of it, and asks the host for a call if there is more. The
 * caller holds the unit's lock, which is let go while the host is told. Where
 * a thread is at it already, that one goes on.
 */
void vtdm_work_run(VTDMUnit *unit);

/* The same, and gives back the room of what was flushed. */
void vtdm_work_go_on(VTDMUnit *unit);

/*
 * Leaves it to a call that the host is asked for, as the caller may be any
 * thread; does it at once where the host cannot be asked.
 */
void vtdm_work_later(VTDMUnit *unit);

#endif
