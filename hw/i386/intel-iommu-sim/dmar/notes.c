/*
 * Notes about a DMAR table or the text that describes one: what is wrong,
 * and where. However large the input is, what is kept and printed is not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdbool.h>
#include <string.h>

#include "notes.h"

/* The longest text of a note, and what a line shows around its caret. */
#define MAX_TEXT    1000
#define MAX_LINE    70
#define MAX_BEFORE  36

static void note_free(void *opaque)
{
    VTDMDmarNote *note = opaque;

    g_free(note->text);
    g_free(note);
}

VTDMDmarNotes *vtdm_dmar_notes_new(void)
{
    VTDMDmarNotes *notes = g_new0(VTDMDmarNotes, 1);

    notes->kept = g_ptr_array_new_with_free_func(note_free);
    return notes;
}

void vtdm_dmar_notes_free(VTDMDmarNotes *notes)
{
    if (notes) {
        g_ptr_array_unref(notes->kept);
        g_free(notes);
    }
}

char *vtdm_dmar_escape(const char *text, size_t len)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < len; i++) {
        if (g_ascii_isprint(text[i])) {
            g_string_append_c(out, text[i]);
        } else {
            g_string_append_printf(out, "\\x%02x", (unsigned char)text[i]);
        }
    }
    return g_string_free(out, FALSE);
}

void vtdm_dmar_note(VTDMDmarNotes *notes, size_t at, const char *format, ...)
{
    g_autofree char *text = NULL;
    VTDMDmarNote *note;
    va_list args;
    size_t len;

    if (notes->count++ >= VTDM_DMAR_NOTES_MAX) {
        return;
    }
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    len = strlen(text);
    if (len > MAX_TEXT) {
        len = MAX_TEXT;
        memcpy(text + len - 3, "...", 3);
    }
    note = g_new(VTDMDmarNote, 1);
    note->at = at;
    note->text = vtdm_dmar_escape(text, len);
    g_ptr_array_add(notes->kept, note);
}

static int by_place(const void *a, const void *b)
{
    const VTDMDmarNote *x = *(VTDMDmarNote *const *)a;
    const VTDMDmarNote *y = *(VTDMDmarNote *const *)b;

    return x->at < y->at ? -1 : x->at > y->at;
}

void vtdm_dmar_notes_sort(VTDMDmarNotes *notes)
{
    g_ptr_array_sort(notes->kept, by_place);
}

void vtdm_dmar_notes_move(VTDMDmarNotes *to, VTDMDmarNotes *from)
{
    while (from->kept->len && to->kept->len < VTDM_DMAR_NOTES_MAX) {
        g_ptr_array_add(to->kept, g_ptr_array_steal_index(from->kept, 0));
    }
    to->count += from->count;
    vtdm_dmar_notes_free(from);
}

static unsigned not_kept(const VTDMDmarNotes *notes)
{
    return notes->count - notes->kept->len;
}

char *vtdm_dmar_notes_for_table(const VTDMDmarNotes *notes)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < notes->kept->len; i++) {
        const VTDMDmarNote *note = notes->kept->pdata[i];

        g_string_append_printf(out, "offset 0x%zx: %s\n", note->at,
                               note->text);
    }
    if (not_kept(notes)) {
        g_string_append_printf(out, "and %u more\n", not_kept(notes));
    }
    return g_string_free(out, FALSE);
}

/* Where the line about @at starts: with its statement, if that is near. */
static size_t line_start(const char *text, size_t at, bool *cut)
{
    size_t start = at;

    while (start && text[start - 1] != ';' && at - start < MAX_BEFORE) {
        start--;
    }
    *cut = start && text[start - 1] != ';';
    while (!*cut && start < at && text[start] == ' ') {
        start++;
    }
    return start;
}

/* The part of the statement around @at, and a caret beneath the place. */
static void append_place(GString *out, const char *text, size_t at)
{
    bool cut;
    size_t start = line_start(text, at, &cut);
    size_t rest = strcspn(text + at, ";");
    size_t shown = MIN(rest, MAX_LINE - (at - start));
    g_autofree char *head = vtdm_dmar_escape(text + start, at - start);
    g_autofree char *tail = vtdm_dmar_escape(text + at, shown);

    g_string_append_printf(out, "    %s%s%s%s\n    %*s^\n", cut ? "..." : "",
                           head, tail, shown < rest ? "..." : "",
                           (int)(strlen(head) + (cut ? 3 : 0)), "");
}

char *vtdm_dmar_notes_for_text(const VTDMDmarNotes *notes,
                               const char *property, const char *text)
{
    GString *out = g_string_new(NULL);

    for (unsigned i = 0; i < notes->kept->len; i++) {
        const VTDMDmarNote *note = notes->kept->pdata[i];

        g_string_append_printf(out, "%s, column %zu: %s\n", property,
                               note->at + 1, note->text);
        append_place(out, text, note->at);
    }
    if (not_kept(notes)) {
        g_string_append_printf(out, "%s: and %u more\n", property,
                               not_kept(notes));
    }
    return g_string_free(out, FALSE);
}
