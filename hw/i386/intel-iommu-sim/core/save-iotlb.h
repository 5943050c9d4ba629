/*
 * Translations that a saved unit has cached, or is about to drop.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_IOTLB_H
#define VTDM_CORE_SAVE_IOTLB_H

#include "save-section.h"

extern const VTDMSection vtdm_save_iotlb;
extern const VTDMSection vtdm_save_range;

#endif
