/*
 * The interrupt address range of a requester's space.
 *
 * A device's MSI comes whole and says whose it is. A DMA says nothing and
 * comes in pieces of 8, 4, 2 and 1 bytes: four of them are an interrupt if
 * the DMA has no more. What goes before them was blocked; whether anything
 * follows is known when the device has returned to its event loop.
 *
 * Spec: "Handling Requests to Interrupt Address Range"
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "blocked-dma.h"
#include "device.h"
#include "interrupt-window.h"
#include "interrupts.h"
#include "topology.h"

/* An IOAPIC does no DMA. */
static bool is_dma(const VTDMSpace *space, MemTxAttrs attrs)
{
    return space->bus && attrs.unspecified;
}

void vtdm_interrupt_release_held(VTDMSpace *space)
{
    VTDMHeldWrite held = space->held;

    if (held.size) {
        space->held.size = 0;
        vtdm_interrupt_send(space, held.address, held.data, held.size);
    }
}

static void release_later(void *opaque)
{
    BQL_LOCK_GUARD();
    vtdm_interrupt_release_held(opaque);
}

static void hold(VTDMSpace *space, uint64_t address, uint32_t data)
{
    space->held = (VTDMHeldWrite) { address, data, sizeof(data) };
    aio_bh_schedule_oneshot(qemu_get_current_aio_context(), release_later,
                            space);
}

/* No request crosses a page. */
static bool continues_held(const VTDMSpace *space, uint64_t address,
                           unsigned size)
{
    return space->held.size && size < space->held.size &&
           address == space->held.address + space->held.size &&
           address % VTDM_PAGE_SIZE;
}

static MemTxResult write_piece(VTDMSpace *space, uint64_t address,
                               uint32_t data, unsigned size)
{
    if (continues_held(space, address, size)) {
        space->held.size += size;
        return MEMTX_DECODE_ERROR;
    }
    vtdm_interrupt_release_held(space);
    if (vtdm_blocked_is_rest(space, VTDM_WRITE, address)) {
        vtdm_blocked_note(space, VTDM_WRITE, address, size);
        return MEMTX_DECODE_ERROR;
    }
    if (size == sizeof(data) && QEMU_IS_ALIGNED(address, size)) {
        vtdm_blocked_forget();
        hold(space, address, data);
        return MEMTX_OK;
    }
    vtdm_blocked_note(space, VTDM_WRITE, address, size);
    return vtdm_interrupt_send(space, address, data, size);
}

static MemTxResult window_write(void *opaque, hwaddr offset, uint64_t value,
                                unsigned size, MemTxAttrs attrs)
{
    VTDMSpace *space = opaque;
    uint64_t address = VTDM_INTERRUPT_BASE + offset;

    if (is_dma(space, attrs)) {
        return write_piece(space, address, value, size);
    }
    vtdm_interrupt_release_held(space);
    return vtdm_interrupt_send(space, address, value, size);
}

/* Nothing can be read there; the unit records that somebody tried. */
static MemTxResult window_read(void *opaque, hwaddr offset, uint64_t *value,
                               unsigned size, MemTxAttrs attrs)
{
    VTDMSpace *space = opaque;
    VTDMDeviceUnit *unit = vtdm_space_unit(space);
    VTDMRequest request = {
        .address = VTDM_INTERRUPT_BASE + offset,
        .pasid = VTDM_NO_PASID,
        .source_id = vtdm_space_source_id(space),
        .access = VTDM_READ,
    };
    VTDMResult result;
    bool rest = vtdm_blocked_is_rest(space, VTDM_READ, request.address);

    *value = 0;
    vtdm_blocked_note(space, VTDM_READ, request.address, size);
    if (unit && !rest) {
        vtdm_unit_translate(unit->model, &request, &result);
        qatomic_inc(&space->faults);
    }
    return MEMTX_DECODE_ERROR;
}

const MemoryRegionOps vtdm_interrupt_window_ops = {
    .read_with_attrs = window_read,
    .write_with_attrs = window_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8,
               .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8,
              .unaligned = true },
};
