/*
 * intel-iommu-sim: counts of what several threads do, without a word that they
 * share. Each has a number, and counts in a place of that number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_THREAD_H
#define VTDM_THREAD_H

#include <stdint.h>

#include "hw/i386/vtdm/glib.h"

/*
 * Numbers are from 1; this is the last one. All have it who come while the
 * others are taken.
 */
#define VTDM_THREADS            16

/* Of this thread, 0: it has none yet. A module finds it without a call, too. */
extern __thread unsigned vtdm_thread_number
    __attribute__((tls_model("initial-exec")));

/* Gives this thread a number, until it ends. */
unsigned vtdm_thread_enter(void);

static inline unsigned vtdm_thread(void)
{
    unsigned number = vtdm_thread_number;

    return G_LIKELY(number) ? number : vtdm_thread_enter();
}

/* One more in @count, which is @thread's, the calling one's. */
static inline void vtdm_thread_count(uint64_t *count, unsigned thread)
{
    if (G_LIKELY(thread < VTDM_THREADS)) {
        __atomic_store_n(count, __atomic_load_n(count, __ATOMIC_RELAXED) + 1,
                         __ATOMIC_RELAXED);
    } else {
        __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
    }
}

/* Any thread's. */
static inline uint64_t vtdm_thread_read(const uint64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

#endif
