/*
 * intel-iommu-sim: the rows that say all about a unit's capabilities.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CONFIG_ROW_H
#define VTDM_CONFIG_ROW_H

#include "hw/i386/vtdm/config.h"

typedef enum VTDMConfigKind {
    VTDM_SWITCH,                /* on or off */
    VTDM_NUMBER,
    VTDM_WIDTH,                 /* a number of bits, which CAP.SAGAW follows */
    VTDM_WIDTHS,                /* VTDM_SAGAW_*; to users it is a switch */
} VTDMConfigKind;

/* A capability. It names others as their properties are named. */
struct VTDMConfigRow {
    const char *name;           /* of the property, and in caps=; NULL: end */
    VTDMConfigKind kind;
    size_t offset;              /* of the field in VTDMConfig... */
    size_t size;                /* ... and its bytes: 1, 2 or 4 */
    uint32_t standard;          /* what vtdm_config_init() makes it */

    uint32_t reg;               /* VTDM_REG_VER, _CAP or _ECAP... */
    uint64_t mask;              /* ... and its bits there; 0: in none */
    uint32_t bias;              /* how much less the register shows */
    uint32_t bits;              /* of the value that exist; 0: all */

    uint32_t min;               /* of a number, and of the width that the */
    uint32_t max;               /* register of a PC's unit may show */
    uint64_t gaps;              /* bit n: there is no n between them */

    const char *needs[4];       /* what must be on where this is on... */
    const char *excludes;       /* ... and what must be off */
    const char *brings[2];      /* what comes on with it */
    const char *zero_without;   /* the register shows 0 where that is off */
    uint8_t always_from;        /* version-major from which it must be on */

    bool unseen;                /* by software: a stream may have another */
    bool made_elsewhere;        /* the property has another owner or type */
    bool has_auto;              /* it may be auto, too, and is so at first */
    const char *help;           /* what it is; then, after ';', details */
};

extern const VTDMConfigRow vtdm_config_rows[];

/* The row of a property, or NULL. */
const VTDMConfigRow *vtdm_config_row(const char *name);

/* The field of a row. */
uint32_t vtdm_config_get(const VTDMConfig *config, const VTDMConfigRow *row);
void vtdm_config_put(VTDMConfig *config, const VTDMConfigRow *row,
                     uint32_t value);

/* Whether the capability of that name is on. */
bool vtdm_config_has(const VTDMConfig *config, const char *name);

/* Whether what a row needs is on, and what it excludes is off. */
bool vtdm_config_is_met(const VTDMConfig *config, const VTDMConfigRow *row);

/*
 * Whether CAP.SAGAW must be 0: from version 6 on without a second stage in
 * scalable mode.
 */
bool vtdm_config_lacks_widths(const VTDMConfig *config);

/* Whether @value lies between row->min and row->max, and in no gap. */
bool vtdm_config_row_has(const VTDMConfigRow *row, uint64_t value);

/*
 * The values that it has, such as "1 to 256" or "0, 1 or 3"; those that a
 * user may say, also "39, 48 or 57", "on or off"; and what
 * `-device ...,help` says. The caller frees them.
 */
char *vtdm_config_row_values(const VTDMConfigRow *row);
char *vtdm_config_row_choice(const VTDMConfigRow *row);
char *vtdm_config_row_help(const VTDMConfigRow *row);

/* How much of row->help says what it is. */
int vtdm_config_row_noun(const VTDMConfigRow *row);

#endif
