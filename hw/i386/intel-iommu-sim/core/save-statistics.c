/*
 * What a unit has counted, and up to which time of the guest, from which its
 * counters of clocks go on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "perfmon.h"
#include "save-statistics.h"
#include "unit.h"

typedef struct Record {
    VTDMStatistics statistics;
    uint64_t now;               /* of the clocks that counters have... */
    uint64_t began;             /* ... and that the statistics have */
} Record;

static const VTDMColumn columns[] = {
#define ROW(name, text, ...) \
    VTDM_COLUMN(text, Record, statistics.counts[VTDM_COUNT_##name], 8),
#include "hw/i386/vtdm/count-rows.h.inc"
#undef ROW
    VTDM_COLUMN("now", Record, now, 8),
    VTDM_COLUMN("began", Record, began, 8),
};

static void save(const VTDMUnit *unit, GArray *records)
{
    Record record = {
        unit->statistics, unit->perfmon.now, unit->perfmon.began,
    };

    vtdm_hits_add(unit, &record.statistics);
    g_array_append_val(records, record);
}

static void load(VTDMUnit *unit, const GArray *records)
{
    const Record *record = &g_array_index(records, Record, 0);

    unit->statistics = record->statistics;
    vtdm_hits_take(unit);
    unit->perfmon.began = record->began;
    vtdm_perfmon_follow(unit, record->now);
}

const VTDMSection vtdm_save_statistics = {
    .name = "statistics", .later = true,
    .columns = columns, .count = G_N_ELEMENTS(columns),
    .record = sizeof(Record), .least = 1, .most = 1,
    .save = save, .load = load,
};
