/*
 * CAP and ECAP, made of the rows of capabilities and read back into them;
 * where the registers are that may move.
 * Spec: "Capability Register", "Extended Capability Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "perfmon-registers.h"

/* IOTLB pair and fault records lie in holes that nothing else uses. */
#define IOTLB_OFFSET            0x500
#define FRCD_OFFSET             0x600
#define FRCD_END                0xdc0
#define FRCD_OFFSET_PAGE_1      0x1000

/* Fields that say where registers are. */
#define PLACES(reg) ((reg) == VTDM_REG_CAP ? VTDM_CAP_FRO : VTDM_ECAP_IRO)

static bool records_need_page_1(const VTDMConfig *config)
{
    return FRCD_OFFSET + config->fault_records * VTDM_FRCD_SIZE > FRCD_END;
}

size_t vtdm_config_register_size(const VTDMConfig *config)
{
    return config->pms ? VTDM_PERFMON_END :
           records_need_page_1(config) ? 2 * VTDM_PAGE_SIZE : VTDM_PAGE_SIZE;
}

uint32_t vtdm_frcd_offset(const VTDMConfig *config)
{
    return records_need_page_1(config) ? FRCD_OFFSET_PAGE_1 : FRCD_OFFSET;
}

uint32_t vtdm_iotlb_offset(const VTDMConfig *config)
{
    return IOTLB_OFFSET;
}

static bool is_zero(const VTDMConfig *config, const VTDMConfigRow *row)
{
    return row->zero_without && !vtdm_config_has(config, row->zero_without);
}

/* What a register shows of one capability. */
static uint64_t row_field(const VTDMConfig *config, const VTDMConfigRow *row)
{
    uint32_t value = vtdm_config_get(config, row);

    if (row->kind == VTDM_SWITCH) {
        return value ? row->mask : 0;
    }
    return is_zero(config, row) ? 0 : vtdm_field(row->mask, value - row->bias);
}

uint32_t vtdm_config_from_field(const VTDMConfigRow *row, uint64_t reg)
{
    if (row->kind == VTDM_SWITCH) {
        return (reg & row->mask) == row->mask;
    }
    return (vtdm_get(reg, row->mask) + row->bias) &
           (row->bits ? row->bits : UINT32_MAX);
}

/* The next row of a register at or after @row, or NULL. */
static const VTDMConfigRow *row_of(uint32_t reg, const VTDMConfigRow *row)
{
    while (row->name && !(row->mask && row->reg == reg)) {
        row++;
    }
    return row->name ? row : NULL;
}

#define FOR_EACH_ROW(row, reg) \
    for (const VTDMConfigRow *row = row_of(reg, vtdm_config_rows); row; \
         row = row_of(reg, row + 1))

static uint64_t config_fields(const VTDMConfig *config, uint32_t reg)
{
    uint64_t fields = 0;

    FOR_EACH_ROW(row, reg) {
        fields |= row_field(config, row);
    }
    return fields;
}

uint64_t vtdm_config_cap(const VTDMConfig *config)
{
    return config_fields(config, VTDM_REG_CAP) |
           vtdm_field(VTDM_CAP_FRO, vtdm_frcd_offset(config) / 16);
}

uint64_t vtdm_config_ecap(const VTDMConfig *config)
{
    return config_fields(config, VTDM_REG_ECAP) |
           vtdm_field(VTDM_ECAP_IRO, vtdm_iotlb_offset(config) / 16);
}

uint64_t vtdm_config_set_register(VTDMConfig *config, uint32_t reg,
                                  uint64_t value)
{
    FOR_EACH_ROW(row, reg) {
        vtdm_config_put(config, row, vtdm_config_from_field(row, value));
    }
    return value & ~config_fields(config, reg) & ~PLACES(reg);
}

uint64_t vtdm_config_zeroes(const VTDMConfig *config, uint32_t reg)
{
    uint64_t zeroes = 0;

    FOR_EACH_ROW(row, reg) {
        zeroes |= is_zero(config, row) ? row->mask : 0;
    }
    return zeroes;
}

uint64_t vtdm_config_drop_unmet(VTDMConfig *config, uint32_t reg,
                                uint64_t value)
{
    uint64_t dropped = 0, before;

    do {
        before = dropped;
        FOR_EACH_ROW(row, reg) {
            if (vtdm_config_get(config, row) && value & row->mask &&
                !vtdm_config_is_met(config, row)) {
                vtdm_config_put(config, row, false);
                dropped |= row->mask;
            }
        }
    } while (dropped != before);
    return dropped;
}

const VTDMConfigRow *vtdm_config_impossible(uint32_t reg, uint64_t value,
                                            uint32_t *number)
{
    FOR_EACH_ROW(row, reg) {
        *number = vtdm_config_from_field(row, value);
        if (row->max && !vtdm_config_row_has(row, *number)) {
            return row;
        }
    }
    return NULL;
}
