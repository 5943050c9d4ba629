/*
 * A fake host's memory for tests with threads: processors, the unit and
 * devices share it, word by word.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef SHARED_MEMORY_H
#define SHARED_MEMORY_H

#include "machine.h"

static inline uint64_t shared_get(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void shared_set(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static inline uint64_t *shared_word(FakeHost *host, uint64_t address)
{
    return (uint64_t *)(host->ram + address);
}

/* Host operations, with the fake host for the opaque pointer. */

static inline bool shared_read(void *opaque, uint64_t address, void *buf,
                               size_t len)
{
    for (size_t i = 0; i < len / 8; i++) {
        ((uint64_t *)buf)[i] = shared_get(shared_word(opaque,
                                                      address + 8 * i));
    }
    return true;
}

static inline bool shared_write(void *opaque, uint64_t address,
                                const void *buf, size_t len)
{
    if (len == 4) {
        __atomic_store_n((uint32_t *)shared_word(opaque, address),
                         *(const uint32_t *)buf, __ATOMIC_SEQ_CST);
    }
    for (size_t i = 0; i < len / 8; i++) {
        shared_set(shared_word(opaque, address + 8 * i),
                   ((const uint64_t *)buf)[i]);
    }
    return true;
}

#endif
