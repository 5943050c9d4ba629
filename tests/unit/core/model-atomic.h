/*
 * core/atomic.h for interleavings.c: who stores leaves a message, who loads may
 * be given any that it cannot know to be old.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef MODEL_ATOMIC_H
#define MODEL_ATOMIC_H

#include <stddef.h>
#include <stdint.h>

uint64_t model_load(const void *word, size_t size);
void model_store(void *word, size_t size, uint64_t value);

#define vtdm_load(word) \
    ((__typeof__(*(word) + 0))model_load(word, sizeof(*(word))))
#define vtdm_store(word, value) \
    model_store(word, sizeof(*(word)), (uint64_t)(value))

static inline void vtdm_publish(void)
{
}

#endif
