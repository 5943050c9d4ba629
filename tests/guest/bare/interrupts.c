/*
 * Interrupt remapping: a device's message names an entry of a table, and the
 * entry says which interrupt of which CPU that is. Below it, what a CPU needs
 * to take an interrupt at all.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "bare.h"

#define APIC            0xfee00000
#define APIC_EOI        (APIC + 0xb0)
#define APIC_SPURIOUS   (APIC + 0xf0)
#define APIC_ENABLE     0x1ff           /* with vector 0xff */
#define PIC_MASKS       0x21, 0xa1
#define GATE            0x8e00          /* present, interrupt gate */
#define CODE_SEGMENT    8

enum { IRT_SIZE = 7 };                  /* 2^(7 + 1) entries: one page */

/*
 * Interrupts in compatibility format, which name CPU and vector, are blocked
 * from here on: of devices, of the IOAPIC and of the HPET.
 */
void remapping_start(Unit *unit)
{
    unit->irt = new_page();
    write64(unit, VTDM_REG_IRTA, (uintptr_t)unit->irt | IRT_SIZE);
    unit_command(unit, VTDM_GCMD_SIRTP);
    queue_run(unit, VTDM_DSC_IEC, 0);   /* all entries */
    unit_command(unit, VTDM_GCMD_IRE);
}

/* Only @source_id may use the entry. It goes to the CPU with APIC id 0. */
void remapping_set(Unit *unit, unsigned index, uint8_t vector,
                   uint16_t source_id)
{
    unit->irt[index].hi = vtdm_field(VTDM_IRTE_HI_SVT, VTDM_SVT_SID) |
                          vtdm_field(VTDM_IRTE_HI_SID, source_id);
    unit->irt[index].lo = vtdm_field(VTDM_IRTE_V, vector) | VTDM_IRTE_P;
}

void remapping_invalidate(Unit *unit, unsigned index)
{
    queue_run(unit, VTDM_DSC_IEC | VTDM_IEC_G |
              vtdm_field(VTDM_IEC_IIDX, index), 0);
}

/* The address that a device's MSI is given; its data is 0. */
uint64_t remapping_message(unsigned index)
{
    return VTDM_INTERRUPT_BASE | VTDM_MSI_FORMAT |
           vtdm_field(VTDM_MSI_HANDLE_LOW, index);
}

volatile unsigned taken_a, taken_b;

typedef struct Gate {
    uint16_t low;
    uint16_t segment;
    uint16_t type;
    uint16_t middle;
    uint32_t high;
    uint32_t reserved;
} Gate;

static Gate gates[256];

static void end_of_interrupt(void)
{
    *(volatile uint32_t *)APIC_EOI = 0;
}

__attribute__((interrupt)) static void take_a(void *frame)
{
    (void)frame;
    taken_a++;
    end_of_interrupt();
}

__attribute__((interrupt)) static void take_b(void *frame)
{
    (void)frame;
    taken_b++;
    end_of_interrupt();
}

static void set_gate(uint8_t vector, void (*handler)(void *frame))
{
    uintptr_t at = (uintptr_t)handler;

    gates[vector] = (Gate) { at, CODE_SEGMENT, GATE, at >> 16, at >> 32, 0 };
}

void interrupts_start(void)
{
    static const uint16_t pic_masks[] = { PIC_MASKS };
    const struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } idt = { sizeof(gates) - 1, (uintptr_t)gates };

    for (unsigned i = 0; i < 2; i++) {
        out8(pic_masks[i], 0xff);
    }
    set_gate(VECTOR_A, take_a);
    set_gate(VECTOR_B, take_b);
    __asm__ volatile("lidt %0" : : "m"(idt));
    *(volatile uint32_t *)APIC_SPURIOUS = APIC_ENABLE;
    __asm__ volatile("sti");
}
