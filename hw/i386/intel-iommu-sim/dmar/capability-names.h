/*
 * The fields of CAP and ECAP by name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CAPABILITY_NAMES_H
#define VTDM_CAPABILITY_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* The names of the fields of CAP or ECAP in @bits; the caller frees them. */
char *vtdm_capability_names(bool ecap, uint64_t bits);

#endif
