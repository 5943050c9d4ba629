/*
 * PASID directory and table: read, then checked, then kept. An entry of the
 * table is read in four pieces of 16 bytes, from the one with P upwards.
 * Spec: "Scalable-Mode PASID Directory Entry", "Scalable-Mode PASID Table
 * Entry"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "count.h"
#include "memory.h"
#include "pasid.h"
#include "unit.h"

static VTDMCondition read_directory(VTDMUnit *unit, VTDMView view,
                                    const VTDMContext *context,
                                    VTDMPasidEntry *entry)
{
    uint64_t *word = &entry->entry.lo;

    entry->entry_address = context->pasiddirptr +
        (entry->pasid >> VTDM_PASID_TABLE_BITS) * sizeof(*word);
    if (!vtdm_read64(unit, view, entry->entry_address, word)) {
        return VTDM_SPD_1;
    }
    entry->fpd = *word & VTDM_PDE_FPD;
    if (!(*word & VTDM_PDE_P)) {
        return VTDM_SPD_2;
    }
    if (*word & (VTDM_PDE_RSVD | vtdm_above_haw(&unit->config))) {
        return VTDM_SPD_3;
    }
    return VTDM_NO_FAULT;
}

static VTDMCondition read_table(VTDMUnit *unit, VTDMView view,
                                VTDMPasidEntry *entry, VTDMEntry512 *raw)
{
    entry->entry_address = (entry->entry.lo & VTDM_PDE_SMPTBLPTR) +
        (entry->pasid & vtdm_mask_below(VTDM_PASID_TABLE_BITS)) *
        sizeof(*raw);
    entry->entry = (VTDMEntry128) { 0 };
    if (!vtdm_read512(unit, view, entry->entry_address, raw)) {
        return VTDM_SPT_1;
    }
    entry->entry = (VTDMEntry128) { raw->words[0], raw->words[1] };
    return VTDM_NO_FAULT;
}

/* Host permission tables are not modelled: all that is theirs is reserved. */
static bool has_reserved_bits(const VTDMConfig *config,
                              const uint64_t words[8])
{
    uint64_t above = vtdm_above_haw(config);
    uint64_t did_above = VTDM_PASID_1_DID & ~vtdm_domain_mask(config);
    uint64_t reserved[8] = {
        VTDM_PASID_RSVD | above |
            vtdm_unless(config->ssts, VTDM_PASID_AW | VTDM_PASID_SSPTPTR) |
            vtdm_unless(config->ssts && config->ssads, VTDM_PASID_SSADE),
        VTDM_PASID_1_RSVD | did_above |
            vtdm_unless(config->smpwcs, VTDM_PASID_1_PWSNP) |
            vtdm_unless(config->sc, VTDM_PASID_1_PGSNP) |
            vtdm_unless(config->mts, VTDM_PASID_1_CD | VTDM_PASID_1_EMTE |
                                     VTDM_PASID_1_PAT),
        VTDM_PASID_2_RSVD | above |
            vtdm_unless(config->srs, VTDM_PASID_2_SRE) |
            vtdm_unless(config->eafs, VTDM_PASID_2_EAFE) |
            vtdm_unless(config->fsts, VTDM_PASID_2_FSPM | VTDM_PASID_2_WPE |
                                      VTDM_PASID_2_FSPTPTR),
        UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(reserved); i++) {
        if (words[i] & reserved[i]) {
            return true;
        }
    }
    return false;
}

static bool pgtt_is_supported(const VTDMConfig *config, unsigned pgtt)
{
    return (pgtt == VTDM_PGTT_FIRST_STAGE && config->fsts) ||
           (pgtt == VTDM_PGTT_SECOND_STAGE && config->ssts) ||
           (pgtt == VTDM_PGTT_NESTED && config->nest) ||
           (pgtt == VTDM_PGTT_PASS_THROUGH && config->pt);
}

static void decode(VTDMPasidEntry *entry, const uint64_t words[8])
{
    entry->pgtt = vtdm_get(words[0], VTDM_PASID_PGTT);
    entry->ss_levels = vtdm_get(words[0], VTDM_PASID_AW) + 2;
    entry->fs_levels = vtdm_get(words[2], VTDM_PASID_2_FSPM) + 4;
    entry->ssptptr = words[0] & VTDM_PASID_SSPTPTR;
    entry->fsptptr = words[2] & VTDM_PASID_2_FSPTPTR;
    entry->ssade = words[0] & VTDM_PASID_SSADE;
    entry->eafe = words[2] & VTDM_PASID_2_EAFE;
    entry->pwsnp = words[1] & VTDM_PASID_1_PWSNP;
    entry->pgsnp = words[1] & VTDM_PASID_1_PGSNP;
    entry->sre = words[2] & VTDM_PASID_2_SRE;
    entry->wpe = words[2] & VTDM_PASID_2_WPE;
}

/* AW is ignored where there is no second stage, FSPM never is. */
VTDMCondition vtdm_pasid_check_types(const VTDMConfig *config,
                                     const VTDMPasidEntry *entry)
{
    bool nested = entry->pgtt == VTDM_PGTT_NESTED;

    if (!pgtt_is_supported(config, entry->pgtt)) {
        return VTDM_SPT_4_2;
    }
    if ((nested || entry->pgtt == VTDM_PGTT_SECOND_STAGE) &&
        !(config->sagaw & VTDM_BIT(entry->ss_levels - 2))) {
        return VTDM_SPT_4_1;
    }
    if (entry->fs_levels > (config->fs5lp ? 5 : 4)) {
        return VTDM_SPT_4_3;
    }
    if (nested && entry->fsptptr > vtdm_second_stage_reach(
                      config, entry->ss_levels)) {
        return VTDM_SPT_4_4;
    }
    return VTDM_NO_FAULT;
}

/*
 * Eight types of 4 bits: 2, 3 and all from 8 on are reserved. Spec:
 * "Scalable-Mode PASID Table Entry"
 */
static bool has_reserved_type(uint64_t word)
{
    uint32_t pat = vtdm_get(word, VTDM_PASID_1_PAT);

    return pat & (0x88888888 | (0x22222222 & ~(pat >> 1)));
}

static VTDMCondition check_table(const VTDMConfig *config,
                                 VTDMPasidEntry *entry,
                                 const uint64_t words[8])
{
    VTDMCondition condition;

    entry->fpd |= words[0] & VTDM_PASID_FPD;
    if (!(words[0] & VTDM_PASID_P)) {
        return VTDM_SPT_2;
    }
    if (has_reserved_bits(config, words)) {
        return VTDM_SPT_3;
    }
    decode(entry, words);
    condition = vtdm_pasid_check_types(config, entry);
    if (condition == VTDM_NO_FAULT && has_reserved_type(words[1])) {
        condition = VTDM_SPT_4_0;
    }
    if (condition == VTDM_NO_FAULT) {
        entry->domain_id = vtdm_get(words[1], VTDM_PASID_1_DID);
    }
    return condition;
}

static VTDMCondition read_tables(VTDMUnit *unit, VTDMView view,
                                 const VTDMContext *context,
                                 VTDMPasidEntry *entry)
{
    VTDMEntry512 raw;
    VTDMCondition condition = read_directory(unit, view, context, entry);

    if (condition == VTDM_NO_FAULT) {
        condition = read_table(unit, view, entry, &raw);
    }
    return condition == VTDM_NO_FAULT
        ? check_table(&unit->config, entry, raw.words) : condition;
}

/* Faulting entries are kept only in caching mode, under domain 0. */
static bool may_keep(const VTDMConfig *config, const VTDMPasidEntry *entry)
{
    return entry->condition == VTDM_NO_FAULT || config->cm;
}

/* RID_PASID is that of requests without one, and of no others. */
static void count_lookup(VTDMUnit *unit, const VTDMContext *context,
                         uint32_t pasid, const VTDMPasidEntry *cached)
{
    uint32_t own = pasid == context->rid_pasid ? VTDM_NO_PASID : pasid;

    vtdm_count(unit, VTDM_COUNT_PASID_CACHE_LOOKUP, &(VTDMCountSubject) {
        .source_id = context->source_id,
        .pasid = own,
    });
    if (cached) {
        vtdm_count(unit, VTDM_COUNT_PASID_CACHE_HIT, &(VTDMCountSubject) {
            .source_id = context->source_id,
            .domain_id = cached->domain_id,
            .pasid = own,
        });
    }
}

const VTDMPasidEntry *vtdm_pasid_find(VTDMUnit *unit,
                                      const VTDMContext *context,
                                      uint32_t pasid, VTDMView view,
                                      VTDMPasidEntry *room)
{
    const VTDMPasidEntry *cached = view == VTDM_TABLES
        ? NULL : vtdm_pasid_lookup(unit, context->source_id, pasid);

    if (view == VTDM_USE) {
        count_lookup(unit, context, pasid, cached);
    }
    if (cached) {
        return cached;
    }
    *room = (VTDMPasidEntry) {
        .source_id = context->source_id,
        .pasid = pasid,
    };
    room->condition = read_tables(unit, view, context, room);
    if (view == VTDM_USE && may_keep(&unit->config, room)) {
        vtdm_pasid_insert(unit, room);
    }
    return room;
}
