/*
 * Problems and warnings, as a user reads them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "problems.h"

void vtdm_problem_add(GPtrArray *problems, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(problems, g_strdup_vprintf(format, args));
    va_end(args);
}

void vtdm_problem_take(GPtrArray *problems, char *text)
{
    g_ptr_array_add(problems, g_strchomp(text));
}

/* However much is wrong, this much is worth reading. */
static void keep_first(GPtrArray *problems)
{
    guint count = problems->len;

    if (count > VTDM_DMAR_NOTES_MAX) {
        g_ptr_array_set_size(problems, VTDM_DMAR_NOTES_MAX);
        vtdm_problem_add(problems, "and %u more",
                         count - VTDM_DMAR_NOTES_MAX);
    }
}

/* One error for everything, so that nobody mends them one by one. */
static char *join(GPtrArray *problems)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    keep_first(problems);
    g_ptr_array_add(problems, NULL);
    text = g_strjoinv("\n", (char **)problems->pdata);
    lines = g_strsplit(text, "\n", -1);
    return g_strjoinv("\n  ", lines);
}

void vtdm_problems_report(GPtrArray *problems, Error **errp)
{
    g_autofree char *text = join(problems);

    error_setg(errp, "cannot start with this configuration:\n  %s", text);
}

void vtdm_problems_report_load(GPtrArray *problems, const char *device)
{
    g_autofree char *text = join(problems);

    error_report("%s: cannot load this state:\n  %s", device, text);
}

void vtdm_notes_report(const char *origin, const VTDMDmarNotes *notes,
                       void (*report)(const char *, ...)
                           G_GNUC_PRINTF(1, 2))
{
    g_autofree char *text = vtdm_dmar_notes_for_table(notes);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    Location nowhere;

    loc_push_none(&nowhere);
    for (size_t i = 0; notes->count && lines[i]; i++) {
        report("%s: %s", origin, lines[i]);
    }
    loc_pop(&nowhere);
}

void vtdm_warn(const char *format, ...)
{
    g_autofree char *text = NULL;
    Location nowhere;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    loc_push_none(&nowhere);
    warn_report("intel-iommu-sim: %s", text);
    loc_pop(&nowhere);
}

void vtdm_notes_warn_of_text(const char *property,
                             const VTDMDmarNotes *notes)
{
    Location nowhere;

    loc_push_none(&nowhere);
    for (guint i = 0; i < notes->kept->len; i++) {
        const VTDMDmarNote *note = g_ptr_array_index(notes->kept, i);

        warn_report("%s, column %zu: %s", property, note->at + 1, note->text);
    }
    if (notes->count > notes->kept->len) {
        warn_report("%s: and %u more", property,
                    notes->count - notes->kept->len);
    }
    loc_pop(&nowhere);
}
