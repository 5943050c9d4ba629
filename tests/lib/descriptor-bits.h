/*
 * Bits of a descriptor, for tests that try each one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef DESCRIPTOR_BITS_H
#define DESCRIPTOR_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of reserved bits; high = 0 ends a list that is not full. */
typedef struct BitRun {
    uint8_t high, low;
} BitRun;

static inline bool bit_is_in(unsigned bit, const BitRun *runs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (runs[i].high && bit <= runs[i].high && bit >= runs[i].low) {
            return true;
        }
    }
    return false;
}

static inline bool bit_is_type(unsigned bit)
{
    return bit <= 3 || (bit >= 9 && bit <= 11);
}

/* These change what else is looked at. */
static inline bool bit_is_granularity(unsigned bit)
{
    return bit == 4 || bit == 5;
}

#endif
