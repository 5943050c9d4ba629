/*
 * What a unit remembers beside its registers: a column for each number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hits.h"
#include "protected.h"
#include "save-latched.h"
#include "save-limits.h"
#include "save-registers.h"
#include "unit.h"

static uint64_t no_status(const VTDMConfig *config)
{
    return ~(uint64_t)(VTDM_GSTS_TES | VTDM_GSTS_RTPS |
                       (config->qi ? VTDM_GSTS_QIES : 0) |
                       (config->ir ? VTDM_GSTS_IRES | VTDM_GSTS_IRTPS |
                                     VTDM_GSTS_CFIS : 0));
}

static uint64_t no_interrupt_table(const VTDMConfig *config)
{
    return config->ir ? vtdm_no_page(config) : UINT64_MAX;
}

static uint64_t no_eime(const VTDMConfig *config)
{
    return config->eim ? 0 : UINT64_MAX;
}

static const VTDMColumn columns[] = {
    VTDM_COLUMN("gsts", VTDMLatched, gsts, 4, .reserved = no_status),
    VTDM_COLUMN("root", VTDMLatched, root.table, 8,
                .reserved = vtdm_no_page),
    VTDM_COLUMN("ttm", VTDMLatched, root.ttm, 1, .max = VTDM_TTM_ABORT),
    VTDM_COLUMN("interrupts", VTDMLatched, interrupts.table, 8,
                .reserved = no_interrupt_table),
    VTDM_COLUMN("interrupt-entries", VTDMLatched, interrupts.entries, 4,
                .max = 65536),
    VTDM_COLUMN("eime", VTDMLatched, interrupts.eime, 1, .max = 1,
                .reserved = no_eime),
    VTDM_FLAG("protects", VTDMLatched, protects),
    VTDM_COLUMN("low-base", VTDMLatched, protected_ranges[0].base, 8),
    VTDM_COLUMN("low-limit", VTDMLatched, protected_ranges[0].limit, 8),
    VTDM_COLUMN("high-base", VTDMLatched, protected_ranges[1].base, 8),
    VTDM_COLUMN("high-limit", VTDMLatched, protected_ranges[1].limit, 8),
    VTDM_COLUMN("next-record", VTDMLatched, next_record, 2),
    VTDM_FLAG("fetching", VTDMLatched, fetching),
};

static void save(const VTDMUnit *unit, GArray *records)
{
    g_array_append_val(records, unit->latched);
}

/* Whether protection could have taken over that range. */
static bool is_protected_range(const VTDMRange *range, bool protects,
                               unsigned width)
{
    uint64_t above = ~vtdm_mask_below(width) & ~VTDM_PROTECTED_GRANULE;

    return protects
        ? !(range->base & (VTDM_PROTECTED_GRANULE | above)) &&
          !(~range->limit & VTDM_PROTECTED_GRANULE) && !(range->limit & above)
        : range->base == 1 && range->limit == 0;
}

static bool are_protected_ranges(const VTDMConfig *config,
                                 const VTDMLatched *latched)
{
    bool on = latched->protects;

    return (!on || config->plmr || config->phmr) &&
           is_protected_range(&latched->protected_ranges[0],
                              on && config->plmr, 32) &&
           is_protected_range(&latched->protected_ranges[1],
                              on && config->phmr,
                              config->host_address_width);
}

static bool is_completing(const VTDMLoad *load, uint32_t offset)
{
    const GArray *records = vtdm_load_records(load, "completions");

    for (guint i = 0; i < records->len; i++) {
        if (g_array_index(records, VTDMCompletion, i).offset == offset) {
            return true;
        }
    }
    return false;
}

/* A register shows what is in effect, unless it completes later. */
static const char *check_shown(const VTDMLoad *load,
                               const VTDMLatched *latched)
{
    uint64_t pmen = vtdm_saved_register(load, VTDM_REG_PMEN);
    uint64_t shown = latched->protects ? VTDM_PMEN_PRS : 0;

    if (vtdm_saved_register(load, VTDM_REG_GSTS) != latched->gsts &&
        !is_completing(load, VTDM_REG_GSTS)) {
        return "GSTS is not gsts, and nothing completes";
    }
    if (((pmen & VTDM_PMEN_PRS) != shown &&
         !is_completing(load, VTDM_REG_PMEN)) ||
        !(pmen & VTDM_PMEN_EPM) == latched->protects) {
        return "PMEN does not say what protects says, and nothing completes";
    }
    return NULL;
}

static const char *check(const VTDMLoad *load, const GArray *records, guint at)
{
    const VTDMLatched *latched = &g_array_index(records, VTDMLatched, at);
    const VTDMConfig *config = &load->unit->config;
    uint32_t entries = latched->interrupts.entries;

    if (entries == 1 || (entries & (entries - 1)) || (entries && !config->ir)) {
        return "no table of this unit has so many interrupt-entries";
    }
    if (!are_protected_ranges(config, latched)) {
        return "PMEN has not taken over such ranges";
    }
    if (latched->next_record >= config->fault_records) {
        return "next-record is beyond the fault recording registers";
    }
    return check_shown(load, latched);
}

static void load_latched(VTDMUnit *unit, const GArray *records)
{
    unit->latched = g_array_index(records, VTDMLatched, 0);
    vtdm_hits_changed(unit);
}

const VTDMSection vtdm_save_latched = {
    .name = "latched",
    .columns = columns, .count = G_N_ELEMENTS(columns),
    .record = sizeof(VTDMLatched), .least = 1, .most = 1,
    .save = save, .check = check, .load = load_latched,
};
