/*
 * A machine that exists only for tests: RAM from address 0, and a log of
 * everything that the unit asked of it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "hw/i386/vtdm/vtdm.h"

typedef struct FakeMessage {
    uint64_t address;
    uint32_t data;
} FakeMessage;

typedef struct FakeRead {
    uint64_t address;
    size_t len;
} FakeRead;

typedef struct FakeHost {
    uint8_t *ram;
    size_t size;
    uint64_t bad_address;       /* reads of these bytes fail... */
    uint64_t bad_size;          /* ... unless this is 0 */
    uint64_t read_only;         /* below it nothing is exchanged */
    void (*races)(void *opaque, uint64_t address);  /* before an exchange */
    void *races_opaque;
    unsigned exchanges;         /* that wrote something */
    unsigned reads;
    GArray *read_log;           /* FakeRead; NULL: none are kept */
    VTDMDeviceTlbAnswer answer; /* of every device-TLB... */
    void (*answers)(void *opaque);  /* ... which does this before */
    void *answers_opaque;
    bool quiet;                 /* log nothing */
    GArray *messages;           /* FakeMessage */
    GArray *events;             /* VTDMEvent */
    GArray *device_tlbs;        /* VTDMInvalidation */
    GArray *page_responses;     /* VTDMPageResponse */
    GArray *interrupts;         /* VTDMInvalidation */
    void (*dropped)(void *opaque);  /* interrupt entries are gone */
    void *dropped_opaque;
    void (*changed)(void *opaque, const VTDMInvalidation *what);
    bool (*update)(void *opaque, unsigned *steps);  /* of mirrors */
    void *changed_opaque;       /* of both */
    uint64_t now;               /* guest time... */
    uint64_t tick;              /* ... which each look at it adds to */
    uint64_t wake_at;           /* when the unit wants to be woken */
    bool asked;                 /* for a call of vtdm_unit_work() */
} FakeHost;

extern const VTDMHostOps fake_host_ops;

void fake_host_init(FakeHost *host, size_t size);
void fake_host_destroy(FakeHost *host);

/* Keeps every read from now on. */
void fake_host_log_reads(FakeHost *host);

/*
 * The test fails unless the reads since fake_host_log_reads() were these,
 * and no others; forgets them.
 */
void fake_host_expect_reads(FakeHost *host, const FakeRead *reads,
                            size_t count);

/* The last event of @kind; the test fails if there was none. */
const VTDMEvent *fake_host_event(FakeHost *host, VTDMEventKind kind);

/* How many events of @kind there were. */
unsigned fake_host_count(FakeHost *host, VTDMEventKind kind);

#endif
