/*
 * QEMU's edu device. It copies up to 4 KiB between memory and a buffer of its
 * own, and sends its MSI when told to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "bare.h"

#define PCI_ADDRESS     0xcf8
#define PCI_DATA        0xcfc
#define PCI_COMMAND     0x04
#define PCI_BAR0        0x10
#define PCI_CAPS        0x34
#define PCI_MASTER      0x6             /* memory decoding and DMA */
#define PCI_CAP_MSI     0x05
#define PCI_ID_EDU      0x11e81234
#define MSI_ENABLE      (1 << 16)

enum {
    EDU_IDENTITY = 0x00,
    EDU_RAISE = 0x60,
    EDU_ACKNOWLEDGE = 0x64,
    EDU_SOURCE = 0x80,
    EDU_DESTINATION = 0x88,
    EDU_COUNT = 0x90,
    EDU_COMMAND = 0x98,
    EDU_START = 1,
    EDU_TO_MEMORY = 2,
    EDU_BUFFER = 0x40000,
};

static void select(uint16_t source_id, unsigned offset)
{
    out32(PCI_ADDRESS, 0x80000000u | source_id << 8 | (offset & 0xfc));
}

static uint32_t config(uint16_t source_id, unsigned offset)
{
    select(source_id, offset);
    return in32(PCI_DATA);
}

static void set_config(uint16_t source_id, unsigned offset, uint32_t value)
{
    select(source_id, offset);
    out32(PCI_DATA, value);
}

/* The edu that comes @number-th on bus 0. */
bool edu_find(Edu *edu, unsigned number)
{
    for (unsigned id = 0; id < 256; id++) {
        if (config(id, 0) == PCI_ID_EDU && !number--) {
            edu->source_id = id;
            edu->bar = config(id, PCI_BAR0) & ~0xfu;
            set_config(id, PCI_COMMAND, config(id, PCI_COMMAND) | PCI_MASTER);
            return true;
        }
    }
    return false;
}

static volatile uint32_t *edu_register(const Edu *edu, unsigned offset)
{
    return (volatile uint32_t *)(edu->bar + offset);
}

static volatile uint64_t *edu_register64(const Edu *edu, unsigned offset)
{
    return (volatile uint64_t *)(edu->bar + offset);
}

static void transfer(const Edu *edu, uint64_t from, uint64_t to, size_t size,
                     unsigned direction)
{
    *edu_register64(edu, EDU_SOURCE) = from;
    *edu_register64(edu, EDU_DESTINATION) = to;
    *edu_register64(edu, EDU_COUNT) = size;
    *edu_register(edu, EDU_COMMAND) = EDU_START | direction;
    while (*edu_register(edu, EDU_COMMAND) & EDU_START) {
    }
}

/* From memory into the device's buffer. */
void edu_load(const Edu *edu, uint64_t address, size_t size)
{
    transfer(edu, address, EDU_BUFFER, size, 0);
}

/* Back into memory. */
void edu_store(const Edu *edu, uint64_t address, size_t size)
{
    transfer(edu, EDU_BUFFER, address, size, EDU_TO_MEMORY);
}

void edu_set_msi(const Edu *edu, uint64_t address, uint16_t data)
{
    unsigned at = config(edu->source_id, PCI_CAPS) & 0xff;
    uint32_t head;

    while (head = config(edu->source_id, at), (head & 0xff) != PCI_CAP_MSI) {
        at = head >> 8 & 0xff;
    }
    set_config(edu->source_id, at + 4, address);
    set_config(edu->source_id, at + 8, address >> 32);
    set_config(edu->source_id, at + 12, data);
    set_config(edu->source_id, at, head | MSI_ENABLE);
}

/* A read's answer pushes the message that was sent before it. */
void edu_raise(const Edu *edu)
{
    *edu_register(edu, EDU_RAISE) = 1;
    (void)*edu_register(edu, EDU_IDENTITY);
    *edu_register(edu, EDU_ACKNOWLEDGE) = 1;
}
