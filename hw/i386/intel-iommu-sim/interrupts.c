/*
 * Interrupts: what requesters write to the interrupt address range, what
 * the IOAPIC and the HPET send, what KVM routes; and messages to CPUs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "hw/i386/apic_internal.h"
#include "hw/i386/pc.h"
#include "hw/i386/vtdm/dmar-match.h"
#include "hw/i386/x86.h"
#include "hw/pci/pci_bus.h"
#include "hw/timer/hpet.h"
#include "qemu/atomic.h"
#include "qemu/main-loop.h"
#include "device.h"
#include "interrupts.h"
#include "space.h"
#include "topology.h"

/* Above the APICs' own region. */
#define HPET_WINDOW_PRIORITY    0x2000

static void send_msi(const MSIMessage *message)
{
    MSIMessage copy = *message;

    apic_get_class(NULL)->send_msi(&copy);
}

static void send_in_main_loop(void *opaque)
{
    g_autofree MSIMessage *message = opaque;

    send_msi(message);
}

/* CPUs are touched under the big lock only; a device thread has it not. */
void vtdm_message_deliver(uint64_t address, uint32_t data)
{
    MSIMessage message = { .address = address, .data = data };

    if (bql_locked()) {
        send_msi(&message);
    } else {
        aio_bh_schedule_oneshot(qemu_get_aio_context(), send_in_main_loop,
                                g_memdup2(&message, sizeof(message)));
    }
}

static void count_fault(VTDMSpace *space, bool rest)
{
    if (!rest) {
        qatomic_inc(&space->faults);
    }
}

/* Four bytes are an interrupt of their own, never the rest of a DMA. */
static MemTxResult interrupt_write(void *opaque, hwaddr offset,
                                   uint64_t value, unsigned size,
                                   MemTxAttrs attrs)
{
    VTDMSpace *space = opaque;
    VTDMDeviceUnit *unit = vtdm_space_unit(space);
    VTDMInterruptRequest request = {
        .address = VTDM_INTERRUPT_BASE + offset,
        .data = value,
        .size = size,
        .source_id = vtdm_space_source_id(space),
    };
    VTDMInterrupt answer = {
        .address = request.address,
        .data = request.data,
    };

    if (size != sizeof(uint32_t) &&
        vtdm_space_is_rest(space, request.address, VTDM_WRITE)) {
        request.view = VTDM_LOOK;
    }
    if (unit) {
        vtdm_unit_remap(unit->model, &request, &answer);
    } else if (size != sizeof(uint32_t)) {
        return MEMTX_DECODE_ERROR;
    }
    vtdm_space_done(space, request.address, VTDM_WRITE,
                    answer.response != VTDM_OK);
    if (answer.response != VTDM_OK) {
        count_fault(space, request.view != VTDM_USE);
        return MEMTX_DECODE_ERROR;
    }
    qatomic_inc(&space->interrupts_sent);
    vtdm_message_deliver(answer.address, answer.data);
    return MEMTX_OK;
}

/* Nothing can be read there; the unit records that somebody tried. */
static MemTxResult interrupt_read(void *opaque, hwaddr offset,
                                  uint64_t *value, unsigned size,
                                  MemTxAttrs attrs)
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

    *value = 0;
    if (vtdm_space_is_rest(space, request.address, VTDM_READ)) {
        request.view = VTDM_LOOK;
    }
    if (unit) {
        vtdm_unit_translate(unit->model, &request, &result);
        vtdm_space_done(space, request.address, VTDM_READ, true);
        count_fault(space, request.view != VTDM_USE);
    }
    return MEMTX_DECODE_ERROR;
}

const MemoryRegionOps vtdm_interrupt_ops = {
    .read_with_attrs = interrupt_read,
    .write_with_attrs = interrupt_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8,
               .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8,
              .unaligned = true },
};

void vtdm_interrupts_init(VTDMDevice *device)
{
    X86MachineState *x86ms = X86_MACHINE(qdev_get_machine());
    int unit = -1;
    int source_id = vtdm_dmar_ioapic_source_id(device->dmar, 0, &unit);

    device->ioapic = vtdm_space_new_fixed(device, "ioapic",
                                          MAX(source_id, 0), unit);
    x86ms->ioapic_as = &device->ioapic->as;
}

/*
 * The HPET writes its MSIs to system memory, where the APICs answer. Its
 * writes alone carry no attributes; those of CPUs go on to the APIC.
 */
static MemTxResult window_write(void *opaque, hwaddr offset, uint64_t value,
                                unsigned size, MemTxAttrs attrs)
{
    VTDMDevice *device = opaque;

    if (attrs.unspecified) {
        return interrupt_write(device->hpet, offset, value, size, attrs);
    }
    return memory_region_dispatch_write(device->apic, offset, value,
                                        size_memop(size) | MO_LE, attrs);
}

static MemTxResult window_read(void *opaque, hwaddr offset, uint64_t *value,
                               unsigned size, MemTxAttrs attrs)
{
    VTDMDevice *device = opaque;

    return memory_region_dispatch_read(device->apic, offset, value,
                                       size_memop(size) | MO_LE, attrs);
}

static const MemoryRegionOps window_ops = {
    .read_with_attrs = window_read,
    .write_with_attrs = window_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 4 },
    .impl = { .min_access_size = 1, .max_access_size = 4 },
};

void vtdm_interrupts_hook_hpet(VTDMDevice *device)
{
    Object *hpet = object_resolve_path_type("", TYPE_HPET, NULL);
    int unit = -1;
    int source_id = vtdm_dmar_hpet_source_id(device->dmar, 0, &unit);
    MemoryRegionSection apic;

    if (!hpet || !object_property_get_bool(hpet, "msi", NULL) ||
        source_id < 0) {
        return;
    }
    apic = memory_region_find(get_system_memory(), VTDM_INTERRUPT_BASE, 1);
    if (!apic.mr) {
        return;                 /* no CPU has an APIC */
    }
    device->apic = apic.mr;
    device->hpet = vtdm_space_new_fixed(device, "hpet", source_id, unit);
    memory_region_init_io(&device->hpet_window, OBJECT(device), &window_ops,
                          device, "vtdm-hpet", VTDM_INTERRUPT_SIZE);
    /* An EOI may make the IOAPIC send the next interrupt at once. */
    device->hpet_window.disable_reentrancy_guard = true;
    memory_region_add_subregion_overlap(get_system_memory(),
                                        VTDM_INTERRUPT_BASE,
                                        &device->hpet_window,
                                        HPET_WINDOW_PRIORITY);
}

/* The unit of a source-id, as KVM knows requesters. */
static VTDMDeviceUnit *unit_of(VTDMDevice *device, uint16_t source_id)
{
    g_autoptr(GPtrArray) list = vtdm_spaces_list(device);

    for (guint i = 0; i < list->len; i++) {
        VTDMSpace *space = g_ptr_array_index(list, i);

        if (vtdm_space_source_id(space) == source_id) {
            return vtdm_space_unit(space);
        }
    }
    return NULL;
}

/* Computes a route for KVM: no interrupt has been sent yet. */
int vtdm_int_remap(X86IOMMUState *iommu, MSIMessage *source,
                   MSIMessage *target, uint16_t source_id)
{
    VTDMDevice *device = INTEL_IOMMU_SIM(iommu);
    bool ioapic = source_id == X86_IOMMU_SID_INVALID;
    VTDMDeviceUnit *unit = ioapic ? vtdm_space_unit(device->ioapic)
                                  : unit_of(device, source_id);
    VTDMInterruptRequest request = {
        .address = source->address,
        .data = source->data,
        .size = 4,
        .source_id = ioapic ? device->ioapic->fixed_source_id : source_id,
        .view = VTDM_LOOK,
    };
    VTDMInterrupt answer = {
        .address = source->address,
        .data = source->data,
    };

    if (unit) {
        vtdm_unit_remap(unit->model, &request, &answer);
    }
    if (answer.response != VTDM_OK) {
        return -EINVAL;
    }
    target->address = answer.address;
    target->data = answer.data;
    return 0;
}
