/*
 * The registers of a saved unit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_REGISTERS_H
#define VTDM_CORE_SAVE_REGISTERS_H

#include "save-section.h"

extern const VTDMSection vtdm_save_registers;

/* What a register will be; 0: the unit has it not. */
uint64_t vtdm_saved_register(const VTDMLoad *load, uint32_t offset);

#endif
