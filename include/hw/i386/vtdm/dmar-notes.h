/*
 * Notes about a DMAR table or the text that describes one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_NOTES_H
#define VTDM_DMAR_NOTES_H

#include "hw/i386/vtdm/glib.h"
#include <stddef.h>

/*
 * What was found wrong, and where: an offset in the table, or in the text
 * of a property, from 0.
 */
typedef struct VTDMDmarNote {
    size_t at;
    char *text;                     /* one line of printable ASCII */
} VTDMDmarNote;

/* However much is wrong: this many notes are worth reading. */
#define VTDM_DMAR_NOTES_MAX 20

/* A list of notes that keeps the first ones and counts the others. */
typedef struct VTDMDmarNotes {
    GPtrArray *kept;                /* of VTDMDmarNote */
    unsigned count;                 /* also of those that were not kept */
} VTDMDmarNotes;

VTDMDmarNotes *vtdm_dmar_notes_new(void);
void vtdm_dmar_notes_free(VTDMDmarNotes *notes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VTDMDmarNotes, vtdm_dmar_notes_free)

/*
 * One line each: "offset 0x34: DRHD: ...", and one that says how many more
 * there are. The caller frees the string.
 */
char *vtdm_dmar_notes_for_table(const VTDMDmarNotes *notes);

/*
 * For each note, what is wrong in @property, the part of @text that it is
 * about, and a caret beneath the place; at the end how many more there are.
 * The caller frees the string.
 */
char *vtdm_dmar_notes_for_text(const VTDMDmarNotes *notes,
                               const char *property, const char *text);

/*
 * The first @len bytes of @text, all but printable ASCII as \xNN, so that a
 * terminal shows them and does nothing else. The caller frees the string.
 */
char *vtdm_dmar_escape(const char *text, size_t len);

#endif
