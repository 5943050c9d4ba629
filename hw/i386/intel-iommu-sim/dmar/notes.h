/*
 * Making notes about a table or a text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_NOTE_H
#define VTDM_DMAR_NOTE_H

#include "hw/i386/vtdm/dmar-notes.h"

/* Prints an address. */
#define HEX64 "0x%" G_GINT64_MODIFIER "x"

/* The text is escaped, and cut where it is longer than anyone reads. */
void vtdm_dmar_note(VTDMDmarNotes *notes, size_t at, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* By their places. */
void vtdm_dmar_notes_sort(VTDMDmarNotes *notes);

/* Adds the notes of @from to @to, and frees @from. */
void vtdm_dmar_notes_move(VTDMDmarNotes *to, VTDMDmarNotes *from);

#endif
