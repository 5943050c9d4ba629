/*
 * The registers of the performance monitor and of enhanced commands.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_PERFMON_RULES_H
#define VTDM_CORE_PERFMON_RULES_H

#include "hw/i386/vtdm/vtdm.h"

/* Appends those that @config has to @table, an array of VTDMRegister. */
void vtdm_perfmon_add_rules(const VTDMConfig *config, GArray *table);

#endif
