/*
 * Makes a good DMAR table wrong, as the user asks for it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "hw/i386/vtdm/dmar-build.h"
#include "hw/i386/vtdm/dmar-parse.h"
#include "notes.h"
#include "quirk-kinds.h"

/* The bit of a quirk, 0 if there is none of that name. */
static uint32_t find_quirk(const char *name, size_t len)
{
    for (int i = 0; i < VTDM_QUIRKS; i++) {
        if (strlen(vtdm_dmar_quirks[i].name) == len &&
            !memcmp(vtdm_dmar_quirks[i].name, name, len)) {
            return 1u << i;
        }
    }
    return 0;
}

static void note_unknown(size_t at, VTDMDmarNotes *errors)
{
    g_autoptr(GString) names = g_string_new(vtdm_dmar_quirks[0].name);

    for (int i = 1; i < VTDM_QUIRKS; i++) {
        g_string_append_printf(names, "%s%s",
                               i == VTDM_QUIRKS - 1 ? " or " : ", ",
                               vtdm_dmar_quirks[i].name);
    }
    vtdm_dmar_note(errors, at, "there is no such quirk, expected %s",
                   names->str);
}

/* Nothing is at @at, which is beside a '+', or at two of them. */
static void note_lonely_plus(size_t at, VTDMDmarNotes *errors)
{
    vtdm_dmar_note(errors, at ? at - 1 : 0, "nothing %s this '+': remove it",
                   at ? "follows" : "is before");
}

bool vtdm_dmar_quirks_from_string(const char *text, uint32_t *quirks,
                                  VTDMDmarNotes *errors)
{
    unsigned before = errors->count;
    const char *p = text;

    for (*quirks = 0;;) {
        size_t len = strcspn(p, "+");
        uint32_t quirk = find_quirk(p, len);

        if (!len && *text) {
            note_lonely_plus(p - text, errors);
        } else if (!quirk) {
            note_unknown(p - text, errors);
        } else if (*quirks & quirk) {
            vtdm_dmar_note(errors, p - text, "%.*s is there twice: remove "
                           "this one", (int)len, p);
        }
        *quirks |= quirk;
        if (!p[len]) {
            return errors->count == before;
        }
        p += len + 1;
    }
}

/* The offset of a quirk in a text that names it. */
static size_t offset_of(const char *text, uint32_t quirk)
{
    const char *p = text;

    while (find_quirk(p, strcspn(p, "+")) != quirk) {
        p += strcspn(p, "+") + 1;
    }
    return p - text;
}

static bool change(VTDMDmar *dmar, const char *text, uint32_t quirks,
                   VTDMDmarNotes *errors)
{
    bool ok = true;

    for (int i = 0; i < VTDM_QUIRKS; i++) {
        const VTDMDmarQuirkKind *quirk = &vtdm_dmar_quirks[i];

        if (quirks & 1u << i && quirk->change && !quirk->change(dmar)) {
            vtdm_dmar_note(errors, offset_of(text, 1u << i), "%s needs %s",
                           quirk->name, quirk->needs);
            ok = false;
        }
    }
    return ok;
}

GByteArray *vtdm_dmar_spoil(const GByteArray *table, const char *text,
                            VTDMDmarNotes *errors)
{
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_parse(table->data, table->len,
                                               errors);
    uint32_t quirks;
    GByteArray *out;

    if (!dmar || !vtdm_dmar_quirks_from_string(text, &quirks, errors) ||
        !change(dmar, text, quirks, errors)) {
        return NULL;
    }
    out = vtdm_dmar_build(dmar, errors);
    for (int i = 0; out && i < VTDM_QUIRKS; i++) {
        if (quirks & 1u << i && vtdm_dmar_quirks[i].spoil) {
            vtdm_dmar_quirks[i].spoil(out);
        }
    }
    return out;
}
