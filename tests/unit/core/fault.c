/*
 * Fault records and FSTS: the ring, overflow, and what software clears.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/fault.h"
#include "machine.h"

#define FRCD 0x600

static Machine *new_machine(unsigned records)
{
    VTDMConfig config;

    vtdm_config_init(&config);
    config.fault_records = records;
    return machine_new_mapped(&config);
}

/* A read of page @page behind the mapped one, where nothing is mapped. */
static VTDMResult fail(Machine *machine, unsigned page)
{
    return machine_dma(machine, MACHINE_IOVA + 0x1000 * (page + 1) + 0x123,
                       VTDM_READ);
}

static uint32_t fsts(Machine *machine)
{
    return machine_read32(machine, VTDM_REG_FSTS);
}

static void clear_record(Machine *machine, unsigned index)
{
    machine_write32(machine, FRCD + 16 * index + 12, VTDM_BIT(31));
}

/* The page that record @index names, or UINT_MAX if F = 0. */
static unsigned page_of(Machine *machine, unsigned index)
{
    VTDMEntry128 record = machine_record(machine, index);

    return record.hi & VTDM_FRCD_HI_F
               ? (record.lo - MACHINE_IOVA) / 0x1000 - 1 : UINT_MAX;
}

/* Spec: "Fault Recording Registers [n]": each field of a DMA fault */
static void test_fields(void)
{
    static const struct {
        VTDMAccess access;
        uint64_t type;
        unsigned reason;
    } cases[] = {
        { VTDM_READ, VTDM_BIT(62), 0x06 },
        { VTDM_WRITE, 0, 0x05 },
        { VTDM_ATOMIC, VTDM_BIT(62) | VTDM_BIT(28), 0x05 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(1);
        VTDMEntry128 record;

        machine_dma(machine, 0x1234567123, cases[i].access);
        record = machine_record(machine, 0);
        g_assert_cmphex(record.lo, ==, 0x1234567000);
        g_assert_cmphex(record.hi, ==,
                        VTDM_BIT(63) | cases[i].type |
                        (uint64_t)cases[i].reason << 32 | MACHINE_SID);
        machine_free(machine);
    }
}

/* Spec: "Fault Recording Registers [n]": no bits above the widest AGAW */
static void test_address_is_cut(void)
{
    Machine *machine = new_machine(1);

    machine_dma(machine, 0xfedcba9876543210, VTDM_READ);
    g_assert_cmphex(machine_record(machine, 0).lo, ==, 0x0000ba9876543000);
    machine_free(machine);
}

/* A first stage has widths of its own, also where there is no other. */
static void test_first_stage_is_wide(void)
{
    static const struct {
        bool ssts, fs5lp;
        unsigned width;
    } units[] = {
        { true, true, 57 }, { true, false, 48 },
        { false, true, 57 }, { false, false, 48 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        VTDMConfig config;
        Machine *machine;

        machine_scalable_config(&config);
        config.nest &= units[i].ssts;
        config.ssts = units[i].ssts;
        config.sagaw = units[i].ssts ? VTDM_SAGAW_39 : 0;
        config.fs5lp = units[i].fs5lp;
        machine = machine_new_scalable(&config);
        machine_dma(machine, 0x7edcba987654321f, VTDM_READ);
        g_assert_cmphex(machine_record(machine, 0).lo, ==,
                        0x7edcba9876543000 & vtdm_mask_below(units[i].width));
        machine_free(machine);
    }
}

/* Spec: "Primary Fault Logging": records are taken in ring order */
static void test_ring(void)
{
    Machine *machine = new_machine(4);

    for (unsigned i = 0; i < 11; i++) {
        VTDMResult result = fail(machine, i);

        g_assert_true(result.fault.recorded);
        g_assert_cmpuint(page_of(machine, i % 4), ==, i);
        g_assert_cmphex(fsts(machine), ==,
                        VTDM_FSTS_PPF | (i % 4) << 8);
        clear_record(machine, i % 4);
        g_assert_cmphex(fsts(machine) & 0xff, ==, 0);
    }
    machine_free(machine);
}

/* Spec: "Fault Status Register": FRI is the first that is pending */
static void test_index(void)
{
    Machine *machine = new_machine(4);

    fail(machine, 0);
    clear_record(machine, 0);
    fail(machine, 1);
    fail(machine, 2);
    g_assert_cmphex(fsts(machine), ==, VTDM_FSTS_PPF | 1 << 8);
    clear_record(machine, 1);
    g_assert_cmphex(fsts(machine) & 0xff, ==, VTDM_FSTS_PPF);
    clear_record(machine, 2);
    g_assert_cmphex(fsts(machine) & 0xff, ==, 0);
    machine_free(machine);
}

/* Spec: "Primary Fault Logging": a full ring overflows, loses the new */
static void test_overflow(gconstpointer opaque)
{
    unsigned records = GPOINTER_TO_UINT(opaque);
    Machine *machine = new_machine(records);
    uint32_t frcd = 16 * vtdm_get(machine_read64(machine, VTDM_REG_CAP),
                                  VTDM_CAP_FRO);

    for (unsigned i = 0; i < records; i++) {
        fail(machine, i);
        g_assert_false(fsts(machine) & VTDM_FSTS_PFO);
    }
    g_assert_false(fail(machine, 999).fault.recorded);
    g_assert_cmphex(fsts(machine), ==, VTDM_FSTS_PPF | VTDM_FSTS_PFO);
    for (unsigned i = 0; i < records; i++) {
        g_assert_cmpuint(page_of(machine, i), ==, i);
    }
    machine_write64(machine, frcd + 8, VTDM_FRCD_HI_F);
    g_assert_false(fail(machine, 998).fault.recorded);  /* PFO = 1 */
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_PFO);
    g_assert_true(fail(machine, 997).fault.recorded);
    g_assert_cmpuint(page_of(machine, 0), ==, 997);
    machine_free(machine);
}

/* Spec: "Primary Fault Logging": after an overflow, where it had stopped */
static void test_resume(void)
{
    Machine *machine = new_machine(2);

    for (unsigned i = 0; i < 3; i++) {
        fail(machine, i);
    }
    clear_record(machine, 1);
    g_assert_cmphex(fsts(machine) & 0xff, ==, VTDM_FSTS_PFO | VTDM_FSTS_PPF);
    clear_record(machine, 0);
    g_assert_cmphex(fsts(machine) & 0xff, ==, VTDM_FSTS_PFO);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_PFO);
    fail(machine, 5);
    g_assert_cmpuint(page_of(machine, 0), ==, 5);
    g_assert_cmphex(fsts(machine), ==, VTDM_FSTS_PPF);
    machine_free(machine);
}

/* Spec: "Fault Recording Registers [n]": F is RW1C, the rest read-only */
static void test_write_1_clear(void)
{
    Machine *machine = new_machine(1);
    VTDMEntry128 before, after;

    fail(machine, 0);
    before = machine_record(machine, 0);
    machine_write64(machine, FRCD, 0);
    machine_write64(machine, FRCD, UINT64_MAX);
    machine_write64(machine, FRCD + 8, ~VTDM_FRCD_HI_F);
    vtdm_unit_write(machine->unit, FRCD + 8, 4, UINT64_MAX);
    after = machine_record(machine, 0);
    g_assert_cmphex(after.lo, ==, before.lo);
    g_assert_cmphex(after.hi, ==, before.hi);
    machine_write64(machine, FRCD + 8, UINT64_MAX);
    after = machine_record(machine, 0);
    g_assert_cmphex(after.lo, ==, before.lo);
    g_assert_cmphex(after.hi, ==, before.hi & ~VTDM_FRCD_HI_F);
    machine_free(machine);
}

/* Spec: "Fault Status Register": PPF is the OR of all F, read-only */
static void test_status_bits(void)
{
    Machine *machine = new_machine(1);

    fail(machine, 0);
    fail(machine, 1);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_PPF | 0xff00);
    g_assert_cmphex(fsts(machine), ==, VTDM_FSTS_PPF | VTDM_FSTS_PFO);
    machine_write32(machine, VTDM_REG_FSTS, 0);
    g_assert_cmphex(fsts(machine), ==, VTDM_FSTS_PPF | VTDM_FSTS_PFO);
    machine_free(machine);
}

static void unmask(Machine *machine)
{
    machine_write32(machine, VTDM_REG_FECTL, 0);
}

/* Spec: "Non-Recoverable Fault Event": one message while any is pending */
static void test_one_message(void)
{
    Machine *machine = new_machine(2);

    unmask(machine);
    for (unsigned i = 0; i < 4; i++) {
        fail(machine, i);
        g_assert_cmpuint(machine->host.messages->len, ==, 1);
    }
    clear_record(machine, 0);
    clear_record(machine, 1);           /* PFO alone is left */
    machine_enable_queue(machine);
    machine_submit(machine, (VTDMEntry128) { 0 });      /* IQE */
    g_assert_cmphex(fsts(machine) & 0xff, ==, VTDM_FSTS_PFO |
                                              VTDM_FSTS_IQE);
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_PFO);
    fail(machine, 9);                   /* IQE is still pending */
    g_assert_cmpuint(machine->host.messages->len, ==, 1);
    machine_free(machine);
}

/* Spec: "Non-Recoverable Fault Event": withdrawn with the last status */
static void test_withdraw(void)
{
    Machine *machine = new_machine(1);

    fail(machine, 0);
    fail(machine, 1);
    clear_record(machine, 0);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FECTL), ==,
                    VTDM_FECTL_IM | VTDM_FECTL_IP);     /* PFO = 1 */
    machine_write32(machine, VTDM_REG_FSTS, VTDM_FSTS_PFO);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FECTL), ==,
                    VTDM_FECTL_IM);
    unmask(machine);
    g_assert_cmpuint(machine->host.messages->len, ==, 0);
    machine_free(machine);
}

/* Spec: "Context Entry": FPD counts even where P = 0 */
static void test_fpd_without_p(void)
{
    Machine *machine = new_machine(1);
    VTDMResult result;

    vtdm_tables_context(&machine->tables, MACHINE_ROOT, MACHINE_SID + 1,
                        (VTDMEntry128) { .lo = VTDM_CTX_FPD });
    result = machine_request(machine, (VTDMRequest) {
        .pasid = VTDM_NO_PASID, .source_id = MACHINE_SID + 1,
    });
    g_assert_cmpuint(result.fault.condition, ==, VTDM_LCT_2);
    g_assert_cmpuint(result.response, ==, VTDM_UR);
    g_assert_false(result.fault.recorded);
    g_assert_cmphex(fsts(machine), ==, 0);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT), ==,
                     1);
    machine_free(machine);
}

static void blocked_interrupt(Machine *machine)
{
    VTDMInterrupt answer;

    vtdm_unit_remap(machine->unit, &(VTDMInterruptRequest) {
        .address = VTDM_INTERRUPT_BASE, .size = 2,
        .source_id = MACHINE_SID,
    }, &answer);
    g_assert_cmpuint(answer.fault.condition, ==, VTDM_IR_29);
}

/* Spec: "Primary Fault Logging": it counts from 0 once remapping is on */
static void test_index_while_off(void)
{
    static const uint32_t switches[] = { VTDM_GCMD_TE, VTDM_GCMD_IRE };

    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++) {
        Machine *machine = new_machine(8);

        machine_command(machine, 0, VTDM_GCMD_TE);
        for (unsigned n = 0; n < 3; n++) {
            blocked_interrupt(machine);
        }
        for (unsigned n = 0; n < 3; n++) {
            clear_record(machine, n);
        }
        machine_command(machine, switches[i], 0);
        blocked_interrupt(machine);
        g_assert_cmphex(fsts(machine), ==, VTDM_FSTS_PPF);
        blocked_interrupt(machine);
        clear_record(machine, 0);
        machine_command(machine, VTDM_GCMD_TE | VTDM_GCMD_IRE, 0);
        blocked_interrupt(machine);         /* goes on at 2 */
        g_assert_cmphex(machine_record(machine, 2).hi & VTDM_FRCD_HI_F, !=,
                        0);
        machine_free(machine);
    }
}

/* Spec: "Primary Fault Logging": from 0 as soon as remapping is off */
static void test_index_once_off(void)
{
    static const uint32_t switches[] = { VTDM_GCMD_TE, VTDM_GCMD_IRE };

    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++) {
        Machine *machine = new_machine(8);

        machine_command(machine, 0, VTDM_GCMD_TE);
        machine_command(machine, switches[i], 0);
        blocked_interrupt(machine);
        clear_record(machine, 0);
        machine_command(machine, 0, switches[i]);
        blocked_interrupt(machine);
        g_assert_cmphex(machine_record(machine, 0).hi & VTDM_FRCD_HI_F, !=,
                        0);
        g_assert_cmphex(machine_record(machine, 1).hi, ==, 0);
        machine_free(machine);
    }
}

/* Spec: "Fault Recording Registers": each field, where the unit has it */
static void test_record(void)
{
    VTDMFault fault = {
        .condition = VTDM_LGN_3,
        .address = 0xfedcba9876543210,
        .pasid = 0xabcde,
        .source_id = 0x1234,
        .access = VTDM_READ,
        .type = VTDM_AT_TRANSLATION,
        .execute = true,
        .privileged = true,
    };
    uint64_t plain = VTDM_BIT(63) | VTDM_BIT(62) | 0x06ULL << 32 | 0x1234;
    uint64_t pasid = 0xabcdeULL << 40 | VTDM_BIT(31) | VTDM_BIT(29);
    VTDMEntry128 record = vtdm_fault_record(&fault, 0, 48);

    g_assert_cmphex(record.lo, ==, 0xba9876543000);
    g_assert_cmphex(record.hi, ==, plain);
    g_assert_cmphex(vtdm_fault_record(&fault, VTDM_ECAP_DT, 48).hi, ==,
                    plain | VTDM_BIT(60));
    g_assert_cmphex(vtdm_fault_record(&fault, VTDM_ECAP_PASID, 48).hi, ==,
                    plain | pasid | VTDM_BIT(30));
    fault.access = VTDM_ATOMIC;
    g_assert_cmphex(vtdm_fault_record(&fault, VTDM_ECAP_PASID, 48).hi, ==,
                    plain | pasid | VTDM_BIT(28));
    fault.access = VTDM_READ;
    fault.execute = fault.privileged = false;
    g_assert_cmphex(vtdm_fault_record(&fault, VTDM_ECAP_PASID, 48).hi, ==,
                    plain | (pasid & ~VTDM_BIT(29)));
    fault.execute = fault.privileged = true;
    fault.pasid = VTDM_NO_PASID;
    g_assert_cmphex(vtdm_fault_record(&fault, VTDM_ECAP_PASID, 48).hi, ==,
                    plain);
}

/* Spec: "Fault Recording Registers [n]": AT is reserved without DT */
static void test_type_without_device_tlb(void)
{
    for (unsigned dt = 0; dt < 2; dt++) {
        VTDMConfig config;
        Machine *machine;

        vtdm_config_init(&config);
        config.dt = dt;
        machine = machine_new(&config);
        machine_attach(machine, MACHINE_SID, MACHINE_DID,
                       VTDM_TT_SECOND_STAGE);
        machine_enable_dma(machine);
        machine_request(machine, (VTDMRequest) {
            .pasid = VTDM_NO_PASID, .source_id = MACHINE_SID,
            .type = VTDM_AT_TRANSLATED,
        });
        g_assert_cmphex(machine_record(machine, 0).hi, ==,
                        VTDM_BIT(63) | VTDM_BIT(62) |
                        (dt ? VTDM_BIT(61) : 0) | 0x0dULL << 32 |
                        MACHINE_SID);
        machine_free(machine);
    }
}

/* A fault shows the entry that caused it, and where that is. */
static void test_entry(void)
{
    Machine *machine = new_machine(8);
    VTDMEntry128 bad = { VTDM_CTX_P | VTDM_BIT(5), VTDM_BIT(63) };
    uint64_t at = vtdm_tables_context(&machine->tables, MACHINE_ROOT, 0x4000,
                                      bad);
    VTDMResult result = machine_request(machine, (VTDMRequest) {
        .pasid = VTDM_NO_PASID, .source_id = 0x4000,
    });

    g_assert_cmpuint(result.fault.condition, ==, VTDM_LCT_3);
    g_assert_cmphex(result.fault.entry_address, ==, at);
    g_assert_cmphex(result.fault.entry.lo, ==, bad.lo);
    g_assert_cmphex(result.fault.entry.hi, ==, bad.hi);

    at = machine_map(machine, MACHINE_IOVA + 0x1000, 0x5000, 1, VTDM_SS_W);
    result = fail(machine, 0);
    g_assert_cmpuint(result.fault.condition, ==, VTDM_LGN_3);
    g_assert_cmphex(result.fault.entry_address, ==, at);
    g_assert_cmphex(result.fault.entry.lo, ==, 0x5000 | VTDM_SS_W);
    g_assert_cmphex(result.fault.entry.hi, ==, 0);
    machine_free(machine);
}

/* What could not be read shows nothing of what was read before. */
static void test_unreadable_entry(void)
{
    Machine *machine = new_machine(8);
    VTDMEntry128 root = { .lo = machine->host.size | VTDM_ROOT_P };
    VTDMResult result;

    vtdm_tables_set(&machine->tables, MACHINE_ROOT + 16 * 0x40, root.lo);
    result = machine_request(machine, (VTDMRequest) {
        .pasid = VTDM_NO_PASID, .source_id = 0x4000,
    });
    g_assert_cmpuint(result.fault.condition, ==, VTDM_LCT_1);
    g_assert_cmphex(result.fault.entry_address, ==, machine->host.size);
    g_assert_cmphex(result.fault.entry.lo, ==, 0);

    vtdm_tables_set(&machine->tables, machine->ssptptr,
                    machine->host.size | VTDM_SS_R);
    result = machine_dma(machine, 0, VTDM_READ);
    g_assert_cmpuint(result.fault.condition, ==, VTDM_LSS_1);
    g_assert_cmphex(result.fault.entry_address, ==, machine->host.size);
    g_assert_cmphex(result.fault.entry.lo, ==, 0);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/fault/fields", test_fields);
    g_test_add_func("/vtdm/fault/address-is-cut", test_address_is_cut);
    g_test_add_func("/vtdm/fault/first-stage-is-wide",
                    test_first_stage_is_wide);
    g_test_add_func("/vtdm/fault/ring", test_ring);
    g_test_add_func("/vtdm/fault/index", test_index);
    g_test_add_data_func("/vtdm/fault/overflow-1", GUINT_TO_POINTER(1),
                         test_overflow);
    g_test_add_data_func("/vtdm/fault/overflow-8", GUINT_TO_POINTER(8),
                         test_overflow);
    g_test_add_data_func("/vtdm/fault/overflow-256", GUINT_TO_POINTER(256),
                         test_overflow);
    g_test_add_func("/vtdm/fault/resume", test_resume);
    g_test_add_func("/vtdm/fault/write-1-clear", test_write_1_clear);
    g_test_add_func("/vtdm/fault/status-bits", test_status_bits);
    g_test_add_func("/vtdm/fault/one-message", test_one_message);
    g_test_add_func("/vtdm/fault/withdraw", test_withdraw);
    g_test_add_func("/vtdm/fault/fpd-without-p", test_fpd_without_p);
    g_test_add_func("/vtdm/fault/index-while-off", test_index_while_off);
    g_test_add_func("/vtdm/fault/index-once-off", test_index_once_off);
    g_test_add_func("/vtdm/fault/record", test_record);
    g_test_add_func("/vtdm/fault/type-without-device-tlb",
                    test_type_without_device_tlb);
    g_test_add_func("/vtdm/fault/entry", test_entry);
    g_test_add_func("/vtdm/fault/unreadable-entry", test_unreadable_entry);
    return g_test_run();
}
