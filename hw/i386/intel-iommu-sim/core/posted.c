/*
 * Interrupt posting: into the descriptor in memory instead of to a CPU.
 *
 * Hardware changes the 64 bytes in one step. Here there are two, each atomic
 * for CPUs, too, and a full barrier: first the bit of the vector in PIR, then
 * the word of ON and SN. What lies between them can be seen, and no more than
 * that; but no notification is lost:
 *
 *   - Whether one is needed is decided by what ON and SN are in the second
 *     step, not by what they were before.
 *   - If ON was 1 then, whoever has been notified has yet to clear it. Who
 *     clears ON looks at PIR after that, and finds the bit: it was there first.
 *   - If SN was 1 then, likewise: who clears SN looks at PIR after that.
 *   - If both were 0, ON is 1 now, and the notification goes out after it.
 *   - A CPU that takes the bit between the steps is notified once more, and
 *     finds nothing. Hardware does this, too, to who reads PIR and only then
 *     clears ON.
 *
 * Both steps are made even if they change nothing: a bit that is set already
 * may be taken at this moment, by a CPU that must see the device's DMA then.
 *
 * Spec: "Interrupt-Posting Hardware Operation", "Ordering Requirements for
 * Interrupt Posting"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "hw/i386/vtdm/spec/interrupts.h"
#include "host.h"
#include "memory.h"
#include "posted.h"
#include "unit.h"

/* A CPU that keeps on changing a word must not keep the unit's lock busy. */
#define TRIES           4096

/* One on the way: what was last seen of it, in @pid. */
typedef struct Descriptor {
    VTDMUnit *unit;
    uint64_t address;
    VTDMView view;              /* of another than USE nothing changes */
    VTDMEntry512 pid;
} Descriptor;

bool vtdm_is_posted(const VTDMUnit *unit, const VTDMEntry128 *irte)
{
    return unit->config.pi && (irte->lo & VTDM_IRTE_IM);
}

uint64_t vtdm_posted_descriptor(const VTDMEntry128 *irte)
{
    return (irte->hi & VTDM_IRTE_HI_PDAH) |
           vtdm_get(irte->lo, VTDM_IRTE_PDAL) * sizeof(VTDMEntry512);
}

bool vtdm_posted_has_reserved_bits(const VTDMUnit *unit,
                                   const VTDMEntry128 *irte)
{
    return (irte->lo & VTDM_IRTE_POSTED_RSVD) ||
           (irte->hi & VTDM_IRTE_HI_POSTED_RSVD) ||
           (vtdm_posted_descriptor(irte) & vtdm_above_haw(&unit->config));
}

/* The word that has a reserved bit set, -1: none has. */
static int find_reserved(const Descriptor *descriptor)
{
    uint64_t ndst = descriptor->unit->latched.interrupts.eime
                        ? 0 : VTDM_PID_4_NDST & ~VTDM_PID_4_NDST_XAPIC;
    uint64_t reserved[] = {
        0, 0, 0, 0, VTDM_PID_4_RSVD | ndst, UINT64_MAX, UINT64_MAX, UINT64_MAX,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(reserved); i++) {
        if (descriptor->pid.words[i] & reserved[i]) {
            return i;
        }
    }
    return -1;
}

/* An entry has two words: the pair of which one is to blame. */
static VTDMCondition blame(const Descriptor *descriptor, unsigned word,
                           VTDMFault *fault)
{
    const uint64_t *words = &descriptor->pid.words[word & ~1u];

    fault->entry = (VTDMEntry128) { words[0], words[1] };
    fault->entry_address = descriptor->address +
                           word / 2 * sizeof(fault->entry);
    return VTDM_IR_28;
}

static VTDMCondition read_descriptor(Descriptor *descriptor, VTDMFault *fault)
{
    int word;

    if (!vtdm_read512(descriptor->unit, descriptor->view, descriptor->address,
                      &descriptor->pid)) {
        return VTDM_IR_27;
    }
    word = find_reserved(descriptor);
    return word < 0 ? VTDM_NO_FAULT : blame(descriptor, word, fault);
}

static uint64_t with_bit(uint64_t word, uint64_t bit)
{
    return word | bit;
}

static bool notifies(uint64_t word, bool urgent)
{
    return !(word & VTDM_PID_4_ON) && (urgent || !(word & VTDM_PID_4_SN));
}

static uint64_t with_on(uint64_t word, uint64_t urgent)
{
    return notifies(word, urgent) ? word | VTDM_PID_4_ON : word;
}

/* Changes word @n, of which @descriptor then has what was there before. */
static bool exchange(Descriptor *descriptor, unsigned n,
                     uint64_t (*change)(uint64_t word, uint64_t what),
                     uint64_t what)
{
    uint64_t *word = &descriptor->pid.words[n];

    for (unsigned i = 0; i < TRIES; i++) {
        uint64_t expected = *word;

        if (!vtdm_host_exchange64(descriptor->unit,
                                  descriptor->address + n * sizeof(*word),
                                  word, descriptor->view == VTDM_USE
                                            ? change(expected, what)
                                            : expected)) {
            return false;
        }
        if (*word == expected) {
            return true;
        }
    }
    return false;
}

static VTDMNotification notification_of(const Descriptor *descriptor,
                                        bool urgent)
{
    uint64_t word = descriptor->pid.words[VTDM_PID_PIR_WORDS];
    bool eime = descriptor->unit->latched.interrupts.eime;

    return (VTDMNotification) {
        .wanted = notifies(word, urgent),
        .vector = vtdm_get(word, VTDM_PID_4_NV),
        .destination = vtdm_get(word, eime ? VTDM_PID_4_NDST
                                           : VTDM_PID_4_NDST_XAPIC),
    };
}

VTDMCondition vtdm_post(VTDMUnit *unit, VTDMView view, VTDMFault *fault,
                        VTDMNotification *notification)
{
    VTDMEntry128 irte = fault->entry;
    unsigned vector = vtdm_get(irte.lo, VTDM_IRTE_VV);
    bool urgent = irte.lo & VTDM_IRTE_URG;
    Descriptor descriptor = {
        .unit = unit, .address = vtdm_posted_descriptor(&irte),
        .view = view,
    };
    VTDMCondition condition;

    fault->entry_address = descriptor.address;
    fault->entry = (VTDMEntry128) { 0 };
    condition = read_descriptor(&descriptor, fault);
    if (condition != VTDM_NO_FAULT) {
        return condition;
    }
    if (!exchange(&descriptor, vector / 64, with_bit, VTDM_BIT(vector % 64)) ||
        !exchange(&descriptor, VTDM_PID_PIR_WORDS, with_on, urgent)) {
        return VTDM_IR_27;
    }
    *notification = notification_of(&descriptor, urgent);
    fault->entry = irte;
    return VTDM_NO_FAULT;
}
