/*
 * One request, before any table is read: address types, the interrupt
 * range, translation off, PASIDs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "machine.h"

static VTDMRequest base(uint64_t address)
{
    return (VTDMRequest) {
        .address = address, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID,
    };
}

static Machine *new_machine(void)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.dt = true;
    return machine_new_mapped(&config);
}

/* Refused, and not a word about it in any register. */
static void expect_silent(Machine *machine, VTDMRequest request)
{
    VTDMResult result = machine_request(machine, request);

    g_assert_cmpuint(result.response, ==, VTDM_UR);
    g_assert_cmpuint(result.perm, ==, 0);
    g_assert_cmpuint(result.fault.condition, ==, VTDM_NO_FAULT);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
}

/* Spec: "Handling of ATS Protocol Errors" */
static void test_protocol_errors(void)
{
    Machine *machine = new_machine();
    VTDMRequest request = base(MACHINE_IOVA);

    for (unsigned access = VTDM_READ; access <= VTDM_ATOMIC; access++) {
        request.access = access;
        request.type = VTDM_AT_RESERVED;
        expect_silent(machine, request);
        request.type = VTDM_AT_TRANSLATION;
        if (access != VTDM_READ) {
            expect_silent(machine, request);
        }
    }
    machine_free(machine);
}

/* Spec: "Handling of ATS Protocol Errors": TES = 0 */
static void test_types_without_translation(void)
{
    Machine *machine = new_machine();

    machine_command(machine, 0, VTDM_GCMD_TE);
    for (unsigned type = 1; type < 4; type++) {
        VTDMRequest request = base(MACHINE_IOVA);

        request.type = type;
        expect_silent(machine, request);
    }
    machine_expect(machine, MACHINE_IOVA, MACHINE_IOVA);
    machine_free(machine);
}

/* Spec: "Types of DMA Requests": without translation a PASID is ignored */
static void test_pasid(void)
{
    Machine *machine = new_machine();
    VTDMRequest request = base(MACHINE_IOVA);
    VTDMResult result;

    request.pasid = 3;
    for (unsigned type = 0; type < 3; type++) {
        request.type = type;
        g_assert_cmpuint(machine_request(machine, request).fault.condition,
                         ==, VTDM_RTA_2);
    }
    machine_command(machine, 0, VTDM_GCMD_TE);
    request.type = VTDM_AT_UNTRANSLATED;
    result = machine_request(machine, request);
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    g_assert_cmphex(result.address, ==, MACHINE_IOVA);
    request.address = 0xfee00000;
    g_assert_cmpuint(machine_request(machine, request).fault.condition, ==,
                     VTDM_IR_29);
    machine_free(machine);
}

/*
 * Spec: "Handling Requests to Interrupt Address Range": blocked even where
 * a mapping exists, with and without translation
 */
static void test_interrupt_range(void)
{
    static const uint64_t addresses[] = { 0xfee00000, 0xfee12345,
                                          0xfeefffff };
    Machine *machine = new_machine();

    machine_map(machine, 0xfee00000, 0x40000000, 2, VTDM_SS_R | VTDM_SS_W);
    for (unsigned te = 0; te < 2; te++) {
        for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
            for (unsigned access = 0; access <= VTDM_ATOMIC; access++) {
                VTDMResult result = machine_dma(machine, addresses[i],
                                                access);

                g_assert_cmpuint(result.fault.condition, ==, VTDM_IR_29);
                g_assert_cmpuint(result.response, ==, VTDM_UR);
            }
        }
        machine_command(machine, 0, VTDM_GCMD_TE);
    }
    machine_free(machine);
}

/* Spec: "Handling Requests to Interrupt Address Range": its neighbours */
static void test_interrupt_range_ends(void)
{
    Machine *machine = new_machine();

    machine_map(machine, 0xfedff000, 0x1000, 1, VTDM_SS_R);
    machine_map(machine, 0xfef00000, 0x2000, 1, VTDM_SS_R);
    machine_expect(machine, 0xfedfffff, 0x1fff);
    machine_expect(machine, 0xfef00000, 0x2000);
    machine_map(machine, 0x1fee00000, 0x3000, 1, VTDM_SS_R);
    machine_expect(machine, 0x1fee00000, 0x3000);
    machine_free(machine);
}

/* Spec: "Handling Requests to Interrupt Address Range": zero length */
static void test_zero_length(void)
{
    Machine *machine = new_machine();
    VTDMRequest request = base(0xfee00000);
    VTDMResult result;

    request.zero_length = true;
    result = machine_request(machine, request);
    g_assert_cmpuint(result.response, ==, VTDM_OK);
    g_assert_cmphex(result.address, ==, 0xfee00000);
    g_assert_cmphex(result.mask, ==, 0xfff);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    request.access = VTDM_WRITE;
    g_assert_cmpuint(machine_request(machine, request).fault.condition, ==,
                     VTDM_IR_29);
    machine_free(machine);
}

/* The fault says what was asked, and who asked it. */
static void test_fault(void)
{
    Machine *machine = new_machine();
    VTDMRequest request = base(0x123456);
    const VTDMEvent *event;
    VTDMResult result;

    request.access = VTDM_WRITE;
    request.execute = request.privileged = true;
    result = machine_request(machine, request);
    event = fake_host_event(&machine->host, VTDM_EVENT_FAULT);
    g_assert_true(result.fault.execute && result.fault.privileged);
    g_assert_cmphex(result.fault.pasid, ==, VTDM_NO_PASID);
    g_assert_cmphex(result.fault.address, ==, 0x123456);
    g_assert_cmpuint(result.fault.stage, ==, VTDM_SECOND_STAGE);
    g_assert_cmphex(result.fault.source_id, ==, MACHINE_SID);
    g_assert_cmpuint(result.fault.access, ==, VTDM_WRITE);
    g_assert_true(result.fault.recorded);
    g_assert_cmpmem(&event->fault, sizeof(event->fault), &result.fault,
                    sizeof(result.fault));
    machine_free(machine);
}

/* Nothing of what the answer was before is left in it. */
static void test_answer_is_new(void)
{
    Machine *machine = new_machine();
    VTDMRequest request = base(MACHINE_IOVA);
    VTDMResult result;

    machine_command(machine, 0, VTDM_GCMD_TE);
    for (unsigned type = 0; type < 2; type++) {
        request.type = type;
        memset(&result, 0xff, sizeof(result));
        vtdm_unit_translate(machine->unit, &request, &result);
        g_assert_cmpuint(result.response, ==, type ? VTDM_UR : VTDM_OK);
        g_assert_cmphex(result.address, ==, type ? 0 : MACHINE_IOVA);
        g_assert_cmphex(result.mask, ==, type ? 0 : 0x1fffff);
        g_assert_cmpuint(result.perm, ==, type ? 0 : 3);
        g_assert_cmpuint(result.fault.condition, ==, VTDM_NO_FAULT);
        g_assert_false(result.snoop);
        g_assert_false(result.untranslated_only);
        g_assert_false(result.translated);
        g_assert_false(result.has_domain);
    }
    machine_free(machine);
}

/* What passes untouched says how far it holds, but for interrupts. */
static void test_mask(void)
{
    Machine *machine = machine_new(NULL);

    g_assert_cmphex(machine_dma(machine, 0x40000000, VTDM_READ).mask, >=,
                    0xfff);
    g_assert_cmphex(machine_dma(machine, 0xfef00000, VTDM_READ).mask, ==,
                    0xfffff);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/request/protocol-errors", test_protocol_errors);
    g_test_add_func("/vtdm/request/types-without-translation",
                    test_types_without_translation);
    g_test_add_func("/vtdm/request/pasid", test_pasid);
    g_test_add_func("/vtdm/request/interrupt-range", test_interrupt_range);
    g_test_add_func("/vtdm/request/interrupt-range-ends",
                    test_interrupt_range_ends);
    g_test_add_func("/vtdm/request/zero-length", test_zero_length);
    g_test_add_func("/vtdm/request/fault", test_fault);
    g_test_add_func("/vtdm/request/answer-is-new", test_answer_is_new);
    g_test_add_func("/vtdm/request/mask", test_mask);
    return g_test_run();
}
