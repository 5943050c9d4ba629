/*
 * Migration streams with nothing in them but some devices' state: each device's
 * is a section, and a machine takes those that are there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef STREAM_H
#define STREAM_H

#include "libqtest.h"

/* What every QEMU of the next years has: the machine of all such streams. */
#define STREAM_MACHINE          "pc-q35-9.2"

/* The section of the device @id in the stream @file; the caller unrefs it. */
GByteArray *stream_section(const char *file, const char *id);

/* Writes a stream of @sections, which follow each other, to @file. */
void stream_write(const char *file, const GByteArray *sections);

#endif
