/*
 * From the bytes of a DMAR table to a description.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_PARSE_H
#define VTDM_DMAR_PARSE_H

#include "hw/i386/vtdm/dmar.h"

/* No ACPI table of QEMU's is longer, and no DMAR table of a real machine. */
#define VTDM_DMAR_MAX_LENGTH 65535u

/*
 * Reads the DMAR table in the first bytes of @table; @len may be more than
 * the table's own length, which the header gives.
 *
 * Returns NULL, with at least one note in @errors, for what no operating
 * system could use: wrong signature, length or checksum, a table longer
 * than VTDM_DMAR_MAX_LENGTH, a structure or
 * scope that does not fit into what contains it, no DRHD, register sets
 * that are absent, misaligned or overlap, two INCLUDE_PCI_ALL units in one
 * segment. All else that is wrong is in the result's @warnings, so are the
 * structures and regions that were skipped.
 */
VTDMDmar *vtdm_dmar_parse(const void *table, size_t len,
                          VTDMDmarNotes *errors);

/*
 * The first half of it: what could be read, without vtdm_dmar_check(). With
 * notes in @errors it is for people to look at, and no more; NULL only
 * without a header.
 */
VTDMDmar *vtdm_dmar_read(const void *table, size_t len,
                         VTDMDmarNotes *errors);

#endif
