/*
 * Notes about a DMAR table or the text that describes one: what is wrong,
 * and where.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "notes.h"

static void note_free(void *opaque)
{
    VTDMDmarNote *note = opaque;

    g_free(note->text);
    g_free(note);
}

VTDMDmarNotes *vtdm_dmar_notes_new(void)
{
    return g_ptr_array_new_with_free_func(note_free);
}

void vtdm_dmar_note(VTDMDmarNotes *notes, size_t at, const char *format, ...)
{
    VTDMDmarNote *note = g_new(VTDMDmarNote, 1);
    va_list args;

    note->at = at;
    va_start(args, format);
    note->text = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(notes, note);
}

char *vtdm_dmar_notes_for_table(const VTDMDmarNotes *notes)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < notes->len; i++) {
        const VTDMDmarNote *note = notes->pdata[i];

        g_string_append_printf(out, "offset 0x%zx: %s\n", note->at,
                               note->text);
    }
    return g_string_free(out, FALSE);
}

/* The part of @text between the semicolons around @at. */
static const char *statement_around(const char *text, size_t at, size_t *len)
{
    const char *start = text + at;

    while (start > text && start[-1] != ';') {
        start--;
    }
    start += strspn(start, " ");
    *len = strcspn(start, ";");
    return start;
}

char *vtdm_dmar_notes_for_text(const VTDMDmarNotes *notes,
                               const char *property, const char *text)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < notes->len; i++) {
        const VTDMDmarNote *note = notes->pdata[i];
        size_t len;
        const char *start = statement_around(text, note->at, &len);
        ptrdiff_t indent = text + note->at - start;

        g_string_append_printf(out, "%s, column %zu: %s\n    %.*s\n    %*s^\n",
                               property, note->at + 1, note->text,
                               (int)len, start, (int)MAX(indent, 0), "");
    }
    return g_string_free(out, FALSE);
}
