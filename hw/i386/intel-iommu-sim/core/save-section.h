/*
 * A section of what a unit is saved as: a table of numbers, whose columns have
 * names. One row here says all about a column.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_SECTION_H
#define VTDM_CORE_SAVE_SECTION_H

#include "hw/i386/vtdm/vtdm.h"

/* A number that each record has. */
typedef struct VTDMColumn {
    const char *name;
    uint32_t offset;            /* of its field in the record... */
    uint8_t size;               /* ... and the field's bytes: 1, 2, 4 or 8 */
    uint8_t width;              /* bytes in the stream */
    uint64_t min;
    uint64_t max;               /* 0: what fits */
    uint64_t (*reserved)(const VTDMConfig *config);     /* bits of it... */
    uint64_t fixed;             /* ... that are always as in standard */
    bool later;                 /* older streams have it not... */
    uint64_t standard;          /* ... and mean this */
} VTDMColumn;

#define VTDM_COLUMN(name, type, field, width, ...) \
    { name, offsetof(type, field), sizeof(((type *)0)->field), width, \
      __VA_ARGS__ }

/* A field that is on or off. */
#define VTDM_FLAG(name, type, field) \
    VTDM_COLUMN(name, type, field, 1, .max = 1)

/* What is being loaded: nothing of it is in the unit yet. */
typedef struct VTDMLoad {
    const VTDMUnit *unit;
    GPtrArray *problems;        /* NULL: nobody reads them */
    unsigned refused;           /* how many there are */
    GHashTable *records;        /* name of a section -> its GArray */
} VTDMLoad;

typedef struct VTDMSection {
    const char *name;
    bool cached;                /* may be left behind */
    bool later;                 /* older streams and readers have it not */
    const VTDMColumn *columns;  /* of each record; NULL: made, see below */
    size_t count;               /* of them */
    size_t record;              /* bytes of a record */
    size_t keys;                /* first columns that no two records share */
    uint32_t least;             /* records... */
    uint32_t most;              /* ... that there may be; or, if not NULL: */
    uint32_t (*most_of)(const VTDMConfig *config);

    /* The columns of one record, which has 64 bits for each, in order. */
    GArray *(*make_columns)(const VTDMUnit *unit);

    /* Appends the records that the unit has. */
    void (*save)(const VTDMUnit *unit, GArray *records);
    /*
     * What is wrong with the record of number @at, whose columns are good, and
     * so are those of all other sections; NULL: nothing.
     */
    const char *(*check)(const VTDMLoad *load, const GArray *records,
                         guint at);
    /* Takes over what has been checked. NULL: there is nothing to take. */
    void (*load)(VTDMUnit *unit, const GArray *records);
} VTDMSection;

/* The columns of a section, which the caller unrefs; and its record. */
GArray *vtdm_section_columns(const VTDMSection *section,
                             const VTDMUnit *unit);
size_t vtdm_section_record(const VTDMSection *section,
                           const GArray *columns);

/* The field of a column in @record. */
uint64_t vtdm_column_get(const VTDMColumn *column, const void *record);
void vtdm_column_put(const VTDMColumn *column, void *record, uint64_t value);

/* Writes the section as @unit has it. */
void vtdm_section_save(const VTDMSection *section, const VTDMUnit *unit,
                       GByteArray *bytes);

/* Adds a line to the problems, if there is room and anybody reads them. */
void vtdm_load_refuse(VTDMLoad *load, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

/* The records of a section, which is there. */
const GArray *vtdm_load_records(const VTDMLoad *load, const char *name);

#endif
