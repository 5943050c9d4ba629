/*
 * Interrupt posting: entries of posted format, the descriptor, notifications.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "hw/i386/vtdm/save.h"
#include "posting.h"

/* Spec: "Interrupt-Posting Hardware Operation": PIR, ON, the message */
static void test_post(void)
{
    Machine *machine = posting_new(true);
    VTDMEntry512 pid = posting_set_up(machine, CPU, true);
    VTDMInterrupt interrupt = posting_send(machine);

    posting_expect(interrupt, VTDM_NO_FAULT);
    pid.words[VECTOR / 64] |= VTDM_BIT(VECTOR % 64);
    pid.words[4] |= ON;
    posting_expect_descriptor(machine, pid);
    g_assert_false(interrupt.silent);
    g_assert_cmphex(interrupt.address, ==, 0x01234500fee67000);
    g_assert_cmphex(interrupt.data, ==, VTDM_MSI_LEVEL | NV);
    g_assert_cmpuint(interrupt.index, ==, INDEX);
    machine_free(machine);
}

/* Spec: "Interrupt-Posting Hardware Operation": what ON, SN and URG decide */
static void test_notification(void)
{
    static const struct {
        uint64_t before;
        bool urgent, sent;
        uint64_t after;
    } cases[] = {
        { 0, false, true, ON }, { 0, true, true, ON },
        { SN, false, false, SN }, { SN, true, true, ON | SN },
        { ON, false, false, ON }, { ON, true, false, ON },
        { ON | SN, false, false, ON | SN }, { ON | SN, true, false, ON | SN },
    };
    Machine *machine = posting_new(false);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VTDMEntry128 irte = vtdm_make_posted_irte(VECTOR, PID);
        VTDMEntry512 pid = vtdm_make_posted_descriptor(NV, XAPIC_CPU, false);
        VTDMInterrupt interrupt;

        irte.lo |= cases[i].urgent ? VTDM_IRTE_URG : 0;
        posting_put(machine, irte);
        pid.words[4] |= cases[i].before;
        posting_put_descriptor(machine, pid);
        interrupt = posting_send(machine);
        posting_expect(interrupt, VTDM_NO_FAULT);
        g_assert_cmpint(interrupt.silent, ==, !cases[i].sent);
        g_assert_cmphex(interrupt.address, ==, cases[i].sent ? 0xfee67000 : 0);
        g_assert_cmphex(interrupt.data, ==,
                        cases[i].sent ? VTDM_MSI_LEVEL | NV : 0);
        pid.words[4] = (pid.words[4] & ~cases[i].before) | cases[i].after;
        pid.words[VECTOR / 64] = VTDM_BIT(VECTOR % 64);
        posting_expect_descriptor(machine, pid);
    }
    machine_free(machine);
}

/* Spec: "Posted Interrupt Descriptor (PID)": a bit of PIR for each vector */
static void test_vectors(void)
{
    Machine *machine = posting_new(true);
    VTDMEntry512 pid = posting_set_up(machine, CPU, true);

    for (unsigned vector = 0; vector < 256; vector++) {
        posting_put(machine, vtdm_make_posted_irte(vector, PID));
        g_assert_cmpint(posting_send(machine).silent, ==, vector > 0);
        pid.words[vector / 64] |= VTDM_BIT(vector % 64);
        pid.words[4] |= ON;
        posting_expect_descriptor(machine, pid);
        g_assert_true(posting_send(machine).silent);
        posting_expect_descriptor(machine, pid);
    }
    machine_free(machine);
}

/* Whether bit @bit of an IRTE of posted format must be 0; HAW is 39. */
static bool irte_bit_is_reserved(unsigned bit)
{
    return (bit >= 2 && bit <= 7) || bit == 12 || bit == 13 ||
           (bit >= 24 && bit <= 37) || (bit >= 84 && bit <= 95) ||
           bit >= 96 + 39 - 32;
}

/*
 * Spec: "Interrupt Remapping Table Entry (IRTE) for Posted Interrupts": every
 * bit, also those of the descriptor's address
 */
static void test_irte_bits(gconstpointer opaque)
{
    Machine *machine = posting_new(GPOINTER_TO_UINT(opaque));

    for (unsigned bit = 1; bit < 128; bit++) {
        VTDMEntry128 irte = vtdm_make_posted_irte(0, PID);
        uint64_t change = bit >= 96 ? VTDM_BIT(bit - 64) :
                          bit >= 38 && bit < 64 ? VTDM_BIT(bit - 32) : 0;
        bool there = (PID ^ change) < MACHINE_RAM;

        if (bit == 15) {
            continue;           /* IM */
        }
        *(bit < 64 ? &irte.lo : &irte.hi) ^= VTDM_BIT(bit % 64);
        posting_put(machine, irte);
        posting_expect(posting_send(machine),
                       bit == 82 || bit == 83 ? VTDM_IR_26 : /* of SID 0 */
                       irte_bit_is_reserved(bit) ? VTDM_IR_24 :
                       there ? VTDM_NO_FAULT : VTDM_IR_27);
    }
    machine_free(machine);
}

/* Spec: "Interrupt Remapping Table Entry (IRTE)...": a reserved SVT */
static void test_reserved_svt(void)
{
    Machine *machine = posting_new(false);

    posting_put(machine, vtdm_irte_with_source(
        vtdm_make_posted_irte(VECTOR, PID), VTDM_SVT_RESERVED, 0, SID));
    posting_expect(posting_send(machine), VTDM_IR_24);
    machine_free(machine);
}

/* Spec: "Posted Interrupt Descriptor (PID)": every bit; nothing changes */
static void test_descriptor_bits(gconstpointer opaque)
{
    bool eime = GPOINTER_TO_UINT(opaque);
    Machine *machine = posting_new(eime);

    posting_set_up(machine, 0, eime);
    for (unsigned bit = 0; bit < 512; bit++) {
        bool reserved = posting_bit_is_reserved(bit, eime);
        VTDMEntry512 pid = { .words = { 0 } };
        VTDMInterrupt interrupt;

        pid.words[bit / 64] = VTDM_BIT(bit % 64);
        posting_put_descriptor(machine, pid);
        interrupt = posting_send(machine);
        posting_expect(interrupt, reserved ? VTDM_IR_28 : VTDM_NO_FAULT);
        if (reserved) {
            posting_expect_descriptor(machine, pid);
            g_assert_cmphex(interrupt.fault.entry_address, ==,
                            PID + bit / 128 * 16);
            g_assert_cmphex(bit / 64 % 2 ? interrupt.fault.entry.hi
                                         : interrupt.fault.entry.lo, ==,
                            VTDM_BIT(bit % 64));
        }
    }
    machine_free(machine);
}

/* Spec: "Posted Interrupt Descriptor (PID)": NDST and NV, both modes */
static void test_destination(void)
{
    static const struct {
        bool eime;
        uint32_t cpu;
        uint64_t address;
    } cases[] = {
        { false, 0, 0xfee00000 }, { false, 0x12, 0xfee12000 },
        { false, 0xff, 0xfeeff000 }, { true, 0x12, 0xfee12000 },
        { true, 0x100, 0x00000100fee00000 },
        { true, 0x12345678, 0x12345600fee78000 },
        { true, 0xffffffff, 0xffffff00feeff000 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Machine *machine = posting_new(cases[i].eime);

        for (unsigned nv = 0; nv < 256; nv += 51) {
            VTDMInterrupt interrupt;

            posting_set_up(machine, cases[i].cpu, cases[i].eime);
            posting_put_descriptor(machine, vtdm_make_posted_descriptor(
                        nv, cases[i].cpu, cases[i].eime));
            interrupt = posting_send(machine);
            posting_expect(interrupt, VTDM_NO_FAULT);
            g_assert_cmphex(interrupt.address, ==, cases[i].address);
            g_assert_cmphex(interrupt.data, ==, VTDM_MSI_LEVEL | nv);
        }
        machine_free(machine);
    }
}

/* Spec: "Interrupt Remapping Fault Conditions": no such memory, or read-only */
static void test_unreachable(void)
{
    Machine *machine = posting_new(false);
    VTDMEntry512 pid = posting_set_up(machine, XAPIC_CPU, false);
    VTDMInterrupt interrupt;

    posting_put(machine, vtdm_make_posted_irte(VECTOR, 0x7fffffffc0));
    interrupt = posting_send(machine);
    posting_expect(interrupt, VTDM_IR_27);
    g_assert_cmphex(interrupt.fault.entry_address, ==, 0x7fffffffc0);
    g_assert_cmphex(interrupt.fault.entry.lo, ==, 0);
    posting_put(machine, vtdm_make_posted_irte(VECTOR, PID));
    for (unsigned byte = 0; byte < 64; byte++) {
        machine->host.bad_address = PID + byte;
        machine->host.bad_size = 1;
        posting_expect(posting_send(machine), VTDM_IR_27);
        machine->host.bad_size = 0;
        posting_expect_descriptor(machine, pid);
    }
    machine->host.read_only = MACHINE_RAM;
    posting_expect(posting_send(machine), VTDM_IR_27);
    posting_expect(posting_request(machine, VTDM_LOOK), VTDM_IR_27);
    posting_expect_descriptor(machine, pid);
    machine->host.read_only = 0;
    posting_expect(posting_send(machine), VTDM_NO_FAULT);
    machine_free(machine);
}

/* Spec: "Interrupt-Remapping Hardware Operation": without CAP.PI */
static void test_off(void)
{
    Machine *machine = machine_new(NULL);

    machine_enable_queue(machine);
    machine_enable_interrupts(machine, 7, false);
    posting_set_up(machine, XAPIC_CPU, false);
    posting_expect(posting_send(machine), VTDM_IR_24);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_CAP) & VTDM_CAP_PI, ==,
                    0);
    machine_free(machine);
    machine = posting_new(false);
    g_assert_cmphex(machine_read64(machine, VTDM_REG_CAP) & VTDM_CAP_PI, !=,
                    0);
    machine_free(machine);
}

/* With CAP.PI, IM = 0 is remapped format as ever, and URG is reserved there. */
static void test_remapped_beside(void)
{
    Machine *machine = posting_new(false);
    VTDMEntry128 irte = vtdm_make_irte(0x41, 0x12, false);
    VTDMInterrupt interrupt;

    posting_put(machine, irte);
    interrupt = posting_send(machine);
    g_assert_cmpuint(interrupt.response, ==, VTDM_OK);
    g_assert_true(interrupt.remapped);
    g_assert_false(interrupt.posted);
    g_assert_cmphex(interrupt.address, ==, 0xfee12000);
    irte.lo |= VTDM_IRTE_URG;
    posting_put(machine, irte);
    posting_expect(posting_send(machine), VTDM_IR_24);
    machine_free(machine);
}

/*
 * Spec: "Interrupt-Remapping Hardware Operation": P, source, format of the
 * entry; then the descriptor, whether it is there, its reserved bits
 */
static void test_order(void)
{
    Machine *machine = posting_new(false);
    VTDMEntry128 irte = vtdm_irte_with_source(
        vtdm_make_posted_irte(VECTOR, PID), VTDM_SVT_SID, 0, 0x1111);
    VTDMEntry512 pid = { .words = { [4] = VTDM_BIT(2), [7] = 1 } };

    posting_put_descriptor(machine, pid);
    irte.lo |= VTDM_BIT(24);
    irte.lo &= ~VTDM_IRTE_P;
    posting_put(machine, irte);
    machine->host.bad_address = PID;
    machine->host.bad_size = 64;
    posting_expect(posting_send(machine), VTDM_IR_22);
    irte.lo |= VTDM_IRTE_P;
    posting_put(machine, irte);
    posting_expect(posting_send(machine), VTDM_IR_26);
    irte.hi = VTDM_BIT(63);     /* a descriptor beyond HAW */
    posting_put(machine, irte);
    posting_expect(posting_send(machine), VTDM_IR_24);
    irte = vtdm_make_posted_irte(VECTOR, PID);
    posting_put(machine, irte);
    posting_expect(posting_send(machine), VTDM_IR_27);
    machine->host.bad_size = 0;
    machine->host.read_only = MACHINE_RAM;
    posting_expect(posting_send(machine), VTDM_IR_28);
    posting_expect_descriptor(machine, pid);
    machine_free(machine);
}

/* Spec: "Interrupt Remapping Fault Conditions": reason, FPD, the record */
static void test_faults(void)
{
    static const struct {
        VTDMCondition condition;
        uint8_t reason;
    } cases[] = {
        { VTDM_IR_24, 0x24 }, { VTDM_IR_27, 0x27 }, { VTDM_IR_28, 0x28 },
    };

    for (size_t i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        Machine *machine = posting_new(false);
        VTDMCondition condition = cases[i / 2].condition;
        VTDMEntry128 irte = vtdm_make_posted_irte(
            VECTOR, condition == VTDM_IR_27 ? MACHINE_RAM : PID);
        bool fpd = i % 2;
        VTDMInterrupt interrupt;
        VTDMEntry128 record;

        irte.lo |= (fpd ? VTDM_IRTE_FPD : 0) |
                   (condition == VTDM_IR_24 ? VTDM_BIT(12) : 0);
        posting_put(machine, irte);
        posting_put_descriptor(machine, (VTDMEntry512) {
                    .words[6] = condition == VTDM_IR_28,
                });
        interrupt = posting_send(machine);
        record = machine_record(machine, 0);
        posting_expect(interrupt, condition);
        g_assert_cmpint(interrupt.fault.recorded, ==, !fpd);
        g_assert_cmpuint(interrupt.fault.index, ==, INDEX);
        g_assert_cmphex(record.hi, ==, fpd ? 0 : VTDM_FRCD_HI_F | SID |
                        (uint64_t)cases[i / 2].reason << 32);
        g_assert_cmphex(record.lo, ==, fpd ? 0 : (uint64_t)INDEX << 48);
        g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT),
                         ==, 1);
        g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_POSTED),
                         ==, 0);
        machine_free(machine);
    }
}

/* Who looks is told what would be: nothing is posted, cached or told. */
static void test_look(gconstpointer opaque)
{
    VTDMView view = GPOINTER_TO_UINT(opaque);
    Machine *machine = posting_new(true);
    VTDMEntry512 pid = posting_set_up(machine, CPU, true);
    VTDMInterrupt interrupt = posting_request(machine, view);

    posting_expect(interrupt, VTDM_NO_FAULT);
    g_assert_false(interrupt.silent);
    g_assert_cmphex(interrupt.data & 0xff, ==, NV);
    posting_expect_descriptor(machine, pid);
    pid.words[4] |= SN;
    posting_put_descriptor(machine, pid);
    g_assert_true(posting_request(machine, view).silent);
    posting_expect_descriptor(machine, pid);
    pid.words[5] = 1;
    posting_put_descriptor(machine, pid);
    posting_expect(posting_request(machine, view), VTDM_IR_28);
    g_assert_cmphex(machine_read32(machine, VTDM_REG_FSTS), ==, 0);
    g_assert_cmpuint(machine->host.exchanges, ==, 0);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_POSTED), ==,
                     0);
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_FAULT), ==,
                     0);
    machine_free(machine);
}

/* What a trace says of one. */
static void test_event(void)
{
    Machine *machine = posting_new(true);
    VTDMEntry128 irte = vtdm_make_posted_irte(VECTOR, PID);
    const VTDMEvent *event;

    posting_set_up(machine, CPU, true);
    irte.lo |= VTDM_IRTE_URG;
    posting_put(machine, irte);
    for (unsigned i = 0; i < 2; i++) {
        VTDMInterrupt interrupt = posting_send(machine);

        event = fake_host_event(&machine->host, VTDM_EVENT_POSTED);
        g_assert_cmpuint(event->posted.source_id, ==, SID);
        g_assert_cmpuint(event->posted.index, ==, INDEX);
        g_assert_cmpuint(event->posted.vector, ==, VECTOR);
        g_assert_true(event->posted.urgent);
        g_assert_cmphex(event->posted.descriptor, ==, PID);
        g_assert_cmphex(event->posted.address, ==, interrupt.address);
        g_assert_cmphex(event->posted.data, ==, interrupt.data);
        g_assert_cmphex(event->posted.data, ==, i ? 0 : VTDM_MSI_LEVEL | NV);
    }
    g_assert_cmpuint(fake_host_count(&machine->host, VTDM_EVENT_INTERRUPT),
                     ==, 0);
    machine_free(machine);
}

/*
 * Spec: "Interrupt Entry Cache": the entry stays until it is invalidated, the
 * descriptor is read anew each time
 */
static void test_cache(void)
{
    Machine *machine = posting_new(false);
    VTDMEntry512 pid = posting_set_up(machine, XAPIC_CPU, false);
    VTDMInterrupt interrupt;

    posting_expect(posting_send(machine), VTDM_NO_FAULT);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * INDEX,
                       vtdm_make_irte(0x41, 0, false));
    pid = vtdm_make_posted_descriptor(0x33, 0x12, false);
    posting_put_descriptor(machine, pid);
    interrupt = posting_send(machine);
    posting_expect(interrupt, VTDM_NO_FAULT);
    g_assert_cmphex(interrupt.address, ==, 0xfee12000);
    g_assert_cmphex(interrupt.data & 0xff, ==, 0x33);
    machine_submit(machine, vtdm_make_iec_invalidate(INDEX + 1, 0));
    posting_expect(posting_send(machine), VTDM_NO_FAULT);
    machine_submit(machine, vtdm_make_iec_invalidate(INDEX, 0));
    interrupt = posting_send(machine);
    g_assert_false(interrupt.posted);
    g_assert_cmphex(interrupt.data & 0xff, ==, 0x41);
    machine_free(machine);
}

/* A good entry whose descriptor is bad is kept; the descriptor is not. */
static void test_bad_descriptor_is_not_kept(void)
{
    Machine *machine = posting_new(false);
    VTDMEntry512 pid = posting_set_up(machine, XAPIC_CPU, false);

    pid.words[7] = VTDM_BIT(63);
    posting_put_descriptor(machine, pid);
    posting_expect(posting_send(machine), VTDM_IR_28);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * INDEX,
                       (VTDMEntry128) { 0 });
    pid.words[7] = 0;
    posting_put_descriptor(machine, pid);
    posting_expect(posting_send(machine), VTDM_NO_FAULT);
    machine_free(machine);
}

/* Another unit goes on from here, on the same machine. */
static void move(Machine *machine, bool with_caches)
{
    g_autoptr(GByteArray) bytes = vtdm_unit_save(machine->unit, with_caches);

    vtdm_unit_free(machine->unit);
    machine->unit = vtdm_unit_new(&machine->config, &fake_host_ops,
                                  &machine->host);
    g_assert_true(vtdm_unit_load(machine->unit, bytes->data, bytes->len,
                                 NULL));
    vtdm_unit_work(machine->unit);
}

/* A cached entry of posted format travels; its descriptor is in memory. */
static void test_saved(void)
{
    Machine *machine = posting_new(true);
    VTDMEntry512 pid = posting_set_up(machine, CPU, true);

    posting_expect(posting_send(machine), VTDM_NO_FAULT);
    vtdm_tables_set128(&machine->tables, MACHINE_IRT + 16 * INDEX,
                       (VTDMEntry128) { 0 });
    posting_put_descriptor(machine, pid);
    move(machine, true);
    posting_expect(posting_send(machine), VTDM_NO_FAULT);
    pid.words[VECTOR / 64] = VTDM_BIT(VECTOR % 64);
    pid.words[4] |= ON;
    posting_expect_descriptor(machine, pid);
    move(machine, false);
    posting_expect(posting_send(machine), VTDM_IR_22);
    machine_free(machine);
}

/* What a CPU does to the descriptor between two accesses of the unit. */
typedef struct Racer {
    Machine *machine;
    unsigned word;              /* before it is exchanged... */
    unsigned times;             /* ... this often */
    uint64_t flip;
} Racer;

static void race(void *opaque, uint64_t address)
{
    Racer *racer = opaque;
    uint64_t word = PID + 8 * racer->word;

    if (address == word && racer->times) {
        racer->times--;
        vtdm_tables_set(&racer->machine->tables, word, racer->flip ^
                        vtdm_tables_get(&racer->machine->tables, word));
    }
}

static VTDMInterrupt send_raced(Racer *racer)
{
    racer->machine->host.races = race;
    racer->machine->host.races_opaque = racer;
    return posting_send(racer->machine);
}

/* ON, SN, NV and NDST count as they are when ON is set. */
static void test_race_of_control(void)
{
    static const struct {
        uint64_t before, flip;
        bool sent;
    } cases[] = {
        { ON, ON, true }, { 0, ON, false }, { SN, SN, true },
        { 0, SN, false }, { 0, VTDM_BIT(16), true },
    };
    Machine *machine = posting_new(false);

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        VTDMEntry512 pid = posting_set_up(machine, XAPIC_CPU, false);
        Racer racer = { machine, 4, 1, cases[i].flip };
        VTDMInterrupt interrupt;

        pid.words[4] |= cases[i].before;
        posting_put_descriptor(machine, pid);
        interrupt = send_raced(&racer);
        posting_expect(interrupt, VTDM_NO_FAULT);
        g_assert_cmpuint(racer.times, ==, 0);
        g_assert_cmpint(interrupt.silent, ==, !cases[i].sent);
        pid.words[4] = (pid.words[4] ^ cases[i].flip) |
                       (cases[i].sent ? ON : 0);
        pid.words[VECTOR / 64] = VTDM_BIT(VECTOR % 64);
        posting_expect_descriptor(machine, pid);
        if (cases[i].sent) {
            g_assert_cmphex(interrupt.data & 0xff, ==,
                            vtdm_get(pid.words[4], VTDM_PID_4_NV));
        }
    }
    machine_free(machine);
}

/* Other vectors come and go in the same word: none is lost, none is back. */
static void test_race_of_requests(void)
{
    Machine *machine = posting_new(false);
    VTDMEntry512 pid = posting_set_up(machine, XAPIC_CPU, false);
    Racer racer = { machine, VECTOR / 64, 3, 0x11 };

    pid.words[VECTOR / 64] = 0x10;
    posting_put_descriptor(machine, pid);
    posting_expect(send_raced(&racer), VTDM_NO_FAULT);
    pid.words[VECTOR / 64] = 0x01 | VTDM_BIT(VECTOR % 64);
    pid.words[4] |= ON;
    posting_expect_descriptor(machine, pid);
    machine_free(machine);
}

/* A CPU that never lets go: the access fails, and the unit goes on. */
static void test_endless_race(void)
{
    static const unsigned words[] = { VECTOR / 64, 4 };
    Machine *machine = posting_new(false);

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        Racer racer = { machine, words[i], UINT_MAX, SN };

        posting_set_up(machine, XAPIC_CPU, false);
        posting_expect(send_raced(&racer), VTDM_IR_27);
        machine->host.races = NULL;
        posting_expect(posting_send(machine), VTDM_NO_FAULT);
    }
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vtdm/posted/post", test_post);
    g_test_add_func("/vtdm/posted/notification", test_notification);
    g_test_add_func("/vtdm/posted/vectors", test_vectors);
    g_test_add_data_func("/vtdm/posted/irte-bits", GUINT_TO_POINTER(0),
                         test_irte_bits);
    g_test_add_data_func("/vtdm/posted/irte-bits-eime", GUINT_TO_POINTER(1),
                         test_irte_bits);
    g_test_add_func("/vtdm/posted/reserved-svt", test_reserved_svt);
    g_test_add_data_func("/vtdm/posted/descriptor-bits", GUINT_TO_POINTER(0),
                         test_descriptor_bits);
    g_test_add_data_func("/vtdm/posted/descriptor-bits-eime",
                         GUINT_TO_POINTER(1), test_descriptor_bits);
    g_test_add_func("/vtdm/posted/destination", test_destination);
    g_test_add_func("/vtdm/posted/unreachable", test_unreachable);
    g_test_add_func("/vtdm/posted/off", test_off);
    g_test_add_func("/vtdm/posted/remapped-beside", test_remapped_beside);
    g_test_add_func("/vtdm/posted/order", test_order);
    g_test_add_func("/vtdm/posted/faults", test_faults);
    g_test_add_data_func("/vtdm/posted/look", GUINT_TO_POINTER(VTDM_LOOK),
                         test_look);
    g_test_add_data_func("/vtdm/posted/tables",
                         GUINT_TO_POINTER(VTDM_TABLES), test_look);
    g_test_add_func("/vtdm/posted/event", test_event);
    g_test_add_func("/vtdm/posted/cache", test_cache);
    g_test_add_func("/vtdm/posted/bad-descriptor-is-not-kept",
                    test_bad_descriptor_is_not_kept);
    g_test_add_func("/vtdm/posted/saved", test_saved);
    g_test_add_func("/vtdm/posted/race-of-control", test_race_of_control);
    g_test_add_func("/vtdm/posted/race-of-requests", test_race_of_requests);
    g_test_add_func("/vtdm/posted/endless-race", test_endless_race);
    return g_test_run();
}
