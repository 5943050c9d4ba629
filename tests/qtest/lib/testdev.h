/*
 * A vtd-testdev of a VM, driven through its registers as a driver does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTDEV_H
#define TESTDEV_H

#include "hw/i386/vtdm/vtd-testdev.h"
#include "vm.h"

#define TESTDEV_SID             0x0028      /* 00:05.0 */
#define TESTDEV_DEVICE          "-device vtd-testdev,id=test0,addr=05.0"

/* The configuration space of PCI Express, where the tests put it. */
#define TESTDEV_ECAM            0xb0000000

typedef struct Testdev {
    QTestState *qts;
    QPCIDevice *dev;
    QPCIBar registers;
    QPCIBar buffer;
    uint64_t config;            /* its configuration space in memory */
    uint64_t status;            /* of the last command, whole */
    uint64_t result;
} Testdev;

/* The one at @source_id, which is a bus master then. */
Testdev testdev_at(VM *vm, uint16_t source_id);
void testdev_free(Testdev *testdev);

/* Turns on what its extended capabilities have, or off. */
void testdev_enable(Testdev *testdev, bool ats, bool pri, bool pasid);

/* Where its extended capability @id is in memory; 0: it has none. */
uint64_t testdev_capability(Testdev *testdev, uint16_t id);

/* Writes 1 to the FLR bit; then puts the BARs back and enables it again. */
void testdev_flr(Testdev *testdev);

uint64_t testdev_read(Testdev *testdev, uint32_t offset);
void testdev_write(Testdev *testdev, uint32_t offset, uint64_t value);

/* A control word for requests with @pasid. */
#define TESTDEV_PASID(pasid) \
    (VTD_TESTDEV_WITH_PASID | (uint64_t)(pasid) << VTD_TESTDEV_PASID_SHIFT)

/*
 * Runs a command. Its status alone is returned, result and the rest are in
 * @testdev. The offset is 0.
 */
unsigned testdev_run(Testdev *testdev, uint64_t control, uint64_t address,
                     uint64_t length, uint64_t operand);

/* Reads status and result of one that has not ended at once. */
unsigned testdev_finish(Testdev *testdev);

/* Fails the test unless the last one was blocked for @reason. */
void testdev_expect_blocked(Testdev *testdev, unsigned status,
                            uint8_t reason);

/* Bytes in its buffer that depend on @seed, as vm_fill() has them. */
void testdev_fill(Testdev *testdev, uint8_t seed, size_t length);
void testdev_expect(Testdev *testdev, uint8_t seed, size_t length);

#endif
