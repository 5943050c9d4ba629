/*
 * The answer that takes no lock, and writes nothing that others read: to a
 * request that the IOTLB lets pass, as was found out when the translation was
 * cached, or of who passes through. Whatever else there is to be said of a
 * request is said with the lock.
 * Spec: "Details of IOTLB Use"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/hit.h"
#include "atomic.h"
#include "config.h"
#include "hits.h"
#include "interrupt-range.h"
#include "unit.h"

/* In legacy mode there are no PASIDs. */
static bool may_hit(const VTDMUnit *unit, VTDMWho who)
{
    uint32_t least = who & VTDM_WHO_WITHOUT_PASID ? VTDM_HITS_WITHOUT_PASID
                                                  : VTDM_HITS_OF_ALL;

    return vtdm_load(&unit->hit_mode) >= least;
}

/* Whether @who passes, and its @address may. */
static bool pass(VTDMUnit *unit, VTDMWho who, uint64_t address, VTDMHit *hit)
{
    uint64_t word = vtdm_pass_find(&unit->passes, who);

    if (!word || (address & vtdm_above_haw(&unit->config)) ||
        vtdm_in_interrupt_range(address, 1)) {
        return false;
    }
    hit->mask = vtdm_answer_mask(address, VTDM_IDENTITY_MASK);
    hit->output = address & ~hit->mask;
    hit->tables = vtdm_hit_tables(vtdm_pass_domain(word), false) |
                  VTDM_HIT_WITHOUT_TABLES;
    hit->perm = VTDM_PERM_R | VTDM_PERM_W;
    vtdm_hits_count(&unit->hits, word & VTDM_PASS_SCALABLE
                                     ? VTDM_HIT_PASSED_SCALABLE
                                     : VTDM_HIT_PASSED);
    return true;
}

bool vtdm_unit_hit(VTDMUnit *unit, VTDMWho who, uint64_t address,
                   uint8_t perm, VTDMHit *hit)
{
    VTDMSlotWords words;

    if (!may_hit(unit, who)) {
        return false;
    }
    if (!vtdm_iotlb_find(&unit->iotlb, who, address, &words)) {
        return pass(unit, who, address, hit);
    }
    if (perm & ~vtdm_slot_plain(words.to)) {
        return false;
    }
    hit->output = words.to & VTDM_SLOT_OUTPUT;
    hit->mask = vtdm_level_mask(vtdm_slot_level(words.page));
    hit->tables = vtdm_iotlb_key_tables(words.key);
    hit->perm = vtdm_slot_plain(words.to);
    vtdm_hits_count(&unit->hits, VTDM_HIT_CACHED);
    return true;
}
