/*
 * Interrupt entries that a saved unit has cached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_IRTES_H
#define VTDM_CORE_SAVE_IRTES_H

#include "save-section.h"

extern const VTDMSection vtdm_save_irtes;

#endif
