/*
 * A unit's registers: translation on, invalidation, faults.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "bare.h"

/* GCMD is written whole: what is on stays on, the rest acts once. */
#define GCMD_KEPT   (~(VTDM_GCMD_SRTP | VTDM_BIT(29) | VTDM_GCMD_WBF | \
                       VTDM_GCMD_SIRTP))

uint32_t read32(const Unit *unit, unsigned offset)
{
    return *(volatile uint32_t *)(unit->base + offset);
}

uint64_t read64(const Unit *unit, unsigned offset)
{
    return *(volatile uint64_t *)(unit->base + offset);
}

void write32(const Unit *unit, unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)(unit->base + offset) = value;
}

void write64(const Unit *unit, unsigned offset, uint64_t value)
{
    *(volatile uint64_t *)(unit->base + offset) = value;
}

/* One command at a time; the unit says when it is done. */
void unit_command(Unit *unit, uint32_t command)
{
    uint32_t status = read32(unit, VTDM_REG_GSTS) & GCMD_KEPT;

    write32(unit, VTDM_REG_GCMD, status | command);
    while (!(read32(unit, VTDM_REG_GSTS) & command)) {
    }
}

/*
 * From here on every device of the unit is blocked until it is attached to a
 * domain: the root table is empty. The unit may hold entries of a table
 * that firmware had set, so both caches are emptied before translation is on.
 */
void unit_start(Unit *unit)
{
    unsigned iotlb = 16 * vtdm_get(unit->ecap, VTDM_ECAP_IRO) + VTDM_REG_IOTLB;

    unit->root = new_page();
    write64(unit, VTDM_REG_RTADDR, (uintptr_t)unit->root);
    unit_command(unit, VTDM_GCMD_SRTP);
    unit_invalidate_contexts(unit);
    write64(unit, iotlb, VTDM_IOTLB_IVT |
            vtdm_field(VTDM_IOTLB_IIRG, VTDM_G_GLOBAL));
    while (read64(unit, iotlb) & VTDM_IOTLB_IVT) {
    }
    unit_command(unit, VTDM_GCMD_TE);
}

void unit_invalidate_contexts(Unit *unit)
{
    if (unit->queue) {
        queue_run(unit, VTDM_DSC_CC | vtdm_field(VTDM_CC_G, VTDM_G_GLOBAL), 0);
        return;
    }
    write64(unit, VTDM_REG_CCMD, VTDM_CCMD_ICC |
            vtdm_field(VTDM_CCMD_CIRG, VTDM_G_GLOBAL));
    while (read64(unit, VTDM_REG_CCMD) & VTDM_CCMD_ICC) {
    }
}

/* A unit without CAP.PSI drops whole domains only. */
static unsigned page_granularity(const Unit *unit)
{
    return unit->cap & VTDM_CAP_PSI ? VTDM_G_SELECTIVE : VTDM_G_DOMAIN;
}

static void invalidate_page_by_registers(Unit *unit, uint16_t domain_id,
                                         uint64_t iova)
{
    unsigned offset = 16 * vtdm_get(unit->ecap, VTDM_ECAP_IRO);

    write64(unit, offset + VTDM_REG_IVA, iova);
    write64(unit, offset + VTDM_REG_IOTLB, VTDM_IOTLB_IVT |
            VTDM_IOTLB_DR | VTDM_IOTLB_DW |
            vtdm_field(VTDM_IOTLB_IIRG, page_granularity(unit)) |
            vtdm_field(VTDM_IOTLB_DID, domain_id));
    while (read64(unit, offset + VTDM_REG_IOTLB) & VTDM_IOTLB_IVT) {
    }
}

void unit_invalidate_page(Unit *unit, uint16_t domain_id, uint64_t iova)
{
    if (!unit->queue) {
        invalidate_page_by_registers(unit, domain_id, iova);
        return;
    }
    queue_run(unit, VTDM_DSC_IOTLB |
              vtdm_field(VTDM_IOTLB_DSC_G, page_granularity(unit)) |
              vtdm_field(VTDM_IOTLB_DSC_DID, domain_id), iova);
}

/* Writing F frees the record for the next fault. */
Fault unit_take_fault(Unit *unit)
{
    uint32_t status = read32(unit, VTDM_REG_FSTS);
    unsigned record = 16 * vtdm_get(unit->cap, VTDM_CAP_FRO) +
                      VTDM_FRCD_SIZE * vtdm_get(status, VTDM_FSTS_FRI);
    uint64_t lo = read64(unit, record), hi = read64(unit, record + 8);
    Fault fault = {
        .found = status & VTDM_FSTS_PPF,
        .source_id = vtdm_get(hi, VTDM_FRCD_HI_SID),
        .reason = vtdm_get(hi, VTDM_FRCD_HI_FR),
        .address = lo & VTDM_FRCD_LO_FI,
    };

    if (fault.found) {
        write32(unit, record + 12, VTDM_FRCD_HI_F >> 32);
        write32(unit, VTDM_REG_FSTS, VTDM_FSTS_PFO);
    }
    return fault;
}
