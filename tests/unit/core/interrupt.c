/*
 * Interrupt remapping: formats, checks in order, delivery, the entry cache.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "core/interrupt-entries.h"
#include "machine.h"

static Machine *new_machine(bool eim, unsigned s)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.eim = true;
    machine = machine_new(&config);
    machine_enable_interrupts(machine, s, eim);
    return machine;
}

static uint64_t irte_address(unsigned index)
{
    return MACHINE_IRT + 16 * index;
}

static void put(Machine *machine, unsigned index, VTDMEntry128 irte)
{
    vtdm_tables_set128(&machine->tables, irte_address(index), irte);
}

static VTDMInterrupt send(Machine *machine, uint16_t handle)
{
    return machine_interrupt(machine, MACHINE_SID,
                             vtdm_make_msi_address(handle, false),
                             0xffffffff);
}

static void expect_fault(VTDMInterrupt interrupt, VTDMCondition condition)
{
    g_assert_cmpstr(vtdm_condition_info(interrupt.fault.condition)->name,
                    ==, vtdm_condition_info(condition)->name);
    g_assert_cmpuint(interrupt.response, ==,
                     condition ? VTDM_UR : VTDM_OK);
}

/* Drops the entry cache and every record, as after a new start. */
static void forget(Machine *machine)
{
    machine_command(machine, 0, VTDM_GCMD_IRE);
    for (unsigned i = 0; i < machine->config.fault_records; i++) {
        machine_write64(machine, 0x608 + 16 * i, VTDM_FRCD_HI_F);
    }
    machine_command(machine, VTDM_GCMD_IRE, 0);
}

/* Spec: "Interrupt-Remapping Hardware Operation": IRES = 0 */
static void test_off(void)
{
    Machine *machine = machine_new(NULL);
    VTDMInterrupt interrupt = send(machine, 5);

    expect_fault(interrupt, VTDM_NO_FAULT);
    g_assert_cmphex(interrupt.address, ==, 0xfee000b0);
    g_assert_cmphex(interrupt.data, ==, 0xffffffff);
    g_assert_false(interrupt.remapped);
    machine_free(machine);
}

/* Spec: "Interrupt-Remapping Hardware Operation": compatibility format */
static void test_compatibility(void)
{
    for (unsigned eim = 0; eim < 2; eim++) {
        for (unsigned cfi = 0; cfi < 2; cfi++) {
            Machine *machine = new_machine(eim, 7);
            VTDMInterrupt interrupt;

            machine_command(machine, cfi ? VTDM_GCMD_CFI : 0, 0);
            interrupt = machine_interrupt(machine, 1, 0xfee0300c, 0x4123);
            if (cfi && !eim) {
                expect_fault(interrupt, VTDM_NO_FAULT);
                g_assert_cmphex(interrupt.address, ==, 0xfee0300c);
                g_assert_cmphex(interrupt.data, ==, 0x4123);
                g_assert_false(interrupt.remapped);
            } else {
                expect_fault(interrupt, VTDM_IR_25);
            }
            machine_free(machine);
        }
    }
}

/* Spec: "Interrupt Remapping": IRE off, and everything passes again */
static void test_turned_off(void)
{
    Machine *machine = new_machine(true, 7);

    expect_fault(machine_interrupt(machine, 1, 0xfee00000, 0), VTDM_IR_25);
    machine_command(machine, 0, VTDM_GCMD_IRE);
    expect_fault(machine_interrupt(machine, 1, 0xfee00000, 0),
                 VTDM_NO_FAULT);
    expect_fault(send(machine, 3), VTDM_NO_FAULT);
    machine_free(machine);
}

/* Spec: "Interrupt Requests in Remappable Format": the index */
static void test_index(void)
{
    static const struct {
        uint16_t handle;
        bool shv;
        uint32_t data;
        uint32_t index;
    } cases[] = {
        { 0, false, 0xffffffff, 0 }, { 1, false, 5, 1 },
        { 0x7fff, false, 0, 0x7fff }, { 0x8000, false, 0, 0x8000 },
        { 0xffff, false, 0, 0xffff }, { 0x1234, true, 0, 0x1234 },
        { 0x1234, true, 0x11, 0x1245 }, { 0, true, 0xffff, 0xffff },
        { 0x8000, true, 0x7fff, 0xffff },
    };
    Machine *machine = new_machine(false, 15);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t address = vtdm_make_msi_address(cases[i].handle,
                                                 cases[i].shv);
        VTDMInterrupt interrupt;

        put(machine, cases[i].index, vtdm_make_irte(0x40 + i, 0, false));
        interrupt = machine_interrupt(machine, 1, address, cases[i].data);
        expect_fault(interrupt, VTDM_NO_FAULT);
        g_assert_cmphex(interrupt.data & 0xff, ==, 0x40 + i);
        g_assert_cmphex(interrupt.index, ==, cases[i].index);
        put(machine, cases[i].index, (VTDMEntry128) { 0 });
        forget(machine);
    }
    machine_free(machine);
}

/* Spec: "Interrupt Remapping Table": the full sum, every table size */
static void test_index_bound(void)
{
    for (unsigned s = 0; s < 16; s++) {
        Machine *machine = new_machine(false, s);
        uint32_t entries = 2u << s;

        put(machine, entries - 1, vtdm_make_irte(0x40, 0, false));
        expect_fault(send(machine, entries - 1), VTDM_NO_FAULT);
        if (s < 15) {
            expect_fault(send(machine, entries), VTDM_IR_21);
        }
        expect_fault(machine_interrupt(
                         machine, 1, vtdm_make_msi_address(entries - 1, true),
                         1), VTDM_IR_21);
        expect_fault(machine_interrupt(
                         machine, 1, vtdm_make_msi_address(0xffff, true),
                         0xffff), VTDM_IR_21);
        machine_free(machine);
    }
}

/* Spec: "Interrupt-Remapping Hardware Operation": an entry beyond HAW */
static void test_entry_beyond(void)
{
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    machine = machine_new(&config);
    machine_write64(machine, VTDM_REG_IRTA, 0x7ffffff000 | 15);
    machine_command(machine, VTDM_GCMD_SIRTP, 0);
    machine_command(machine, VTDM_GCMD_IRE, 0);
    expect_fault(send(machine, 255), VTDM_IR_23);       /* no memory there */
    expect_fault(send(machine, 256), VTDM_IR_21);
    machine_free(machine);
}

/* Spec: "Interrupt Requests in Remappable Format": reserved data bits */
static void test_reserved_data(void)
{
    Machine *machine = new_machine(false, 7);

    for (unsigned bit = 0; bit < 32; bit++) {
        expect_fault(machine_interrupt(machine, 1,
                                       vtdm_make_msi_address(0, true),
                                       VTDM_BIT(bit)),
                     bit < 8 ? VTDM_IR_22 : bit < 16 ? VTDM_IR_21
                                                     : VTDM_IR_20);
        forget(machine);
    }
    machine_free(machine);
}

/* Spec: "Handling Requests to Interrupt Address Range": a DWORD write */
static void test_not_a_dword(void)
{
    static const struct {
        uint64_t address;
        unsigned size;
    } cases[] = {
        { 0xfee00000, 1 }, { 0xfee00000, 2 }, { 0xfee00000, 8 },
        { 0xfee00001, 4 }, { 0xfee00002, 4 }, { 0xfee00000, 3 },
    };

    for (unsigned on = 0; on < 2; on++) {
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
            Machine *machine = on ? new_machine(false, 7)
                                  : machine_new(NULL);
            VTDMInterrupt interrupt;

            vtdm_unit_remap(machine->unit, &(VTDMInterruptRequest) {
                .address = cases[i].address, .size = cases[i].size,
            }, &interrupt);
            expect_fault(interrupt, VTDM_IR_29);
            machine_free(machine);
        }
    }
}

/* Spec: "Interrupt Remapping Table Entry (IRTE)...": source validation */
static void test_sources(void)
{
    static const struct {
        unsigned svt, sq;
        uint16_t sid, source;
        bool valid;
    } cases[] = {
        { VTDM_SVT_NONE, 0, 0x1111, 0x2222, true },
        { VTDM_SVT_NONE, 3, 0, 0xffff, true },
        { VTDM_SVT_SID, 0, 0x1234, 0x1234, true },
        { VTDM_SVT_SID, 0, 0x1234, 0x1235, false },
        { VTDM_SVT_SID, 0, 0x1234, 0x1334, false },
        { VTDM_SVT_SID, 1, 0x1230, 0x1234, true },
        { VTDM_SVT_SID, 1, 0x1230, 0x1232, false },
        { VTDM_SVT_SID, 2, 0x1230, 0x1236, true },
        { VTDM_SVT_SID, 2, 0x1230, 0x1231, false },
        { VTDM_SVT_SID, 3, 0x1230, 0x1237, true },
        { VTDM_SVT_SID, 3, 0x1230, 0x1238, false },
        { VTDM_SVT_BUS, 0, 0x0305, 0x02ff, false },
        { VTDM_SVT_BUS, 0, 0x0305, 0x0300, true },
        { VTDM_SVT_BUS, 0, 0x0305, 0x04a0, true },
        { VTDM_SVT_BUS, 0, 0x0305, 0x05ff, true },
        { VTDM_SVT_BUS, 0, 0x0305, 0x0600, false },
        { VTDM_SVT_BUS, 0, 0x0503, 0x0400, false },
    };
    Machine *machine = new_machine(false, 7);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        put(machine, i, vtdm_irte_with_source(
                vtdm_make_irte(0x40, 0, false), cases[i].svt, cases[i].sq,
                cases[i].sid));
        expect_fault(machine_interrupt(machine, cases[i].source,
                                       vtdm_make_msi_address(i, false), 0),
                     cases[i].valid ? VTDM_NO_FAULT : VTDM_IR_26);
        forget(machine);
    }
    machine_free(machine);
}

/* Whether bit @bit of an IRTE with EIME must be 0. */
static bool is_reserved(unsigned bit, bool eime)
{
    return (bit >= 12 && bit <= 15) || (bit >= 24 && bit <= 31) ||
           bit >= 84 || (!eime && bit >= 32 && bit < 64 &&
                         !(bit >= 40 && bit <= 47));
}

/* Spec: "Interrupt Remapping Table Entry (IRTE)...": every bit */
static void test_bits(gconstpointer opaque)
{
    bool eime = GPOINTER_TO_UINT(opaque);
    Machine *machine = new_machine(eime, 7);

    for (unsigned bit = 1; bit < 128; bit++) {
        VTDMEntry128 irte = vtdm_make_irte(0x40, 0, eime);

        *(bit < 64 ? &irte.lo : &irte.hi) |= VTDM_BIT(bit % 64);
        put(machine, 0, irte);
        expect_fault(send(machine, 0),
                     bit == 82 ? VTDM_IR_26 :       /* SVT 1, SID 0 */
                     bit == 83 ? VTDM_IR_26 :       /* SVT 2, bus 0 */
                     is_reserved(bit, eime) ? VTDM_IR_24 : VTDM_NO_FAULT);
        forget(machine);
    }
    machine_free(machine);
}

/* Spec: "Interrupt Remapping Table Entry (IRTE)...": reserved encodings */
static void test_encodings(void)
{
    Machine *machine = new_machine(false, 7);

    for (unsigned dlm = 0; dlm < 8; dlm++) {
        VTDMEntry128 irte = vtdm_make_irte(0x40, 0, false);

        irte.lo |= dlm << 5;
        put(machine, 0, irte);
        expect_fault(send(machine, 0), dlm == 3 || dlm == 6
                                           ? VTDM_IR_24 : VTDM_NO_FAULT);
        forget(machine);
    }
    put(machine, 0, vtdm_irte_with_source(vtdm_make_irte(0x40, 0, false),
                                          VTDM_SVT_RESERVED, 0, 0));
    expect_fault(send(machine, 0), VTDM_IR_24);
    machine_free(machine);
}

/*
 * Spec: "Interrupt-Remapping Hardware Operation": the request, the index,
 * then P, source and format of the entry
 */
static void test_order(void)
{
    Machine *machine = new_machine(false, 7);
    VTDMEntry128 irte = vtdm_irte_with_source(
        vtdm_make_irte(0x40, 0, false), VTDM_SVT_SID, 0, 0x1111);

    expect_fault(machine_interrupt(machine, 1,
                                   vtdm_make_msi_address(0xfff, true),
                                   0x10000), VTDM_IR_20);
    irte.lo |= VTDM_BIT(12);
    put(machine, 0, irte);
    expect_fault(send(machine, 0), VTDM_IR_26);
    irte.lo &= ~VTDM_IRTE_P;
    put(machine, 0, irte);
    expect_fault(send(machine, 0), VTDM_IR_22);
    irte = vtdm_irte_with_source(irte, VTDM_SVT_NONE, 0, 0);
    irte.lo |= VTDM_IRTE_P;
    irte.hi = 0;
    put(machine, 0, irte);
    expect_fault(send(machine, 0), VTDM_IR_24);
    machine_free(machine);
}

#define DLM(mode) (VTDM_DLM_##mode << 5)

/* Spec: "Interrupt Remapping Table Entry (IRTE)...": what is delivered */
static void test_delivery(void)
{
    static const struct {
        bool eime;
        uint32_t destination;
        uint64_t fields;        /* of the IRTE */
        uint64_t address;
        uint32_t data;
    } cases[] = {
        { false, 0x00, 0, 0xfee00000, 0x4041 },
        { false, 0xff, 0, 0xfeeff000, 0x4041 },
        { false, 0x12, VTDM_IRTE_DM, 0xfee12004, 0x4041 },
        { false, 0x12, VTDM_IRTE_RH, 0xfee12008, 0x4041 },
        { false, 0x12, VTDM_IRTE_TM, 0xfee12000, 0xc041 },
        { false, 0x12, DLM(LOWEST_PRIORITY), 0xfee12000, 0x4141 },
        { false, 0x12, DLM(LOWEST_PRIORITY) | VTDM_IRTE_TM,
          0xfee12000, 0xc141 },
        { false, 0x12, DLM(SMI), 0xfee12000, 0x4241 },
        { false, 0x12, DLM(NMI), 0xfee12000, 0x4441 },
        { false, 0x12, DLM(INIT), 0xfee12000, 0x4541 },
        { false, 0x12, DLM(EXTINT), 0xfee12000, 0x4741 },
        { false, 0x12, DLM(SMI) | VTDM_IRTE_TM, 0xfee12000, 0x4241 },
        { false, 0x12, DLM(NMI) | VTDM_IRTE_TM, 0xfee12000, 0x4441 },
        { false, 0x12, DLM(INIT) | VTDM_IRTE_TM, 0xfee12000, 0x4541 },
        { false, 0x12, DLM(EXTINT) | VTDM_IRTE_TM, 0xfee12000, 0x4741 },
        { true, 0x12, 0, 0xfee12000, 0x4041 },
        { true, 0x12345678, 0, 0x12345600fee78000, 0x4041 },
        { true, 0xffffffff, VTDM_IRTE_DM, 0xffffff00feeff004, 0x4041 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(cases[i].eime, 7);
        VTDMEntry128 irte = vtdm_make_irte(0x41, cases[i].destination,
                                           cases[i].eime);
        VTDMInterrupt interrupt;
        const VTDMEvent *event;

        irte.lo |= cases[i].fields;
        put(machine, 9, irte);
        interrupt = send(machine, 9);
        expect_fault(interrupt, VTDM_NO_FAULT);
        g_assert_cmphex(interrupt.address, ==, cases[i].address);
        g_assert_cmphex(interrupt.data, ==, cases[i].data);
        g_assert_true(interrupt.remapped);
        event = fake_host_event(&machine->host, VTDM_EVENT_INTERRUPT);
        g_assert_cmphex(event->interrupt.address, ==, cases[i].address);
        g_assert_cmphex(event->interrupt.data, ==, cases[i].data);
        g_assert_cmpuint(event->interrupt.index, ==, 9);
        g_assert_cmphex(event->interrupt.source_id, ==, MACHINE_SID);
        machine_free(machine);
    }
}

/* Brings about each condition for one interrupt; index 3 where it counts. */
static VTDMInterrupt provoke(Machine *machine, VTDMCondition condition,
                             bool fpd)
{
    VTDMEntry128 irte = vtdm_make_irte(0x40, 0, false);
    uint64_t address = vtdm_make_msi_address(3, true);

    irte.lo |= fpd ? VTDM_IRTE_FPD : 0;
    switch (condition) {
    case VTDM_IR_20:
        return machine_interrupt(machine, 0x1234, address, 0x10000);
    case VTDM_IR_21:
        return machine_interrupt(machine, 0x1234, address, 0x1000);
    case VTDM_IR_22:
        irte.lo &= ~VTDM_IRTE_P;
        break;
    case VTDM_IR_23:
        machine->host.bad_address = irte_address(3);
        machine->host.bad_size = 16;
        break;
    case VTDM_IR_24:
        irte.lo |= VTDM_BIT(12);
        break;
    case VTDM_IR_25:
        return machine_interrupt(machine, 0x1234, 0xfee00000, 0);
    case VTDM_IR_29:
        return machine_interrupt(machine, 0x1234, 0xfee00001, 0);
    default:
        irte = vtdm_irte_with_source(irte, VTDM_SVT_SID, 0, 1);
    }
    put(machine, 3, irte);
    return machine_interrupt(machine, 0x1234, address, 0);
}

/* Spec: "Interrupt Remapping Fault Conditions": reason, FPD, the record */
static void test_faults(void)
{
    static const struct {
        VTDMCondition condition;
        uint8_t reason;
        bool qualified;
        bool indexed;
    } cases[] = {
        { VTDM_IR_20, 0x20, false, false }, { VTDM_IR_21, 0x21, false, true },
        { VTDM_IR_22, 0x22, true, true }, { VTDM_IR_23, 0x23, false, true },
        { VTDM_IR_24, 0x24, true, true }, { VTDM_IR_25, 0x25, false, false },
        { VTDM_IR_26, 0x26, true, true }, { VTDM_IR_29, 0x29, false, false },
    };

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        Machine *machine = new_machine(false, 7);
        bool fpd = i % 2, recorded = !(fpd && cases[i / 2].qualified);
        VTDMCondition condition = cases[i / 2].condition;
        VTDMInterrupt interrupt = provoke(machine, condition, fpd);
        VTDMEntry128 record = machine_record(machine, 0);

        expect_fault(interrupt, condition);
        g_assert_cmphex(interrupt.fault.pasid, ==, VTDM_NO_PASID);
        g_assert_cmphex(interrupt.fault.address & ~0xfffffULL, ==,
                        VTDM_INTERRUPT_BASE);
        g_assert_cmpint(interrupt.fault.recorded, ==, recorded);
        g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT),
                         ==, 1);
        if (!recorded) {
            g_assert_cmphex(record.hi, ==, 0);
        } else {
            g_assert_cmphex(record.hi, ==, VTDM_FRCD_HI_F | 0x1234 |
                            (uint64_t)cases[i / 2].reason << 32);
            g_assert_cmphex(record.lo, ==,
                            !cases[i / 2].indexed ? 0 :
                            condition == VTDM_IR_21 ? 0x1003ULL << 48
                                                    : 3ULL << 48);
        }
        machine_free(machine);
    }
}

/* Spec: "Interrupt Entry Cache": by index, or global; neighbours stay */
static void test_cache(void)
{
    for (int im = -1; im <= 6; im++) {
        Machine *machine = new_machine(false, 7);

        machine_enable_queue(machine);
        for (unsigned i = 0; i < 96; i += 3) {
            put(machine, i, vtdm_make_irte(0x20 + i, 0, false));
            send(machine, i);
            put(machine, i, vtdm_make_irte(0x80 + i, 0, false));
            g_assert_cmphex(send(machine, i).data & 0xff, ==, 0x20 + i);
        }
        machine->host.interrupts->len = 0;
        machine_submit(machine, im < 0 ? vtdm_make_iec_invalidate_all()
                                       : vtdm_make_iec_invalidate(15, im));
        g_assert_cmpuint(machine->host.interrupts->len, ==, 1);
        for (unsigned i = 0; i < 96; i += 3) {
            bool gone = im < 0 || i >> im == 15u >> im;

            g_assert_cmphex(send(machine, i).data & 0xff, ==,
                            (gone ? 0x80 : 0x20) + i);
        }
        machine_free(machine);
    }
}

/* Every index mask, near and far from index 0. */
static void test_cache_masks(void)
{
    static const uint16_t indexes[] = { 0, 300, 4711, 40000, 0xffff };
    const unsigned apart = 211;

    for (unsigned n = 0; n < 16 * G_N_ELEMENTS(indexes); n++) {
        Machine *machine = new_machine(false, 15);
        unsigned index = indexes[n / 16], im = n % 16;

        machine->host.quiet = true;
        machine_enable_queue(machine);
        for (unsigned i = 0; i <= 0xffff; i += apart) {
            put(machine, i, vtdm_make_irte(0x40, 0, false));
            send(machine, i);
            put(machine, i, vtdm_make_irte(0x50, 0, false));
        }
        machine_submit(machine, vtdm_make_iec_invalidate(index, im));
        for (unsigned i = 0; i <= 0xffff; i += apart) {
            g_assert_cmphex(send(machine, i).data & 0xff, ==,
                            i >> im == index >> im ? 0x50 : 0x40);
        }
        machine_free(machine);
    }
}

/* Spec: "Interrupt-Remapping Hardware Operation": one read of 128 bits */
static void test_whole_entry(void)
{
    Machine *machine = new_machine(false, 7);
    FakeRead read = { irte_address(5), 16 };

    put(machine, 5, vtdm_make_irte(0x40, 0, false));
    fake_host_log_reads(&machine->host);
    expect_fault(send(machine, 5), VTDM_NO_FAULT);
    fake_host_expect_reads(&machine->host, &read, 1);
    expect_fault(send(machine, 5), VTDM_NO_FAULT);
    fake_host_expect_reads(&machine->host, NULL, 0);
    machine_free(machine);
}

/* Spec: "Interrupt Entry Cache": sources are checked on the copy */
static void test_cached_source(void)
{
    Machine *machine = new_machine(false, 7);
    VTDMEntry128 irte = vtdm_make_irte(0x40, 0, false);

    put(machine, 0, vtdm_irte_with_source(irte, VTDM_SVT_SID, 0,
                                          MACHINE_SID));
    expect_fault(send(machine, 0), VTDM_NO_FAULT);
    put(machine, 0, irte);
    expect_fault(machine_interrupt(machine, 0x9999,
                                   vtdm_make_msi_address(0, false), 0),
                 VTDM_IR_26);
    expect_fault(send(machine, 0), VTDM_NO_FAULT);
    machine_free(machine);
}

/* Spec: "Interrupt Entry Cache": FPD of the copy counts as in memory */
static void test_cached_fpd(void)
{
    Machine *machine = new_machine(false, 7);
    VTDMEntry128 irte = vtdm_irte_with_source(
        vtdm_make_irte(0x40, 0, false), VTDM_SVT_SID, 0, MACHINE_SID);
    VTDMInterrupt interrupt;

    irte.lo |= VTDM_IRTE_FPD;
    put(machine, 0, irte);
    expect_fault(send(machine, 0), VTDM_NO_FAULT);
    interrupt = machine_interrupt(machine, 0x9999,
                                  vtdm_make_msi_address(0, false), 0);
    expect_fault(interrupt, VTDM_IR_26);
    g_assert_false(interrupt.fault.recorded);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    machine_free(machine);
}

/* Spec: "Caching Mode": a faulting entry is kept only with CM = 1 */
static void test_caching_mode(gconstpointer opaque)
{
    bool cm = GPOINTER_TO_UINT(opaque);
    VTDMConfig config;
    Machine *machine;

    vtdm_config_init(&config);
    config.cm = cm;
    machine = machine_new(&config);
    machine_enable_interrupts(machine, 7, false);
    machine_enable_queue(machine);
    expect_fault(send(machine, 0), VTDM_IR_22);
    put(machine, 0, vtdm_make_irte(0x40, 0, false));
    if (cm) {
        expect_fault(send(machine, 0), VTDM_IR_22);
        machine_submit(machine, vtdm_make_iec_invalidate(0, 0));
    }
    expect_fault(send(machine, 0), VTDM_NO_FAULT);
    machine_free(machine);
}

/* A request that only looks records nothing, caches nothing, tells nothing */
static void test_look(void)
{
    Machine *machine = new_machine(false, 7);
    VTDMInterruptRequest request = {
        .address = vtdm_make_msi_address(0, false), .size = 4,
        .view = VTDM_LOOK,
    };
    VTDMInterrupt interrupt;

    vtdm_unit_remap(machine->unit, &request, &interrupt);
    expect_fault(interrupt, VTDM_IR_22);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    put(machine, 0, vtdm_make_irte(0x40, 0, false));
    vtdm_unit_remap(machine->unit, &request, &interrupt);
    put(machine, 0, vtdm_make_irte(0x50, 0, false));
    vtdm_unit_remap(machine->unit, &request, &interrupt);
    g_assert_cmphex(interrupt.data & 0xff, ==, 0x50);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT), ==,
                     0);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_INTERRUPT),
                     ==, 0);
    machine_free(machine);
}

/* A request that asks the tables leaves the cache out, and alone. */
static void test_tables_view(void)
{
    Machine *machine = new_machine(false, 7);
    VTDMInterruptRequest request = {
        .address = vtdm_make_msi_address(0, false), .size = 4,
        .view = VTDM_TABLES,
    };
    VTDMInterrupt interrupt;

    put(machine, 0, vtdm_make_irte(0x40, 0, false));
    expect_fault(send(machine, 0), VTDM_NO_FAULT);
    put(machine, 0, vtdm_make_irte(0x50, 0, false));
    vtdm_unit_remap(machine->unit, &request, &interrupt);
    g_assert_cmphex(interrupt.data & 0xff, ==, 0x50);
    g_assert_cmphex(send(machine, 0).data & 0xff, ==, 0x40);
    machine_free(machine);
}

static void see_irte(void *opaque, uint32_t index, const VTDMEntry128 *irte)
{
    unsigned *seen = opaque;

    g_assert_cmpuint(vtdm_get(irte->lo, VTDM_IRTE_V), ==, 0x40 + *seen);
    g_assert_cmphex(vtdm_get(irte->lo, VTDM_IRTE_DST_XAPIC), ==,
                    index & 0xff);
    ++*seen;
}

static void test_list(void)
{
    static const uint16_t indexes[] = { 0, 1, 63, 64, 1000, 0xffff };
    Machine *machine = new_machine(false, 15);
    unsigned seen = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(indexes); i++) {
        put(machine, indexes[i],
            vtdm_make_irte(0x40 + i, indexes[i] & 0xff, false));
        expect_fault(send(machine, indexes[i]), VTDM_NO_FAULT);
    }
    vtdm_irtes_for_each(machine->unit, see_irte, &seen);
    g_assert_cmpuint(seen, ==, G_N_ELEMENTS(indexes));
    machine_free(machine);
}

#define INDEXES 65536u

static void note(void *opaque, uint32_t index, const VTDMEntry128 *irte)
{
    bool *cached = opaque;

    g_assert_cmphex(vtdm_get(irte->lo, VTDM_IRTE_V), ==, 0x40);
    cached[index] = true;
}

/* What a mask covers, at any place and of any width, and nothing else. */
static void test_masks(void)
{
    Machine *machine = machine_new(NULL);
    bool *wanted = g_new0(bool, INDEXES), *cached = g_new0(bool, INDEXES);

    machine->host.quiet = true;
    machine_enable_queue(machine);
    machine_enable_interrupts(machine, 15, false);
    for (uint32_t i = 0; i < INDEXES; i++) {
        vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * i,
                           vtdm_make_irte(0x40, 0, false));
    }
    for (unsigned run = 0; run < 400; run++) {
        unsigned im = g_test_rand_int_range(0, 16);
        uint32_t first = g_test_rand_int_range(0, INDEXES);
        uint32_t mask = (1u << im) - 1;

        for (unsigned i = 0; i < 200; i++) {
            uint32_t index = g_test_rand_int_range(0, INDEXES);

            machine_interrupt(machine, 0,
                              vtdm_make_msi_address(index, false), 0);
            wanted[index] = true;
        }
        machine_submit(machine, vtdm_make_iec_invalidate(first, im));
        for (uint32_t i = first & ~mask; i <= (first | mask); i++) {
            wanted[i] = false;
        }
        memset(cached, 0, INDEXES * sizeof(*cached));
        vtdm_irtes_for_each(machine->unit, note, cached);
        g_assert_cmpmem(cached, INDEXES, wanted, INDEXES);
    }
    g_free(wanted);
    g_free(cached);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/interrupt/off", test_off);
    g_test_add_func("/vtdm/interrupt/compatibility", test_compatibility);
    g_test_add_func("/vtdm/interrupt/turned-off", test_turned_off);
    g_test_add_func("/vtdm/interrupt/index", test_index);
    g_test_add_func("/vtdm/interrupt/index-bound", test_index_bound);
    g_test_add_func("/vtdm/interrupt/entry-beyond", test_entry_beyond);
    g_test_add_func("/vtdm/interrupt/reserved-data", test_reserved_data);
    g_test_add_func("/vtdm/interrupt/not-a-dword", test_not_a_dword);
    g_test_add_func("/vtdm/interrupt/sources", test_sources);
    g_test_add_data_func("/vtdm/interrupt/bits", GUINT_TO_POINTER(0),
                         test_bits);
    g_test_add_data_func("/vtdm/interrupt/bits-eime", GUINT_TO_POINTER(1),
                         test_bits);
    g_test_add_func("/vtdm/interrupt/encodings", test_encodings);
    g_test_add_func("/vtdm/interrupt/order", test_order);
    g_test_add_func("/vtdm/interrupt/delivery", test_delivery);
    g_test_add_func("/vtdm/interrupt/faults", test_faults);
    g_test_add_func("/vtdm/interrupt/cache", test_cache);
    g_test_add_func("/vtdm/interrupt/cache-masks", test_cache_masks);
    g_test_add_func("/vtdm/interrupt/whole-entry", test_whole_entry);
    g_test_add_func("/vtdm/interrupt/cached-source", test_cached_source);
    g_test_add_func("/vtdm/interrupt/cached-fpd", test_cached_fpd);
    g_test_add_data_func("/vtdm/interrupt/caching-mode-0",
                         GUINT_TO_POINTER(0), test_caching_mode);
    g_test_add_data_func("/vtdm/interrupt/caching-mode-1",
                         GUINT_TO_POINTER(1), test_caching_mode);
    g_test_add_func("/vtdm/interrupt/look", test_look);
    g_test_add_func("/vtdm/interrupt/tables", test_tables_view);
    g_test_add_func("/vtdm/interrupt/list", test_list);
    g_test_add_func("/vtdm/interrupt/masks", test_masks);
    return g_test_run();
}
