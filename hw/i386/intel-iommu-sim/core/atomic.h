/*
 * Words that are read without the unit's lock, and written with it. Whatever
 * was written before such a word is seen by whoever has read it there.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_ATOMIC_H
#define VTDM_CORE_ATOMIC_H

/* What two threads write had better not be in one of these. */
#define VTDM_CACHE_LINE         64

#ifdef VTDM_MODEL_ATOMICS       /* tests/unit/core/interleavings.c */
#include VTDM_MODEL_ATOMICS
#else

#define vtdm_load(word)         __atomic_load_n(word, __ATOMIC_ACQUIRE)
#define vtdm_store(word, value) __atomic_store_n(word, value, __ATOMIC_RELEASE)

/*
 * What was written before is seen by whoever sees what is written after, by
 * plain stores, too. The thread sanitizer knows no fences, and needs none.
 */
static inline void vtdm_publish(void)
{
#ifndef __SANITIZE_THREAD__
    __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}

#endif

#endif
