/*
 * Messages as the interrupt controller of the CPUs takes them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/apic_internal.h"
#include "hw/pci/msi.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "compat.h"
#include "cpu-messages.h"

typedef struct Delivery {
    MSIMessage message;
    uint64_t *delivered;
} Delivery;

/* Those that wait for the main loop, the oldest first. */
static GQueue waiting = G_QUEUE_INIT;
static GMutex waiting_lock;

static void deliver(Delivery *delivery)
{
    apic_get_class(NULL)->send_msi(&delivery->message);
    if (delivery->delivered) {
        qatomic_inc(delivery->delivered);
    }
}

static void put_off(const Delivery *delivery)
{
    g_mutex_lock(&waiting_lock);
    g_queue_push_tail(&waiting, g_memdup2(delivery, sizeof(*delivery)));
    g_mutex_unlock(&waiting_lock);
}

/* NULL: nobody waits. */
static Delivery *next_waiting(void)
{
    Delivery *delivery;

    g_mutex_lock(&waiting_lock);
    delivery = g_queue_pop_head(&waiting);
    g_mutex_unlock(&waiting_lock);
    return delivery;
}

void vtdm_messages_flush(void)
{
    for (Delivery *delivery; (delivery = next_waiting()); ) {
        deliver(delivery);
        g_free(delivery);
    }
}

static void flush_in_main_loop(void *opaque)
{
    vtdm_messages_flush();
}

/* CPUs are touched under the big lock only; a device thread has it not. */
void vtdm_message_deliver(uint64_t address, uint32_t data,
                          uint64_t *delivered)
{
    Delivery delivery = { { .address = address, .data = data }, delivered };

    if (bql_locked()) {
        deliver(&delivery);
    } else {
        put_off(&delivery);
        aio_bh_schedule_oneshot(qemu_get_aio_context(), flush_in_main_loop,
                                NULL);
    }
}
