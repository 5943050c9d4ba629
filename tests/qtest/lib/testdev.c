/*
 * Driving a vtd-testdev.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "standard-headers/linux/pci_regs.h"
#include "testdev.h"

#define MCH_PCIEXBAR            0x60

#define CAPABILITY_NEXT(header) ((header) >> 20)
#define CAPABILITY_ID(header)   ((header) & 0xffff)

/* The number of page requests that it may have without answer. */
#define PAGE_ALLOCATION         16

static void enable_ecam(VM *vm)
{
    QPCIDevice *mch = qpci_device_find(vm->pci, 0);

    qpci_config_writel(mch, MCH_PCIEXBAR, TESTDEV_ECAM | 1);
    g_free(mch);
}

Testdev testdev_at(VM *vm, uint16_t source_id)
{
    Testdev testdev = {
        .qts = vm->qts,
        .dev = qpci_device_find(vm->pci, source_id),
        .config = TESTDEV_ECAM + ((uint64_t)source_id << 12),
    };

    g_assert_nonnull(testdev.dev);
    enable_ecam(vm);
    qpci_device_enable(testdev.dev);
    testdev.registers = qpci_iomap(testdev.dev, VTD_TESTDEV_BAR_REGISTERS,
                                   NULL);
    testdev.buffer = qpci_iomap(testdev.dev, VTD_TESTDEV_BAR_BUFFER, NULL);
    g_assert_cmphex(testdev_read(&testdev, VTD_TESTDEV_IDENT), ==,
                    VTD_TESTDEV_IDENT_VALUE);
    return testdev;
}

void testdev_free(Testdev *testdev)
{
    g_free(testdev->dev);
}

uint64_t testdev_capability(Testdev *testdev, uint16_t id)
{
    uint32_t offset = PCI_CFG_SPACE_SIZE;

    while (offset) {
        uint32_t header = qtest_readl(testdev->qts, testdev->config + offset);

        if (CAPABILITY_ID(header) == id) {
            return testdev->config + offset;
        }
        offset = CAPABILITY_NEXT(header);
    }
    return 0;
}

void testdev_enable(Testdev *testdev, bool ats, bool pri, bool pasid)
{
    uint64_t at = testdev_capability(testdev, PCI_EXT_CAP_ID_PASID);

    qtest_writew(testdev->qts, at + PCI_PASID_CTRL, pasid
                 ? PCI_PASID_CTRL_ENABLE | PCI_PASID_CTRL_EXEC |
                   PCI_PASID_CTRL_PRIV : 0);
    at = testdev_capability(testdev, PCI_EXT_CAP_ID_ATS);
    qtest_writew(testdev->qts, at + PCI_ATS_CTRL,
                 ats ? PCI_ATS_CTRL_ENABLE : 0);
    at = testdev_capability(testdev, PCI_EXT_CAP_ID_PRI);
    qtest_writel(testdev->qts, at + PCI_PRI_ALLOC_REQ, PAGE_ALLOCATION);
    qtest_writew(testdev->qts, at + PCI_PRI_CTRL,
                 pri ? PCI_PRI_CTRL_ENABLE : 0);
}

void testdev_flr(Testdev *testdev)
{
    uint8_t cap = qpci_find_capability(testdev->dev, PCI_CAP_ID_EXP, 0);
    uint16_t control = qpci_config_readw(testdev->dev, cap + PCI_EXP_DEVCTL);

    qpci_config_writew(testdev->dev, cap + PCI_EXP_DEVCTL,
                       control | PCI_EXP_DEVCTL_BCR_FLR);
    qpci_config_writel(testdev->dev, PCI_BASE_ADDRESS_0,
                       testdev->registers.addr);
    qpci_config_writel(testdev->dev, PCI_BASE_ADDRESS_2,
                       testdev->buffer.addr);
    qpci_device_enable(testdev->dev);
    g_assert_cmphex(testdev_read(testdev, VTD_TESTDEV_IDENT), ==,
                    VTD_TESTDEV_IDENT_VALUE);
}

uint64_t testdev_read(Testdev *testdev, uint32_t offset)
{
    return qpci_io_readq(testdev->dev, testdev->registers, offset);
}

void testdev_write(Testdev *testdev, uint32_t offset, uint64_t value)
{
    qpci_io_writeq(testdev->dev, testdev->registers, offset, value);
}

unsigned testdev_finish(Testdev *testdev)
{
    testdev->status = testdev_read(testdev, VTD_TESTDEV_SLOT_STATUS);
    testdev->result = testdev_read(testdev, VTD_TESTDEV_SLOT_RESULT);
    return vtdm_get(testdev->status, VTD_TESTDEV_STATUS);
}

unsigned testdev_run(Testdev *testdev, uint64_t control, uint64_t address,
                     uint64_t length, uint64_t operand)
{
    testdev_write(testdev, VTD_TESTDEV_SLOT_CONTROL, control);
    testdev_write(testdev, VTD_TESTDEV_SLOT_ADDRESS, address);
    testdev_write(testdev, VTD_TESTDEV_SLOT_LENGTH, length);
    testdev_write(testdev, VTD_TESTDEV_SLOT_OPERAND, operand);
    testdev_write(testdev, VTD_TESTDEV_RUN, 1);
    testdev_finish(testdev);
    g_test_message("command 0x%" PRIx64 " at 0x%" PRIx64 ": status 0x%" PRIx64
                   ", result 0x%" PRIx64, control, address, testdev->status,
                   testdev->result);
    return vtdm_get(testdev->status, VTD_TESTDEV_STATUS);
}

void testdev_expect_blocked(Testdev *testdev, unsigned status, uint8_t reason)
{
    g_assert_cmpuint(vtdm_get(testdev->status, VTD_TESTDEV_STATUS), ==,
                     status);
    g_assert_cmphex(vtdm_get(testdev->status, VTD_TESTDEV_REASON), ==,
                    reason);
}

void testdev_fill(Testdev *testdev, uint8_t seed, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        qpci_io_writeb(testdev->dev, testdev->buffer, i, seed + i * 7);
    }
}

void testdev_expect(Testdev *testdev, uint8_t seed, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        g_assert_cmphex(qpci_io_readb(testdev->dev, testdev->buffer, i), ==,
                        (uint8_t)(seed + i * 7));
    }
}
