/*
 * The numbers of threads. One that ends gives its own back, to whoever comes
 * next: the lock between the two makes its counts seen.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <pthread.h>

#include "hw/i386/vtdm/thread.h"

__thread unsigned vtdm_thread_number;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t taken;          /* bit n: number n */

static void leave(gpointer number)
{
    pthread_mutex_lock(&lock);
    taken &= ~(1u << GPOINTER_TO_UINT(number));
    pthread_mutex_unlock(&lock);
    vtdm_thread_number = 0;
}

static GPrivate at_end = G_PRIVATE_INIT(leave);

unsigned vtdm_thread_enter(void)
{
    unsigned number = 1;

    pthread_mutex_lock(&lock);
    while (number < VTDM_THREADS && taken >> number & 1) {
        number++;
    }
    taken |= 1u << number;
    pthread_mutex_unlock(&lock);
    vtdm_thread_number = number;
    g_private_set(&at_end, GUINT_TO_POINTER(number));
    return number;
}
