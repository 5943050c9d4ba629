/*
 * The performance monitor as software uses it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef COUNTERS_H
#define COUNTERS_H

#include "hw/i386/vtdm/config-register.h"
#include "hw/i386/vtdm/inspect.h"
#include "machine.h"

#define COUNTERS                32
#define LIMITED                 28      /* the first of those that do less */
#define COUNTER_MAX             0xffffffffffffULL

/* Where the registers are, as the offset registers say. */
uint32_t counter_cfg(Machine *machine, unsigned counter);
uint32_t counter_filter(Machine *machine, unsigned counter, unsigned filter);
uint32_t counter_register(Machine *machine, unsigned counter);
uint64_t counters_frozen(Machine *machine);
uint64_t counters_overflowed(Machine *machine);

/* Makes @config one of a unit with a performance monitor. */
void counters_config(VTDMConfig *config);

/* One with which translation works, in legacy or in scalable mode. */
Machine *counters_machine(bool scalable);

/* Runs an enhanced command; returns its status code. */
unsigned counter_command(Machine *machine, unsigned command,
                         uint64_t operand);

/* The configuration that counts one event, with IO or GFO in @flags. */
uint64_t counter_selects(VTDMCount event, uint64_t flags);

/* Sets the configuration of a counter at rest, and enables it: the status. */
unsigned counter_start(Machine *machine, unsigned counter, uint64_t cfg);

/* The same for one event; the test fails unless that works. */
void counter_counts(Machine *machine, unsigned counter, VTDMCount event);

uint64_t counter_value(Machine *machine, unsigned counter);
void counter_set(Machine *machine, unsigned counter, uint64_t value);

/* What the unit has counted itself. */
uint64_t counted(Machine *machine, VTDMCount event);

#endif
