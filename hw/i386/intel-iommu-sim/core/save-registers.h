/*
 * The registers of a saved unit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_REGISTERS_H
#define VTDM_CORE_SAVE_REGISTERS_H

#include "save-section.h"

extern const VTDMSection vtdm_save_registers;

#endif
