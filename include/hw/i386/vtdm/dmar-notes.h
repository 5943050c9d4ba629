/*
 * Notes about a DMAR table or the text that describes one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_NOTES_H
#define VTDM_DMAR_NOTES_H

#include <glib.h>
#include <stddef.h>

/*
 * What was found wrong, and where: an offset in the table, or in the text
 * of a property, from 0.
 */
typedef struct VTDMDmarNote {
    size_t at;
    char *text;
} VTDMDmarNote;

typedef GPtrArray VTDMDmarNotes;    /* of VTDMDmarNote */

/* An empty list; free it with g_ptr_array_unref(). */
VTDMDmarNotes *vtdm_dmar_notes_new(void);

/* One line each: "offset 0x34: DRHD: ...". The caller frees the string. */
char *vtdm_dmar_notes_for_table(const VTDMDmarNotes *notes);

/*
 * For each note, what is wrong in @property, the part of @text that it is
 * about, and a caret beneath the place. The caller frees the string.
 */
char *vtdm_dmar_notes_for_text(const VTDMDmarNotes *notes,
                               const char *property, const char *text);

#endif
