/*
 * Enhanced commands: one row for each. A command is complete when the write
 * that submits it is, so that ECRSP.IP always reads 0; what would be dropped
 * while it is set never has to be.
 * Spec: "Enhanced Command Register", "Enhanced Command Response Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "counter-commands.h"
#include "enhanced-command.h"
#include "perfmon.h"
#include "registers.h"
#include "unit.h"

typedef struct Command {
    unsigned number;
    VTDMCommandStatus (*run)(VTDMUnit *unit, uint64_t operand);
} Command;

/* All of them are for counters. */
static const Command commands[] = {
    { VTDM_ECMD_ENABLE, vtdm_counter_enable },
    { VTDM_ECMD_DISABLE, vtdm_counter_disable },
    { VTDM_ECMD_RESET_CONFIGURATION, vtdm_counters_reset_configuration },
    { VTDM_ECMD_RESET_VALUES, vtdm_counters_reset_values },
    { VTDM_ECMD_FREEZE, vtdm_counters_freeze },
    { VTDM_ECMD_UNFREEZE, vtdm_counters_unfreeze },
};

uint64_t vtdm_eccap(const VTDMConfig *config, unsigned n)
{
    uint64_t supported = 0;

    for (size_t i = 0; config->pms && i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].number / 64 == n) {
            supported |= VTDM_BIT(commands[i].number % 64);
        }
    }
    return supported;
}

static VTDMCommandStatus run(VTDMUnit *unit, unsigned number,
                             uint64_t operand)
{
    for (size_t i = 0; unit->config.pms && i < G_N_ELEMENTS(commands); i++) {
        if (commands[i].number == number) {
            return commands[i].run(unit, operand);
        }
    }
    return VTDM_ECMD_UNDEFINED;
}

/* What GCMD or PMEN asked for does not show yet. */
static bool is_at_work(const VTDMUnit *unit)
{
    bool protects = vtdm_reg32(unit, VTDM_REG_PMEN) & VTDM_PMEN_PRS;

    return vtdm_reg32(unit, VTDM_REG_GSTS) != unit->latched.gsts ||
           protects != unit->latched.protects;
}

void vtdm_ecmd_written(VTDMUnit *unit, unsigned bytes)
{
    uint64_t ecmd = vtdm_reg64(unit, VTDM_REG_ECMD);
    VTDMCommandStatus status;

    if (!(bytes & VTDM_BIT(0))) {
        return;
    }
    status = is_at_work(unit)
        ? VTDM_ECMD_ABORTED : run(unit, vtdm_get(ecmd, VTDM_ECMD_CMD),
                                  vtdm_get(ecmd, VTDM_ECMD_OA));
    vtdm_perfmon_follow(unit, vtdm_perfmon_now(unit));
    vtdm_set_reg64(unit, VTDM_REG_ECRSP,
                   vtdm_field(VTDM_ECRSP_SC, status));
}
