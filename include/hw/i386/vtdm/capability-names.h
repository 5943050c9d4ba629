/*
 * The fields of VER, CAP and ECAP by name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CAPABILITY_NAMES_H
#define VTDM_CAPABILITY_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The fields of a register, VTDM_REG_*, in @bits: "DWD DRD", or in full,
 * "CAP.DWD, CAP.DRD". The caller frees them.
 */
char *vtdm_capability_names(uint32_t reg, uint64_t bits);
char *vtdm_capability_fields(uint32_t reg, uint64_t bits);

#endif
