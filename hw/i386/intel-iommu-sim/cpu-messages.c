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
    uint64_t times;             /* that it was sent */
} Delivery;

/*
 * Those that wait for the main loop, the oldest first. What waits already does
 * not wait twice, however long that takes: an interrupt that is pending is
 * pending, and it comes after all that any of its senders did. So they are
 * few: the units' own, as many as there are event registers.
 */
static GQueue waiting = G_QUEUE_INIT;
static GMutex waiting_lock;

/* The kind of interrupt controller stays, and is asked for by its name. */
static const APICCommonClass *apic_class(void)
{
    static const APICCommonClass *class;

    if (unlikely(!class)) {
        class = apic_get_class(NULL);
    }
    return class;
}

static void deliver(Delivery *delivery)
{
    uint64_t *delivered = delivery->delivered;

    apic_class()->send_msi(&delivery->message);
    if (delivered) {
        qatomic_set(delivered, *delivered + delivery->times);
    }
}

static gint differ(gconstpointer a, gconstpointer b)
{
    const Delivery *one = a, *other = b;

    return one->message.address != other->message.address ||
           one->message.data != other->message.data ||
           one->delivered != other->delivered;
}

/* Whether the main loop has not been asked yet for those that wait. */
static bool put_off(const Delivery *delivery)
{
    bool first;
    GList *same;

    g_mutex_lock(&waiting_lock);
    first = g_queue_is_empty(&waiting);
    same = g_queue_find_custom(&waiting, delivery, differ);
    if (same) {
        ((Delivery *)same->data)->times += delivery->times;
    } else {
        g_queue_push_tail(&waiting, g_memdup2(delivery, sizeof(*delivery)));
    }
    g_mutex_unlock(&waiting_lock);
    return first;
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
    Delivery delivery = { { .address = address, .data = data }, delivered, 1 };

    if (bql_locked()) {
        deliver(&delivery);
    } else if (put_off(&delivery)) {
        aio_bh_schedule_oneshot(qemu_get_aio_context(), flush_in_main_loop,
                                NULL);
    }
}
