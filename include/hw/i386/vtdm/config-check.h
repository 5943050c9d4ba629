/*
 * intel-iommu-sim: which configurations there may be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CONFIG_CHECK_H
#define VTDM_CONFIG_CHECK_H

#include "hw/i386/vtdm/config-mode.h"

/*
 * Checks what the specification and this model demand of a configuration.
 * Appends one line for each conflict to @problems (NULL: not wanted): what
 * is wrong and how to mend it, in the words of the device's properties.
 * Returns whether there was none.
 * Spec: "Capability Register", "Extended Capability Register"
 */
bool vtdm_config_check(const VTDMConfig *config, GPtrArray *problems);

/*
 * vtdm_config_check() of a configuration of which @said was said, and the rest
 * followed: the lines know what follows from mending it.
 */
bool vtdm_config_check_said(const VTDMConfig *config,
                            const VTDMConfigSaid *said, GPtrArray *problems);

#endif
