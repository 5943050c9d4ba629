/*
 * The registers of "edu", and its MSI capability.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "standard-headers/linux/pci_regs.h"
#include "edu.h"

enum {
    EDU_ID = 0x00,
    EDU_IRQ_RAISE = 0x60,
    EDU_IRQ_ACK = 0x64,
    EDU_DMA_SOURCE = 0x80,
    EDU_DMA_TARGET = 0x88,
    EDU_DMA_COUNT = 0x90,
    EDU_DMA_COMMAND = 0x98,
};

#define EDU_ID_VALUE            0x010000ed
#define EDU_BUFFER              0x40000
#define EDU_DMA_START           1
#define EDU_DMA_TO_MEMORY       2
#define EDU_DMA_TIME            (100 * 1000 * 1000LL)   /* ns */

Edu edu_at(QPCIBus *pci, uint16_t source_id)
{
    Edu edu = {
        .dev = qpci_device_find(pci, source_id),
        .source_id = source_id,
    };

    g_assert_nonnull(edu.dev);
    qpci_device_enable(edu.dev);
    edu.bar = qpci_iomap(edu.dev, 0, NULL);
    g_assert_cmphex(qpci_io_readl(edu.dev, edu.bar, EDU_ID), ==,
                    EDU_ID_VALUE);
    return edu;
}

void edu_free(Edu *edu)
{
    g_free(edu->dev);
}

static void transfer(Edu *edu, uint64_t source, uint64_t target, size_t len,
                     uint64_t command)
{
    qpci_io_writeq(edu->dev, edu->bar, EDU_DMA_SOURCE, source);
    qpci_io_writeq(edu->dev, edu->bar, EDU_DMA_TARGET, target);
    qpci_io_writeq(edu->dev, edu->bar, EDU_DMA_COUNT, len);
    qpci_io_writeq(edu->dev, edu->bar, EDU_DMA_COMMAND, command);
    qtest_clock_step(edu->dev->bus->qts, EDU_DMA_TIME);
    command = qpci_io_readq(edu->dev, edu->bar, EDU_DMA_COMMAND);
    g_assert_false(command & EDU_DMA_START);
}

void edu_load(Edu *edu, uint64_t address, size_t len)
{
    transfer(edu, address, EDU_BUFFER, len, EDU_DMA_START);
}

void edu_store(Edu *edu, uint64_t address, size_t len)
{
    transfer(edu, EDU_BUFFER, address, len,
             EDU_DMA_START | EDU_DMA_TO_MEMORY);
}

void edu_copy(Edu *edu, uint64_t from, uint64_t to, size_t len)
{
    edu_load(edu, from, len);
    edu_store(edu, to, len);
}

void edu_set_msi(Edu *edu, uint64_t address, uint16_t data)
{
    uint8_t cap = qpci_find_capability(edu->dev, PCI_CAP_ID_MSI, 0);
    uint16_t flags = qpci_config_readw(edu->dev, cap + PCI_MSI_FLAGS);

    qpci_config_writel(edu->dev, cap + PCI_MSI_ADDRESS_LO, address);
    qpci_config_writel(edu->dev, cap + PCI_MSI_ADDRESS_HI, address >> 32);
    qpci_config_writew(edu->dev, cap + PCI_MSI_DATA_64, data);
    qpci_config_writew(edu->dev, cap + PCI_MSI_FLAGS,
                       flags | PCI_MSI_FLAGS_ENABLE);
}

void edu_raise(Edu *edu)
{
    qpci_io_writel(edu->dev, edu->bar, EDU_IRQ_RAISE, 1);
    qpci_io_writel(edu->dev, edu->bar, EDU_IRQ_ACK, 1);
}
