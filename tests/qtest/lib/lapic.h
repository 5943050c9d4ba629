/*
 * Interrupts that wait in a CPU's local APIC. The CPUs of a qtest do not
 * run, so what has arrived stays there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef LAPIC_H
#define LAPIC_H

#include "libqtest.h"

bool lapic_pending(QTestState *qts, unsigned cpu, unsigned vector);

/* Whether it waits as a level-triggered one. */
bool lapic_level(QTestState *qts, unsigned cpu, unsigned vector);

/* Whether any interrupt waits at @cpu. */
bool lapic_idle(QTestState *qts, unsigned cpu);

#endif
