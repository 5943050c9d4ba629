/*
 * The host, as the core calls it: every operation of VTDMHostOps.
 * No other file calls one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_CORE_HOST_H
#define VTDM_CORE_HOST_H

#include "hw/i386/vtdm/vtdm.h"

/*
 * Reads one paging entry, or one of 128 bits, in one piece: the guest may be
 * changing it. Returns false, and changes nothing, where there is no memory.
 */
bool vtdm_host_read64(const VTDMUnit *unit, uint64_t address,
                      uint64_t *entry);
bool vtdm_host_read128(const VTDMUnit *unit, uint64_t address,
                       VTDMEntry128 *entry);

/*
 * Makes *@entry @wanted in memory, in one piece, if it is still there; else
 * *@entry is what is there now. Returns false where this cannot be done: no
 * memory, or none to write to.
 */
bool vtdm_host_exchange64(const VTDMUnit *unit, uint64_t address,
                          uint64_t *entry, uint64_t wanted);

/* Writes 256 bits; whether there is memory. */
bool vtdm_host_write256(const VTDMUnit *unit, uint64_t address,
                        const uint64_t entry[4]);

/* Writes 32 bits; where there is no memory, nothing happens. */
void vtdm_host_write32(const VTDMUnit *unit, uint64_t address,
                       uint32_t data);

/* Sends a message of the unit to a CPU. */
void vtdm_host_send(const VTDMUnit *unit, uint64_t address, uint32_t data);

/* Tells those who keep copies of interrupt entries, or of translations. */
void vtdm_host_interrupts_changed(const VTDMUnit *unit,
                                  const VTDMInvalidation *what);
void vtdm_host_translations_changed(const VTDMUnit *unit,
                                    const VTDMInvalidation *what);

/* vtdm_mirror_update() for all mirrors; whether they are up to date. */
bool vtdm_host_update_mirrors(const VTDMUnit *unit, unsigned *steps);

/* vtdm_unit_work() soon; whether the host can be asked for that. */
bool vtdm_host_can_call(const VTDMUnit *unit);
void vtdm_host_ask_for_call(const VTDMUnit *unit);

/* Guest time; vtdm_unit_wake() at some time, or never. */
uint64_t vtdm_host_now(const VTDMUnit *unit);
void vtdm_host_wake_at(const VTDMUnit *unit, uint64_t time);

/* Asks a device to drop translations; one that is not there has done. */
VTDMDeviceTlbAnswer vtdm_host_invalidate_device_tlb(
    const VTDMUnit *unit, const VTDMInvalidation *what);

/* Hands a page group response to a device. */
void vtdm_host_page_response(const VTDMUnit *unit,
                             const VTDMPageResponse *response);

/*
 * Whether it is worth while to make an event of @kind. Of what happens seldom,
 * one is made in any case.
 */
bool vtdm_is_heard(const VTDMUnit *unit, VTDMEventKind kind);

/* Hands @event over, if anybody listens. */
void vtdm_tell(const VTDMUnit *unit, const VTDMEvent *event);

#endif
