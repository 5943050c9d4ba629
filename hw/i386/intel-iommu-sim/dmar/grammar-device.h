/*
 * The words of a text that name devices.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_GRAMMAR_DEVICE_H
#define VTDM_DMAR_GRAMMAR_DEVICE_H

#include "text.h"

/* Adds the scope that follows @word to the array in @field. */
bool vtdm_grammar_take_scope(VTDMText *text, const VTDMWord *word,
                             void *field);

/* The same, and +PROPERTY for each property of the device. */
bool vtdm_grammar_take_properties(VTDMText *text, const VTDMWord *word,
                                  void *field);

#endif
