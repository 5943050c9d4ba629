/*
 * Machines with something in every cache, to be saved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef SAVED_MACHINES_H
#define SAVED_MACHINES_H

#include "machine.h"
#include "saved-configs.h"

/* One of a kind, at rest: MACHINE_IOVA is mapped and cached. */
Machine *saved_machine_new(SavedKind kind);

/*
 * Makes it busy: a device has not answered, a wait waits for it, a command has
 * not completed, there are faults.
 */
void saved_machine_busy(Machine *machine);

#endif
