/*
 * A second, slow translator of legacy mode, written from the facts alone, bit
 * by bit: with no code of the model's, and no cache.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef LEGACY_TRANSLATOR_H
#define LEGACY_TRANSLATOR_H

#include "machine.h"

typedef struct LegacyContext {
    VTDMCondition condition;
    unsigned tt, aw, did;
    uint64_t pointer;
} LegacyContext;

typedef struct LegacyPage {
    VTDMCondition condition;
    uint64_t output;            /* of the request's own 4 KiB page */
    uint64_t first, last;       /* bytes of the whole page */
    unsigned perm;              /* 1 read, 2 write */
} LegacyPage;

typedef struct LegacyAnswer {
    VTDMCondition condition;
    VTDMResponse response;
    uint64_t address;
    unsigned perm;
} LegacyAnswer;

/* An entry of 64 bits; whether there is memory. */
bool legacy_fetch(Machine *machine, uint64_t address, uint64_t *value);

/* The largest AW that a unit has. */
int legacy_widest(const VTDMConfig *config);

/* What a requester's root and context entries say. */
LegacyContext legacy_find_context(Machine *machine, unsigned source_id);

/* What the tables of @context make of @address. */
LegacyPage legacy_walk(Machine *machine, const LegacyContext *context,
                       uint64_t address);

/* The answer to @request where the tables make @page of its address. */
LegacyAnswer legacy_answer_of(const VTDMConfig *config,
                              const VTDMRequest *request,
                              const LegacyPage *page);

/* The answer to @request, with TTM @ttm. */
LegacyAnswer legacy_answer(Machine *machine, const VTDMRequest *request,
                           unsigned ttm);

#endif
