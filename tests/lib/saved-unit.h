/*
 * A saved unit taken apart, to look at it, to change it and to put it together
 * again: by what docs/migration-format.md says, with no code of the model's.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef SAVED_UNIT_H
#define SAVED_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/i386/vtdm/glib.h"

typedef struct SavedColumn {
    char *name;
    unsigned width;
} SavedColumn;

typedef struct SavedSection {
    char *name;
    unsigned flags;
    GArray *columns;            /* SavedColumn */
    GArray *numbers;            /* uint64_t, record by record */
} SavedSection;

typedef struct SavedUnit {
    unsigned form;
    GPtrArray *sections;        /* SavedSection */
} SavedUnit;

/* NULL: these bytes are none. */
SavedUnit *saved_unit_parse(const GByteArray *bytes);
GByteArray *saved_unit_bytes(const SavedUnit *unit);
void saved_unit_free(SavedUnit *unit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SavedUnit, saved_unit_free)

/* A section, which must be there; how many records it has. */
SavedSection *saved_unit_section(SavedUnit *unit, const char *name);
unsigned saved_section_count(const SavedSection *section);

/* A number of it. */
uint64_t *saved_unit_number(SavedUnit *unit, const char *section,
                            unsigned record, const char *column);

/*
 * Does what @edits say, words with a space between them: "+SECTION" adds a
 * record of zeros, "=SECTION" one that is as the first, "~SECTION" removes all
 * records, "-SECTION" the section; "SECTION.COLUMN=NUMBER" and
 * "SECTION[RECORD].COLUMN=NUMBER".
 */
void saved_unit_edit(SavedUnit *unit, const char *edits);

/* Puts the right checksum behind bytes of any content. */
void saved_unit_seal(GByteArray *bytes);

#endif
