/*
 * The registers: a column for each, named with its offset. A value has no bits
 * that neither software nor hardware could have set.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "config.h"
#include "counter-commands.h"
#include "perfmon-registers.h"
#include "registers.h"
#include "save-registers.h"
#include "unit.h"

static const VTDMRegister *rule_at(const VTDMUnit *unit, guint i)
{
    return &g_array_index(unit->regs.rules, VTDMRegister, i);
}

/* There are as many names as a unit has registers, each once for ever. */
static const char *name_of(const VTDMRegister *reg)
{
    g_autofree char *name = g_strdup_printf("%03x:%s", reg->offset, reg->name);

    return g_intern_string(name);
}

static GArray *make_columns(const VTDMUnit *unit)
{
    GArray *columns = g_array_new(FALSE, FALSE, sizeof(VTDMColumn));

    for (guint i = 0; i < unit->regs.rules->len; i++) {
        const VTDMRegister *reg = rule_at(unit, i);
        VTDMColumn column = {
            .name = name_of(reg),
            .offset = i * sizeof(uint64_t),
            .size = sizeof(uint64_t),
            .width = reg->size,
            .max = UINT64_MAX >> (64 - 8 * reg->size),
            .standard = reg->reset,
            .fixed = ~(reg->writable | reg->write_1_clear | reg->hardware),
        };

        g_array_append_val(columns, column);
    }
    return columns;
}

uint64_t vtdm_saved_register(const VTDMLoad *load, uint32_t offset)
{
    const GArray *records = vtdm_load_records(load, "registers");
    const uint64_t *values = (const uint64_t *)records->data;

    for (guint i = 0; i < load->unit->regs.rules->len; i++) {
        if (rule_at(load->unit, i)->offset == offset) {
            return values[i];
        }
    }
    return 0;
}

static bool has_fault(const VTDMLoad *load)
{
    const VTDMConfig *config = &load->unit->config;
    bool any = false;

    for (unsigned i = 0; i < config->fault_records; i++) {
        any |= vtdm_saved_register(load, vtdm_frcd_offset(config) + 8 +
                                   i * VTDM_FRCD_SIZE) & VTDM_FRCD_HI_F;
    }
    return any;
}

/* An event that cannot be filtered does not say whom it happened to. */
static bool is_counter(const VTDMLoad *load, unsigned counter)
{
    uint64_t cfg = vtdm_saved_register(load, vtdm_perfcfg(counter));
    uint32_t filters[VTDM_FILTERS];

    for (unsigned i = 0; i < VTDM_FILTERS; i++) {
        filters[i] = vtdm_saved_register(load, vtdm_perffilter(counter, i));
    }
    return !(cfg & VTDM_PERFCNTRCFG_EN) ||
           vtdm_counter_is_valid(counter, cfg, filters);
}

static bool are_counters(const VTDMLoad *load)
{
    unsigned i = 0;

    while (i < VTDM_COUNTERS && is_counter(load, i)) {
        i++;
    }
    return i == VTDM_COUNTERS;
}

static const char *check(const VTDMLoad *load, const GArray *records, guint at)
{
    uint64_t iqa = vtdm_saved_register(load, VTDM_REG_IQA);
    uint64_t fsts = vtdm_saved_register(load, VTDM_REG_FSTS);

    if (vtdm_saved_register(load, VTDM_REG_GCMD)) {
        return "GCMD never reads anything but 0";
    }
    if (vtdm_saved_register(load, VTDM_REG_IQH) %
        (iqa & VTDM_IQA_DW ? 32 : 16)) {
        return "IQH is between two descriptors";
    }
    if (vtdm_get(fsts, VTDM_FSTS_FRI) >= load->unit->config.fault_records) {
        return "FSTS.FRI is beyond the fault recording registers";
    }
    if (!(fsts & VTDM_FSTS_PPF) == has_fault(load)) {
        return "FSTS.PPF is not what the fault recording registers say";
    }
    if (load->unit->config.pms && !are_counters(load)) {
        return "no command has enabled such a counter";
    }
    return NULL;
}

static void add_value(void *opaque, const VTDMRegister *reg, uint64_t value)
{
    uint64_t **at = opaque;

    *(*at)++ = value;
}

static void save(const VTDMUnit *unit, GArray *records)
{
    uint64_t *at;

    g_array_set_size(records, 1);
    at = (uint64_t *)records->data;
    vtdm_registers_for_each(unit, add_value, &at);
}

static void load_all(VTDMUnit *unit, const GArray *records)
{
    const uint64_t *values = (const uint64_t *)records->data;

    for (guint i = 0; i < unit->regs.rules->len; i++) {
        const VTDMRegister *reg = rule_at(unit, i);

        if (reg->size == 4) {
            vtdm_set_reg32(unit, reg->offset, values[i]);
        } else {
            vtdm_set_reg64(unit, reg->offset, values[i]);
        }
    }
}

const VTDMSection vtdm_save_registers = {
    .name = "registers",
    .least = 1, .most = 1,
    .make_columns = make_columns,
    .save = save, .check = check, .load = load_all,
};
