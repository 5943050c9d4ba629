/*
 * The enhanced command interface: what there is, how a command is submitted,
 * what it answers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "counters.h"

static Machine *new_machine(bool perfmon)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.ecmds = true;
    config.pms = perfmon;
    return machine_new(&config);
}

static uint64_t response(Machine *machine)
{
    return machine_read64(machine, VTDM_REG_ECRSP);
}

static uint64_t frozen(Machine *machine)
{
    return counters_frozen(machine);
}

/* Spec: "Enhanced Command Capability Register 3" */
static void test_capabilities(void)
{
    Machine *machine = new_machine(true);

    g_assert_cmphex(machine_read64(machine, VTDM_REG_CAP) & VTDM_CAP_ECMDS,
                    !=, 0);
    g_assert_cmphex(machine_read64(machine, 0x430), ==, 0);
    g_assert_cmphex(machine_read64(machine, 0x438), ==, 0);
    g_assert_cmphex(machine_read64(machine, 0x440), ==, 0);
    g_assert_cmphex(machine_read64(machine, 0x448), ==, 0x3fULL << 48);
    g_assert_cmphex(machine_read64(machine, 0x420), ==, 0);
    g_assert_cmphex(machine_read64(machine, 0x428), ==, 0);
    machine_free(machine);
}

/* Spec: "Enhanced Command Response Register": what ECCAP has not is undefined */
static void test_alone(void)
{
    Machine *machine = new_machine(false);

    g_assert_cmphex(machine_read64(machine, 0x448), ==, 0);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_ECAP) & VTDM_ECAP_PMS,
                    ==, 0);
    for (unsigned command = 0; command < 256; command++) {
        g_assert_cmpuint(counter_command(machine, command, 0), ==,
                         VTDM_ECMD_UNDEFINED);
    }
    machine_free(machine);
}

/* Spec: "Enhanced Command Register": reserved without CAP.ECMDS */
static void test_absent(void)
{
    Machine *machine = machine_new(NULL);

    machine_write64(machine, VTDM_REG_ECEO, 1);
    machine_write64(machine, VTDM_REG_ECMD, VTDM_ECMD_FREEZE);
    for (uint32_t offset = 0x400; offset < 0x450; offset += 8) {
        g_assert_cmphex(machine_read64(machine, offset), ==, 0);
    }
    machine_free(machine);
}

/* Spec: "Enhanced Command Register": the commands; the others are reserved */
static void test_commands(void)
{
    Machine *machine = new_machine(true);

    for (unsigned command = 0; command < 256; command++) {
        unsigned expected = command < 0xf0 || command > 0xf5
                                ? VTDM_ECMD_UNDEFINED :
                            command == VTDM_ECMD_ENABLE
                                ? VTDM_ECMD_FAILED : VTDM_ECMD_DONE;

        g_assert_cmpuint(counter_command(machine, command, 0), ==, expected);
    }
    machine_free(machine);
}

/* Spec: "Enhanced Command Register": the byte of the command submits it */
static void test_submit(void)
{
    Machine *machine = new_machine(true);
    uint32_t cfg = counter_cfg(machine, 5);

    machine_write64(machine, cfg,
                    counter_selects(VTDM_COUNT_IOTLB_LOOKUP, 0));
    machine_write32(machine, VTDM_REG_ECMD + 4, 0);
    g_assert_cmphex(response(machine), ==, 0);
    g_assert_cmphex(machine_read64(machine, cfg) & 1, ==, 0);
    machine_write32(machine, VTDM_REG_ECMD, VTDM_ECMD_ENABLE | 5 << 16);
    g_assert_cmphex(response(machine), ==, 0);
    g_assert_cmphex(machine_read64(machine, cfg) & 1, ==, 1);

    /* The operand goes on in the upper half: no such counter. */
    machine_write32(machine, VTDM_REG_ECMD + 4, 1);
    machine_write32(machine, VTDM_REG_ECMD, VTDM_ECMD_DISABLE | 5 << 16);
    g_assert_cmphex(response(machine), ==, VTDM_ECMD_FAILED << 1);
    g_assert_cmphex(machine_read64(machine, cfg) & 1, ==, 1);

    /* A response is that of the last command. */
    machine_write32(machine, VTDM_REG_ECMD + 4, 0);
    machine_write32(machine, VTDM_REG_ECMD, VTDM_ECMD_DISABLE | 5 << 16);
    g_assert_cmphex(response(machine), ==, 0);
    machine_write64(machine, VTDM_REG_ECRSP, UINT64_MAX);
    g_assert_cmphex(response(machine), ==, 0);
    machine_free(machine);
}

typedef struct Meanwhile {
    Machine *machine;
    unsigned asked;
} Meanwhile;

/* Those who keep copies hear of it: the command's status does not show yet. */
static void freeze_meanwhile(void *opaque, const VTDMInvalidation *what)
{
    Meanwhile *meanwhile = opaque;

    g_assert_cmpuint(counter_command(meanwhile->machine, VTDM_ECMD_FREEZE, 0),
                     ==, VTDM_ECMD_ABORTED);
    g_assert_cmphex(frozen(meanwhile->machine), ==, 0);
    meanwhile->asked++;
}

/*
 * Spec: "Enhanced Command Response Register": aborted while a command of GCMD
 * or PMEN is in flight
 */
static void test_in_flight(gconstpointer opaque)
{
    uint32_t offset = GPOINTER_TO_UINT(opaque);
    Meanwhile meanwhile = { 0 };
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.ecmds = config.pms = config.plmr = true;
    machine = meanwhile.machine = machine_new_mapped(&config);
    machine->host.changed = freeze_meanwhile;
    machine->host.changed_opaque = &meanwhile;
    machine_write32(machine, offset, offset == VTDM_REG_PMEN
                                         ? VTDM_PMEN_EPM : 0);
    g_assert_cmpuint(meanwhile.asked, ==, 1);
    g_assert_cmpuint(counter_command(machine, VTDM_ECMD_FREEZE, 0), ==,
                     VTDM_ECMD_DONE);
    g_assert_cmphex(frozen(machine), ==, UINT32_MAX);
    machine->host.changed = NULL;
    machine_free(machine);
}

/* Spec: "Enhanced Command Register": operand B is kept, no command reads it */
static void test_operand_b(void)
{
    Machine *machine = new_machine(true);

    machine_write64(machine, VTDM_REG_ECEO, UINT64_MAX);
    g_assert_cmpuint(counter_command(machine, VTDM_ECMD_FREEZE, UINT64_MAX),
                     ==, VTDM_ECMD_DONE);
    g_assert_cmphex(frozen(machine), ==, UINT32_MAX);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/enhanced-command/capabilities", test_capabilities);
    g_test_add_func("/vtdm/enhanced-command/alone", test_alone);
    g_test_add_func("/vtdm/enhanced-command/absent", test_absent);
    g_test_add_func("/vtdm/enhanced-command/commands", test_commands);
    g_test_add_func("/vtdm/enhanced-command/submit", test_submit);
    g_test_add_func("/vtdm/enhanced-command/operand-b", test_operand_b);
    g_test_add_data_func("/vtdm/enhanced-command/in-flight-gcmd",
                         GUINT_TO_POINTER(VTDM_REG_GCMD), test_in_flight);
    g_test_add_data_func("/vtdm/enhanced-command/in-flight-pmen",
                         GUINT_TO_POINTER(VTDM_REG_PMEN), test_in_flight);
    return g_test_run();
}
