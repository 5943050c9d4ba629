/*
 * Driving one unit through QEMU.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "unit.h"

#define QUEUE_OFFSET            0x10000
#define IRT_OFFSET              0x100000

#define ONE_SHOT                (VTDM_GCMD_SRTP | VTDM_GCMD_SIRTP | \
                                 VTDM_GCMD_WBF)

Unit unit_at(QTestState *qts, VTDMTables *tables, uint64_t base,
             uint64_t area)
{
    return (Unit) {
        .qts = qts,
        .tables = tables,
        .base = base,
        .root = area,
        .queue = area + QUEUE_OFFSET,
        .irt = area + IRT_OFFSET,
    };
}

uint32_t unit_read32(const Unit *unit, uint32_t offset)
{
    return qtest_readl(unit->qts, unit->base + offset);
}

uint64_t unit_read64(const Unit *unit, uint32_t offset)
{
    return qtest_readq(unit->qts, unit->base + offset);
}

void unit_write32(const Unit *unit, uint32_t offset, uint32_t value)
{
    qtest_writel(unit->qts, unit->base + offset, value);
}

void unit_write64(const Unit *unit, uint32_t offset, uint64_t value)
{
    qtest_writeq(unit->qts, unit->base + offset, value);
}

void unit_command(const Unit *unit, uint32_t set, uint32_t clear)
{
    uint32_t state = unit_read32(unit, VTDM_REG_GSTS) & ~ONE_SHOT;

    unit_write32(unit, VTDM_REG_GCMD, (state | set) & ~clear);
}

/* As software does: what a command causes may take a while. */
static void await_status(const Unit *unit, uint32_t bit)
{
    for (unsigned i = 0; !(unit_read32(unit, VTDM_REG_GSTS) & bit); i++) {
        g_assert_cmpuint(i, <, 100000);
        g_usleep(1000);
    }
}

void unit_set_root(const Unit *unit, uint64_t rtaddr)
{
    unit_write64(unit, VTDM_REG_RTADDR, rtaddr);
    unit_command(unit, VTDM_GCMD_SRTP, 0);
    await_status(unit, VTDM_GSTS_RTPS);
}

void unit_enable_dma(const Unit *unit)
{
    unit_set_root(unit, unit->root);
    unit_command(unit, VTDM_GCMD_TE, 0);
    await_status(unit, VTDM_GSTS_TES);
}

void unit_enable_interrupts(const Unit *unit, bool eime)
{
    unit_write64(unit, VTDM_REG_IRTA, unit->irt |
                 (eime ? VTDM_IRTA_EIME : 0) | vtdm_field(VTDM_IRTA_S, 7));
    unit_command(unit, VTDM_GCMD_SIRTP, 0);
    unit_command(unit, VTDM_GCMD_IRE, 0);
    g_assert_true(unit_read32(unit, VTDM_REG_GSTS) & VTDM_GSTS_IRES);
}

void unit_enable_queue(const Unit *unit)
{
    unit_write64(unit, VTDM_REG_IQT, 0);
    unit_write64(unit, VTDM_REG_IQA, unit->queue);
    unit_command(unit, VTDM_GCMD_QIE, 0);
    g_assert_true(unit_read32(unit, VTDM_REG_GSTS) & VTDM_GSTS_QIES);
}

void unit_submit(const Unit *unit, VTDMEntry128 descriptor)
{
    uint64_t tail = vtdm_get(unit_read64(unit, VTDM_REG_IQT), VTDM_IQT_QT);

    vtdm_tables_set128(unit->tables,
                       unit->queue + tail * sizeof(descriptor), descriptor);
    tail = (tail + 1) % UNIT_QUEUE_LENGTH;
    unit_write64(unit, VTDM_REG_IQT, vtdm_field(VTDM_IQT_QT, tail));
}

uint64_t unit_attach(const Unit *unit, uint16_t source_id,
                     uint16_t domain_id, unsigned levels)
{
    uint64_t ssptptr = vtdm_tables_page(unit->tables);

    vtdm_tables_context(unit->tables, unit->root, source_id,
                        vtdm_make_context(VTDM_TT_SECOND_STAGE, levels,
                                          ssptptr, domain_id));
    return ssptptr;
}

void unit_set_irte(const Unit *unit, unsigned index, VTDMEntry128 irte)
{
    vtdm_tables_set128(unit->tables, unit->irt + index * sizeof(irte), irte);
}

uint32_t unit_record_offset(const Unit *unit, unsigned index)
{
    uint64_t cap = unit_read64(unit, VTDM_REG_CAP);

    return 16 * vtdm_get(cap, VTDM_CAP_FRO) + index * VTDM_FRCD_SIZE;
}

VTDMEntry128 unit_record(const Unit *unit, unsigned index)
{
    uint32_t offset = unit_record_offset(unit, index);

    return (VTDMEntry128) {
        .lo = unit_read64(unit, offset),
        .hi = unit_read64(unit, offset + 8),
    };
}

void unit_clear_record(const Unit *unit, unsigned index)
{
    unit_write64(unit, unit_record_offset(unit, index) + 8,
                 VTDM_FRCD_HI_F);
}

void unit_expect_record(const Unit *unit, unsigned index, uint8_t reason,
                        uint16_t source_id)
{
    uint64_t hi = unit_record(unit, index).hi;

    g_assert_true(hi & VTDM_FRCD_HI_F);
    g_assert_cmphex(vtdm_get(hi, VTDM_FRCD_HI_FR), ==, reason);
    g_assert_cmphex(vtdm_get(hi, VTDM_FRCD_HI_SID), ==, source_id);
    unit_clear_record(unit, index);
    g_assert_false(unit_record(unit, index).hi & VTDM_FRCD_HI_F);
}

void unit_expect_no_fault(const Unit *unit)
{
    g_assert_cmphex(unit_read32(unit, VTDM_REG_FSTS) & ~VTDM_FSTS_FRI, ==,
                    0);
}

void units_expect_record(const Unit *units, unsigned count, unsigned owner,
                         uint8_t reason, uint16_t source_id)
{
    uint32_t fsts = unit_read32(&units[owner], VTDM_REG_FSTS);

    g_assert_true(fsts & VTDM_FSTS_PPF);
    unit_expect_record(&units[owner], vtdm_get(fsts, VTDM_FSTS_FRI), reason,
                       source_id);
    for (unsigned i = 0; i < count; i++) {
        unit_expect_no_fault(&units[i]);
    }
}

uint32_t unit_iotlb(const Unit *unit)
{
    uint64_t ecap = unit_read64(unit, VTDM_REG_ECAP);

    return 16 * vtdm_get(ecap, VTDM_ECAP_IRO);
}

void unit_flush(const Unit *unit)
{
    unit_write64(unit, VTDM_REG_CCMD, VTDM_CCMD_ICC |
                 vtdm_field(VTDM_CCMD_CIRG, VTDM_G_GLOBAL));
    unit_write64(unit, unit_iotlb(unit) + VTDM_REG_IOTLB, VTDM_IOTLB_IVT |
                 vtdm_field(VTDM_IOTLB_IIRG, VTDM_G_GLOBAL));
}
