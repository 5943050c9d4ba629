/*
 * The forms in which people have a DMAR table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_FORMAT_H
#define VTDM_DMAR_FORMAT_H

#include "hw/i386/vtdm/glib.h"

/*
 * The table in @bytes, which it takes over: a binary table as it is, the
 * DMAR of acpidump's text. Returns NULL, with a sentence in *@error that the
 * caller frees, for what it knows to be something else; what it does not
 * know at all it returns as it is.
 */
GByteArray *vtdm_dmar_decode(GByteArray *bytes, char **error);

#endif
