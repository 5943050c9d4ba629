/*
 * Making a note about a table or a text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_NOTE_H
#define VTDM_DMAR_NOTE_H

#include "hw/i386/vtdm/dmar-notes.h"

/* Prints an address. */
#define HEX64 "0x%" G_GINT64_MODIFIER "x"

void vtdm_dmar_note(VTDMDmarNotes *notes, size_t at, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

#endif
