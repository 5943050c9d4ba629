/*
 * Numbers and names, written one behind the other and read back within bounds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "save-bytes.h"

void vtdm_bytes_put(GByteArray *bytes, uint64_t value, unsigned width)
{
    uint64_t little = GUINT64_TO_LE(value);

    g_byte_array_append(bytes, (const guint8 *)&little, width);
}

void vtdm_bytes_put_name(GByteArray *bytes, const char *name)
{
    size_t length = strlen(name);

    vtdm_bytes_put(bytes, length, 1);
    g_byte_array_append(bytes, (const guint8 *)name, length);
}

VTDMBytes vtdm_bytes_part(VTDMBytes *bytes, uint64_t length)
{
    VTDMBytes part = { .next = bytes->next };

    if (length > bytes->left) {
        bytes->ended = part.ended = true;
        return part;
    }
    part.left = length;
    bytes->next += length;
    bytes->left -= length;
    return part;
}

uint64_t vtdm_bytes_take(VTDMBytes *bytes, unsigned width)
{
    VTDMBytes part = vtdm_bytes_part(bytes, width);
    uint64_t value = 0;

    for (size_t i = 0; i < part.left; i++) {
        value |= (uint64_t)part.next[i] << (8 * i);
    }
    return value;
}

bool vtdm_bytes_take_name(VTDMBytes *bytes, char name[VTDM_NAME_SIZE])
{
    VTDMBytes part = vtdm_bytes_part(bytes, vtdm_bytes_take(bytes, 1));

    if (!part.left || part.left >= VTDM_NAME_SIZE) {
        return false;
    }
    for (size_t i = 0; i < part.left; i++) {
        if (!g_ascii_isgraph(part.next[i])) {
            return false;
        }
        name[i] = part.next[i];
    }
    name[part.left] = 0;
    return true;
}

uint64_t vtdm_bytes_checksum(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < size; i++) {
        sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}
