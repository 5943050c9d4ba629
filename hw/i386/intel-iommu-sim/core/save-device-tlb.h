/*
 * Device-TLB invalidations of a saved unit that are on their way.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_DEVICE_TLB_H
#define VTDM_CORE_SAVE_DEVICE_TLB_H

#include "save-section.h"

extern const VTDMSection vtdm_save_asked;
extern const VTDMSection vtdm_save_unsent;

#endif
