/*
 * vtd-testdev: the register block. Each register is a row: where its value
 * is, or what reads it, and what a write does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/vtdm/spec/bits.h"
#include "command.h"
#include "invalidations.h"
#include "registers.h"
#include "reset.h"
#include "ring.h"

typedef struct Register {
    uint32_t offset;
    uint64_t writable;          /* bits that keep what is written */
    size_t place;               /* of the value in VTDTDevice, or... */
    uint64_t (*read)(VTDTDevice *device);       /* ... this gives it */
    void (*written)(VTDTDevice *device, uint64_t value);    /* after that */
} Register;

static uint64_t read_ident(VTDTDevice *device)
{
    return VTD_TESTDEV_IDENT_VALUE;
}

static uint64_t read_features(VTDTDevice *device)
{
    return (device->kind.ats ? VTD_TESTDEV_HAS_ATS : 0) |
           (device->kind.pri ? VTD_TESTDEV_HAS_PRI : 0) |
           (device->kind.has_pasid ? VTD_TESTDEV_HAS_PASID : 0) |
           (device->kind.malicious ? VTD_TESTDEV_IS_MALICIOUS : 0) |
           (vtdm_endpoint_has_iommu(&device->endpoint)
                ? VTD_TESTDEV_HAS_REQUESTS : 0);
}

static uint64_t read_zero(VTDTDevice *device)
{
    return 0;
}

static void control_written(VTDTDevice *device, uint64_t value)
{
    if (value & VTD_TESTDEV_RESET) {
        vtdt_reset(device);
    }
    if (value & VTD_TESTDEV_CLEAR_COUNTERS) {
        memset(device->counters, 0, sizeof(device->counters));
    }
    if (value & VTD_TESTDEV_DROP_TLB) {
        vtdt_tlb_clear(&device->tlb);
    }
}

static uint64_t read_state(VTDTDevice *device)
{
    return (device->slot.running ? VTD_TESTDEV_BUSY : 0) |
           (device->ring.head != device->ring.tail ? VTD_TESTDEV_RING_BUSY
                                                   : 0);
}

static void run_written(VTDTDevice *device, uint64_t value)
{
    if (!device->slot.running) {
        vtdt_command_run(&device->slot);
    }
}

static void ring_written(VTDTDevice *device, uint64_t value)
{
    vtdt_ring_start(device);
}

static void tail_written(VTDTDevice *device, uint64_t value)
{
    vtdt_ring_set_tail(device);
}

static uint64_t read_tlb_entries(VTDTDevice *device)
{
    return vtdt_tlb_count(&device->tlb);
}

static uint64_t read_tlb_capacity(VTDTDevice *device)
{
    return VTDT_TLB_CAPACITY;
}

static void held_written(VTDTDevice *device, uint64_t value)
{
    vtdt_invalidations_release(device);
}

static uint64_t read_invalidate_pasid(VTDTDevice *device)
{
    const VTDMInvalidation *last = &device->invalidations.last;

    return (last->with_pasid ? VTD_TESTDEV_INVALIDATE_WITH | last->pasid
                             : 0) |
           (last->all_pasids ? VTD_TESTDEV_INVALIDATE_ALL : 0);
}

#define AT(member)              offsetof(VTDTDevice, member)
#define SLOT(member)            AT(slot.words.member)

static const Register registers[] = {
    { VTD_TESTDEV_IDENT, .read = read_ident },
    { VTD_TESTDEV_FEATURES, .read = read_features },
    { VTD_TESTDEV_CONTROL, .read = read_zero, .written = control_written },
    { VTD_TESTDEV_STATE, .read = read_state },
    { VTD_TESTDEV_SLOT_CONTROL, UINT64_MAX, SLOT(control) },
    { VTD_TESTDEV_SLOT_ADDRESS, UINT64_MAX, SLOT(address) },
    { VTD_TESTDEV_SLOT_LENGTH, UINT64_MAX, SLOT(length) },
    { VTD_TESTDEV_SLOT_OFFSET, UINT64_MAX, SLOT(offset) },
    { VTD_TESTDEV_SLOT_OPERAND, UINT64_MAX, SLOT(operand) },
    { VTD_TESTDEV_SLOT_REQUESTER, UINT64_MAX, SLOT(requester) },
    { VTD_TESTDEV_SLOT_STATUS, 0, SLOT(status) },
    { VTD_TESTDEV_SLOT_RESULT, 0, SLOT(result) },
    { VTD_TESTDEV_RUN, .read = read_zero, .written = run_written },
    { VTD_TESTDEV_RING_BASE, UINT64_MAX, AT(ring.base),
      .written = ring_written },
    { VTD_TESTDEV_RING_SIZE, UINT64_MAX, AT(ring.size),
      .written = ring_written },
    { VTD_TESTDEV_RING_HEAD, 0, AT(ring.head) },
    { VTD_TESTDEV_RING_TAIL, UINT64_MAX, AT(ring.tail),
      .written = tail_written },
    { VTD_TESTDEV_RING_ACCESS, UINT64_MAX, AT(ring.access) },
    { VTD_TESTDEV_RING_STATUS, 0, AT(ring.status) },
    { VTD_TESTDEV_TLB_ENTRIES, .read = read_tlb_entries },
    { VTD_TESTDEV_TLB_CAPACITY, .read = read_tlb_capacity },
    { VTD_TESTDEV_INVALIDATE_MODE, 3, AT(invalidations.mode) },
    { VTD_TESTDEV_INVALIDATE_COUNT, UINT64_MAX, AT(invalidations.count) },
    { VTD_TESTDEV_INVALIDATE_HELD, 0, AT(invalidations.held.count),
      .written = held_written },
    { VTD_TESTDEV_INVALIDATE_ADDRESS, 0, AT(invalidations.last.address) },
    { VTD_TESTDEV_INVALIDATE_MASK, 0, AT(invalidations.last.mask) },
    { VTD_TESTDEV_INVALIDATE_PASID, .read = read_invalidate_pasid },
    { VTD_TESTDEV_PAGE_MODE, VTD_TESTDEV_PAGE_IGNORE, AT(pages.mode) },
    { VTD_TESTDEV_PAGE_OUTSTANDING, 0, AT(pages.outstanding) },
    { VTD_TESTDEV_PAGE_RESPONSE, 0, AT(pages.response) },
};

static const Register *find(hwaddr offset)
{
    for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
        if (registers[i].offset == (offset & ~7)) {
            return &registers[i];
        }
    }
    return NULL;
}

static uint64_t *place_of(VTDTDevice *device, const Register *reg)
{
    return (uint64_t *)((uint8_t *)device + reg->place);
}

/* Counters have no rows: they follow each other. */
static uint64_t value_of(VTDTDevice *device, hwaddr offset)
{
    const Register *reg = find(offset);
    unsigned counter = (offset - VTD_TESTDEV_COUNT_DONE) / 8;

    if (offset >= VTD_TESTDEV_COUNT_DONE && counter < VTDT_COUNTERS) {
        return device->counters[counter];
    }
    if (!reg) {
        return 0;
    }
    return reg->read ? reg->read(device) : *place_of(device, reg);
}

static uint64_t registers_read(void *opaque, hwaddr offset, unsigned size)
{
    uint64_t value = value_of(opaque, offset);

    return size == 8 ? value : extract64(value, offset % 8 * 8, 32);
}

/* The slot does not change while its command runs. */
static uint64_t writable_of(VTDTDevice *device, const Register *reg)
{
    bool slot = reg->place >= SLOT(control) && reg->place <= SLOT(result);

    return slot && device->slot.running ? 0 : reg->writable;
}

static void registers_write(void *opaque, hwaddr offset, uint64_t value,
                            unsigned size)
{
    VTDTDevice *device = opaque;
    const Register *reg = find(offset);
    uint64_t written = size == 8 ? UINT64_MAX
                                 : 0xffffffffull << offset % 8 * 8;
    uint64_t mask;

    if (!reg) {
        return;
    }
    value = size == 8 ? value : value << offset % 8 * 8;
    mask = writable_of(device, reg) & written;
    if (mask) {
        *place_of(device, reg) = (*place_of(device, reg) & ~mask) |
                                 (value & mask);
    }
    if (reg->written) {
        reg->written(device, value & written);
    }
}

const MemoryRegionOps vtdt_registers_ops = {
    .read = registers_read,
    .write = registers_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 8 },
    .impl = { .min_access_size = 4, .max_access_size = 8 },
};
