/*
 * Fuzz target: any text as the properties that describe units and reserved
 * memory regions. What is understood must build a table that parses.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "hw/i386/vtdm/dmar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

/* Every refusal has a reason, and a place in the text. */
static void check_errors(const VTDMDmarNotes *errors, const char *text,
                         bool ok)
{
    g_autofree char *notes = vtdm_dmar_notes_for_text(errors, "units", text);

    require(ok == !errors->len && ok == !*notes);
    for (unsigned i = 0; i < errors->len; i++) {
        const VTDMDmarNote *note = errors->pdata[i];

        require(note->at <= strlen(text));
    }
}

static void check_table(const VTDMDmar *dmar)
{
    g_autoptr(GPtrArray) errors = vtdm_dmar_notes_new();
    g_autoptr(GByteArray) table = vtdm_dmar_build(dmar, errors);
    g_autoptr(VTDMDmar) parsed = NULL;

    if (table) {
        parsed = vtdm_dmar_parse(table->data, table->len, errors);
        require(parsed && !parsed->warnings->len);
        require(parsed->units->len == dmar->units->len);
    }
}

/* The first byte chooses the property. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = size ? g_strndup((const char *)data + 1,
                                             size - 1) : NULL;
    g_autoptr(VTDMDmar) dmar = vtdm_dmar_new(39, 0);
    g_autoptr(GPtrArray) errors = vtdm_dmar_notes_new();
    bool ok;

    if (size) {
        ok = vtdm_dmar_from_string(dmar, data[0] % VTDM_DMAR_TYPES, text,
                                   errors);
        check_errors(errors, text, ok);
        if (ok && dmar->units->len) {
            check_table(dmar);
        }
    }
    return 0;
}
