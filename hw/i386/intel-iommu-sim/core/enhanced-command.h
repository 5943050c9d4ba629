/*
 * The enhanced command interface.
 * Spec: "Enhanced Command Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_ENHANCED_COMMAND_H
#define VTDM_CORE_ENHANCED_COMMAND_H

#include "hw/i386/vtdm/vtdm.h"

/* ECMD was written: the byte of the command runs it. */
void vtdm_ecmd_written(VTDMUnit *unit, unsigned bytes);

/* The commands 64 x @n to 64 x @n + 63 that there are, as ECCAP has them. */
uint64_t vtdm_eccap(const VTDMConfig *config, unsigned n);

#endif
