/*
 * What a guest can do to make one register write as costly as it gets: a unit
 * with full caches, or with a listener over tables that refer to each other,
 * and a full queue. Moving the tail starts it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WORST_CASES_H
#define WORST_CASES_H

#include "hw/i386/vtdm/mirror.h"
#include "machine.h"

#define WORST_DESCRIPTORS       32767   /* a queue holds one less than QS=7 */
#define WORST_WIDE              16383   /* of 256 bits */
#define WORST_IRTES             32768
#define WORST_TRANSLATIONS      65536
#define WORST_CONTEXTS          4096    /* entries of the context cache... */
#define WORST_PASIDS            4096    /* ... and of the PASID cache */
#define WORST_PAGES             786432  /* of the listener's tables */

typedef struct WorstCase {
    const char *name;
    /* Fills caches and queue of a machine that runs in slices. */
    void (*prepare)(struct WorstCase *worst);
    uint64_t descriptors;       /* of the queue */
    uint64_t removed;           /* entries that they remove */
    uint64_t compared;          /* pages that they make mirrors look at */
    bool wide;                  /* they have 256 bits */

    Machine *machine;
    VTDMMirror *mirror;         /* NULL: nobody mirrors */
    uint64_t told;              /* pages, to whoever mirrors */
} WorstCase;

extern const WorstCase worst_cases[];
extern const size_t worst_cases_count;

/* A copy of @worst with a machine, ready to run. */
WorstCase *worst_case_new(const WorstCase *worst);
void worst_case_free(WorstCase *worst);

/* Moves the tail behind all descriptors. Machine_work() does the rest. */
void worst_case_start(WorstCase *worst);
bool worst_case_is_done(WorstCase *worst);

#endif
