/*
 * Streams of QEMU's, version 3.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/bswap.h"
#include "stream.h"

enum {
    END = 0x00,
    FULL = 0x04,
    DESCRIPTION = 0x06,
    CONFIGURATION = 0x07,
    FOOTER = 0x7e,
};

#define NUMBER_SIZE             4
#define NOTHING                 "{}"        /* is described */
#define FOOTER_SIZE             (1 + NUMBER_SIZE)

/* Where a section starts whose name ends with @id; its number follows. */
static const uint8_t *find_start(const uint8_t *stream, size_t size,
                                 const char *id)
{
    const uint8_t *at = stream;
    size_t length = strlen(id);

    while ((at = memmem(at, stream + size - at, id, length))) {
        for (const uint8_t *name = at; name > stream + FOOTER_SIZE &&
                                       at - name < UINT8_MAX; name--) {
            if (name[-1] == at - name + length &&
                name[-1 - FOOTER_SIZE] == FULL) {
                return name - 1 - FOOTER_SIZE;
            }
        }
        at++;
    }
    return NULL;
}

/* Behind its footer another one begins, or nothing. */
static const uint8_t *find_end(const uint8_t *start, const uint8_t *limit)
{
    uint8_t footer[FOOTER_SIZE] = { FOOTER };
    const uint8_t *at = start;

    memcpy(footer + 1, start + 1, NUMBER_SIZE);
    while ((at = memmem(at, limit - at, footer, sizeof(footer)))) {
        at += sizeof(footer);
        if (*at == FULL || *at == END || *at == DESCRIPTION) {
            return at;
        }
    }
    return NULL;
}

GByteArray *stream_section(const char *file, const char *id)
{
    g_autofree char *stream = NULL;
    const uint8_t *start, *end;
    size_t size;

    g_assert_true(g_file_get_contents(file, &stream, &size, NULL));
    start = find_start((uint8_t *)stream, size, id);
    g_assert_nonnull(start);
    end = find_end(start, (uint8_t *)stream + size);
    g_assert_nonnull(end);
    return g_byte_array_append(g_byte_array_new(), start, end - start);
}

static void put_number(GByteArray *bytes, uint32_t number)
{
    number = cpu_to_be32(number);
    g_byte_array_append(bytes, (uint8_t *)&number, sizeof(number));
}

static void put_byte(GByteArray *bytes, uint8_t byte)
{
    g_byte_array_append(bytes, &byte, 1);
}

void stream_write(const char *file, const GByteArray *sections)
{
    g_autoptr(GByteArray) stream = g_byte_array_new();

    put_number(stream, 0x5145564d);
    put_number(stream, 3);
    put_byte(stream, CONFIGURATION);
    put_number(stream, strlen(STREAM_MACHINE));
    g_byte_array_append(stream, (const uint8_t *)STREAM_MACHINE,
                        strlen(STREAM_MACHINE));
    g_byte_array_append(stream, sections->data, sections->len);
    put_byte(stream, END);
    put_byte(stream, DESCRIPTION);
    put_number(stream, strlen(NOTHING));
    g_byte_array_append(stream, (const uint8_t *)NOTHING, strlen(NOTHING));
    g_assert_true(g_file_set_contents(file, (char *)stream->data, stream->len,
                                      NULL));
}
