/*
 * From a description to the bytes of a DMAR table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_BUILD_H
#define VTDM_DMAR_BUILD_H

#include "hw/i386/vtdm/dmar.h"

/*
 * The bytes of a table that describes @dmar; vtdm_dmar_parse() reads back
 * what was given. Of a description that was loaded, nothing changes but what
 * was changed in it: order, reserved bits, padding and structures without a
 * meaning stay. Else structures are in increasing order of type, units with
 * INCLUDE_PCI_ALL after the others. The caller unrefs the array.
 *
 * Returns NULL, with a note in @errors, if a structure's scopes or a name
 * do not fit into the 16 bits of its length field.
 */
GByteArray *vtdm_dmar_build(const VTDMDmar *dmar, VTDMDmarNotes *errors);


/* Makes the length and the checksum in the header of a table right. */
void vtdm_dmar_seal(GByteArray *table);

#endif
