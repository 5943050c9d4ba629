/*
 * The form of a saved unit: docs/migration-format.md says it in words.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_FORM_H
#define VTDM_CORE_SAVE_FORM_H

/* It begins with these 8 bytes, then has the number of the form. */
#define VTDM_SAVE_MAGIC         "VTDMUNIT"
#define VTDM_SAVE_FORM          1

/* Bytes of both and of the length that follows; of the checksum at the end. */
#define VTDM_SAVE_HEADER        20
#define VTDM_SAVE_TRAILER       8

/* A flag of a section: who does not know it must not load the rest. */
#define VTDM_SECTION_REQUIRED   1

#endif
