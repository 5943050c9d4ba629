/*
 * What a saved unit advertises, held against the unit that loads it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_CONFIG_H
#define VTDM_CORE_SAVE_CONFIG_H

#include "save-section.h"

extern const VTDMSection vtdm_save_config;

/*
 * Adds a line for each property in which the stream's unit is another one for
 * software.
 */
void vtdm_save_config_compare(VTDMLoad *load);

/* What the stream's unit has of a property; the section has been read. */
uint64_t vtdm_save_config_theirs(const VTDMLoad *load, const char *name);

#endif
