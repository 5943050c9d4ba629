/*
 * A unit that asks devices to drop translations, for tests of what becomes of
 * it: legacy mode, a queue of 128 bits, translation on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef ASKED_H
#define ASKED_H

#include "machine.h"

/* Devices give @answer. */
static inline Machine *asked_machine(VTDMDeviceTlbAnswer answer)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.dt = true;
    machine = machine_new(&config);
    machine->host.answer = answer;
    machine_enable_queue(machine);
    machine_enable_dma(machine);
    return machine;
}

static inline void asked_put(Machine *machine, unsigned slot,
                             VTDMEntry128 descriptor)
{
    vtdm_tables_set128(&machine->tables, MACHINE_QUEUE + 16 * slot,
                       descriptor);
}

/* A device-TLB invalidation, a wait, and one more wait. */
static inline void asked_submit(Machine *machine, uint16_t source_id)
{
    asked_put(machine, 0, vtdm_make_device_tlb_invalidate(source_id, 0, false));
    asked_put(machine, 1, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 1));
    asked_put(machine, 2, vtdm_make_wait(VTDM_WAIT_SW, MACHINE_STATUS, 2));
    machine_write64(machine, VTDM_REG_IQT, 48);
}

static inline uint64_t asked_status(Machine *machine)
{
    return vtdm_tables_get(&machine->tables, MACHINE_STATUS);
}

static inline uint32_t asked_fsts(Machine *machine)
{
    return machine_read32(machine, VTDM_REG_FSTS);
}

static inline uint16_t asked_source(Machine *machine, uint64_t field)
{
    return vtdm_get(machine_read64(machine, VTDM_REG_IQERCD), field);
}

#endif
