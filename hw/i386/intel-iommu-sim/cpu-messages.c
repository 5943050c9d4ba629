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

static void deliver(Delivery *delivery)
{
    apic_get_class(NULL)->send_msi(&delivery->message);
    if (delivery->delivered) {
        qatomic_inc(delivery->delivered);
    }
}

static void deliver_in_main_loop(void *opaque)
{
    g_autofree Delivery *delivery = opaque;

    deliver(delivery);
}

/* CPUs are touched under the big lock only; a device thread has it not. */
void vtdm_message_deliver(uint64_t address, uint32_t data,
                          uint64_t *delivered)
{
    Delivery delivery = { { .address = address, .data = data }, delivered };

    if (bql_locked()) {
        deliver(&delivery);
    } else {
        aio_bh_schedule_oneshot(qemu_get_aio_context(), deliver_in_main_loop,
                                g_memdup2(&delivery, sizeof(delivery)));
    }
}
