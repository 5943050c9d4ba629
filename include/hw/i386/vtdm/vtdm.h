/*
 * intel-iommu-sim: the model of one VT-d remapping unit.
 *
 * The model knows requesters by their source-id, memory through the host
 * operations, and nothing of the machine around it. Several units share
 * nothing. Every function may be called from any thread.
 *
 * Words: a unit is the hardware of one DRHD; a request is one access of a
 * device that stays within a page; a domain is what a DID names; a leaf is
 * the paging entry that maps a page.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef VTDM_H
#define VTDM_H

#include "hw/i386/vtdm/config.h"
#include "hw/i386/vtdm/host.h"

typedef struct VTDMUnit VTDMUnit;

/*
 * Makes a unit in its power-on state. @config has passed
 * vtdm_config_check; it and @ops are copied.
 */
VTDMUnit *vtdm_unit_new(const VTDMConfig *config, const VTDMHostOps *ops,
                        void *opaque);

/* Frees a unit that nobody calls any more. NULL is allowed. */
void vtdm_unit_free(VTDMUnit *unit);

/* What the unit advertises; the same for as long as it exists. */
const VTDMConfig *vtdm_unit_config(const VTDMUnit *unit);

/*
 * Resets registers and drops everything cached. Only a power-good reset
 * clears sticky fields (ROS, RW1CS).
 * Spec: "Register Attributes"
 */
void vtdm_unit_reset(VTDMUnit *unit, bool power_good);

/*
 * Reads @size bytes at @offset of the register space. 4- and 8-byte
 * aligned accesses give what hardware gives; all others, and reserved
 * places, read 0.
 * Spec: "Software Access to Registers"
 */
uint64_t vtdm_unit_read(VTDMUnit *unit, uint32_t offset, unsigned size);

/*
 * Writes likewise: what cannot be written is ignored. A command that the write
 * started is complete when the registers, or a wait descriptor, say so: where
 * it is more than a call may take, vtdm_unit_work does the rest.
 */
void vtdm_unit_write(VTDMUnit *unit, uint32_t offset, unsigned size,
                     uint64_t value);

/* Reads likewise, for a person who looks: no event is told. */
uint64_t vtdm_unit_peek(VTDMUnit *unit, uint32_t offset, unsigned size);

/*
 * Goes on with what register writes started: runs the queue, tells those who
 * keep copies. Does a bounded part, some thousand steps, and asks the host for
 * another call if there is more. Where a thread is at it already, that one goes
 * on, and this call returns at once.
 */
void vtdm_unit_work(VTDMUnit *unit);

/*
 * Whether anybody keeps copies of translations, beside device-TLBs. If not,
 * translations_changed and update_mirrors are not called for what happens from
 * then on, and nothing waits for them. Who wants to keep a copy says so before
 * it asks for the first one. At first somebody does.
 */
void vtdm_unit_keep_copies(VTDMUnit *unit, bool kept);

/*
 * The time that the unit asked its host to wait for has come: counters of
 * clocks that overflow do so without anybody looking. A call that is too early
 * or too late does no harm.
 */
void vtdm_unit_wake(VTDMUnit *unit);

/*
 * The steps of such work since the unit was made: descriptors, entries dropped,
 * pages that mirrors looked at; telling others counts for some.
 */
uint64_t vtdm_unit_steps(VTDMUnit *unit);

/*
 * A device answers the device-TLB invalidation that has @itag. One of another
 * device, or one that nobody waits for, is an invalidation completion error;
 * without translation (TES = 0) an answer is lost. TIMEOUT: its device is gone.
 * Spec: "Handling of Device-TLB Invalidations"
 */
void vtdm_unit_device_tlb_answer(VTDMUnit *unit, uint16_t source_id,
                                 unsigned itag, VTDMDeviceTlbAnswer answer);

/*
 * An invalidation completion message as it is sent: bit n of @itags is for
 * ITag n, which is done after @count such messages (0: eight).
 */
void vtdm_unit_device_tlb_complete(VTDMUnit *unit, uint16_t source_id,
                                   uint32_t itags, unsigned count);

/*
 * The invalidation completion time-out, of which the host keeps the time: what
 * the last call of this found on its way, and this one still does, is timed
 * out. Returns whether anything is left on its way, so that it has to be
 * called again.
 */
bool vtdm_unit_device_tlb_expire(VTDMUnit *unit);

/*
 * Translates a request: an address and permissions, or the response and
 * the fault, which has been recorded already.
 * Spec: "DMA Remapping"
 */
void vtdm_unit_translate(VTDMUnit *unit, const VTDMRequest *request,
                         VTDMResult *result);

/*
 * Takes a page request. Returns whether the unit itself answers it, at once,
 * with *@response; otherwise, if it is the last of its group, the answer comes
 * with the host's page_response. It is in the page request queue, or nowhere,
 * when this returns. One call does little: nothing waits, and nothing is kept
 * but in guest memory. Without translation (TES = 0), or without page requests
 * (PRS = 0), a group gets VTDM_PAGE_INVALID, and nothing is recorded.
 * Spec: "Handling of Page Requests"
 */
bool vtdm_unit_page_request(VTDMUnit *unit, const VTDMPageRequest *request,
                            VTDMPageResponse *response);

/*
 * Handles a write to the interrupt address range: gives the message to
 * deliver, if any, or the fault, which has been recorded already.
 * Spec: "Interrupt-Remapping Hardware Operation",
 * "Interrupt-Posting Hardware Operation"
 */
void vtdm_unit_remap(VTDMUnit *unit, const VTDMInterruptRequest *request,
                     VTDMInterrupt *interrupt);

#endif
