/*
 * What of a configuration does not go together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_CONFIG_CONFLICT_H
#define VTDM_CORE_CONFIG_CONFLICT_H

#include "hw/i386/vtdm/config-mode.h"

/*
 * Appends a line for each conflict between rows to @problems (NULL: not
 * wanted), with the ways out of it: what to say in place of what was @said
 * (NULL: the words of caps=, one more at their end), all of it, so that the
 * conflict gives way to no other. Returns whether there was none.
 */
bool vtdm_config_conflicts(const VTDMConfig *config,
                           const VTDMConfigSaid *said, GPtrArray *problems);

#endif
