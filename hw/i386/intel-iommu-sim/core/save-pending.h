/*
 * What a saved unit has fetched or begun, and not completed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_PENDING_H
#define VTDM_CORE_SAVE_PENDING_H

#include "save-section.h"

extern const VTDMSection vtdm_save_wait;
extern const VTDMSection vtdm_save_response;
extern const VTDMSection vtdm_save_completions;

#endif
