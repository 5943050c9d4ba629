/*
 * intel-iommu-sim: what a unit needs of the machine, and what it tells.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_HOST_H
#define VTDM_HOST_H

#include <stddef.h>

#include "hw/i386/vtdm/invalidation.h"
#include "hw/i386/vtdm/request.h"
#include "hw/i386/vtdm/spec/invalidation.h"

/* Something worth a line in a trace. */
typedef enum VTDMEventKind {
    VTDM_EVENT_REGISTER_READ,
    VTDM_EVENT_REGISTER_WRITE,
    VTDM_EVENT_REGISTER_REFUSED,    /* wrong size or alignment */
    VTDM_EVENT_FAULT,
    VTDM_EVENT_INVALIDATION,
    VTDM_EVENT_WAIT,                /* a wait descriptor completed */
    VTDM_EVENT_QUEUE_ERROR,
    VTDM_EVENT_TRANSLATION,         /* walked, not from a cache */
    VTDM_EVENT_INTERRUPT,           /* remapped */
    VTDM_EVENT_POSTED,              /* an interrupt was posted */
    VTDM_EVENT_MESSAGE,             /* an event interrupt of the unit */
    VTDM_EVENT_PROTECTED,           /* blocked by a protected region */
    VTDM_EVENT_PAGE_REQUEST,
    VTDM_EVENT_PAGE_RESPONSE,       /* software answers one */
    VTDM_EVENT_MIRROR_EXHAUSTED,    /* a requester has too many pages */
} VTDMEventKind;

typedef struct VTDMEvent {
    VTDMEventKind kind;
    union {
        struct {
            uint32_t offset;
            unsigned size;
            uint64_t value;
            bool write;
        } reg;
        VTDMFault fault;
        VTDMInvalidation invalidation;
        struct {
            uint64_t address;
            uint32_t data;
            bool status_write;
            bool interrupt;
        } wait;
        struct {
            VTDMQueueError error;
            uint64_t head;
            VTDMDescriptor descriptor;
        } queue;
        struct {
            VTDMRequest request;
            uint64_t output;
            uint64_t mask;
            uint16_t domain_id;
            uint8_t perm;
        } translation;
        struct {
            uint16_t source_id;
            uint16_t index;
            uint64_t address;
            uint32_t data;
        } interrupt;                /* also the unit's own message */
        struct {
            uint16_t source_id;
            uint16_t index;
            uint8_t vector;         /* whose PIR bit was set */
            bool urgent;
            uint64_t descriptor;    /* its address */
            uint64_t address;       /* of the notification, 0: none */
            uint32_t data;
        } posted;
        struct {
            VTDMPageRequest request;
            bool queued;            /* or refused, or lost */
        } page_request;
        VTDMPageResponse page_response;
        struct {
            uint16_t source_id;
        } mirror;
    };
} VTDMEvent;

/*
 * What a unit needs of the machine.
 *
 * The first group is called with the unit's lock held, from any thread: these
 * must not wait for a lock that may be held while the unit is called, nor call
 * it. read_memory, exchange_memory and event may be called without the lock as
 * well.
 *
 * The second group is called without the lock, one call at a time, from
 * threads that are in vtdm_unit_write, vtdm_unit_reset or vtdm_unit_work. They
 * may call this unit and others. Before a wait descriptor completes, or a
 * command shows in a register, they have been told of all that came before it.
 */
typedef struct VTDMHostOps {
    /*
     * Reads or writes guest memory at host physical @address, within one
     * page. Returns false, and changes nothing, where there is no memory.
     */
    bool (*read_memory)(void *opaque, uint64_t address, void *buf,
                        size_t len);
    bool (*write_memory)(void *opaque, uint64_t address, const void *buf,
                         size_t len);
    /*
     * Replaces the 64 bits at @address, a multiple of 8, by @wanted if they
     * are *@expected, which otherwise becomes what they are: one atomic step
     * for CPUs, too, and a full barrier where it finds what was expected.
     * With both the same nothing changes. Returns false, and changes nothing,
     * where there is no memory that can be written. NULL: nowhere.
     */
    bool (*exchange_memory)(void *opaque, uint64_t address,
                            uint64_t *expected, uint64_t wanted);
    /* Sends an event message of the unit. It is never remapped. */
    void (*send_message)(void *opaque, uint64_t address, uint32_t data);
    /* Tells of an event. NULL: nobody listens. */
    void (*event)(void *opaque, const VTDMEvent *event);
    /*
     * Whether events of @kind are of use, at this moment; may be called without
     * the lock. Those that are not may be told of all the same. NULL: all are.
     */
    bool (*hears)(void *opaque, VTDMEventKind kind);
    /*
     * Asks for a call of vtdm_unit_work, soon and once, where the second group
     * may be called. NULL: all work is done before a call returns.
     */
    void (*ask_for_call)(void *opaque);
    /*
     * Guest time in nanoseconds, which never runs backwards while the unit
     * exists. NULL: it stands still.
     */
    uint64_t (*now)(void *opaque);
    /*
     * Asks for a call of vtdm_unit_wake at that time, in place of the one that
     * was asked for last; UINT64_MAX: for none. NULL: nobody can.
     */
    void (*wake_at)(void *opaque, uint64_t time);

    /*
     * Cached interrupt entries are gone, or interrupt remapping is another
     * than before. NULL: nobody else keeps copies.
     */
    void (*invalidate_interrupts)(void *opaque,
                                  const VTDMInvalidation *what);
    /*
     * Context entries or translations are gone from the unit's caches; or, with
     * VTDM_CACHE_EVERY, what passes at all is another than before, which
     * concerns device-TLBs, too. NULL: nobody else keeps copies.
     */
    void (*translations_changed)(void *opaque,
                                 const VTDMInvalidation *what);
    /*
     * Brings mirrors up to date with vtdm_mirror_update, which takes from
     * *@steps. Returns whether all are; if not, it is called again.
     */
    bool (*update_mirrors)(void *opaque, unsigned *steps);
    /*
     * Asks a device to drop translations. With the answer LATER, the unit
     * waits for vtdm_unit_device_tlb_answer or vtdm_unit_device_tlb_expire,
     * which may be called before this one returns. Without translation (TES =
     * 0) any other answer is lost, so that the invalidation times out. NULL:
     * every device has done at once.
     */
    VTDMDeviceTlbAnswer (*invalidate_device_tlb)(
        void *opaque, const VTDMInvalidation *what);
    /*
     * Hands a page group response to the device, which ignores one that it did
     * not ask for. These and invalidate_device_tlb come in the order of the
     * queue. NULL: no device asks for pages.
     */
    void (*page_response)(void *opaque, const VTDMPageResponse *response);
} VTDMHostOps;

#endif
