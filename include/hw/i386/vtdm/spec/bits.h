/*
 * Bit fields of registers and tables, written [high:low] as the
 * specification prints them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_SPEC_BITS_H
#define VTDM_SPEC_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define VTDM_BIT(n)             (1ULL << (n))
#define VTDM_BITS(high, low) \
    ((~0ULL >> (63 - (high))) & (~0ULL << (low)))

/* The value of field @mask in @word, shifted down to bit 0. */
static inline uint64_t vtdm_get(uint64_t word, uint64_t mask)
{
    return (word & mask) / (mask & -mask);
}

/* @value shifted up to its place in field @mask; excess bits are dropped. */
static inline uint64_t vtdm_field(uint64_t mask, uint64_t value)
{
    return (value * (mask & -mask)) & mask;
}

/* All bits below bit @width; @width is 0 to 64. */
static inline uint64_t vtdm_mask_below(unsigned width)
{
    return width >= 64 ? ~0ULL : (1ULL << width) - 1;
}

#endif
