/*
 * The registers of the performance monitor, of which each counter has its own,
 * and of enhanced commands.
 * Spec: "Performance Monitoring Registers", "Enhanced Command Interface"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "enhanced-command.h"
#include "message.h"
#include "perfmon.h"
#include "perfmon-rules.h"
#include "registers.h"

#define NAMED(name) #name, VTDM_REG_##name

static const VTDMRegister commands[] = {
    { NAMED(ECMD), 8, .writable = VTDM_ECMD_OA | VTDM_ECMD_CMD,
      .written = vtdm_ecmd_written },
    { NAMED(ECEO), 8, .writable = UINT64_MAX },
    { NAMED(ECRSP), 8, .hardware = VTDM_ECRSP_SC },
    { "ECSTS", VTDM_REG_ECSTS, 8 },
    { "ECSTS", VTDM_REG_ECSTS + 8, 8 },
};

static const VTDMRegister monitor[] = {
    { NAMED(PERFCFGOFF), 4, .reset = VTDM_PERFCFG_OFFSET },
    { NAMED(PERFFRZOFF), 4, .reset = VTDM_PERFFRZ_OFFSET },
    { NAMED(PERFOVFOFF), 4, .reset = VTDM_PERFOVF_OFFSET },
    { NAMED(PERFCNTROFF), 4, .reset = VTDM_PERFCNTR_OFFSET },
    { NAMED(PERFINTRSTS), 4, .write_1_clear = VTDM_PERFINTRSTS_PIS,
      .written = vtdm_perfintrsts_written },
    { NAMED(PERFINTRCTL), 4, .reset = VTDM_FECTL_IM,
      .writable = VTDM_FECTL_IM, .hardware = VTDM_FECTL_IP,
      .written = vtdm_perfintrctl_written },
    { NAMED(PERFINTRDATA), 4, .writable = VTDM_FEDATA_DATA },
    { NAMED(PERFINTRADDR), 4, .writable = VTDM_FEADDR_ADDR },
    { "PERFFRZSTS", VTDM_PERFFRZ_OFFSET, 8,
      .hardware = VTDM_BITS(VTDM_COUNTERS - 1, 0) },
    { "PERFOVFSTS", VTDM_PERFOVF_OFFSET, 8,
      .write_1_clear = VTDM_BITS(VTDM_COUNTERS - 1, 0) },
};

/* What may be written of each filter. */
static const struct {
    const char *name;
    uint32_t fields;
} filters[VTDM_FILTERS] = {
    [VTDM_FILTER_RID] = { "PERFCNTR_RIDFLTR", VTDM_FILTER_RID_RID },
    [VTDM_FILTER_DID] = { "PERFCNTR_DIDFLTR", VTDM_FILTER_DID_DID },
    [VTDM_FILTER_PASID] = { "PERFCNTR_PASIDFLTR", VTDM_FILTER_PASID_PFM |
                                                  VTDM_FILTER_PASID_PASID },
    [VTDM_FILTER_AT] = { "PERFCNTR_ATFLTR",
                         VTDM_FILTER_AT_AT & ~VTDM_FILTER_AT_RSVD },
    [VTDM_FILTER_PTL] = { "PERFCNTR_PTLFLTR", VTDM_FILTER_PTL_PTL },
};

static void add(GArray *table, VTDMRegister reg)
{
    g_array_append_val(table, reg);
}

/* Fields that only a counter at rest lets software change. */
static void add_configuration(GArray *table, unsigned counter)
{
    uint32_t cfg = vtdm_perfcfg(counter);

    add(table, (VTDMRegister) {
        "PERFCNTRCFG", cfg, 8,
        .writable = VTDM_PERFCNTRCFG_ES | VTDM_PERFCNTRCFG_EGI |
                    VTDM_PERFCNTRCFG_GFO | VTDM_PERFCNTRCFG_IO,
        .hardware = VTDM_PERFCNTRCFG_EN,
        .locked_by = cfg, .lock = VTDM_PERFCNTRCFG_EN,
    });
    for (unsigned i = 0; i < VTDM_FILTERS; i++) {
        add(table, (VTDMRegister) {
            filters[i].name, vtdm_perffilter(counter, i), 4,
            .writable = VTDM_FILTER_EN | filters[i].fields,
            .locked_by = cfg, .lock = VTDM_PERFCNTRCFG_EN,
        });
    }
}

static void add_counter(GArray *table, unsigned counter)
{
    add_configuration(table, counter);
    add(table, (VTDMRegister) {
        "PERFCNTRCAP", vtdm_perfcfg(counter) + VTDM_PERFCNTRCAP, 4,
        .reset = vtdm_perfcntrcap(counter),
    });
    for (unsigned i = 0; vtdm_perfcntrevcap(counter, i); i++) {
        add(table, (VTDMRegister) {
            "PERFCNTREVCAP",
            vtdm_perfcfg(counter) + VTDM_PERFCNTREVCAP + 4 * i, 4,
            .reset = vtdm_perfcntrevcap(counter, i),
        });
    }
    add(table, (VTDMRegister) {
        "PERFCNTR", vtdm_perfcntr(counter), 8,
        .writable = VTDM_COUNTER_MASK, .written = vtdm_perfcntr_written,
    });
}

static void add_monitor(const VTDMConfig *config, GArray *table)
{
    g_array_append_vals(table, monitor, G_N_ELEMENTS(monitor));
    add(table, (VTDMRegister) {
        NAMED(PERFCAP), 8, .reset = vtdm_perfcap(),
    });
    add(table, (VTDMRegister) {
        NAMED(PERFINTRUADDR), 4,
        .writable = config->eim ? VTDM_FEUADDR_ADDR : 0,
    });
    for (unsigned i = 0; i < VTDM_EVENT_GROUPS; i++) {
        add(table, (VTDMRegister) {
            "PERFEVNTCAP", VTDM_REG_PERFEVNTCAP + 8 * i, 8,
            .reset = vtdm_perfevntcap(i),
        });
    }
    for (unsigned i = 0; i < VTDM_COUNTERS; i++) {
        add_counter(table, i);
    }
}

void vtdm_perfmon_add_rules(const VTDMConfig *config, GArray *table)
{
    if (config->ecmds) {
        g_array_append_vals(table, commands, G_N_ELEMENTS(commands));
        for (unsigned i = 0; i < 4; i++) {
            add(table, (VTDMRegister) {
                "ECCAP", VTDM_REG_ECCAP + 8 * i, 8,
                .reset = vtdm_eccap(config, i),
            });
        }
    }
    if (config->pms) {
        add_monitor(config, table);
    }
}
