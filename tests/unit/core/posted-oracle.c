/*
 * Interrupt posting once more, out of the text of the specification: random
 * entries and descriptors.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "posting.h"

static bool oracle_source(uint16_t sid, unsigned sq, unsigned svt)
{
    static const uint8_t ignored[] = { 0, 4, 6, 7 };

    return svt == 1 ? (SID & ~ignored[sq]) == (sid & ~ignored[sq]) :
           svt == 2 ? sid >> 8 <= SID >> 8 && SID >> 8 <= (sid & 0xff) : true;
}

static VTDMCondition oracle_entry(VTDMEntry128 irte, unsigned width)
{
    unsigned svt = irte.hi >> 18 & 3;
    bool reserved = svt == 3;

    for (unsigned bit = 0; bit < 128; bit++) {
        reserved |= ((bit < 64 ? irte.lo >> bit : irte.hi >> (bit - 64)) & 1) &&
            ((bit >= 2 && bit <= 7) || (bit >= 12 && bit <= 13) ||
             (bit >= 24 && bit <= 37) || (bit >= 84 && bit <= 95) ||
             (bit >= 96 && bit - 64 >= width));
    }
    return !(irte.lo & 1) ? VTDM_IR_22 :
           !oracle_source(irte.hi, irte.hi >> 16 & 3, svt) ? VTDM_IR_26 :
           reserved ? VTDM_IR_24 : VTDM_NO_FAULT;
}

typedef struct Outcome {
    VTDMCondition condition;
    bool sent;
    uint32_t cpu;
    uint8_t vector;
} Outcome;

/* The bytes of the descriptor, as they were and as they have to be. */
static Outcome oracle(VTDMEntry128 irte, uint8_t pid[64], bool eime,
                      unsigned width)
{
    Outcome outcome = { .condition = oracle_entry(irte, width) };
    bool urgent = irte.lo >> 14 & 1;
    unsigned vector = irte.lo >> 16 & 0xff;

    if (outcome.condition != VTDM_NO_FAULT) {
        return outcome;
    }
    for (unsigned bit = 258; bit < 512; bit++) {
        if ((pid[bit / 8] >> bit % 8 & 1) &&
            posting_bit_is_reserved(bit, eime)) {
            outcome.condition = VTDM_IR_28;
            return outcome;
        }
    }
    pid[vector / 8] |= 1u << vector % 8;
    outcome.sent = !(pid[32] & 1) && (urgent || !(pid[32] & 2));
    pid[32] |= outcome.sent;
    outcome.vector = pid[34];
    outcome.cpu = eime ? (uint32_t)pid[39] << 24 | (uint32_t)pid[38] << 16 |
                         (uint32_t)pid[37] << 8 | pid[36]
                       : pid[37];
    return outcome;
}

/* Few bits wrong, so that most come far. */
static VTDMEntry128 random_irte(void)
{
    VTDMEntry128 irte = vtdm_make_posted_irte(g_test_rand_int(), PID);

    irte.lo |= g_test_rand_int() & (VTDM_IRTE_URG | VTDM_BITS(11, 8));
    irte = vtdm_irte_with_source(irte, g_test_rand_int_range(0, 2), 0, SID);
    if (g_test_rand_int_range(0, 4) == 0) {
        unsigned bit = g_test_rand_int_range(0, 128);
        bool address = (bit >= 38 && bit < 64) || (bit >= 96 && bit < 103);

        *(bit < 64 ? &irte.lo : &irte.hi) ^=
            address || bit == 15 ? 0 : VTDM_BIT(bit % 64);
    }
    return irte;
}

static VTDMEntry512 random_descriptor(bool eime)
{
    VTDMEntry512 pid = vtdm_make_posted_descriptor(
        g_test_rand_int(), g_test_rand_int(), eime);

    pid.words[4] |= g_test_rand_int() & (ON | SN);
    for (unsigned i = 0; i < 4; i++) {
        pid.words[i] = (uint64_t)g_test_rand_int() << 32 | g_test_rand_int();
    }
    if (g_test_rand_int_range(0, 4) == 0) {
        unsigned bit = g_test_rand_int_range(0, 512);

        pid.words[bit / 64] ^= VTDM_BIT(bit % 64);
    }
    return pid;
}

/* Spec: "Interrupt Posting": random entries and descriptors */
static void test_oracle(gconstpointer opaque)
{
    bool eime = GPOINTER_TO_UINT(opaque);
    Machine *machine = posting_new(eime);
    unsigned seen[VTDM_CONDITION_COUNT] = { 0 };

    machine->host.quiet = true;
    for (unsigned i = 0; i < 20000; i++) {
        VTDMEntry128 irte = random_irte();
        VTDMInterrupt interrupt;
        uint8_t bytes[64];
        Outcome wanted;

        posting_put(machine, irte);
        posting_put_descriptor(machine, random_descriptor(eime));
        memcpy(bytes, machine->host.ram + PID, 64);
        wanted = oracle(irte, bytes, eime, 39);
        interrupt = posting_send(machine);
        posting_expect(interrupt, wanted.condition);
        g_assert_cmpmem(machine->host.ram + PID, 64, bytes, 64);
        g_assert_cmpint(interrupt.remapped && !interrupt.silent, ==,
                        wanted.sent);
        if (wanted.sent) {
            g_assert_cmphex(interrupt.address, ==, 0xfee00000 |
                            (wanted.cpu & 0xff) << 12 |
                            (uint64_t)(wanted.cpu >> 8) << 40);
            g_assert_cmphex(interrupt.data, ==, 0x4000 | wanted.vector);
        }
        seen[wanted.condition]++;
    }
    g_assert_cmpuint(seen[VTDM_NO_FAULT], >, 1000);
    g_assert_cmpuint(seen[VTDM_IR_24], >, 100);
    g_assert_cmpuint(seen[VTDM_IR_26], >, 10);
    g_assert_cmpuint(seen[VTDM_IR_28], >, 100);
    machine_free(machine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/vtdm/posted/oracle", GUINT_TO_POINTER(0),
                         test_oracle);
    g_test_add_data_func("/vtdm/posted/oracle-eime", GUINT_TO_POINTER(1),
                         test_oracle);
    return g_test_run();
}
