/*
 * One entry of posted format and its descriptor.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "posting.h"

Machine *posting_new(bool eime)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.pi = config.eim = true;
    machine = machine_new(&config);
    machine_enable_queue(machine);
    machine_enable_interrupts(machine, 7, eime);
    return machine;
}

void posting_put(Machine *machine, VTDMEntry128 irte)
{
    vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * INDEX, irte);
    machine_submit(machine, vtdm_make_iec_invalidate_all());
}

void posting_put_descriptor(Machine *machine, VTDMEntry512 pid)
{
    vtdm_tables_set512(&machine->tables, PID, pid);
}

VTDMEntry512 posting_get_descriptor(Machine *machine)
{
    VTDMEntry512 pid;

    for (unsigned i = 0; i < 8; i++) {
        pid.words[i] = vtdm_tables_get(&machine->tables, PID + 8 * i);
    }
    return pid;
}

VTDMInterrupt posting_request(Machine *machine, VTDMView view)
{
    VTDMInterruptRequest request = {
        .address = vtdm_make_msi_address(INDEX, false), .size = 4,
        .source_id = SID, .view = view,
    };
    VTDMInterrupt interrupt;

    vtdm_unit_remap(machine->unit, &request, &interrupt);
    return interrupt;
}

VTDMInterrupt posting_send(Machine *machine)
{
    return posting_request(machine, VTDM_USE);
}

void posting_expect(VTDMInterrupt interrupt, VTDMCondition condition)
{
    g_assert_cmpstr(vtdm_condition_info(interrupt.fault.condition)->name,
                    ==, vtdm_condition_info(condition)->name);
    g_assert_cmpuint(interrupt.response, ==, condition ? VTDM_UR : VTDM_OK);
    g_assert_cmpint(interrupt.posted, ==, condition == VTDM_NO_FAULT ||
                    condition == VTDM_IR_27 || condition == VTDM_IR_28);
    g_assert_cmpint(interrupt.remapped, ==, condition == VTDM_NO_FAULT);
    g_assert_true(interrupt.remapped || !interrupt.silent);
}

void posting_expect_descriptor(Machine *machine, VTDMEntry512 wanted)
{
    VTDMEntry512 pid = posting_get_descriptor(machine);

    for (unsigned i = 0; i < 8; i++) {
        g_assert_cmphex(pid.words[i], ==, wanted.words[i]);
    }
}

VTDMEntry512 posting_set_up(Machine *machine, uint32_t cpu, bool eime)
{
    VTDMEntry512 pid = vtdm_make_posted_descriptor(NV, cpu, eime);

    posting_put_descriptor(machine, pid);
    posting_put(machine, vtdm_make_posted_irte(VECTOR, PID));
    return pid;
}

bool posting_bit_is_reserved(unsigned bit, bool eime)
{
    return (bit >= 258 && bit <= 271) || (bit >= 280 && bit <= 287) ||
           bit >= 320 || (!eime && bit >= 288 && !(bit >= 296 && bit <= 303));
}
