/*
 * The words that change a unit's capabilities.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CAPABILITY_WORDS_H
#define VTDM_CAPABILITY_WORDS_H

#include "dmar-text.h"
#include "hw/i386/vtdm/capabilities.h"

extern const VTDMWord vtdm_capability_words[];

/* The names of the fields of CAP or ECAP in @bits; the caller frees them. */
char *vtdm_capability_names(bool ecap, uint64_t bits);

#endif
