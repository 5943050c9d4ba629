/*
 * Messages to CPUs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef INTEL_IOMMU_SIM_CPU_MESSAGES_H
#define INTEL_IOMMU_SIM_CPU_MESSAGES_H

#include <stdint.h>

/*
 * Sends a message at once, or from a thread without the big lock soon, and
 * counts it in @delivered then, under the big lock. NULL: nobody counts. From
 * any thread. What is sent anew before it was delivered is delivered once, and
 * counted each time.
 */
void vtdm_message_deliver(uint64_t address, uint32_t data,
                          uint64_t *delivered);

/* Sends at once what was to be sent soon. Under the big lock. */
void vtdm_messages_flush(void);

#endif
