/*
 * The way to the units: firmware leaves a pointer (RSDP) to a list of tables
 * (RSDT), one of which is the DMAR table. It lists the units (DRHD), and which
 * devices each one owns.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "bare.h"

#define SIGNATURE(a, b, c, d) \
    ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | \
     (uint32_t)(d) << 24)
#define BIOS_START      0xe0000
#define BIOS_END        0x100000
#define HEADER_SIZE     36          /* of every table */
#define FADT_PM1A       64          /* the port that powers off */
#define SLEEP_S5        0x2000      /* QEMU's: a driver asks \_S5 of ACPI */

Unit units[MAX_UNITS];
unsigned unit_count;
static const VTDMDmarDrhd *drhds[MAX_UNITS];    /* of each unit */

static uint32_t word(uintptr_t address)
{
    return *(const volatile uint32_t *)address;
}

static uintptr_t find_rsdp(void)
{
    for (uintptr_t at = BIOS_START; at < BIOS_END; at += 16) {
        if (word(at) == SIGNATURE('R', 'S', 'D', ' ') &&
            word(at + 4) == SIGNATURE('P', 'T', 'R', ' ')) {
            return at;
        }
    }
    return 0;
}

static uintptr_t find_table(uint32_t signature)
{
    uintptr_t rsdp = find_rsdp();
    uintptr_t rsdt = rsdp ? word(rsdp + 16) : 0;

    for (uint32_t at = HEADER_SIZE; rsdt && at < word(rsdt + 4); at += 4) {
        if (word(word(rsdt + at)) == signature) {
            return word(rsdt + at);
        }
    }
    return 0;
}

/* Structures of several types follow each other, each with its length. */
void acpi_find_units(void)
{
    uintptr_t dmar = find_table(SIGNATURE('D', 'M', 'A', 'R'));
    uintptr_t end = dmar ? dmar + word(dmar + 4) : 0;
    const VTDMDmarPrefix *next;

    for (uintptr_t at = dmar + sizeof(VTDMDmarHeader);
         at < end && unit_count < MAX_UNITS; at += next->length) {
        next = (const VTDMDmarPrefix *)at;
        if (next->type == VTDM_DMAR_DRHD) {
            drhds[unit_count] = (const VTDMDmarDrhd *)at;
            units[unit_count].base = drhds[unit_count]->register_base;
            unit_count++;
        }
    }
}

/*
 * A device on bus 0 is named by its device and function. One behind bridges is
 * named by a path through them, which takes a walk of the bridges' registers.
 */
static bool lists(const VTDMDmarDrhd *drhd, uint16_t source_id)
{
    const uint8_t *at = (const uint8_t *)(drhd + 1);
    const uint8_t *end = (const uint8_t *)drhd + drhd->prefix.length;
    const VTDMDmarScopeHead *scope;

    for (; at < end; at += scope->length) {
        const VTDMDmarStep *step = (const void *)(at + sizeof(*scope));

        scope = (const void *)at;
        if (scope->type == VTDM_DMAR_SCOPE_ENDPOINT &&
            scope->start_bus == source_id >> 8 &&
            step->device == (source_id >> 3 & 31) &&
            step->function == (source_id & 7)) {
            return true;
        }
    }
    return false;
}

/* INCLUDE_PCI_ALL stands for all devices that no other unit lists. */
Unit *acpi_unit_of(uint16_t source_id)
{
    Unit *all = NULL;

    for (unsigned i = 0; i < unit_count; i++) {
        if (lists(drhds[i], source_id)) {
            return &units[i];
        }
        if (drhds[i]->flags & VTDM_DRHD_INCLUDE_PCI_ALL) {
            all = &units[i];
        }
    }
    return all;
}

void acpi_power_off(void)
{
    uintptr_t fadt = find_table(SIGNATURE('F', 'A', 'C', 'P'));
    uint16_t port = fadt ? word(fadt + FADT_PM1A) : 0;

    __asm__ volatile("outw %w0, %1" : : "a"(SLEEP_S5), "Nd"(port));
}
