/*
 * Legacy mode: what the translation type allows, and the answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "machine.h"

static VTDMRequest request_of(VTDMAddressType type, uint64_t address)
{
    return (VTDMRequest) {
        .address = address, .pasid = VTDM_NO_PASID,
        .source_id = MACHINE_SID, .type = type,
    };
}

static Machine *new_machine(unsigned tt)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.dt = true;
    machine = machine_new(&config);
    machine_attach(machine, MACHINE_SID, MACHINE_DID, tt);
    machine_map(machine, MACHINE_IOVA, MACHINE_PAGE, 1,
                VTDM_SS_R | VTDM_SS_W);
    machine_enable_dma(machine);
    return machine;
}

/* Spec: "Context Entry": the table of TT and address types */
static void test_types(void)
{
    static const struct {
        unsigned tt;
        VTDMCondition conditions[3];
        uint64_t outputs[3];
    } cases[] = {
        { VTDM_TT_SECOND_STAGE, { VTDM_NO_FAULT, VTDM_LCT_5, VTDM_LCT_5 },
          { MACHINE_PAGE, 0, 0 } },
        { VTDM_TT_DEVICE_TLB,
          { VTDM_NO_FAULT, VTDM_NO_FAULT, VTDM_NO_FAULT },
          { MACHINE_PAGE, MACHINE_PAGE, MACHINE_IOVA } },
        { VTDM_TT_PASS_THROUGH, { VTDM_NO_FAULT, VTDM_LCT_5, VTDM_LCT_5 },
          { MACHINE_IOVA, 0, 0 } },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(cases[i].tt);

        for (unsigned type = 0; type < 3; type++) {
            VTDMResult result = machine_request(
                machine, request_of(type, MACHINE_IOVA));

            g_assert_cmpuint(result.fault.condition, ==,
                             cases[i].conditions[type]);
            g_assert_cmphex(result.address, ==, cases[i].outputs[type]);
        }
        machine_free(machine);
    }
}

/* Spec: "Context Entry": DID is told wherever an entry was found */
static void test_domain(void)
{
    Machine *machine = new_machine(VTDM_TT_SECOND_STAGE);
    VTDMResult result = machine_dma(machine, MACHINE_IOVA, VTDM_READ);

    g_assert_true(result.has_domain);
    g_assert_cmpuint(result.domain_id, ==, MACHINE_DID);
    result = machine_dma(machine, MACHINE_IOVA, VTDM_READ);    /* cached */
    g_assert_true(result.has_domain);
    g_assert_cmpuint(result.domain_id, ==, MACHINE_DID);
    result = machine_dma(machine, 0, VTDM_READ);
    g_assert_true(result.has_domain);
    result = machine_request(machine, (VTDMRequest) {
        .pasid = VTDM_NO_PASID, .source_id = MACHINE_SID + 1,
    });
    g_assert_false(result.has_domain);
    machine_free(machine);
}

/* Spec: "Pass-through Translation": no permission, but the width counts */
static void test_pass_through(void)
{
    Machine *machine = new_machine(VTDM_TT_PASS_THROUGH);

    for (unsigned access = VTDM_READ; access <= VTDM_ATOMIC; access++) {
        VTDMResult result = machine_dma(machine, 0x7fffffffff, access);

        g_assert_cmpuint(result.response, ==, VTDM_OK);
        g_assert_cmphex(result.address, ==, 0x7fffffffff);
        g_assert_cmpuint(result.perm, ==, VTDM_PERM_R | VTDM_PERM_W);
        g_assert_false(result.translated);
    }
    machine_expect_fault(machine, 0x8000000000, VTDM_LGN_1_3);
    machine_free(machine);
}

/* Spec: "Handling Requests to Interrupt Address Range": its neighbours */
static void test_identity_ends(void)
{
    static const struct {
        unsigned tt;
        VTDMAddressType type;
    } cases[] = {
        { VTDM_TT_PASS_THROUGH, VTDM_AT_UNTRANSLATED },
        { VTDM_TT_DEVICE_TLB, VTDM_AT_TRANSLATED },
    };
    static const uint64_t addresses[] = { 0xfedfffff, 0xfef00000 };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(cases[i].tt);

        for (size_t n = 0; n < G_N_ELEMENTS(addresses); n++) {
            VTDMResult result = machine_request(
                machine, request_of(cases[i].type, addresses[n]));

            g_assert_cmpuint(result.response, ==, VTDM_OK);
            g_assert_cmphex(result.address, ==, addresses[n]);
        }
        machine_free(machine);
    }
}

/* Spec: "Handling of Translation Requests": the interrupt range */
static void test_translation_of_interrupts(void)
{
    Machine *machine = new_machine(VTDM_TT_DEVICE_TLB);
    VTDMResult result;

    machine_map(machine, 0xfee00000, 0x40000000, 2, VTDM_SS_R | VTDM_SS_W);
    for (unsigned i = 0; i < 2; i++) {
        result = machine_request(machine, request_of(VTDM_AT_TRANSLATION,
                                                     0xfee00000));
        g_assert_cmpuint(result.response, ==, VTDM_OK);
        g_assert_cmpuint(result.perm, ==, VTDM_PERM_W);
        g_assert_true(result.untranslated_only);
        g_assert_cmphex(result.address, ==, 0xfee00000);
        machine_expect(machine, 0xfef00000, 0x40100000);    /* caches it */
    }
    for (uint64_t at = 0xfedfffff; at <= 0xfef00000; at += 0x100001) {
        result = machine_request(machine, request_of(VTDM_AT_TRANSLATION,
                                                     at));
        g_assert_false(result.untranslated_only);
    }
    machine_free(machine);
}

/* Spec: "Context Entry": what an untranslated request left behind in the
 * IOTLB gives no right to ask for translations */
static void test_type_is_checked_before_iotlb(void)
{
    Machine *machine = new_machine(VTDM_TT_SECOND_STAGE);

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    g_assert_cmpuint(machine_request(machine,
                                     request_of(VTDM_AT_TRANSLATION,
                                                MACHINE_IOVA))
                         .fault.condition, ==, VTDM_LCT_5);
    machine_free(machine);
}

/* Spec: "IOTLB": a translation request uses and fills it */
static void test_translation_is_cached(void)
{
    Machine *machine = new_machine(VTDM_TT_DEVICE_TLB);
    unsigned reads;
    VTDMResult result;

    machine_request(machine, request_of(VTDM_AT_TRANSLATION, MACHINE_IOVA));
    reads = machine->host.reads;
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    result = machine_request(machine, request_of(VTDM_AT_TRANSLATION,
                                                 MACHINE_IOVA));
    g_assert_cmphex(result.address, ==, MACHINE_PAGE);
    g_assert_cmpuint(machine->host.reads, ==, reads);
    machine_free(machine);
}

/*
 * Spec: "Handling Requests to Interrupt Address Range": a large page may
 * overlap the range; only what lies in it is refused
 */
static void test_output_overlap(void)
{
    Machine *machine = new_machine(VTDM_TT_DEVICE_TLB);
    VTDMResult result;

    machine_map(machine, 0x40000000, 0xfee00000, 2, VTDM_SS_R | VTDM_SS_W);
    machine_map(machine, 0x80000000, 0xc0000000, 3, VTDM_SS_R | VTDM_SS_W);
    machine_expect(machine, 0x40100000, 0xfef00000);
    machine_expect(machine, 0xbedfffff, 0xfedfffff);
    machine_expect(machine, 0xbef00000, 0xfef00000);
    machine_expect_fault(machine, 0x40000000, VTDM_LGN_4);
    machine_expect_fault(machine, 0x400fffff, VTDM_LGN_4);
    machine_expect_fault(machine, 0xbee00000, VTDM_LGN_4);
    result = machine_dma(machine, 0x40100000, VTDM_READ);
    g_assert_cmphex(result.mask, ==, 0xfffff);
    for (uint64_t at = 0xbed00000; at < 0xbee00000; at += 0xfffff) {
        result = machine_dma(machine, at, VTDM_READ);
        g_assert_cmphex(result.address, ==, at + 0x40000000);
        g_assert_cmphex(result.mask, ==, 0xfffff);
    }
    result = machine_request(machine, request_of(VTDM_AT_TRANSLATION,
                                                 0x80000000));
    g_assert_cmpuint(result.fault.condition, ==, VTDM_LGN_4);
    g_assert_cmpuint(result.response, ==, VTDM_CA);
    machine_free(machine);
}

/* A large page around the range speaks for no interrupt address. */
static void test_input_overlap(void)
{
    Machine *machine = new_machine(VTDM_TT_SECOND_STAGE);
    VTDMResult result;

    machine_map(machine, 0xfee00000, 0x40000000, 2, VTDM_SS_R | VTDM_SS_W);
    result = machine_dma(machine, 0xfef00000, VTDM_READ);
    g_assert_cmphex(result.address, ==, 0x40100000);
    g_assert_cmphex(result.mask, ==, 0xfffff);
    machine_free(machine);
}

/* Spec: "Handling of Translated Requests": used as it is, if it may be */
static void test_translated(void)
{
    Machine *machine = new_machine(VTDM_TT_DEVICE_TLB);
    VTDMResult result;

    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);    /* cached */
    result = machine_request(machine, request_of(VTDM_AT_TRANSLATED,
                                                 MACHINE_IOVA));
    g_assert_cmphex(result.address, ==, MACHINE_IOVA);
    g_assert_false(result.translated);
    result = machine_request(machine, request_of(VTDM_AT_TRANSLATED,
                                                 VTDM_BIT(39)));
    g_assert_cmpuint(result.fault.condition, ==, VTDM_LGN_1_2);
    for (uint64_t at = 0xfee00000; at < 0xfef00000; at += 0xfffff) {
        result = machine_request(machine, request_of(VTDM_AT_TRANSLATED, at));
        g_assert_cmpuint(result.fault.condition, ==, VTDM_LGN_4);
    }
    machine_free(machine);
}

/* A walk is told of once; what a cache gives is not. */
static void test_event(void)
{
    Machine *machine = new_machine(VTDM_TT_SECOND_STAGE);
    const VTDMEvent *event;

    machine_expect(machine, MACHINE_IOVA + 0x10, MACHINE_PAGE + 0x10);
    machine_expect(machine, MACHINE_IOVA, MACHINE_PAGE);
    g_assert_cmpuint(fake_host_count(&machine->host,
                                     VTDM_EVENT_TRANSLATION), ==, 1);
    event = fake_host_event(&machine->host, VTDM_EVENT_TRANSLATION);
    g_assert_cmphex(event->translation.output, ==, MACHINE_PAGE + 0x10);
    g_assert_cmphex(event->translation.mask, ==, 0xfff);
    g_assert_cmpuint(event->translation.perm, ==, VTDM_PERM_R | VTDM_PERM_W);
    g_assert_cmphex(event->translation.request.address, ==,
                    MACHINE_IOVA + 0x10);
    g_assert_cmpuint(event->translation.domain_id, ==, MACHINE_DID);
    g_assert_cmpuint(event->translation.request.source_id, ==, MACHINE_SID);
    machine_free(machine);
}

/* A completion without any permission speaks for one page. */
static void test_empty_completion(void)
{
    Machine *machine = new_machine(VTDM_TT_DEVICE_TLB);
    const struct {
        uint64_t address;
        VTDMResponse response;
    } cases[] = {
        { MACHINE_IOVA + 0x1000, VTDM_OK },     /* nothing is mapped */
        { VTDM_BIT(60), VTDM_S0 },              /* beyond the tables */
        { 0xfee00000, VTDM_OK },                /* the interrupt range */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VTDMResult result = machine_request(
            machine, request_of(VTDM_AT_TRANSLATION, cases[i].address));

        g_assert_cmpuint(result.response, ==, cases[i].response);
        g_assert_cmphex(result.mask, ==, 0xfff);
    }
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/legacy/types", test_types);
    g_test_add_func("/vtdm/legacy/domain", test_domain);
    g_test_add_func("/vtdm/legacy/pass-through", test_pass_through);
    g_test_add_func("/vtdm/legacy/identity-ends", test_identity_ends);
    g_test_add_func("/vtdm/legacy/translation-of-interrupts",
                    test_translation_of_interrupts);
    g_test_add_func("/vtdm/legacy/type-is-checked-before-iotlb",
                    test_type_is_checked_before_iotlb);
    g_test_add_func("/vtdm/legacy/translation-is-cached",
                    test_translation_is_cached);
    g_test_add_func("/vtdm/legacy/output-overlap", test_output_overlap);
    g_test_add_func("/vtdm/legacy/input-overlap", test_input_overlap);
    g_test_add_func("/vtdm/legacy/translated", test_translated);
    g_test_add_func("/vtdm/legacy/event", test_event);
    g_test_add_func("/vtdm/legacy/empty-completion", test_empty_completion);
    return g_test_run();
}
