/*
 * GCMD.
 * Spec: "Global Command Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_COMMAND_H
#define VTDM_CORE_COMMAND_H

#include "hw/i386/vtdm/vtdm.h"

/* Carries out what GCMD asks for; returns when GSTS shows all of it. */
void vtdm_gcmd_written(VTDMUnit *unit, unsigned bytes);

#endif
