/*
 * The enhanced commands for the counters of the performance monitor.
 * Spec: "Enhanced Command Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_COUNTER_COMMANDS_H
#define VTDM_CORE_COUNTER_COMMANDS_H

#include "hw/i386/vtdm/spec/perfmon.h"
#include "hw/i386/vtdm/vtdm.h"

/* Each with operand A, which only two of them use: the counter. */
VTDMCommandStatus vtdm_counter_enable(VTDMUnit *unit, uint64_t counter);
VTDMCommandStatus vtdm_counter_disable(VTDMUnit *unit, uint64_t counter);
VTDMCommandStatus vtdm_counters_reset_configuration(VTDMUnit *unit,
                                                    uint64_t unused);
VTDMCommandStatus vtdm_counters_reset_values(VTDMUnit *unit, uint64_t unused);
VTDMCommandStatus vtdm_counters_freeze(VTDMUnit *unit, uint64_t unused);
VTDMCommandStatus vtdm_counters_unfreeze(VTDMUnit *unit, uint64_t unused);

/*
 * Whether the counter, which there is, may be enabled with that configuration
 * and those filters: each as its register has it.
 * Spec: "Performance Monitoring Counter Configuration Error Checks"
 */
bool vtdm_counter_is_valid(unsigned counter, uint64_t cfg,
                           const uint32_t filters[VTDM_FILTERS]);

#endif
