/*
 * The words that change a unit's capabilities.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CAPABILITY_GRAMMAR_H
#define VTDM_CAPABILITY_GRAMMAR_H

#include "text.h"
#include "hw/i386/vtdm/capabilities.h"

/* The words of one statement, at least one, into @config. */
void vtdm_capability_take_words(VTDMText *text, VTDMConfig *config);

#endif
