/*
 * vtd-testdev: the state of the endpoint. The big lock guards it; what an
 * iothread does without that lock is sending requests, and nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTD_TESTDEV_STATE_H
#define VTD_TESTDEV_STATE_H

#include "hw/i386/vtdm/vtd-testdev.h"
#include "system/iothread.h"
#include "system/runstate.h"
#include "../endpoint.h"
#include "tlb.h"

#define TYPE_VTD_TESTDEV "vtd-testdev"
OBJECT_DECLARE_SIMPLE_TYPE(VTDTDevice, VTD_TESTDEV)

/* In the order of their registers. */
typedef enum VTDTCounter {
    VTDT_DONE,
    VTDT_FAILED,
    VTDT_HITS,
    VTDT_MISSES,
    VTDT_TRANSLATIONS,
    VTDT_INVALIDATIONS,
    VTDT_DROPPED,
    VTDT_COMPLETIONS,
    VTDT_PAGE_REQUESTS,
    VTDT_RESPONSES,
    VTDT_UNEXPECTED,
    VTDT_INTERRUPTS,
    VTDT_COUNTERS
} VTDTCounter;

/* A command while it runs: it is in one place at a time. */
typedef struct VTDTCommand VTDTCommand;
struct VTDTCommand {
    VTDTDevice *device;
    void (*ended)(VTDTCommand *command);
    void (*responded)(VTDTCommand *command, unsigned status);
    struct vtd_testdev_command words;
    bool running;
    bool second;                /* COPY: has read, and writes */
    uint64_t bytes;             /* done */
    uint8_t reason;             /* of the fault */
    uint32_t asked;             /* how often for the page that it needs */
};

/* Where a command is. */
typedef enum VTDTPlace {
    VTDT_NOWHERE,
    VTDT_SLOT,
    VTDT_OUTSIDE,
    VTDT_RING,
    VTDT_PLACES
} VTDTPlace;

/* A group of page requests that nobody has answered. */
typedef struct VTDTGroup {
    uint32_t requests;          /* 0: there is none */
    uint8_t waiting;            /* the place of the command that does */
} VTDTGroup;

#define VTDT_GROUPS             512
#define VTDT_TAGS               32

/* An invalidation request. */
typedef struct VTDTTag {
    uint16_t source_id;
    uint8_t itag;
} VTDTTag;

/* Those that are not completed. */
typedef struct VTDTTags {
    uint64_t count;
    VTDTTag tag[VTDT_TAGS];
} VTDTTags;

/* What must be the same where a device is loaded. */
typedef struct VTDTKind {
    bool ats;
    bool pri;
    bool has_pasid;
    uint8_t pasid_bits;
    bool malicious;
} VTDTKind;

struct VTDTDevice {
    PCIDevice parent_obj;

    /* properties */
    VTDTKind kind;
    IOThread *iothread;         /* of the ring; NULL: the main loop */
    uint16_t vendor_id;         /* of PCI, to be taken for another device */
    uint16_t device_id;
    uint16_t class_id;

    VTDMEndpoint endpoint;
    MemoryRegion registers;
    MemoryRegion buffer;
    uint8_t *bytes;             /* of the buffer */

    VTDTCommand slot;
    VTDTCommand outside;        /* over QMP */

    struct {
        uint64_t base;
        uint64_t size;
        uint64_t head;
        uint64_t tail;
        uint64_t access;
        uint64_t status;
        VTDTCommand command;
        unsigned generation;    /* another one when it starts anew */
        uint32_t response;      /* a status that the command waited for */
        bool responded;
        QEMUBH *bh;             /* in the main loop, or in the iothread */
        Object *worker;         /* the iothread; the bottom half needs it */
        VMChangeStateEntry *stops;
        bool scheduled;         /* each time it holds a reference */
        bool sending;           /* in an iothread, without the lock */
        bool gone;              /* the device is */
    } ring;

    unsigned in_flight;         /* requests with what the TLB gave */

    VTDTTlb tlb;

    struct {
        uint64_t mode;
        uint64_t count;
        VTDTTags held;
        VTDTTags late;          /* until no old translation is in use */
        VTDMInvalidation last;
    } invalidations;

    struct {
        uint64_t mode;
        uint64_t outstanding;   /* requests */
        uint64_t response;      /* the last */
        VTDTGroup groups[VTDT_GROUPS];
    } pages;

    uint64_t counters[VTDT_COUNTERS];

    VTDTDevice *travels;        /* see migration.c */
};

static inline VTDTCommand *vtdt_command_at(VTDTDevice *device,
                                           VTDTPlace place)
{
    return place == VTDT_SLOT ? &device->slot :
           place == VTDT_OUTSIDE ? &device->outside :
           place == VTDT_RING ? &device->ring.command : NULL;
}

static inline void vtdt_count(VTDTDevice *device, VTDTCounter which)
{
    device->counters[which]++;
}

#endif
