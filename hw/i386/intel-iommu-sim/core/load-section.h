/*
 * Reading a section of a saved unit.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_LOAD_SECTION_H
#define VTDM_CORE_LOAD_SECTION_H

#include "save-bytes.h"
#include "save-section.h"

/* What to do about a stream that no unit of this kind has written. */
#define VTDM_DAMAGED "the stream is damaged or made by something else: save " \
                     "the machine again"

/* Reads the records out of @bytes, which hold this section and no more. */
void vtdm_section_read(const VTDMSection *section, VTDMLoad *load,
                       VTDMBytes *bytes);

/* Asks section->check about each record. */
void vtdm_section_check(const VTDMSection *section, VTDMLoad *load);

#endif
