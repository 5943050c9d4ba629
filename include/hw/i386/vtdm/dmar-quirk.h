/*
 * Deliberate firmware bugs: a good DMAR table made wrong in ways that real
 * machines have shown, to see what a driver does about it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_QUIRK_H
#define VTDM_DMAR_QUIRK_H

#include "hw/i386/vtdm/dmar.h"

/* In the order in which they are applied. */
typedef enum VTDMDmarQuirk {
    VTDM_QUIRK_ZERO_BASE,           /* of the first unit's registers */
    VTDM_QUIRK_ONES_ADDRESS,        /* as flash that was never written */
    VTDM_QUIRK_ONES_REGISTERS,      /* nothing answers there; not in the
                                     * table */
    VTDM_QUIRK_DUPLICATE_UNIT,      /* the first unit is there twice */
    VTDM_QUIRK_EMPTY_UNIT,          /* it lists nothing */
    VTDM_QUIRK_NO_INCLUDE_ALL,
    VTDM_QUIRK_TWO_INCLUDE_ALL,     /* that unit is there twice */
    VTDM_QUIRK_INCLUDE_ALL_FIRST,   /* before all other units */
    VTDM_QUIRK_NO_IOAPIC,
    VTDM_QUIRK_ABSENT_DEVICE,       /* 00:1e.7 is listed by a unit */
    VTDM_QUIRK_WRONG_SCOPE_TYPE,    /* a bridge for an endpoint, or so */
    VTDM_QUIRK_RMRR_UNRESERVED,     /* in the memory map; not in the table */
    VTDM_QUIRK_RMRR_BACKWARDS,      /* the first region ends before it starts */
    VTDM_QUIRK_RHSA_UNKNOWN,        /* a node for a unit that is not there */
    VTDM_QUIRK_SMALL_WIDTH,         /* host addresses of 8 bits */
    VTDM_QUIRK_UNLISTED_UNIT,       /* the first unit is left out */
    VTDM_QUIRK_ZERO_TAIL,           /* zeros where a structure could be */
    VTDM_QUIRK_TRUNCATED,           /* in the middle of a structure */
    VTDM_QUIRK_BAD_CHECKSUM,
    VTDM_QUIRKS
} VTDMDmarQuirk;

#define VTDM_QUIRK_BIT(quirk) (1u << VTDM_QUIRK_##quirk)

/*
 * Reads names of quirks separated by '+', which are those above in lower
 * case with '-'. On failure returns false and adds a note to @errors for
 * each name that is unknown, missing or there twice.
 */
bool vtdm_dmar_quirks_from_string(const char *text, uint32_t *quirks,
                                  VTDMDmarNotes *errors);

/*
 * The bytes of @table, a good one, with the quirks that @text names. The
 * caller unrefs them. Returns NULL, with notes in @errors, if @text is wrong
 * or @table lacks what a quirk spoils.
 */
GByteArray *vtdm_dmar_spoil(const GByteArray *table, const char *text,
                            VTDMDmarNotes *errors);

#endif
