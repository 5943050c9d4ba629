/*
 * What a unit asks of the machine: guest memory, messages to CPUs, those who
 * keep copies, and somebody who hears what goes on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include "qemu/atomic128.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"
#include "cpu-messages.h"
#include "endpoint.h"
#include "event-trace.h"
#include "fault-log.h"
#include "host-ops.h"
#include "notifiers.h"
#include "pci-ats.h"
#include "ram.h"
#include "ram-map.h"
#include "remapping-units.h"

/*
 * Tables and descriptors lie in RAM. Anything else, a device's RAM too, may
 * take the big lock, which must not be waited for under the unit's lock.
 */
static uint8_t *find_ram(VTDMDeviceUnit *unit, uint64_t address, size_t len,
                         bool is_write)
{
    uint8_t *ram = vtdm_ram_map_find(unit, address, len, is_write);

    return ram ? ram
               : vtdm_ram_find(&address_space_memory, address, len, is_write);
}

/* An entry is read in one piece: a CPU may be changing it. */
static bool read_memory(void *opaque, uint64_t address, void *buf, size_t len)
{
    uint8_t *ram;

    RCU_READ_LOCK_GUARD();
    ram = find_ram(opaque, address, len, false);
    if (!ram) {
        return false;
    }
    if (len == sizeof(uint64_t) && QEMU_PTR_IS_ALIGNED(ram, len)) {
        *(uint64_t *)buf = qatomic_read((uint64_t *)ram);
    } else if (len == sizeof(Int128) && HAVE_ATOMIC128_RO) {
        Int128 entry = atomic16_read_ro((const Int128 *)ram);

        memcpy(buf, &entry, len);
    } else {
        memcpy(buf, ram, len);
    }
    return true;
}

static bool write_memory(void *opaque, uint64_t address, const void *buf,
                         size_t len)
{
    VTDMDeviceUnit *unit = opaque;

    RCU_READ_LOCK_GUARD();
    return vtdm_ram_map_write(unit, address, buf, len) ||
           (find_ram(unit, address, len, true) &&
            address_space_write(&address_space_memory, address,
                                MEMTXATTRS_UNSPECIFIED, buf,
                                len) == MEMTX_OK);
}

/*
 * A CPU may be changing the entry, too; who migrates must see the change. Done
 * also where nothing is to change: it is a barrier, which posting needs.
 */
static bool exchange_memory(void *opaque, uint64_t address,
                            uint64_t *expected, uint64_t wanted)
{
    uint64_t found;
    uint8_t *ram;

    RCU_READ_LOCK_GUARD();
    ram = find_ram(opaque, address, sizeof(found), true);
    if (!ram) {
        return false;
    }
    found = qatomic_cmpxchg((uint64_t *)ram, *expected, wanted);
    if (found == *expected && wanted != *expected) {
        vtdm_ram_changed(ram, sizeof(found));
    }
    *expected = found;
    return true;
}

static void ask_for_call(void *opaque)
{
    VTDMDeviceUnit *unit = opaque;

    qemu_bh_schedule(unit->work);
}

static uint64_t now(void *opaque)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void wake_at(void *opaque, uint64_t time)
{
    VTDMDeviceUnit *unit = opaque;

    if (time > INT64_MAX) {
        timer_del(unit->clock);
    } else {
        timer_mod(unit->clock, time);
    }
}

static void send_message(void *opaque, uint64_t address, uint32_t data)
{
    vtdm_message_deliver(address, data, NULL);
}

/* KVM keeps remapped interrupts in its routes. */
static void invalidate_interrupts(void *opaque, const VTDMInvalidation *what)
{
    VTDMDeviceUnit *unit = opaque;

    x86_iommu_iec_notify_all(X86_IOMMU_DEVICE(unit->device),
                             what->scope == VTDM_SCOPE_GLOBAL, what->index,
                             ctz32(~what->index_mask));
}

static void translations_changed(void *opaque, const VTDMInvalidation *what)
{
    vtdm_notifiers_changed(opaque, what);
}

static bool update_mirrors(void *opaque, unsigned *steps)
{
    return vtdm_notifiers_update_mirrors(opaque, steps);
}

/*
 * What a device of QEMU's keeps is gone when the notifiers return; one that
 * speaks to the IOMMU itself says so.
 */
static VTDMDeviceTlbAnswer invalidate_device_tlb(void *opaque,
                                                 const VTDMInvalidation *what)
{
    VTDMDeviceTlbAnswer answer;

    vtdm_notifiers_device_tlb(opaque, what);
    vtdm_pci_ats_invalidate(opaque, what);
    answer = vtdm_endpoints_invalidate(opaque, what);
    if (answer == VTDM_DEVICE_TLB_LATER) {
        vtdm_unit_await_completions(opaque);
    }
    return answer;
}

static void page_response(void *opaque, const VTDMPageResponse *response)
{
    vtdm_pci_ats_page_response(opaque, response);
    vtdm_endpoints_page_response(opaque, response);
}

static void tell(void *opaque, const VTDMEvent *event)
{
    VTDMDeviceUnit *unit = opaque;

    if (event->kind == VTDM_EVENT_FAULT) {
        vtdm_fault_log_add(&unit->device->fault_log, unit->index,
                           &event->fault);
    }
    vtdm_event_trace(unit->index, event);
}

static bool hears(void *opaque, VTDMEventKind kind)
{
    return vtdm_event_is_traced(kind);
}

const VTDMHostOps vtdm_host_ops = {
    .read_memory = read_memory,
    .write_memory = write_memory,
    .exchange_memory = exchange_memory,
    .send_message = send_message,
    .event = tell,
    .hears = hears,
    .ask_for_call = ask_for_call,
    .now = now,
    .wake_at = wake_at,
    .invalidate_interrupts = invalidate_interrupts,
    .translations_changed = translations_changed,
    .update_mirrors = update_mirrors,
    .invalidate_device_tlb = invalidate_device_tlb,
    .page_response = page_response,
};
