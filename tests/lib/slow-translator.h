/*
 * Scalable mode once more: a slow translator, written from the facts alone,
 * bit by bit, which shares nothing with the model but names of conditions.
 *
 * Where one request breaks several rules and the specification does not rank
 * them, the order here is: presence before reserved bits, the second stage
 * before the rights of the first, flags of a leaf before all rights.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef SLOW_TRANSLATOR_H
#define SLOW_TRANSLATOR_H

#include "machine.h"

/* A PASID entry, with the FPD of its directory entry. */
typedef struct Pasid {
    VTDMCondition condition;
    bool fpd, ssade, snooped, pgsnp, sre, wpe, eafe;
    unsigned pgtt, did, ss_levels, fs_levels;
    uint64_t ssptptr, fsptptr;
} Pasid;

/* The translator, and the PASID entry of the last request. */
typedef struct Slow {
    Machine *machine;
    const VTDMConfig *config;
    /* What the unit must make of memory from @first on, @size bytes. */
    uint8_t *memory;
    uint64_t first, size;
    Pasid pasid;
    /* Entries whose flags the last request set; whether one came again. */
    uint64_t changed[64];
    unsigned changes;
    bool again;
    bool trying;                /* flags are not set, only whether they can */
} Slow;

/* What a request must get. */
typedef struct Answer {
    VTDMCondition condition;
    VTDMResponse response;
    uint64_t address, mask;
    unsigned perm;
    bool snoop, untranslated, privileged, first_stage, fpd;
} Answer;

/*
 * The answer to @request, whatever is cached, when the unit is on in scalable
 * mode with its root table at MACHINE_ROOT; flags are set in slow->memory.
 */
Answer slow_translate(Slow *slow, const VTDMRequest *request);

/* Whether a fault recording register must have it. */
bool slow_is_recorded(const Answer *answer);

static inline bool is_interrupt(uint64_t first, uint64_t last)
{
    return first <= 0xfeefffff && last >= 0xfee00000;
}

static inline bool bit(uint64_t word, int n)
{
    return word >> n & 1;
}

static inline uint64_t bits(uint64_t word, int high, int low)
{
    return word << (63 - high) >> (63 - high + low);
}

#endif
