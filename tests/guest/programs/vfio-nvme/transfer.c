/* SPDX-License-Identifier: GPL-2.0-or-later
 * The commands `read` and `write`: much data, by transfers of many pages that
 * start within one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "session.h"

enum {
    PIECE = 128 << 10,
    OFFSET = 512,               /* of a piece in its first page */
};

static void transfer(char **words, unsigned opcode,
                     size_t (*move)(uint8_t *memory, size_t bytes))
{
    uint64_t block = strtoull(words[1], NULL, 0);
    size_t left = strtoull(words[2], NULL, 0);
    uint8_t *memory = memory_new(PIECE + PAGE);
    struct session session;

    session_open(&session, words[0], 0);
    vfio_map(&session.vfio, memory, BUFFER, PIECE + PAGE,
             opcode == NVME_READ ? VFIO_BOTH : VFIO_READ);
    while (left) {
        size_t bytes = left < PIECE ? left : PIECE;
        struct nvme_transfer piece = {
            opcode, block, BUFFER + OFFSET, bytes, 0
        };

        errno = 0;
        if ((opcode == NVME_WRITE && move(memory + OFFSET, bytes) != bytes) ||
            nvme_transfer(&session.nvme, &piece) ||
            (opcode == NVME_READ && move(memory + OFFSET, bytes) != bytes)) {
            die("a transfer");
        }
        block += bytes / NVME_BLOCK;
        left -= bytes;
    }
    session_close(&session);
}

static size_t to_output(uint8_t *memory, size_t bytes)
{
    return fwrite(memory, 1, bytes, stdout);
}

static size_t from_input(uint8_t *memory, size_t bytes)
{
    return fread(memory, 1, bytes, stdin);
}

void command_read(char **words)
{
    transfer(words, NVME_READ, to_output);
}

void command_write(char **words)
{
    transfer(words, NVME_WRITE, from_input);
}
