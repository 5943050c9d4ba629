/*
 * intel-iommu-sim: the model of one VT-d remapping unit.
 *
 * The model knows requesters by their source-id, memory through the host
 * operations, and nothing of the machine around it. Several units share
 * nothing. Every function may be called from any thread.
 *
 * Words: a unit is the hardware of one DRHD; a request is one access of a
 * device that stays within a page; a domain is what a DID names; a leaf is
 * the paging entry that maps a page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_H
#define VTDM_H

#include <stddef.h>

#include "hw/i386/vtdm/condition.h"
#include "hw/i386/vtdm/config.h"
#include "hw/i386/vtdm/glib.h"
#include "hw/i386/vtdm/spec/invalidation.h"
#include "hw/i386/vtdm/spec/page-requests.h"

typedef struct VTDMUnit VTDMUnit;

/* What a request wants to do. */
typedef enum VTDMAccess {
    VTDM_READ,
    VTDM_WRITE,
    VTDM_ATOMIC,                /* reads and writes */
    VTDM_PAGE_REQUEST,          /* of a fault only: asks for a page */
} VTDMAccess;

/* The AT field. Spec: "Handling of ATS Protocol Errors" */
typedef enum VTDMAddressType {
    VTDM_AT_UNTRANSLATED = 0,
    VTDM_AT_TRANSLATION = 1,
    VTDM_AT_TRANSLATED = 2,
    VTDM_AT_RESERVED = 3,
} VTDMAddressType;

#define VTDM_NO_PASID           UINT32_MAX

/* What a request leaves behind, and what it is answered from. */
typedef enum VTDMView {
    VTDM_USE,                   /* what a device does */
    VTDM_LOOK,                  /* the answer that it would get, no trace */
    VTDM_TABLES,                /* what the tables say, caches left out */
} VTDMView;

/* One request. It must not cross a 4 KiB boundary. */
typedef struct VTDMRequest {
    uint64_t address;
    uint32_t pasid;             /* 20 bits, or VTDM_NO_PASID */
    uint16_t source_id;         /* bus 15:8, device 7:3, function 2:0 */
    VTDMAccess access;
    VTDMAddressType type;
    bool zero_length;           /* a read without byte enables */
    bool execute;               /* with PASID: reads to execute... */
    bool privileged;            /* ... in supervisor mode */
    bool no_write;              /* NW of a translation request */
    VTDMView view;
} VTDMRequest;

/* One write to the interrupt address range. */
typedef struct VTDMInterruptRequest {
    uint64_t address;
    uint32_t data;
    unsigned size;              /* in bytes; only 4 is an interrupt */
    uint16_t source_id;
    VTDMView view;
} VTDMInterruptRequest;

/* Permissions of a translation. */
#define VTDM_PERM_R             VTDM_BIT(0)
#define VTDM_PERM_W             VTDM_BIT(1)
#define VTDM_PERM_X             VTDM_BIT(2)     /* execute */
#define VTDM_PERM_ALL           (VTDM_PERM_R | VTDM_PERM_W | VTDM_PERM_X)

/* Whose paging entries: of which stage of translation. */
typedef enum VTDMStage {
    VTDM_NO_STAGE,
    VTDM_FIRST_STAGE,
    VTDM_SECOND_STAGE,
} VTDMStage;

/* Why a request or an interrupt was blocked. */
typedef struct VTDMFault {
    VTDMCondition condition;    /* VTDM_NO_FAULT: there was none */
    uint64_t address;           /* of the request; interrupts: of the write */
    uint32_t pasid;
    uint16_t source_id;
    uint16_t index;             /* interrupts: of the IRTE */
    VTDMAccess access;
    VTDMAddressType type;
    bool execute;
    bool privileged;
    VTDMStage stage;            /* of the paging entry that caused it */
    bool fpd;                   /* some structure said FPD = 1 */
    bool recorded;              /* reached a fault recording register */
    uint64_t entry_address;     /* the entry that caused it, 0: none */
    VTDMEntry128 entry;         /* its contents, where it could be read */
} VTDMFault;

/* The answer to a request. */
typedef struct VTDMResult {
    VTDMResponse response;      /* VTDM_OK: address, mask, perm are valid */
    uint64_t address;           /* of the first byte, host physical */
    uint64_t mask;              /* low bits over which the answer holds */
    uint8_t perm;               /* VTDM_PERM_*: all that the page allows... */
    bool clean;                 /* ... though writing has a flag to set */
    bool snoop;                 /* the leaf forces snooping */
    bool untranslated_only;     /* completion with U = 1 */
    bool privileged;            /* completion with Priv = 1 */
    bool first_stage;           /* PGTT 001b or 011b gave the address */
    bool translated;            /* a page table gave the address */
    bool has_domain;            /* a context entry was found... */
    uint16_t domain_id;         /* ... with this DID */
    VTDMFault fault;            /* without one only its condition is set */
} VTDMResult;

/* The answer to an interrupt request. */
typedef struct VTDMInterrupt {
    VTDMResponse response;      /* VTDM_OK: deliver the message below */
    uint64_t address;           /* as a CPU takes it; x2APIC id in 63:40 */
    uint32_t data;
    bool remapped;              /* through an IRTE */
    uint16_t index;             /* of that IRTE */
    VTDMFault fault;
} VTDMInterrupt;

/* What an invalidation covers. */
typedef enum VTDMScope {
    VTDM_SCOPE_GLOBAL,
    VTDM_SCOPE_DOMAIN,
    VTDM_SCOPE_DEVICE,          /* context cache: domain and source-id */
    VTDM_SCOPE_PAGES,           /* IOTLB: domain and address range */
    VTDM_SCOPE_PASID,           /* domain and PASID */
    VTDM_SCOPE_PASID_PAGES,     /* IOTLB: domain, PASID and address range */
    VTDM_SCOPE_INDEX,           /* interrupt entry cache: index range */
} VTDMScope;

typedef enum VTDMCache {
    VTDM_CACHE_CONTEXT,
    VTDM_CACHE_PASID,
    VTDM_CACHE_IOTLB,
    VTDM_CACHE_INTERRUPT,
    VTDM_CACHE_DEVICE_TLB,
    VTDM_CACHE_EVERY,           /* what passes at all is another */
} VTDMCache;

/* One invalidation, however it was asked for. Unused fields are 0. */
typedef struct VTDMInvalidation {
    VTDMCache cache;
    VTDMScope scope;
    uint16_t domain_id;
    uint16_t source_id;
    uint16_t source_mask;       /* source-id bits that count */
    uint32_t pasid;
    uint64_t address;           /* first byte; low bits already cleared */
    uint64_t mask;              /* range size - 1, a power of two less 1 */
    bool leaf_only;             /* IH: no table-pointing entry changed */
    bool with_pasid;            /* device-TLB: of requests with @pasid... */
    bool all_pasids;            /* ... or with any (GI) */
    uint16_t pfsid;             /* device-TLB: the physical function */
    uint8_t itag;               /* device-TLB: what its completion names */
    uint32_t index;             /* first IRTE */
    uint32_t index_mask;        /* count - 1, a power of two less 1 */
} VTDMInvalidation;

/*
 * Whether @what, of context or PASID entries or translations, covers what was
 * translated for @source_id in the domain of @domain_id (-1: none), by
 * @first_stage or nested tables or by others; if so, the addresses are @first
 * to @last. It may be more than what has to go, as it asks for no PASID.
 * Spec: "Context-cache Invalidation", "IOTLB Invalidation"
 */
bool vtdm_invalidation_range(const VTDMInvalidation *what,
                             uint16_t source_id, int domain_id,
                             bool first_stage, uint64_t *first,
                             uint64_t *last);

/* How a device answers a device-TLB invalidation. */
typedef enum VTDMDeviceTlbAnswer {
    VTDM_DEVICE_TLB_DONE,
    VTDM_DEVICE_TLB_TIMEOUT,            /* it never will */
    VTDM_DEVICE_TLB_BAD_COMPLETION,     /* done, and what nobody asked for */
    VTDM_DEVICE_TLB_LATER,              /* with vtdm_unit_device_tlb_answer */
} VTDMDeviceTlbAnswer;

/* Device-TLB invalidations that may be on their way: ITags count from 0. */
#define VTDM_ITAGS              32

/* One page request message of a device. */
typedef struct VTDMPageRequest {
    uint64_t address;           /* of the page: bits 63:12 count */
    uint32_t pasid;             /* 20 bits, or VTDM_NO_PASID */
    uint16_t source_id;
    uint16_t group;             /* PRGI, 9 bits */
    bool read;                  /* what is needed of the page... */
    bool write;
    bool execute;               /* ... and with PASID: to read and execute */
    bool privileged;
    bool last;                  /* in its group, so that a response comes */
} VTDMPageRequest;

/* One page group response message to a device. */
typedef struct VTDMPageResponse {
    uint32_t pasid;             /* or VTDM_NO_PASID */
    uint16_t source_id;
    uint16_t group;
    uint8_t code;               /* 4 bits, VTDM_PAGE_* */
} VTDMPageResponse;

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
     * for CPUs, too. With both the same nothing is written. Returns false, and
     * changes nothing, where there is no memory that can be written.
     * NULL: nowhere.
     */
    bool (*exchange_memory)(void *opaque, uint64_t address,
                            uint64_t *expected, uint64_t wanted);
    /* Sends an event message of the unit. It is never remapped. */
    void (*send_message)(void *opaque, uint64_t address, uint32_t data);
    /* Tells of an event. NULL: nobody listens. */
    void (*event)(void *opaque, const VTDMEvent *event);
    /*
     * Asks for a call of vtdm_unit_work, soon and once, where the second group
     * may be called. NULL: all work is done before a call returns.
     */
    void (*ask_for_call)(void *opaque);

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
     * which may be called before this one returns. NULL: every device has done.
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

/*
 * Makes a unit in its power-on state. @config has passed
 * vtdm_config_check; it and @ops are copied.
 */
VTDMUnit *vtdm_unit_new(const VTDMConfig *config, const VTDMHostOps *ops,
                        void *opaque);

/* Frees a unit that nobody calls any more. NULL is allowed. */
void vtdm_unit_free(VTDMUnit *unit);

/* What the unit advertises; the same for as long as it exists. */
const VTDMConfig *vtdm_unit_config(const VTDMUnit *unit);

/*
 * Resets registers and drops everything cached. Only a power-good reset
 * clears sticky fields (ROS, RW1CS).
 * Spec: "Register Attributes"
 */
void vtdm_unit_reset(VTDMUnit *unit, bool power_good);

/*
 * Reads @size bytes at @offset of the register space. 4- and 8-byte
 * aligned accesses give what hardware gives; all others, and reserved
 * places, read 0.
 * Spec: "Software Access to Registers"
 */
uint64_t vtdm_unit_read(VTDMUnit *unit, uint32_t offset, unsigned size);

/*
 * Writes likewise: what cannot be written is ignored. A command that the write
 * started is complete when the registers, or a wait descriptor, say so: where
 * it is more than a call may take, vtdm_unit_work does the rest.
 */
void vtdm_unit_write(VTDMUnit *unit, uint32_t offset, unsigned size,
                     uint64_t value);

/* Reads likewise, for a person who looks: no event is told. */
uint64_t vtdm_unit_peek(VTDMUnit *unit, uint32_t offset, unsigned size);

/*
 * Goes on with what register writes started: runs the queue, tells those who
 * keep copies. Does a bounded part, some thousand steps, and asks the host for
 * another call if there is more. Where a thread is at it already, that one goes
 * on, and this call returns at once.
 */
void vtdm_unit_work(VTDMUnit *unit);

/*
 * The steps of such work since the unit was made: descriptors, entries dropped,
 * pages that mirrors looked at; telling others counts for some.
 */
uint64_t vtdm_unit_steps(VTDMUnit *unit);

/*
 * A device answers the device-TLB invalidation that has @itag. One of another
 * device, or one that nobody waits for, is an invalidation completion error;
 * without translation (TES = 0) an answer is lost. TIMEOUT: its device is gone.
 * Spec: "Handling of Device-TLB Invalidations"
 */
void vtdm_unit_device_tlb_answer(VTDMUnit *unit, uint16_t source_id,
                                 unsigned itag, VTDMDeviceTlbAnswer answer);

/*
 * An invalidation completion message as it is sent: bit n of @itags is for
 * ITag n, which is done after @count such messages (0: eight).
 */
void vtdm_unit_device_tlb_complete(VTDMUnit *unit, uint16_t source_id,
                                   uint32_t itags, unsigned count);

/*
 * The invalidation completion time-out, of which the host keeps the time: what
 * the last call of this found on its way, and this one still does, is timed
 * out. Returns whether anything is left on its way, so that it has to be
 * called again.
 */
bool vtdm_unit_device_tlb_expire(VTDMUnit *unit);

/*
 * Translates a request: an address and permissions, or the response and
 * the fault, which has been recorded already.
 * Spec: "DMA Remapping"
 */
void vtdm_unit_translate(VTDMUnit *unit, const VTDMRequest *request,
                         VTDMResult *result);

/*
 * Takes a page request. Returns whether the unit itself answers it, at once,
 * with *@response; otherwise, if it is the last of its group, the answer comes
 * with the host's page_response. It is in the page request queue, or nowhere,
 * when this returns. One call does little: nothing waits, and nothing is kept
 * but in guest memory. Without translation (TES = 0), or without page requests
 * (PRS = 0), a group gets VTDM_PAGE_INVALID, and nothing is recorded.
 * Spec: "Handling of Page Requests"
 */
bool vtdm_unit_page_request(VTDMUnit *unit, const VTDMPageRequest *request,
                            VTDMPageResponse *response);

/*
 * Handles a write to the interrupt address range: gives the message to
 * deliver, or the fault, which has been recorded already.
 * Spec: "Interrupt-Remapping Hardware Operation"
 */
void vtdm_unit_remap(VTDMUnit *unit, const VTDMInterruptRequest *request,
                     VTDMInterrupt *interrupt);

#endif
