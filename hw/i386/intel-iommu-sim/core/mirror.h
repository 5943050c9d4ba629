/*
 * Mirrors, as the rest of the core knows them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_MIRROR_H
#define VTDM_CORE_MIRROR_H

#include "hw/i386/vtdm/mirror.h"

/* vtdm_unit_outdate_mirror(), with the unit's lock held. */
void vtdm_mirror_outdate(VTDMUnit *unit, VTDMMirror *mirror,
                         uint16_t source_id, const VTDMInvalidation *what);

#endif
