/*
 * The file that holds a DMAR table, whatever it turns out to be.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_DMAR_FILE_H
#define VTDM_DMAR_FILE_H

#include "hw/i386/vtdm/glib.h"

/* The text of a machine's tables is smaller. */
#define VTDM_DMAR_FILE_MAX (16u << 20)

/*
 * The table in the regular file at @path, which has at most
 * VTDM_DMAR_FILE_MAX bytes: all of them, or those that vtdm_dmar_decode()
 * makes of them. The caller unrefs the array; the parser has not seen it.
 *
 * Does not wait for a FIFO or a device. On failure returns NULL, and *@error
 * is a sentence without the path, which the caller frees.
 */
GByteArray *vtdm_dmar_file_read(const char *path, char **error);

/* The same for an open file of any kind, which it reads to its end. */
GByteArray *vtdm_dmar_stream_read(int fd, char **error);

#endif
