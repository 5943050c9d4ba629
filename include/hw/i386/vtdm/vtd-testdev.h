/*
 * vtd-testdev: the registers and the commands of a PCI Express endpoint that
 * does any DMA that it is told to, for those who test IOMMUs and the software
 * that drives them. A driver for it needs this file and nothing else of this
 * project; docs/manual/vtd-testdev.md tells what each thing does.
 *
 * All is little endian. Registers are 64 bits wide; 4-byte accesses to either
 * half are taken, too. What is not listed here reads 0 and ignores writes, and
 * must be written 0.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later OR MIT
 */

#ifndef VTD_TESTDEV_H
#define VTD_TESTDEV_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/*
 * PCI identity. 0x1234 is nobody's in PCI-SIG's list; QEMU uses it for devices
 * that exist in emulators only: 1111 is its VGA, 11e8 its edu, and what others
 * derive from edu counts on from there. Nothing of QEMU's is at 7dxx. The class
 * is one that PCI has not assigned.
 */
#define VTD_TESTDEV_VENDOR              0x1234
#define VTD_TESTDEV_DEVICE              0x7d01
#define VTD_TESTDEV_CLASS               0xff00

/* BARs, all of 32 bits */
#define VTD_TESTDEV_BAR_REGISTERS       0
#define VTD_TESTDEV_BAR_BUFFER          2       /* the device's own memory */
#define VTD_TESTDEV_BAR_MSIX            4
#define VTD_TESTDEV_REGISTERS_SIZE      0x1000
#define VTD_TESTDEV_BUFFER_SIZE         0x10000
#define VTD_TESTDEV_VECTORS             8       /* of MSI-X */

/* Identity and state */
#define VTD_TESTDEV_IDENT               0x000   /* RO */
#define   VTD_TESTDEV_IDENT_VALUE       0x0000000154445456ull
                                        /* "VTDT", version 1 */
#define VTD_TESTDEV_FEATURES            0x008   /* RO */
#define   VTD_TESTDEV_HAS_ATS           (1ull << 0)
#define   VTD_TESTDEV_HAS_PRI           (1ull << 1)
#define   VTD_TESTDEV_HAS_PASID         (1ull << 2)
#define   VTD_TESTDEV_IS_MALICIOUS      (1ull << 3)
#define   VTD_TESTDEV_HAS_REQUESTS      (1ull << 4)
                                        /* the IOMMU takes all kinds of them;
                                         * else only untranslated ones without
                                         * PASID can be sent */
#define VTD_TESTDEV_CONTROL             0x010   /* WO; each bit acts once */
#define   VTD_TESTDEV_RESET             (1ull << 0)     /* as an FLR */
#define   VTD_TESTDEV_CLEAR_COUNTERS    (1ull << 1)
#define   VTD_TESTDEV_DROP_TLB          (1ull << 2)
#define VTD_TESTDEV_STATE               0x018   /* RO */
#define   VTD_TESTDEV_BUSY              (1ull << 0)     /* the slot */
#define   VTD_TESTDEV_RING_BUSY         (1ull << 1)     /* head is not tail */

/* One command: the slot, eight registers in the layout of the structure */
#define VTD_TESTDEV_SLOT                0x040
#define   VTD_TESTDEV_SLOT_CONTROL      0x040   /* RW */
#define   VTD_TESTDEV_SLOT_ADDRESS      0x048   /* RW */
#define   VTD_TESTDEV_SLOT_LENGTH       0x050   /* RW */
#define   VTD_TESTDEV_SLOT_OFFSET       0x058   /* RW */
#define   VTD_TESTDEV_SLOT_OPERAND      0x060   /* RW */
#define   VTD_TESTDEV_SLOT_REQUESTER    0x068   /* RW */
#define   VTD_TESTDEV_SLOT_STATUS       0x070   /* RO */
#define   VTD_TESTDEV_SLOT_RESULT       0x078   /* RO */
#define VTD_TESTDEV_RUN                 0x080   /* WO: any value runs the slot,
                                                 * unless it is busy */

/*
 * Any number of commands: a ring of them in memory. The device runs those from
 * head to tail in order, one at a time, and writes status and result into each.
 */
#define VTD_TESTDEV_RING_BASE           0x0c0   /* RW, 64-byte aligned; sets
                                                 * head and tail to 0 */
#define VTD_TESTDEV_RING_SIZE           0x0c8   /* RW, in commands, 2 to
                                                 * 65536 */
#define VTD_TESTDEV_RING_HEAD           0x0d0   /* RO, the next to run */
#define VTD_TESTDEV_RING_TAIL           0x0d8   /* RW, the doorbell: the first
                                                 * not to run; < size */
#define VTD_TESTDEV_RING_ACCESS         0x0e0   /* RW, how the ring itself is
                                                 * accessed: PASID, PRIVILEGED
                                                 * and address type as in a
                                                 * command's control */
#define VTD_TESTDEV_RING_STATUS         0x0e8   /* RO, as of a command: OK, or
                                                 * why the ring cannot be read
                                                 * or written. It has stopped
                                                 * then, until RING_BASE is
                                                 * written */

/* Counters. RO; since reset or CLEAR_COUNTERS */
#define VTD_TESTDEV_COUNT_DONE          0x100   /* commands with status OK */
#define VTD_TESTDEV_COUNT_FAILED        0x108   /* with any other */
#define VTD_TESTDEV_COUNT_HITS          0x110   /* of the device TLB */
#define VTD_TESTDEV_COUNT_MISSES        0x118
#define VTD_TESTDEV_COUNT_TRANSLATIONS  0x120   /* translation requests */
#define VTD_TESTDEV_COUNT_INVALIDATIONS 0x128   /* requests that came */
#define VTD_TESTDEV_COUNT_DROPPED       0x130   /* entries that went by them */
#define VTD_TESTDEV_COUNT_COMPLETIONS   0x138   /* sent for them, also bad */
#define VTD_TESTDEV_COUNT_PAGE_REQUESTS 0x140
#define VTD_TESTDEV_COUNT_RESPONSES     0x148   /* page responses that came */
#define VTD_TESTDEV_COUNT_UNEXPECTED    0x150   /* of these, of no group */
#define VTD_TESTDEV_COUNT_INTERRUPTS    0x158   /* MSI-X messages */

/* The device TLB */
#define VTD_TESTDEV_TLB_ENTRIES         0x180   /* RO, how many there are */
#define VTD_TESTDEV_TLB_CAPACITY        0x188   /* RO */

/* What becomes of invalidation requests */
#define VTD_TESTDEV_INVALIDATE_MODE     0x200   /* RW */
#define   VTD_TESTDEV_INVALIDATE_ANSWER 0       /* drop, complete */
#define   VTD_TESTDEV_INVALIDATE_HOLD   1       /* drop, complete when told */
#define   VTD_TESTDEV_INVALIDATE_SPOIL  2       /* drop, complete wrongly */
#define   VTD_TESTDEV_INVALIDATE_LOSE   3       /* drop, never complete */
#define VTD_TESTDEV_INVALIDATE_COUNT    0x208   /* RW: the mode is for so many,
                                                 * then ANSWER; 0: for all */
#define VTD_TESTDEV_INVALIDATE_HELD     0x210   /* RO, requests held back;
                                                 * any write: complete them */
#define VTD_TESTDEV_INVALIDATE_ADDRESS  0x218   /* RO, of the last request */
#define VTD_TESTDEV_INVALIDATE_MASK     0x220   /* RO, its size - 1 */
#define VTD_TESTDEV_INVALIDATE_PASID    0x228   /* RO */
#define   VTD_TESTDEV_INVALIDATE_WITH   (1ull << 32)    /* it had a PASID... */
#define   VTD_TESTDEV_INVALIDATE_ALL    (1ull << 33)    /* ... and is for all */

/* Page requests and responses */
#define VTD_TESTDEV_PAGE_MODE           0x240   /* RW */
#define   VTD_TESTDEV_PAGE_IGNORE       (1ull << 0)     /* responses are lost */
#define VTD_TESTDEV_PAGE_OUTSTANDING    0x248   /* RO, not answered yet */
#define VTD_TESTDEV_PAGE_RESPONSE       0x250   /* RO, the last response */
#define   VTD_TESTDEV_RESPONSE_VALID    (1ull << 63)    /* there was one */
#define   VTD_TESTDEV_RESPONSE_WITH     (1ull << 62)    /* it had a PASID */
#define   VTD_TESTDEV_RESPONSE_CODE     (0xfull << 44)  /* 0 success, 1 invalid,
                                                         * 15 failure */
#define   VTD_TESTDEV_RESPONSE_GROUP    (0x1ffull << 32)
#define   VTD_TESTDEV_RESPONSE_PASID    (0xfffffull << 0)

/* A command. In a ring: 64 bytes, 64-byte aligned. */
struct vtd_testdev_command {
    uint64_t control;
    uint64_t address;           /* as the device sends it */
    uint64_t length;            /* in bytes; 0 to the size of the buffer */
    uint64_t offset;            /* of the bytes in the buffer */
    uint64_t operand;           /* by opcode */
    uint64_t requester;         /* with AS_REQUESTER: bus 15:8, devfn 7:0 */
    uint64_t status;            /* written by the device, as is... */
    uint64_t result;            /* ... this, before the status */
};

/* control */
#define VTD_TESTDEV_OPCODE              (0xffull << 0)
#define   VTD_TESTDEV_NOP               0x00
#define   VTD_TESTDEV_READ              0x01    /* memory to buffer; result: the
                                                 * first 8 bytes or less */
#define   VTD_TESTDEV_WRITE             0x02    /* buffer to memory */
#define   VTD_TESTDEV_STORE             0x03    /* operand's low bytes, length 1
                                                 * to 8, as one write; without
                                                 * PASID at 0xfeexxxxx it is
                                                 * an interrupt, or should be */
#define   VTD_TESTDEV_FETCH_ADD         0x04    /* length 4 or 8, aligned: adds
                                                 * operand; result: before */
#define   VTD_TESTDEV_COPY              0x05    /* from address to the address
                                                 * in operand, by the buffer */
#define   VTD_TESTDEV_MSI               0x06    /* sends the MSI-X message of
                                                 * the vector in operand */
#define   VTD_TESTDEV_TRANSLATE         0x07    /* a translation request; into
                                                 * the device TLB if it gives
                                                 * anything; result: the
                                                 * completion, see below */
#define   VTD_TESTDEV_PAGE_REQUEST      0x08    /* of the page of address, in
                                                 * the group in operand (9
                                                 * bits); with LAST it ends when
                                                 * the response is there;
                                                 * result: as PAGE_RESPONSE */
#define   VTD_TESTDEV_STOP_MARKER       0x09    /* of the PASID */
#define VTD_TESTDEV_WITH_PASID          (1ull << 8)
#define VTD_TESTDEV_PRIVILEGED          (1ull << 9)     /* needs WITH_PASID */
#define VTD_TESTDEV_EXECUTE             (1ull << 10)    /* needs WITH_PASID */
#define VTD_TESTDEV_ADDRESS_TYPE        (3ull << 12)
#define   VTD_TESTDEV_UNTRANSLATED      (0ull << 12)
#define   VTD_TESTDEV_THROUGH_TLB       (1ull << 12)    /* translated by the
                                                         * device TLB, which
                                                         * asks for what it
                                                         * lacks */
#define   VTD_TESTDEV_CLAIM_TRANSLATED  (2ull << 12)    /* only if malicious */
#define VTD_TESTDEV_REQUEST_PAGES       (1ull << 14)    /* through the TLB: what
                                                         * is not granted is
                                                         * requested, waited
                                                         * for, tried again */
#define VTD_TESTDEV_NO_WRITE            (1ull << 15)    /* NW of translation
                                                         * requests */
#define VTD_TESTDEV_AS_REQUESTER        (1ull << 16)    /* only if malicious */
#define VTD_TESTDEV_WANT_READ           (1ull << 20)    /* PAGE_REQUEST: R... */
#define VTD_TESTDEV_WANT_WRITE          (1ull << 21)    /* ... W... */
#define VTD_TESTDEV_LAST                (1ull << 22)    /* ... last in group */
#define VTD_TESTDEV_INTERRUPT           (1ull << 24)    /* MSI-X at the end */
#define VTD_TESTDEV_PASID               (0xfffffull << 32)
#define VTD_TESTDEV_PASID_SHIFT         32
#define VTD_TESTDEV_VECTOR              (7ull << 56)    /* which one */
#define VTD_TESTDEV_VECTOR_SHIFT        56

/* status */
#define VTD_TESTDEV_STATUS              (0xffull << 0)
#define   VTD_TESTDEV_PENDING           0x00    /* not run, or not ended */
#define   VTD_TESTDEV_OK                0x01
#define   VTD_TESTDEV_UR                0x02    /* Unsupported Request: the
                                                 * IOMMU blocked it */
#define   VTD_TESTDEV_CA                0x03    /* Completer Abort: it could
                                                 * not tell */
#define   VTD_TESTDEV_NO_MEMORY         0x04    /* nothing there, or no write */
#define   VTD_TESTDEV_NOT_GRANTED       0x05    /* the completion of a trans-
                                                 * lation lacks R or W */
#define   VTD_TESTDEV_PAGE_INVALID      0x06    /* page response: invalid... */
#define   VTD_TESTDEV_PAGE_FAILURE      0x07    /* ... or failure, which clears
                                                 * the enable bit of PRI */
#define   VTD_TESTDEV_BAD_COMMAND       0x08    /* opcode, flags, alignment */
#define   VTD_TESTDEV_BAD_RANGE         0x09    /* not within the buffer */
#define   VTD_TESTDEV_DISABLED          0x0a    /* by configuration space: bus
                                                 * master, ATS, PRI, PASID, its
                                                 * modes, no allocation left */
#define   VTD_TESTDEV_NOT_HERE          0x0b    /* no IOMMU that takes it */
#define   VTD_TESTDEV_NOT_MALICIOUS     0x0c    /* needs malicious=on */
#define   VTD_TESTDEV_CANCELLED         0x0d    /* by a reset */
#define VTD_TESTDEV_REASON              (0xffull << 8)  /* UR, CA: the fault
                                                         * reason; 0: unknown */
#define VTD_TESTDEV_BYTES               (0xffffffffull << 32)   /* done */

/*
 * result of TRANSLATE: the completion as it comes over the link, in the order
 * of bits that PCI Express gives it, swapped to little endian. With S set, the
 * lowest clear bit of the address, from bit 12 on, gives the size.
 */
#define VTD_TESTDEV_COMPLETION_R        (1ull << 0)
#define VTD_TESTDEV_COMPLETION_W        (1ull << 1)
#define VTD_TESTDEV_COMPLETION_U        (1ull << 2)     /* untranslated only */
#define VTD_TESTDEV_COMPLETION_EXE      (1ull << 3)
#define VTD_TESTDEV_COMPLETION_PRIV     (1ull << 4)
#define VTD_TESTDEV_COMPLETION_GLOBAL   (1ull << 5)
#define VTD_TESTDEV_COMPLETION_N        (1ull << 10)    /* snoop it */
#define VTD_TESTDEV_COMPLETION_S        (1ull << 11)    /* larger than 4 KiB */
#define VTD_TESTDEV_COMPLETION_ADDRESS  (~0xfffull)

#endif
