/*
 * Every call to the host, and the byte order of its memory.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "host.h"
#include "unit.h"

bool vtdm_host_read64(const VTDMUnit *unit, uint64_t address,
                      uint64_t *entry)
{
    uint64_t raw;

    if (!unit->ops.read_memory(unit->opaque, address, &raw, sizeof(raw))) {
        return false;
    }
    *entry = GUINT64_FROM_LE(raw);
    return true;
}

bool vtdm_host_read128(const VTDMUnit *unit, uint64_t address,
                       VTDMEntry128 *entry)
{
    VTDMEntry128 raw;

    if (!unit->ops.read_memory(unit->opaque, address, &raw, sizeof(raw))) {
        return false;
    }
    entry->lo = GUINT64_FROM_LE(raw.lo);
    entry->hi = GUINT64_FROM_LE(raw.hi);
    return true;
}

bool vtdm_host_exchange64(const VTDMUnit *unit, uint64_t address,
                          uint64_t *entry, uint64_t wanted)
{
    uint64_t raw = GUINT64_TO_LE(*entry);

    if (!unit->ops.exchange_memory ||
        !unit->ops.exchange_memory(unit->opaque, address, &raw,
                                   GUINT64_TO_LE(wanted))) {
        return false;
    }
    *entry = GUINT64_FROM_LE(raw);
    return true;
}

bool vtdm_host_write256(const VTDMUnit *unit, uint64_t address,
                        const uint64_t entry[4])
{
    uint64_t raw[4];

    for (size_t i = 0; i < G_N_ELEMENTS(raw); i++) {
        raw[i] = GUINT64_TO_LE(entry[i]);
    }
    return unit->ops.write_memory(unit->opaque, address, raw, sizeof(raw));
}

void vtdm_host_write32(const VTDMUnit *unit, uint64_t address, uint32_t data)
{
    uint32_t raw = GUINT32_TO_LE(data);

    unit->ops.write_memory(unit->opaque, address, &raw, sizeof(raw));
}

void vtdm_host_send(const VTDMUnit *unit, uint64_t address, uint32_t data)
{
    unit->ops.send_message(unit->opaque, address, data);
}

void vtdm_host_interrupts_changed(const VTDMUnit *unit,
                                  const VTDMInvalidation *what)
{
    if (unit->ops.invalidate_interrupts) {
        unit->ops.invalidate_interrupts(unit->opaque, what);
    }
}

void vtdm_host_translations_changed(const VTDMUnit *unit,
                                    const VTDMInvalidation *what)
{
    if (unit->ops.translations_changed) {
        unit->ops.translations_changed(unit->opaque, what);
    }
}

bool vtdm_host_update_mirrors(const VTDMUnit *unit, unsigned *steps)
{
    return !unit->ops.update_mirrors ||
           unit->ops.update_mirrors(unit->opaque, steps);
}

bool vtdm_host_can_call(const VTDMUnit *unit)
{
    return unit->ops.ask_for_call;
}

void vtdm_host_ask_for_call(const VTDMUnit *unit)
{
    unit->ops.ask_for_call(unit->opaque);
}

uint64_t vtdm_host_now(const VTDMUnit *unit)
{
    return unit->ops.now ? unit->ops.now(unit->opaque) : 0;
}

void vtdm_host_wake_at(const VTDMUnit *unit, uint64_t time)
{
    if (unit->ops.wake_at) {
        unit->ops.wake_at(unit->opaque, time);
    }
}

VTDMDeviceTlbAnswer vtdm_host_invalidate_device_tlb(
    const VTDMUnit *unit, const VTDMInvalidation *what)
{
    return unit->ops.invalidate_device_tlb
               ? unit->ops.invalidate_device_tlb(unit->opaque, what)
               : VTDM_DEVICE_TLB_DONE;
}

void vtdm_host_page_response(const VTDMUnit *unit,
                             const VTDMPageResponse *response)
{
    if (unit->ops.page_response) {
        unit->ops.page_response(unit->opaque, response);
    }
}

bool vtdm_is_heard(const VTDMUnit *unit, VTDMEventKind kind)
{
    return unit->ops.event &&
           (!unit->ops.hears || unit->ops.hears(unit->opaque, kind));
}

void vtdm_tell(const VTDMUnit *unit, const VTDMEvent *event)
{
    if (unit->ops.event) {
        unit->ops.event(unit->opaque, event);
    }
}
