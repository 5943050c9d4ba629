/* SPDX-License-Identifier: GPL-2.0-or-later
 * A polling NVMe driver: one admin and one I/O queue pair, namespace 1 with
 * blocks of 512 bytes. It is told where the device sees its memory.
 */
#ifndef VFIO_NVME_NVME_H
#define VFIO_NVME_NVME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NVME_BLOCK = 512,
    NVME_ENTRIES = 64,              /* of each queue: one less in flight */
    NVME_MEMORY = 8 * 4096,         /* what the driver itself needs */
    NVME_LARGEST = 512 * 4096,      /* bytes of one transfer */

    NVME_WRITE = 1,                 /* the device reads memory */
    NVME_READ = 2,                  /* the device writes memory */

    NVME_DATA_TRANSFER_ERROR = 4,   /* a status */
};

struct nvme_queue {
    volatile uint8_t *submissions;
    volatile uint8_t *completions;
    volatile uint32_t *submission_doorbell;
    volatile uint32_t *completion_doorbell;
    unsigned tail;
    unsigned head;
    unsigned phase;
};

struct nvme {
    volatile uint8_t *bar;
    struct nvme_queue admin;
    struct nvme_queue io;
    uint64_t *list;                 /* of pages, for a transfer of many */
    uint64_t list_address;
};

/* A read or write of BYTES from BLOCK on, to or from ADDRESS on the bus. */
struct nvme_transfer {
    unsigned opcode;
    uint64_t block;
    uint64_t address;
    size_t bytes;
    uint64_t list;                  /* where else the device finds its list */
};

/*
 * Reset the device and make its queues in NVME_MEMORY bytes of MEMORY, which
 * it sees at ADDRESS. Completions send interrupts of VECTOR; 0 sends none.
 */
void nvme_start(struct nvme *nvme, volatile uint8_t *bar, uint8_t *memory,
                uint64_t address, unsigned vector);

/* Whether a driver left the device running. */
bool nvme_is_enabled(const volatile uint8_t *bar);

/* Reset the device: it uses no memory afterwards. */
void nvme_stop(const struct nvme *nvme);

/* Identify namespace 1 into the page at ADDRESS: the status. */
unsigned nvme_identify(struct nvme *nvme, uint64_t address);

/* Start a transfer. One of more than two pages must be alone. */
void nvme_submit(struct nvme *nvme, const struct nvme_transfer *transfer);

/* Wait for one completion of an I/O command: its status. */
unsigned nvme_wait(struct nvme *nvme);

/* Both. */
unsigned nvme_transfer(struct nvme *nvme, const struct nvme_transfer *transfer);

#endif
