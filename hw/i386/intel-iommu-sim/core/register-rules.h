/*
 * The registers of a unit, and which function runs after which.
 * Spec: "Register Attributes"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_REGISTER_RULES_H
#define VTDM_CORE_REGISTER_RULES_H

#include "hw/i386/vtdm/vtdm.h"

/* The rules that hold for @config, by offset; the caller owns the array. */
GArray *vtdm_register_rules(const VTDMConfig *config);

#endif
