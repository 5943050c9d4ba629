/*
 * Numbers and names, written one behind the other and read back within bounds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_SAVE_BYTES_H
#define VTDM_CORE_SAVE_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/i386/vtdm/glib.h"

/* Bytes of the longest name, with the 0 behind it. */
#define VTDM_NAME_SIZE          64

/* What has still to be read. */
typedef struct VTDMBytes {
    const uint8_t *next;
    size_t left;
    bool ended;                 /* more was read than there is */
} VTDMBytes;

/* A number of @width bytes, 1 to 8, the low ones first. */
void vtdm_bytes_put(GByteArray *bytes, uint64_t value, unsigned width);

/* A name that is shorter than VTDM_NAME_SIZE. */
void vtdm_bytes_put_name(GByteArray *bytes, const char *name);

/* The next number; 0 where the bytes have ended. */
uint64_t vtdm_bytes_take(VTDMBytes *bytes, unsigned width);

/*
 * The next name. Returns false where there is none: the bytes have ended, it is
 * too long or has what is no printable ASCII.
 */
bool vtdm_bytes_take_name(VTDMBytes *bytes, char name[VTDM_NAME_SIZE]);

/* The next @length bytes, apart; none where there are fewer. */
VTDMBytes vtdm_bytes_part(VTDMBytes *bytes, uint64_t length);

/* FNV-1a of 64 bits. */
uint64_t vtdm_bytes_checksum(const void *bytes, size_t size);

#endif
