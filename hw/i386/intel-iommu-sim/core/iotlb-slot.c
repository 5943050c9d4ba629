/*
 * Slots of the IOTLB. Their words are written in the order that makes whoever
 * reads a new one of them see an odd version, or another one than before.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "iotlb-slot.h"

/* The deepest tables. */
#define SPAN_LEVELS             5

/* 0: @span is none of a table's. */
static unsigned level_of_span(uint64_t span)
{
    for (unsigned level = 1; level <= SPAN_LEVELS; level++) {
        if (vtdm_level_mask(level) == span) {
            return level;
        }
    }
    return 0;
}

static uint64_t pack_page(const VTDMIotlbEntry *entry)
{
    return (entry->tag.input & VTDM_SLOT_INPUT) |
           (uint64_t)entry->translation.condition << 2 | entry->tag.level;
}

static uint64_t pack_to(const VTDMIotlbEntry *entry)
{
    const VTDMTranslation *end = &entry->translation;
    uint64_t span = level_of_span(end->span);

    return (uint64_t)entry->plain << VTDM_SLOT_PLAIN_SHIFT |
           (uint64_t)end->nested << 59 |
           (uint64_t)end->second_perm << 57 | span << 54 |
           (uint64_t)end->stage << 52 | (end->output & VTDM_SLOT_OUTPUT) |
           (uint64_t)entry->fpd << 11 | (uint64_t)entry->sre << 10 |
           (uint64_t)entry->rid_priv << 9 | (uint64_t)end->dirty << 8 |
           (uint64_t)end->snoop << 7 | (uint64_t)end->user_denied << 6 |
           (uint64_t)end->supervisor_perm << 3 | end->perm;
}

static void write_words(VTDMIotlbSlot *slot, uint64_t page, uint64_t who,
                        uint64_t to)
{
    uint32_t version = slot->version;

    vtdm_store(&slot->version, version + 1);
    vtdm_store(&slot->page, page);
    vtdm_store(&slot->who, who);
    vtdm_store(&slot->to, to);
    vtdm_store(&slot->version, version + 2);
}

void vtdm_slot_write(VTDMIotlbSlot *slot, const VTDMIotlbEntry *entry,
                     uint32_t set)
{
    write_words(slot, pack_page(entry),
                (uint64_t)set << VTDM_SLOT_SET_SHIFT |
                vtdm_who(entry->tag.source_id, entry->tag.pasid),
                pack_to(entry));
}

void vtdm_slot_clear(VTDMIotlbSlot *slot)
{
    write_words(slot, 0, 0, 0);
}
