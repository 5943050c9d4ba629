/*
 * What a saved unit remembers beside its registers, and work that is half done.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_LATCHED_H
#define VTDM_CORE_SAVE_LATCHED_H

#include "save-section.h"

extern const VTDMSection vtdm_save_latched;
extern const VTDMSection vtdm_save_wait;
extern const VTDMSection vtdm_save_response;
extern const VTDMSection vtdm_save_completions;
extern const VTDMSection vtdm_save_asked;
extern const VTDMSection vtdm_save_unsent;

#endif
