/*
 * The performance monitor as software uses it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "counters.h"

uint32_t counter_cfg(Machine *machine, unsigned counter)
{
    return machine_read32(machine, VTDM_REG_PERFCFGOFF) +
           VTDM_PERFCFG_SIZE * counter;
}

uint32_t counter_filter(Machine *machine, unsigned counter, unsigned filter)
{
    return counter_cfg(machine, counter) + 8 + 4 * filter;
}

uint32_t counter_register(Machine *machine, unsigned counter)
{
    uint64_t stride = 1024 << vtdm_get(machine_read64(machine,
                                                      VTDM_REG_PERFCAP),
                                       VTDM_PERFCAP_CS);

    return machine_read32(machine, VTDM_REG_PERFCNTROFF) + stride * counter;
}

uint64_t counters_frozen(Machine *machine)
{
    return machine_read64(machine,
                          machine_read32(machine, VTDM_REG_PERFFRZOFF));
}

uint64_t counters_overflowed(Machine *machine)
{
    return machine_read64(machine,
                          machine_read32(machine, VTDM_REG_PERFOVFOFF));
}

void counters_config(VTDMConfig *config)
{
    config->ecmds = config->pms = true;
}

Machine *counters_machine(bool scalable)
{
    VTDMConfig config;

    if (scalable) {
        machine_scalable_config(&config);
    } else {
        vtdm_config_init(&config);
    }
    counters_config(&config);
    return scalable ? machine_new_scalable(&config)
                    : machine_new_mapped(&config);
}

unsigned counter_command(Machine *machine, unsigned command,
                         uint64_t operand)
{
    uint64_t response;

    machine_write64(machine, VTDM_REG_ECMD, command | operand << 16);
    response = machine_read64(machine, VTDM_REG_ECRSP);
    g_assert_cmphex(response & ~VTDM_ECRSP_SC, ==, 0);
    return response >> 1;
}

uint64_t counter_selects(VTDMCount event, uint64_t flags)
{
    return vtdm_field(VTDM_PERFCNTRCFG_EGI, vtdm_count_info[event].group) |
           vtdm_field(VTDM_PERFCNTRCFG_ES,
                      VTDM_BIT(vtdm_count_info[event].bit)) | flags;
}

unsigned counter_start(Machine *machine, unsigned counter, uint64_t cfg)
{
    machine_write64(machine, counter_cfg(machine, counter), cfg);
    return counter_command(machine, VTDM_ECMD_ENABLE, counter);
}

void counter_counts(Machine *machine, unsigned counter, VTDMCount event)
{
    g_assert_cmpuint(counter_start(machine, counter,
                                   counter_selects(event, 0)), ==, 0);
}

uint64_t counter_value(Machine *machine, unsigned counter)
{
    return machine_read64(machine, counter_register(machine, counter));
}

void counter_set(Machine *machine, unsigned counter, uint64_t value)
{
    machine_write64(machine, counter_register(machine, counter), value);
}

uint64_t counted(Machine *machine, VTDMCount event)
{
    VTDMStatistics statistics;

    vtdm_unit_statistics(machine->unit, &statistics);
    return statistics.counts[event];
}
