/*
 * intel-iommu-sim: the quick answer to what most requests of devices are, reads
 * and writes of a page that the unit has cached.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_HIT_H
#define VTDM_HIT_H

#include "hw/i386/vtdm/vtdm.h"

/* Who asks: source-id 15:0, PASID 35:16; or bit 36 without one. */
typedef uint64_t VTDMWho;

#define VTDM_WHO_WITHOUT_PASID  VTDM_BIT(36)

/*
 * A PASID of more than 20 bits gives more bits than there are, so that nobody
 * has it.
 */
static inline VTDMWho vtdm_who(uint16_t source_id, uint32_t pasid)
{
    VTDMWho own = pasid == VTDM_NO_PASID ? VTDM_WHO_WITHOUT_PASID :
                  pasid < VTDM_BIT(20) ? (VTDMWho)pasid << 16 : VTDM_BIT(37);

    return own | source_id;
}

/*
 * The answer, for all of a page, or of a piece of what passes through. Of what
 * a VTDMResult has beside these fields:
 *
 * - response is VTDM_OK, there is no fault, and a domain; untranslated_only and
 *   privileged are false.
 * - first_stage, translated and domain_id are in tables.
 * - clean: where a write has a dirty bit to set, perm has no VTDM_PERM_W.
 * - snoop is not told: vtdm_unit_translate() says it.
 */
typedef struct VTDMHit {
    uint64_t output;            /* its first byte, host physical */
    uint64_t mask;              /* its size - 1 */
    uint32_t tables;            /* vtdm_hit_tables() */
    uint8_t perm;               /* VTDM_PERM_R, _W: what needs no more said */
} VTDMHit;

/* The domain and the kind of the tables that gave an answer. */
static inline uint32_t vtdm_hit_tables(uint16_t domain_id, bool first_stage)
{
    return (uint32_t)domain_id << 1 | first_stage;
}

/* Beside the domain: there were no tables, the requester passes through. */
#define VTDM_HIT_WITHOUT_TABLES VTDM_BIT(17)

static inline uint16_t vtdm_tables_domain(uint32_t tables)
{
    return tables >> 1;
}

static inline VTDMStage vtdm_tables_stage(uint32_t tables)
{
    return tables & VTDM_HIT_WITHOUT_TABLES ? VTDM_NO_STAGE :
           tables & 1 ? VTDM_FIRST_STAGE : VTDM_SECOND_STAGE;
}

/*
 * Whether @unit lets an untranslated request of @who for @address pass, that
 * wants @perm, VTDM_PERM_R or _W or both, not to execute, and with a PASID not
 * privileged. Without one, the privilege is what the PASID entry says for all
 * such requests. If so, it is counted, and *@hit is what vtdm_unit_translate()
 * would have said. Otherwise nothing has happened, not to *@hit either: ask
 * that. Waits for nobody, and writes nothing that other threads read.
 */
bool vtdm_unit_hit(VTDMUnit *unit, VTDMWho who, uint64_t address,
                   uint8_t perm, VTDMHit *hit);

#endif
