/*
 * The state of one unit, and what the files of the core offer each other.
 *
 * Every function here is called with the unit's lock held.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_UNIT_H
#define VTDM_CORE_UNIT_H

#include <pthread.h>

#include "hw/i386/vtdm/vtdm.h"
#include "registers.h"

/* What SRTP and SIRTP latched. */
typedef struct VTDMRoot {
    uint64_t table;             /* host physical */
    unsigned ttm;               /* VTDM_TTM_* */
} VTDMRoot;

typedef struct VTDMInterruptTable {
    uint64_t table;             /* host physical */
    uint32_t entries;
    bool eime;
} VTDMInterruptTable;

/* A protected range, last byte included. Empty when limit < base. */
typedef struct VTDMRange {
    uint64_t base;
    uint64_t limit;
} VTDMRange;

struct VTDMUnit {
    pthread_mutex_t lock;
    VTDMConfig config;
    VTDMHostOps ops;
    void *opaque;

    VTDMRegisters regs;
    VTDMRoot root;
    VTDMInterruptTable interrupts;
    VTDMRange protected_ranges[2];
    unsigned next_record;       /* the record that the next fault takes */
    bool device_tlb_silent;     /* a device has not answered... */
    uint16_t device_tlb_sid;    /* ... this one */

    GHashTable *contexts;       /* source-id -> VTDMContext */
    GHashTable *iotlb;          /* VTDMTranslation, keyed by its tag */
    GQueue iotlb_order;         /* the same, oldest first */
    GHashTable *irtes;          /* interrupt index -> VTDMEntry128 */
};

/* event.c: messages of the unit. Spec: "Non-Recoverable Fault Event" */
typedef enum VTDMMessage {
    VTDM_MESSAGE_FAULT,
    VTDM_MESSAGE_COMPLETION,
} VTDMMessage;

void vtdm_message_raise(VTDMUnit *unit, VTDMMessage message);
void vtdm_message_withdraw(VTDMUnit *unit, VTDMMessage message);
void vtdm_fectl_written(VTDMUnit *unit, unsigned bytes);
void vtdm_iectl_written(VTDMUnit *unit, unsigned bytes);
void vtdm_ics_written(VTDMUnit *unit, unsigned bytes);

/* Hands @event to the host, if it listens. */
void vtdm_tell(VTDMUnit *unit, const VTDMEvent *event);

/* fault.c: status and records. Spec: "Primary Fault Logging" */
void vtdm_fault_report(VTDMUnit *unit, VTDMFault *fault);
void vtdm_fault_status(VTDMUnit *unit, uint32_t fsts_bit);
void vtdm_fsts_written(VTDMUnit *unit, unsigned bytes);
void vtdm_frcd_written(VTDMUnit *unit, unsigned bytes);

/* command.c: Spec: "Global Command Register" */
void vtdm_gcmd_written(VTDMUnit *unit, unsigned bytes);
bool vtdm_is_enabled(VTDMUnit *unit, uint32_t gsts_bit);

/* protected.c: Spec: "Protected Memory Enable Register" */
void vtdm_pmen_written(VTDMUnit *unit, unsigned bytes);
bool vtdm_protected_blocks(VTDMUnit *unit, uint64_t address,
                           bool remapped);

/* queue.c: Spec: "Queued Invalidation Interface" */
void vtdm_queue_enable(VTDMUnit *unit, bool enable);
void vtdm_queue_run(VTDMUnit *unit);
void vtdm_iqt_written(VTDMUnit *unit, unsigned bytes);
void vtdm_iqa_written(VTDMUnit *unit, unsigned bytes);

/*
 * descriptor.c: carries out one descriptor of @size bytes (16 or 32).
 * VTDM_IQEI_NONE: it was valid.
 */
VTDMQueueError vtdm_descriptor_run(VTDMUnit *unit,
                                   const VTDMEntry128 *descriptor,
                                   size_t size);

/*
 * device-tlb.c: requests to devices, and what becomes of silent ones.
 * vtdm_device_tlb_expire: returns whether a request had timed out.
 */
void vtdm_device_tlb_send(VTDMUnit *unit, const VTDMInvalidation *what);
bool vtdm_device_tlb_expire(VTDMUnit *unit);

/*
 * invalidate.c: one request, whoever asked; and the registers that ask.
 * vtdm_translation_switched: what passes untranslated is another than before.
 */
void vtdm_invalidate(VTDMUnit *unit, const VTDMInvalidation *what);
void vtdm_invalidate_dma(VTDMUnit *unit);
void vtdm_translation_switched(VTDMUnit *unit);
void vtdm_invalidate_interrupts(VTDMUnit *unit);
void vtdm_ccmd_written(VTDMUnit *unit, unsigned bytes);
void vtdm_iotlb_written(VTDMUnit *unit, unsigned bytes);
uint16_t vtdm_function_mask(unsigned fm);
uint64_t vtdm_domain_mask(const VTDMConfig *config);

/*
 * The host's memory: false where there is none. Entries are little-endian
 * there.
 */
bool vtdm_read_entry(VTDMUnit *unit, uint64_t address, VTDMEntry128 *entry);

/* Whether the @size bytes at @address touch the interrupt range. */
static inline bool vtdm_in_interrupt_range(uint64_t address, uint64_t size)
{
    return address < VTDM_INTERRUPT_BASE + VTDM_INTERRUPT_SIZE &&
           address + (size - 1) >= VTDM_INTERRUPT_BASE;
}

/* An identity mapping holds over this much at least. */
#define VTDM_IDENTITY_MASK      VTDM_BITS(20, 0)

/*
 * The low bits over which an answer of @mask around @address may be used:
 * an answer for more than 4 KiB never speaks for the interrupt range.
 */
static inline uint64_t vtdm_answer_mask(uint64_t address, uint64_t mask)
{
    while (mask >= VTDM_PAGE_SIZE &&
           vtdm_in_interrupt_range(address & ~mask, mask + 1)) {
        mask >>= 1;
    }
    return mask;
}

/* Address bits that no host physical address has. */
static inline uint64_t vtdm_above_haw(const VTDMConfig *config)
{
    return ~vtdm_mask_below(config->host_address_width);
}

/* The widest second-stage input that the unit can walk, in bits. */
unsigned vtdm_config_widest(const VTDMConfig *config);

#endif
