/*
 * The rest of a blocked DMA. The memory core cuts a DMA into pieces, hands
 * them over one after the other on one thread, and goes on with the next one
 * when one was blocked. A device sent one request, which is reported once.
 *
 * What this thread did last is remembered: a piece that begins where a
 * blocked one of the same requester ended is its rest, unless the thread's
 * event loop has run in between. Two requests that a device makes at once,
 * the second where the first one ends, are not told apart from one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_BLOCKED_DMA_H
#define INTEL_IOMMU_SIM_BLOCKED_DMA_H

#include "device.h"

/* Of whom a piece was blocked last, on this thread; NULL: none was. */
extern __thread const VTDMSpace *vtdm_blocked_space
    __attribute__((tls_model("initial-exec")));

/* Whether a piece of @space's, at @address, belongs to a blocked request. */
bool vtdm_blocked_is_rest(const VTDMSpace *space, VTDMAccess access,
                          uint64_t address);

/*
 * A piece of @size bytes was blocked; 0: where the memory core goes on to
 * from memory that does not exist.
 */
void vtdm_blocked_note(const VTDMSpace *space, VTDMAccess access,
                       uint64_t address, unsigned size);

/* A piece was not blocked. */
void vtdm_blocked_forget(void);

#endif
