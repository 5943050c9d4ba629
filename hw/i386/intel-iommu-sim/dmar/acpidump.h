/*
 * The text of acpidump: all tables of a machine, or one, in hexadecimal.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_ACPIDUMP_H
#define VTDM_ACPIDUMP_H

#include "hw/i386/vtdm/glib.h"
#include <stdbool.h>

/* Does @bytes begin as such a text does? */
bool vtdm_acpidump_is_text(const GByteArray *bytes);

/*
 * The bytes of the DMAR table in a text; the caller unrefs them. Returns
 * NULL, with a sentence in *@error that the caller frees, if it has none or
 * its lines are not as acpidump writes them.
 */
GByteArray *vtdm_acpidump_table(const GByteArray *text, char **error);

#endif
