/*
 * intel-iommu-sim: what a device sends to a unit, and what it gets.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_REQUEST_H
#define VTDM_REQUEST_H

#include "hw/i386/vtdm/condition.h"
#include "hw/i386/vtdm/spec/page-requests.h"
#include "hw/i386/vtdm/spec/tables.h"

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
    VTDMFault fault;            /* without one only its condition, and that it
                                 * is not recorded, are set */
} VTDMResult;

/*
 * The answer to an interrupt request. One that is posted is in its descriptor
 * already, unless the request only looks.
 */
typedef struct VTDMInterrupt {
    VTDMResponse response;      /* VTDM_OK: deliver the message below */
    uint64_t address;           /* as a CPU takes it; x2APIC id in 63:40 */
    uint32_t data;
    bool remapped;              /* through an IRTE */
    bool posted;                /* it met one of posted format: the message
                                 * is a notification... */
    bool silent;                /* ... which is not due: there is none */
    uint16_t index;             /* of that IRTE */
    VTDMFault fault;
} VTDMInterrupt;

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

#endif
