/*
 * Each descriptor: its reserved bits, its granularities, what it asks for.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "descriptor-bits.h"
#include "machine.h"

static Machine *new_machine(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.dt = true;
    machine = machine_new(&config);
    machine_enable_queue(machine);
    machine_command(machine, VTDM_GCMD_TE, 0);
    return machine;
}

/* Submits @descriptor, says what the queue thought of it, and recovers. */
static VTDMQueueError try_it(Machine *machine, VTDMEntry128 descriptor)
{
    VTDMQueueError error;

    machine_submit(machine, descriptor);
    error = machine_read32(machine, VTDM_REG_FSTS) & VTDM_FSTS_IQE
                ? machine_read64(machine, VTDM_REG_IQERCD) & 15
                : VTDM_IQEI_NONE;
    machine_command(machine, 0, VTDM_GCMD_QIE);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_IQE);
    machine_write64(machine, VTDM_REG_IQT, 0);
    machine_command(machine, VTDM_GCMD_QIE, 0);
    return error;
}

static const VTDMInvalidation *told(Machine *machine)
{
    return &fake_host_event(&machine->host, VTDM_EVENT_INVALIDATION)
                ->invalidation;
}

/* A valid descriptor, and its reserved bits: high and low bit of each run */
typedef struct Format {
    const char *name;
    VTDMEntry128 valid;
    BitRun reserved[5];
} Format;

static const Format formats[] = {
    { "context", { .lo = 0x11 },
      { { 8, 6 }, { 15, 12 }, { 63, 50 }, { 127, 64 } } },
    { "iotlb", { .lo = 0x12 },
      { { 8, 8 }, { 15, 12 }, { 63, 32 }, { 75, 71 } } },
    { "device-tlb", { .lo = 0x03 },
      { { 8, 4 }, { 15, 12 }, { 31, 21 }, { 63, 48 }, { 75, 65 } } },
    { "interrupt", { .lo = 0x04 },
      { { 8, 5 }, { 26, 12 }, { 63, 48 }, { 127, 64 } } },
    { "wait", { .lo = 0x25, .hi = MACHINE_STATUS },
      { { 7, 7 }, { 8, 8 }, { 31, 12 }, { 65, 64 } } },
};

static bool is_reserved(const Format *format, unsigned bit)
{
    return bit_is_in(bit, format->reserved, G_N_ELEMENTS(format->reserved));
}

/* Spec: "Queued Invalidation Interface": every bit of every descriptor */
static void test_bits(gconstpointer opaque)
{
    const Format *format = opaque;
    Machine *machine = new_machine();

    g_assert_cmpuint(try_it(machine, format->valid), ==, VTDM_IQEI_NONE);
    for (unsigned bit = 0; bit < 128; bit++) {
        VTDMEntry128 changed = format->valid;

        if (bit_is_type(bit) || (bit_is_granularity(bit) &&
                                 !is_reserved(format, bit))) {
            continue;
        }
        *(bit < 64 ? &changed.lo : &changed.hi) ^= VTDM_BIT(bit % 64);
        g_assert_cmpuint(try_it(machine, changed), ==,
                         is_reserved(format, bit) ? VTDM_IQEI_RESERVED
                                                  : VTDM_IQEI_NONE);
    }
    machine_free(machine);
}

/* Spec: "Hardware Handling of Queued Invalidation Interface Errors" */
static void test_types(void)
{
    for (unsigned caps = 0; caps < 4; caps++) {
        VTDMConfig config;
        Machine *machine;

        vtdm_config_init(&config);
        config.dt = caps & 1;
        config.ir = caps & 2;
        machine = machine_new(&config);
        machine_enable_queue(machine);
        machine_command(machine, VTDM_GCMD_TE, 0);
        for (unsigned type = 0; type < 128; type++) {
            bool known = type == 1 || type == 2 || type == 5 ||
                         (type == 3 && config.dt) ||
                         (type == 4 && config.ir);
            VTDMEntry128 descriptor = {
                .lo = (type & 15) | (type >> 4) << 9 | 0x10,
            };

            if (type == 3) {
                descriptor.lo &= ~0x10ULL;
            }
            g_assert_cmpuint(try_it(machine, descriptor), ==,
                             known ? VTDM_IQEI_NONE : VTDM_IQEI_TYPE);
        }
        machine_free(machine);
    }
}

/* Spec: "Context-cache Invalidate Descriptor" */
static void test_context(void)
{
    static const uint16_t masks[] = { 0xffff, 0xfffb, 0xfff9, 0xfff8 };
    static const VTDMScope scopes[] = {
        [VTDM_G_GLOBAL] = VTDM_SCOPE_GLOBAL,
        [VTDM_G_DOMAIN] = VTDM_SCOPE_DOMAIN,
        [VTDM_G_SELECTIVE] = VTDM_SCOPE_DEVICE,
    };
    Machine *machine = new_machine();

    g_assert_cmpuint(try_it(machine, vtdm_make_context_invalidate(
                                VTDM_G_RESERVED, 5, 6, 0)),
                     ==, VTDM_IQEI_RESERVED);
    for (unsigned g = VTDM_G_GLOBAL; g <= VTDM_G_SELECTIVE; g++) {
        for (unsigned fm = 0; fm < 4; fm++) {
            g_assert_cmpuint(try_it(machine, vtdm_make_context_invalidate(
                                        g, 0x1234, 0x5678, fm)),
                             ==, VTDM_IQEI_NONE);
            g_assert_cmpuint(told(machine)->cache, ==, VTDM_CACHE_CONTEXT);
            g_assert_cmpuint(told(machine)->scope, ==, scopes[g]);
            g_assert_cmphex(told(machine)->domain_id, ==, 0x1234);
            g_assert_cmphex(told(machine)->source_id, ==, 0x5678);
            g_assert_cmphex(told(machine)->source_mask, ==, masks[fm]);
        }
    }
    machine_free(machine);
}

/* Spec: "IOTLB Invalidate": granularity, range, hint */
static void test_iotlb(void)
{
    Machine *machine = new_machine();

    g_assert_cmpuint(try_it(machine, vtdm_make_iotlb_invalidate(
                                VTDM_G_RESERVED, 1, 0, 0, false)),
                     ==, VTDM_IQEI_RESERVED);
    for (unsigned am = 0; am < 64; am++) {
        VTDMQueueError error = try_it(machine, vtdm_make_iotlb_invalidate(
            VTDM_G_SELECTIVE, 9, 0x7fffffff000, am, am & 1));
        uint64_t mask = vtdm_mask_below(12 + am);

        if (am > 18) {                  /* MAMV */
            g_assert_cmpuint(error, ==, VTDM_IQEI_RESERVED);
            continue;
        }
        g_assert_cmpuint(error, ==, VTDM_IQEI_NONE);
        g_assert_cmpuint(told(machine)->scope, ==, VTDM_SCOPE_PAGES);
        g_assert_cmphex(told(machine)->mask, ==, mask);
        g_assert_cmphex(told(machine)->address, ==, 0x7fffffff000 & ~mask);
        g_assert_cmpint(told(machine)->leaf_only, ==, am & 1);
    }
    g_assert_cmpuint(try_it(machine, vtdm_make_iotlb_invalidate(
                                VTDM_G_DOMAIN, 9, 0, 63, false)),
                     ==, VTDM_IQEI_NONE);
    g_assert_cmpuint(told(machine)->scope, ==, VTDM_SCOPE_DOMAIN);
    machine_free(machine);
}

/* Spec: "IOTLB Invalidate": page granularity needs PSI */
static void test_iotlb_without_psi(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.psi = false;
    machine = machine_new(&config);
    machine_enable_queue(machine);
    g_assert_cmpuint(try_it(machine, vtdm_make_iotlb_invalidate(
                                VTDM_G_SELECTIVE, 9, 0, 0, false)),
                     ==, VTDM_IQEI_RESERVED);
    g_assert_cmpuint(try_it(machine, vtdm_make_iotlb_invalidate(
                                VTDM_G_DOMAIN, 9, 0, 0, false)),
                     ==, VTDM_IQEI_NONE);
    machine_free(machine);
}

/* Spec: "IOTLB Invalidate": bits that do not exist are ignored */
static void test_ignored_bits(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.nd = 2;
    machine = machine_new(&config);
    machine_enable_queue(machine);
    try_it(machine, vtdm_make_iotlb_invalidate(VTDM_G_SELECTIVE, 0xab12,
                                               0xffff123456789000, 0, false));
    g_assert_cmphex(told(machine)->domain_id, ==, 0x12);
    g_assert_cmphex(told(machine)->address, ==, 0x123456789000);
    try_it(machine, vtdm_make_context_invalidate(VTDM_G_DOMAIN, 0xab12, 0,
                                                 0));
    g_assert_cmphex(told(machine)->domain_id, ==, 0x12);
    machine_free(machine);
}

/* Spec: "Device-TLB Invalidate Descriptor": size from the address */
static void test_device_tlb(void)
{
    static const struct {
        uint64_t address;
        bool s;
        uint64_t first;
        uint64_t mask;
    } cases[] = {
        { 0x12345000, false, 0x12345000, 0xfff },
        { 0x12344000, true, 0x12344000, 0x1fff },
        { 0x12345000, true, 0x12344000, 0x3fff },
        { 0x123ff000, true, 0x12000000, 0x7fffff },
        { 0xfedcba9876543000, false, 0xfedcba9876543000, 0xfff },
        { 0x7ffffffffffff000, true, 0, UINT64_MAX },
        { 0xfffffffffffff000, true, 0, UINT64_MAX },
    };
    Machine *machine = new_machine();

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const VTDMInvalidation *sent;

        try_it(machine, vtdm_make_device_tlb_invalidate(
                   0x4321, cases[i].address, cases[i].s));
        g_assert_cmpuint(machine->host.device_tlbs->len, ==, i + 1);
        sent = &g_array_index(machine->host.device_tlbs, VTDMInvalidation,
                              i);
        g_assert_cmphex(sent->source_id, ==, 0x4321);
        g_assert_cmphex(sent->address, ==, cases[i].first);
        g_assert_cmphex(sent->mask, ==, cases[i].mask);
    }
    machine_free(machine);
}

/* Spec: "Interrupt Entry Cache Invalidate Descriptor" */
static void test_interrupt(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.mhmv = 9;
    machine = machine_new(&config);
    machine_enable_queue(machine);
    try_it(machine, vtdm_make_iec_invalidate_all());
    g_assert_cmpuint(told(machine)->scope, ==, VTDM_SCOPE_GLOBAL);
    for (unsigned im = 0; im < 32; im++) {
        VTDMQueueError error =
            try_it(machine, vtdm_make_iec_invalidate(0xffff, im));

        g_assert_cmpuint(error, ==,
                         im > 9 ? VTDM_IQEI_RESERVED : VTDM_IQEI_NONE);
        if (!error) {
            g_assert_cmpuint(told(machine)->scope, ==, VTDM_SCOPE_INDEX);
            g_assert_cmphex(told(machine)->index_mask, ==, (1 << im) - 1);
            g_assert_cmphex(told(machine)->index, ==,
                            0xffff & ~((1 << im) - 1));
        }
    }
    machine_free(machine);
}

static uint64_t status(Machine *machine)
{
    return vtdm_tables_get(&machine->tables, MACHINE_STATUS);
}

/* Spec: "Invalidation Wait Descriptor": each combination of SW, IF, FN */
static void test_wait(void)
{
    for (unsigned flags = 0; flags < 8; flags++) {
        Machine *machine = new_machine();
        bool sw = flags & 2, interrupt = flags & 1;
        const VTDMEvent *event;

        vtdm_tables_set(&machine->tables, MACHINE_STATUS, UINT64_MAX);
        machine_write32(machine, VTDM_REG_IECTL, 0);
        machine_submit(machine, vtdm_make_wait(flags << 4, MACHINE_STATUS,
                                               0x89abcdef));
        g_assert_cmphex(machine_read64(machine, VTDM_REG_IQH), ==, 16);
        g_assert_cmphex(status(machine), ==,
                        sw ? 0xffffffff89abcdef : UINT64_MAX);
        g_assert_cmphex(machine_read32(machine, VTDM_REG_ICS), ==,
                        interrupt);
        g_assert_cmpuint(machine->host.messages->len, ==, interrupt);
        event = fake_host_event(&machine->host, VTDM_EVENT_WAIT);
        g_assert_cmphex(event->wait.address, ==, MACHINE_STATUS);
        g_assert_cmphex(event->wait.data, ==, 0x89abcdef);
        g_assert_cmpint(event->wait.status_write, ==, sw);
        g_assert_cmpint(event->wait.interrupt, ==, interrupt);
        machine_free(machine);
    }
}

/* Spec: "Invalidation Wait Descriptor": address bits above the width */
static void test_wait_address(void)
{
    Machine *machine = new_machine();

    machine_submit(machine, vtdm_make_wait(
        VTDM_WAIT_SW, MACHINE_STATUS | 4 | VTDM_BITS(63, 39), 0x11223344));
    g_assert_cmphex(status(machine), ==, 0x1122334400000000);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_SW, 0x7000000000, 1));
    g_assert_cmphex(machine_read64(machine, VTDM_REG_IQH), ==, 32);
    machine_free(machine);
}

/* Spec: "Hardware Generation of Invalidation Completion Events" */
static void test_completion(void)
{
    Machine *machine = new_machine();

    machine_write32(machine, VTDM_REG_IECTL, 0);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    machine_write32(machine, VTDM_REG_ICS, 0);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_ICS), ==, 1);
    machine_write32(machine, VTDM_REG_ICS, 1);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_ICS), ==, 0);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_IF, 0, 0));
    g_assert_cmpuint(machine->host.messages->len, ==, 2);
    machine_free(machine);
}

static void expect_status(void *opaque, uint64_t address, uint32_t data)
{
    FakeHost *host = opaque;
    FakeMessage message = { address, data };

    g_assert_cmphex(host->ram[MACHINE_STATUS], ==, 0x77);
    g_array_append_val(host->messages, message);
}

/*
 * Spec: "Hardware Generation of Invalidation Completion Events": status is
 * in memory before the message of the same descriptor goes out
 */
static void test_status_before_message(void)
{
    Machine *machine = new_machine();
    VTDMHostOps ops = fake_host_ops;

    ops.send_message = expect_status;
    vtdm_unit_free(machine->unit);
    machine->unit = vtdm_unit_new(&machine->config, &ops, &machine->host);
    machine_enable_queue(machine);
    machine_write32(machine, VTDM_REG_IECTL, 0);
    machine_submit(machine, vtdm_make_wait(VTDM_WAIT_SW | VTDM_WAIT_IF,
                                           MACHINE_STATUS, 0x77));
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        char *path = g_strdup_printf("/vtdm/descriptor/bits-%s",
                                     formats[i].name);

        g_test_add_data_func(path, &formats[i], test_bits);
        g_free(path);
    }
    g_test_add_func("/vtdm/descriptor/types", test_types);
    g_test_add_func("/vtdm/descriptor/context", test_context);
    g_test_add_func("/vtdm/descriptor/iotlb", test_iotlb);
    g_test_add_func("/vtdm/descriptor/iotlb-without-psi",
                    test_iotlb_without_psi);
    g_test_add_func("/vtdm/descriptor/ignored-bits", test_ignored_bits);
    g_test_add_func("/vtdm/descriptor/device-tlb", test_device_tlb);
    g_test_add_func("/vtdm/descriptor/interrupt", test_interrupt);
    g_test_add_func("/vtdm/descriptor/wait", test_wait);
    g_test_add_func("/vtdm/descriptor/wait-address", test_wait_address);
    g_test_add_func("/vtdm/descriptor/completion", test_completion);
    g_test_add_func("/vtdm/descriptor/status-before-message",
                    test_status_before_message);
    return g_test_run();
}
