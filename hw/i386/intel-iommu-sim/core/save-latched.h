/*
 * What a saved unit remembers beside its registers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_LATCHED_H
#define VTDM_CORE_SAVE_LATCHED_H

#include "save-section.h"

extern const VTDMSection vtdm_save_latched;

#endif
