/*
 * GCMD and GSTS: one row for each command bit.
 * Spec: "Global Command Register", "Global Status Register"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "command.h"
#include "copies.h"
#include "hits.h"
#include "invalidate.h"
#include "queue.h"
#include "registers.h"
#include "unit.h"

typedef void CommandRun(VTDMUnit *unit, bool enable);

/*
 * A state bit runs when it changes, a one-shot bit when it is set. The status
 * is in effect before the row's function runs, and shown once those who keep
 * copies have been told.
 */
typedef struct Command {
    uint32_t bit;
    bool one_shot;
    bool completes_clear;       /* WBFS ends clear, the others set */
    uint64_t cap;               /* needed, or the bit is ignored */
    uint64_t ecap;
    CommandRun *run;
} Command;

static void set_root_table(VTDMUnit *unit, bool enable)
{
    uint64_t rtaddr = vtdm_reg64(unit, VTDM_REG_RTADDR);
    unsigned old_ttm = unit->latched.root.ttm;

    unit->latched.root.table = rtaddr & VTDM_RTADDR_RTA;
    unit->latched.root.ttm = vtdm_get(rtaddr, VTDM_RTADDR_TTM);
    if (unit->latched.root.ttm != old_ttm) {
        vtdm_dma_switched(unit);
    }
    if (unit->config.esrtps) {
        vtdm_invalidate_dma(unit);
    }
}

static void set_interrupt_table(VTDMUnit *unit, bool enable)
{
    uint64_t irta = vtdm_reg64(unit, VTDM_REG_IRTA);
    VTDMInterruptTable old = unit->latched.interrupts;

    unit->latched.interrupts.table = irta & VTDM_IRTA_IRTA;
    unit->latched.interrupts.entries = 2u << vtdm_get(irta, VTDM_IRTA_S);
    unit->latched.interrupts.eime = irta & VTDM_IRTA_EIME;
    if (unit->config.esirtps) {
        vtdm_invalidate_interrupts(unit);
    } else if (unit->latched.interrupts.entries != old.entries ||
               unit->latched.interrupts.eime != old.eime) {
        vtdm_interrupts_switched(unit);
    }
}

/*
 * The index counts from 0 whenever both kinds of remapping are off, before
 * one of them is switched on as well as after the last is off: @other is the
 * one that does not change.
 * Spec: "Primary Fault Logging"
 */
static void reset_record_index(VTDMUnit *unit, uint32_t other)
{
    if (!vtdm_is_enabled(unit, other)) {
        unit->latched.next_record = 0;
    }
}

/* Spec: "Translation Enable": off, with scalable mode, drops the caches */
static void enable_translation(VTDMUnit *unit, bool enable)
{
    reset_record_index(unit, VTDM_GSTS_IRES);
    if (!enable && unit->config.smts) {
        vtdm_invalidate_dma(unit);
    }
    vtdm_dma_switched(unit);
}

static void enable_interrupt_remapping(VTDMUnit *unit, bool enable)
{
    if (!enable && unit->config.esirtps) {
        vtdm_invalidate_interrupts(unit);
    }
    vtdm_interrupts_switched(unit);
    reset_record_index(unit, VTDM_GSTS_TES);
}

static void pass_compatibility_format(VTDMUnit *unit, bool enable)
{
    vtdm_interrupts_switched(unit);
}

/* Pointers come before the features that use them. */
static const Command commands[] = {
    { VTDM_GCMD_SRTP, .one_shot = true, .run = set_root_table },
    { VTDM_GCMD_SIRTP, .one_shot = true, .ecap = VTDM_ECAP_IR,
      .run = set_interrupt_table },
    { VTDM_GCMD_WBF, .one_shot = true, .completes_clear = true,
      .cap = VTDM_CAP_RWBF },
    { VTDM_GCMD_QIE, .ecap = VTDM_ECAP_QI, .run = vtdm_queue_enable },
    { VTDM_GCMD_CFI, .ecap = VTDM_ECAP_IR,
      .run = pass_compatibility_format },
    { VTDM_GCMD_IRE, .ecap = VTDM_ECAP_IR,
      .run = enable_interrupt_remapping },
    { VTDM_GCMD_TE, .run = enable_translation },
};

static bool supported(VTDMUnit *unit, const Command *command)
{
    return !(command->cap & ~vtdm_reg64(unit, VTDM_REG_CAP)) &&
           !(command->ecap & ~vtdm_reg64(unit, VTDM_REG_ECAP));
}

static void run(VTDMUnit *unit, const Command *command, bool enable)
{
    bool set = enable && !command->completes_clear;

    unit->latched.gsts &= ~command->bit;
    unit->latched.gsts |= set ? command->bit : 0;
    if (command->one_shot) {
        vtdm_change_reg32(unit, VTDM_REG_GSTS, set ? 0 : command->bit,
                          command->bit);
    }
    if (command->run) {
        command->run(unit, enable);
    }
    vtdm_hits_changed(unit);
}

void vtdm_gcmd_written(VTDMUnit *unit, unsigned bytes)
{
    uint32_t gcmd = vtdm_reg32(unit, VTDM_REG_GCMD);

    vtdm_set_reg32(unit, VTDM_REG_GCMD, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        const Command *command = &commands[i];
        bool enable = gcmd & command->bit;
        bool wanted = command->one_shot
            ? enable : enable != vtdm_is_enabled(unit, command->bit);

        if (wanted && supported(unit, command)) {
            run(unit, command, enable);
        }
    }
    vtdm_copies_complete(unit, VTDM_REG_GSTS, UINT32_MAX, unit->latched.gsts);
}
